"""The attacker seals with another key, or for another ledger, so that somebody else seems to have mined. The seal is checked under the
miner's key."""

from dataclasses import replace

import pytest

from tests.attacks.peer import Stage, sealed, travelling
from tests.chain.team import key


@pytest.mark.parametrize("what", ["absent", "other key", "other ledger"])
def test_a_wrong_seal_is_refused(stage: Stage, what: str) -> None:
    block = stage.evil.forge()
    seals = {
        "absent": bytes(64), "other key": sealed(stage.node.chain, block.header, key("miner 2")),
        "other ledger": sealed(bytes(32), block.header, stage.evil.miner),
    }  # fmt: skip
    stage.assert_refused("block.seal", lambda number: ("block", travelling(replace(block, seal=seals[what]))))
