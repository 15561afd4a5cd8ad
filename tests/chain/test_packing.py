"""Chunks of carriers: their format, their damage, their cache."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import codec
from chain.errors import Fault
from chain.store import packing, words


@pytest.mark.parametrize(("count", "lengths"), [(0, []), (1, [1]), (16, [16]), (17, [16, 1])])
def test_a_chunk_holds_sixteen_carriers(count: int, lengths: list[int]) -> None:
    """A file format: another number would misread every older file."""
    found = list(packing.chunks([b"x" * number for number in range(count)]))
    assert [index for index, _ in found] == list(range(len(lengths)))
    assert [len(packing.unpack(body)) for _, body in found] == lengths


@given(carriers=st.lists(st.binary(max_size=300), max_size=40), garbage=st.binary(max_size=60))
def test_chunks_come_back_and_garbage_is_damage(carriers: list[bytes], garbage: bytes) -> None:
    assert [carrier for _, body in packing.chunks(carriers) for carrier in packing.unpack(body)] == carriers
    for body in (garbage, zlib.compress(garbage)):
        try:
            assert b"".join(packing.unpack(body)) in zlib.decompress(body)
        except Fault as fault:
            assert fault.code == "store.damaged"


def test_the_cache_keeps_what_was_used_last() -> None:
    cache = packing.ChunkCache(limit=25)
    for position in range(3):
        cache.put(position, (b"x" * 10,))
        cache.put(position, (b"x" * 10,))
        cache.get(0)
    assert [cache.get(position) is not None for position in range(4)] == [True, False, True, False]
    cache.put(9, (b"larger than all",) * 2)
    assert [cache.get(position) for position in (0, 2, 9)] == [None] * 3


# --- words of state values ---------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([*words.WORDS, b"\0", b"\1", b"\x1f", b"a", b'"', b"{", "药".encode()]), max_size=12).map(b"".join))
def test_a_value_comes_back_as_it_was(value: bytes) -> None:
    assert words.lengthen(words.shorten(value)) == value


def test_words_are_few_and_canonical_text() -> None:
    assert len(set(words.WORDS)) == len(words.WORDS) <= 31
    assert all(min(word) >= 0x20 for word in words.WORDS)


def test_a_sold_pack_needs_less_than_half() -> None:
    head = "f6ff4f5763589d5abac551cc16cd7461ce07d7ede137db76756685b05a3125de"
    run: dict[str, object] = {
        "attempts": 0, "block": None, "box": None, "end": 1, "history": {"head": head, "n": 4}, "recalls": [], "receipts": [],
        "shipment": None, "since": 1795533077004, "site": "9521006000005", "state": "dispensed", "title": "9521006000005",
        "units_left": None,
    }  # fmt: skip
    value = codec.encode(run)
    assert len(words.shorten(value)) < len(value) / 2
