"""The attacker claims another state than the transactions lead to. Everybody executes them."""

from tests.attacks.peer import Stage, travelling


def test_another_state_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "block.state_root",
        lambda number: (
            "block",
            travelling(stage.evil.forge(items=[stage.evil.transaction()], header={"state_root": bytes([number % 256]) * 32})),
        ),
        signatures=3,
    )
