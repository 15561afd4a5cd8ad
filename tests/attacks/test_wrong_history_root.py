"""The attacker rewrites what came before. Every header commits to all headers before it."""

from tests.attacks.peer import Stage, travelling


def test_another_history_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.history_root",
        lambda number: ("block", travelling(stage.evil.forge(header={"history_root": bytes([number % 256]) * 32}))),
        signatures=0,
    )
