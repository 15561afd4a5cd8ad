"""The attacker sends kinds of transactions that nobody's rules know. They are refused before any signature is looked at."""

from tests.attacks.peer import Stage, carrier


def test_an_unknown_kind_of_transaction_is_refused(stage: Stage) -> None:
    stage.assert_kept_out("chain.tx.kind", lambda number: carrier(stage.evil.transaction(number, kind="toy.lower")), signatures=0)
