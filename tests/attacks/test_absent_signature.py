"""The attacker wants a transaction to count that nobody signed. A carrier has as many signatures as its envelope has signers."""

from dataclasses import replace

from tests.attacks.peer import Stage, carrier


def test_a_transaction_without_a_signature_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    stage.assert_refused("chain.tx.field", lambda number: carrier(replace(item, signatures=())), signatures=0)
