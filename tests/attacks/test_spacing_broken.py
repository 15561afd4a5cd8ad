"""The attacker owns the fastest machine and wants to seal every block, to leave out what it likes. A party waits for its turn."""

from chain.keys import SigningKey
from tests.attacks.peer import Stage, travelling
from tests.chain.team import key


def last(stage: Stage) -> SigningKey:
    """Whoever sealed the head: it colludes."""
    return next(key(f"miner {number}") for number in range(4) if key(f"miner {number}").public == stage.evil.tip.header.miner)


def test_two_blocks_of_one_party_in_a_row_are_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.spacing",
        lambda number: (
            "block",
            travelling(stage.evil.forge(signer=last(stage), header={"time": stage.evil.tip.header.time + 1 + number})),
        ),
        signatures=0,
    )
