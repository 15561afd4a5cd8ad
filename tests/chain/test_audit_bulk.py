"""Audits of blocks with many transactions, which worker processes check, and of a state that goes to a scratch store by and by."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.audit import audit
from chain.checking import BULK
from chain.interfaces import Flush
from chain.store.memory import MemoryStore
from chain.store.sqlite import SqliteStore
from tests.chain.toy import Counters, advance, raising, start

MANY = 2 * BULK


def grown(count: int = 2) -> MemoryStore:
    """Blocks with many transactions from height 1 on."""
    node = start(store := MemoryStore())
    for block in range(count):
        node.submit([raising(node, f"c{number % 50}", block * MANY + number + 1) for number in range(MANY)])
        advance(node)
        node.mine()
    return store


def test_a_forged_signature_is_named_by_its_number() -> None:
    store = grown()
    assert audit(store, Counters()) is None
    block_id = store.best(2) or b""
    record = store.disk.blocks[block_id]
    carriers = list(record.transactions)
    carriers[77] = carriers[77][:-5] + bytes([carriers[77][-5] ^ 1]) + carriers[77][-4:]
    store.disk.blocks[block_id] = replace(record, transactions=tuple(carriers))
    finding = audit(store, Counters())
    assert finding is not None
    assert (finding.height, finding.transaction, finding.error.code) == (2, 77, "chain.tx.signature")
    carriers[3] = carriers[3].replace(b'"by":', b'"bY":')
    store.disk.blocks[block_id] = replace(record, transactions=tuple(carriers))
    finding = audit(store, Counters())
    assert finding is not None and (finding.height, finding.transaction) == (2, 3)


def test_the_replayed_state_may_lie_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.replay.FLUSH_ENTRIES", 60)
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 10)
    store = grown(3)
    assert store.flushed()[0] >= 1
    scratch = SqliteStore(tmp_path / "scratch.db")
    assert audit(store, Counters(), scratch=scratch) is None
    assert scratch.flushed()[0] >= 1
    scratch.close()


SURPLUS = {
    "index of ids": Flush(0, [], [], 0, [(b"\x01" * 32, 1 << 24)], []),
    "index of events of counter/c1": Flush(0, [], [], 0, [], [("counter/c1", 9_999, 1 << 24, "counter/c1")]),
    "counter/zzz": Flush(0, [("counter/zzz", b"{}")], [], 0, [], []),
}


@pytest.mark.parametrize("field", SURPLUS)
def test_rows_that_nothing_explains_are_named(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 10)
    store = grown()
    height, bits = store.flushed()
    store.flush(replace(SURPLUS[field], height=height, tile_bits=bits))
    finding = audit(store, Counters())
    assert finding is not None and finding.field == field, finding
