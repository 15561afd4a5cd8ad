"""The attacker carries a transaction over from another ledger. The ledger's id is inside the signed bytes."""

from tests.attacks.peer import Stage, carrier


def test_a_transaction_of_another_ledger_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction(chain="ab" * 32)
    stage.assert_refused("chain.tx.chain", lambda number: carrier(item), signatures=0)
