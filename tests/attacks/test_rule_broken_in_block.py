"""The attacker puts a transaction into a block that the rules refuse. Every node executes every transaction; the block is no part of the
ledger."""

from dataclasses import replace

from chain import transactions
from tests.attacks.peer import Stage, travelling


def test_a_transaction_that_the_rules_refuse_spoils_its_block(stage: Stage) -> None:
    items = [stage.evil.transaction(0), stage.evil.transaction(1, by=101)]
    stage.assert_refused("toy.limit", lambda number: ("block", travelling(stage.evil.forge(items=items))), signatures=3)


def test_a_transaction_of_another_ledger_spoils_its_block(stage: Stage) -> None:
    items = [stage.evil.transaction(0, chain="cd" * 32)]
    stage.assert_refused("chain.tx.chain", lambda number: ("block", travelling(stage.evil.forge(items=items))), signatures=3)


def test_an_envelope_that_is_none_spoils_its_block(stage: Stage) -> None:
    item = stage.evil.transaction()
    for envelope, code in (
        (b"{}", "chain.tx.field"),
        (b"[]", "chain.tx.field"),
        (b'{"a":1.5}', "chain.tx.canonical"),
        (b"", "chain.tx.canonical"),
    ):
        bad = replace(item, envelope=envelope, id=transactions.identity(envelope))
        assert stage.send(("block", travelling(stage.evil.forge(items=[bad])))) == {code: 1}, envelope
        assert stage.is_ignored and not len(stage.node._sync), "nobody is asked for another body: this is the one"
        stage.peer.banned_until = 0
    stage.assert_calm()
