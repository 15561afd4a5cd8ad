"""The attacker mines with a key that nobody enrolled. A seal weighs only if the state names its key."""

from tests.attacks.peer import Stage, travelling
from tests.chain.team import key


def test_a_miner_that_is_not_enrolled_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.miner", lambda number: ("block", travelling(stage.evil.forge(signer=key(f"stranger {number}")))), signatures=0
    )
