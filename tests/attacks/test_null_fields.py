"""The attacker leaves out a field, or sets it to null or to another type, to make a reader fall over or to slip past a check. Every field
of the envelope is there, of its type, or the transaction is refused under a code."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chain import checking, codec, transactions
from chain.errors import ChainError
from tests.attacks.peer import Stage, resigned

FIELDS = ("v", "chain", "kind", "by", "seq", "at", "until", "salt", "items", "body", "with")
MISSING = object()
VALUES: tuple[Any, ...] = (MISSING, None, True, False, 1, -1, "", "x", [], [[]], {}, {"n": None})


def altered(stage: Stage, name: str, value: Any) -> bytes:
    fields = json.loads(stage.evil.transaction().envelope)
    fields.pop(name, None)
    return codec.encode(fields if value is MISSING else {**fields, name: value})


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_not_what_it_should_be_is_refused(stage: Stage, name: str) -> None:
    item, before, seen = stage.evil.transaction(), stage.state(), 0
    for value in VALUES:
        envelope = altered(stage, name, value)
        good = (name, value) in (("v", 1), ("seq", 1), ("with", MISSING)) and value is not True
        if good or (name == "body" and value == {}) or (name == "body" and value == {"n": None}):
            continue  # such a field is as it should be: the rest of the rules judges it
        codes = stage.send(resigned(item, envelope))
        assert codes in ({"chain.tx.field": 1}, {"chain.tx.expired": 1}), (name, value, codes)
        stage.peer.banned_until, seen = 0, seen + 1
    assert seen >= len(VALUES) - 2 and stage.state() == before
    stage.assert_calm()


@pytest.mark.parametrize("name", FIELDS)
def test_the_quick_look_before_the_workers_falls_over_nothing(stage: Stage, name: str) -> None:
    """In bulk a node reads carriers loosely before its workers judge them; only what a worker judges good counts."""
    item = stage.evil.transaction()
    for value in VALUES:
        _, body = resigned(item, altered(stage, name, value))
        gate = checking.Gate(stage.node.chain, stage.node.application, stage.node._validate_quota)
        assert all(isinstance(found, ChainError | transactions.Transaction) for found in checking._over_quota([body], gate).values())
        (message,) = checking.check_chunk([body], replace(gate, quota=None))
        assert isinstance(message, tuple) or message.code in ("chain.tx.field", "chain.tx.signature", "chain.tx.chain"), message


@pytest.mark.parametrize("count", [True, False, 0, 2, None, "1", -1])
def test_the_number_of_items_is_a_number_and_theirs(stage: Stage, count: Any) -> None:
    item = stage.evil.transaction(items=[{"x": 1}])
    fields = json.loads(item.envelope)
    envelope = codec.encode({**fields, "items": {**fields["items"], "n": count}})
    stage.assert_refused("chain.tx.field", lambda number: resigned(item, envelope, *item.item_bytes), signatures=0)
