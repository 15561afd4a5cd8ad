"""The attacker moves an item from one transaction to another, or leaves one out, hoping that only the whole block is committed to. Each
envelope commits to the items that travel with it."""

from dataclasses import replace

import pytest

from chain.transactions import Transaction
from tests.attacks.peer import Stage, carrier, travelling


def cross_linked(stage: Stage, what: str) -> list[Transaction]:
    first, second = (stage.evil.transaction(number, items=[{"n": number}, {"n": 2}]) for number in range(2))
    if what == "moved":
        return [replace(first, item_bytes=second.item_bytes), replace(second, item_bytes=first.item_bytes)]
    changed = {"missing": first.item_bytes[:1], "swapped": first.item_bytes[::-1], "repeated": (*first.item_bytes, first.item_bytes[1])}
    return [replace(first, item_bytes=changed[what]), second]


@pytest.mark.parametrize("what", ["moved", "missing", "swapped", "repeated"])
def test_items_that_are_not_the_envelopes_are_refused(stage: Stage, what: str) -> None:
    items = cross_linked(stage, what)
    before = stage.state()
    assert stage.send(carrier(items[0])) == {"chain.tx.field": 1}
    assert stage.send(("block", travelling(stage.evil.forge(items=items)))) == {"peer.body": 1}
    assert stage.state() == before
    stage.assert_refused("peer.body", lambda number: ("block", travelling(stage.evil.forge(items=items))))
