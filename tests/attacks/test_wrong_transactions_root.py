"""The attacker commits to other transactions than it shows. Such a copy is nobody's body: it is asked for elsewhere and its sender
pays."""

from tests.attacks.peer import Stage, travelling


def test_a_body_of_other_transactions_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "peer.body",
        lambda number: (
            "block",
            travelling(stage.evil.forge(items=[stage.evil.transaction(number)], header={"transactions_root": bytes(32)})),
        ),
        signatures=2,
    )
