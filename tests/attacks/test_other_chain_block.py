"""The attacker carries blocks of another ledger over: same miners, same height. The seal is over the ledger's id, and the parent is
unknown."""

from tests.attacks.peer import Stage, travelling
from tests.chain.team import Team


def test_a_block_of_another_ledger_is_refused(stage: Stage) -> None:
    other = Team(4, interval_ms=1_001)
    other.run(2)
    block = other.nodes[0].block(1)
    assert block is not None and other.nodes[0].chain != stage.node.chain
    stage.assert_refused("block.final", lambda number: ("block", travelling(block)), signatures=0)


def test_one_above_the_final_block_is_refused_too(stage: Stage) -> None:
    other = Team(4, interval_ms=1_001)
    other.run(30)
    block = other.nodes[0].block(stage.node.tip.header.height + 2)
    assert block is not None
    stage.assert_refused("block.seal", lambda number: ("block", travelling(block)))
