"""The attacker saves itself the work. The id has to lie below the target; nothing else of the block is looked at."""

from tests.attacks.peer import Stage, travelling


def test_a_block_without_work_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.work",
        lambda number: ("block", travelling(stage.evil.forge(worked=False, header={"time": stage.evil.tip.header.time + 1 + number}))),
        signatures=0,
    )
