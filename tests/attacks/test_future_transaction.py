"""The attacker dates transactions ahead, to be valid longer than others. What lies more than ten seconds ahead is refused."""

from tests.attacks.peer import Stage, carrier


def test_a_transaction_of_tomorrow_is_refused(stage: Stage) -> None:
    at = stage.team.clock.now() + 86_400_000
    stage.assert_kept_out("chain.tx.future", lambda number: carrier(stage.evil.transaction(number, at=at)))


def test_an_expired_transaction_is_refused(stage: Stage) -> None:
    at = stage.team.clock.now() - 1_000
    stage.assert_kept_out("chain.tx.expired", lambda number: carrier(stage.evil.transaction(number, at=at, until=at + 1)))
