"""The attacker seals two blocks on one parent and shows them to different nodes. That is no offence, honest miners re-mine too; everybody
chooses the same one, whatever came first, and a final block is never left."""

import pytest

from tests.attacks.peer import Stage, travelling


@pytest.mark.parametrize("first", [0, 1])
def test_everybody_chooses_the_same_block(stage: Stage, first: int) -> None:
    twins = [stage.evil.forge(items=[stage.evil.transaction(number, name=f"n{number}")]) for number in range(2)]
    for number in range(2):
        stage.evil.say(("block", travelling(twins[number ^ first])), to=f"n{number}")
    for node in (stage.node, stage.beside):
        node.wire, held = None, node.wire
        node.wire = held
        assert node.pump() == []
    stage.team.settle()
    assert len({node.tip.id for node in stage.team.nodes.values()}) == 1
    stage.assert_calm()
