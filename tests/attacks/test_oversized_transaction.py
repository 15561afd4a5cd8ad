"""The attacker wants large envelopes and deliveries of endless items to fill memory. Both have limits, checked before decoding."""

import json

from chain import codec, transactions
from tests.attacks.peer import Message, Stage, carrier, resigned


def large(stage: Stage) -> Message:
    item = stage.evil.transaction()
    return resigned(item, codec.encode({**json.loads(item.envelope), "body": {"name": "a" * transactions.ENVELOPE_LIMIT, "by": 1}}))


def test_a_large_envelope_is_refused(stage: Stage) -> None:
    stage.assert_refused("chain.tx.size", lambda number: large(stage), signatures=0)


def test_too_many_items_are_refused(stage: Stage) -> None:
    kind, body = carrier(stage.evil.transaction())
    many = body[:-6] + (transactions.ITEM_COUNT_LIMIT + 1).to_bytes(4, "big") + bytes(2)
    stage.assert_refused("codec.carrier", lambda number: (kind, many), signatures=0)
