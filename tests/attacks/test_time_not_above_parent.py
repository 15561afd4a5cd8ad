"""The attacker dates a block at or before its parent, to turn expiry and difficulty back. Time only rises."""

from tests.attacks.peer import Stage, travelling


def test_a_block_no_later_than_its_parent_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.time",
        lambda number: ("block", travelling(stage.evil.forge(header={"time": stage.evil.tip.header.time - number}))),
        signatures=0,
    )
