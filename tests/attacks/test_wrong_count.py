"""The attacker names another number of transactions than it brings. The tree has the size that the header says."""

from tests.attacks.peer import Stage, travelling


def test_another_number_of_transactions_is_refused(stage: Stage) -> None:
    stage.assert_refused(
        "peer.body",
        lambda number: ("block", travelling(stage.evil.forge(items=[stage.evil.transaction(number)], header={"count": 2}))),
        signatures=2,
    )
