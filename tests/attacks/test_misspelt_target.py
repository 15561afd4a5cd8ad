"""The attacker spells a target that is none: zero, signed, too large, not the shortest. There is one spelling."""

from dataclasses import replace

import pytest

from chain import blocks
from chain.blocks import Block
from tests.attacks.peer import Stage, sealed, travelling


@pytest.mark.parametrize("target", [0, 0x20FFFFFF, 0x2300FFFF, 0xFFFFFFFF, 0x20000001])
def test_it_is_refused_where_the_parent_is_known_and_where_it_is_not(stage: Stage, target: int) -> None:
    header = replace(stage.evil.forge().header, target=target)
    floating = replace(header, previous=bytes(32))
    for each, code in ((header, "block.target"), (floating, "work.target")):
        block = Block(each, sealed(stage.node.chain, each, stage.evil.miner), (), blocks.encode_proofs(()), b"")
        assert stage.send(("block", travelling(block))) == {code: 1}
        stage.peer.banned_until = 0
    stage.assert_calm()
