"""The attacker numbers its blocks as it likes. A block stands one above its parent."""

from tests.attacks.peer import Stage, travelling


def test_a_block_at_another_height_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.height",
        lambda number: ("block", travelling(stage.evil.forge(header={"height": stage.evil.tip.header.height + 2 + number}))),
        signatures=0,
    )
