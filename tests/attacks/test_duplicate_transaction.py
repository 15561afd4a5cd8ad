"""The attacker puts one transaction into a block twice, or into two blocks, so that it counts twice. Its number is used once."""

from tests.attacks.peer import Stage, travelling


def test_twice_in_one_block_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    stage.assert_refused("chain.seq.used", lambda number: ("block", travelling(stage.evil.forge(items=[item, item]))), signatures=3)


def test_in_two_blocks_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    stage.node.submit([item])
    stage.team.run(3)
    stage.evil.follow()
    assert stage.node.transaction(item.id) is not None
    stage.assert_refused("chain.seq.used", lambda number: ("block", travelling(stage.evil.forge(items=[item]))))
