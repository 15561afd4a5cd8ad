"""The attacker names an easier or a harder target than the rule gives, to work less or to weigh more. The target follows from the
chain."""

from tests.attacks.peer import Stage, travelling


def test_another_target_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.target",
        lambda number: ("block", travelling(stage.evil.forge(header={"target": (0x2007FFFF, 0x201FFFFF)[number % 2]}))),
        signatures=0,
    )
