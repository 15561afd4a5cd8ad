"""The attacker sends frames of ten megabytes, or declares a gigabyte inside a small one, to exhaust memory. Sizes are judged before
content, and nothing is set aside for a length that is only declared."""

import tracemalloc

import pytest

from chain import messages
from tests.attacks.peer import Stage, carrier, travelling

HUGE = (1 << 30).to_bytes(4, "big")


@pytest.mark.parametrize("kind", sorted(messages.SIZE_LIMITS))
def test_a_message_longer_than_its_kind_is_refused(stage: Stage, kind: str) -> None:
    body = bytes(max(10_000_000, messages.SIZE_LIMITS[kind] + 1))
    stage.assert_refused("peer.size", lambda number: (kind, body), signatures=0)


@pytest.mark.parametrize("what", ["envelope", "item", "transactions", "carrier", "proofs", "votes"])
def test_a_declared_gigabyte_is_refused_without_memory(stage: Stage, what: str) -> None:
    kind, body = carrier(stage.evil.transaction())
    block = travelling(stage.evil.forge())
    sent = {
        "envelope": (kind, HUGE + body[4:]), "item": (kind, body[:-6] + bytes([0, 0, 0, 1]) + HUGE),
        "transactions": ("block", block[:304] + HUGE),
        "carrier": ("block", block[:304] + bytes([0, 0, 0, 1]) + HUGE), "proofs": ("block", block[:308] + HUGE),
        "votes": ("block", block[:-4] + HUGE),
    }[what]  # fmt: skip
    tracemalloc.start()
    stage.assert_refused("codec.carrier" if kind == sent[0] else "block.body", lambda number: sent, signatures=0)
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
