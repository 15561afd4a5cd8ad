"""The quick audit: links, work, seals and bodies of the best chain, by hashes alone; and how errors travel out of worker processes."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from chain import hashes, transactions
from chain.audit import audit
from chain.errors import ChainError, Fault, Malformed
from chain.hashes import audit_hashes
from chain.interfaces import BlockRecord
from chain.node import Node
from chain.store.frozen import FrozenStore
from chain.store.memory import MemoryStore
from chain.store.sqlite import SqliteStore
from tests.chain.toy import Counters, advance, raising, start


def grown(node: Node, count: int = 6) -> Node:
    for seq in range(1, count):
        node.submit([raising(node, f"c{number}", 10 * seq + number) for number in range(3)])
        advance(node)
        node.mine()
    return node


def test_a_sound_ledger_passes(tmp_path: Path) -> None:
    assert audit_hashes(grown(start(MemoryStore())).store) is None
    path = tmp_path / "ledger.db"
    grown(start(SqliteStore(path))).close()
    store = SqliteStore(path)
    told: list[tuple[int, int]] = []
    assert audit_hashes(store, lambda done, total: told.append((done, total)), partial(FrozenStore, path)) is None
    assert told[-1] == (6, 6)
    store.close()


def test_an_empty_store_is_no_ledger() -> None:
    finding = audit_hashes(MemoryStore())
    assert finding is not None and finding.error.code == "node.empty"


def carrier(change: Callable[[bytes], bytes]) -> Callable[[BlockRecord], BlockRecord]:
    def alter(record: BlockRecord) -> BlockRecord:
        first, second, *rest = record.transactions
        return replace(record, transactions=(first, change(second), *rest))

    return alter


ALTERED: dict[str, tuple[str, Callable[[BlockRecord], BlockRecord]]] = {
    "envelope": ("block.transactions_root", carrier(lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:])),
    "signature": ("block.transactions_root", carrier(lambda body: body[:-5] + bytes([body[-5] ^ 1]) + body[-4:])),
    "framing": ("codec.carrier", carrier(lambda body: body + b"\0")),
    "order": ("block.transactions_root", lambda record: replace(record, transactions=record.transactions[::-1])),
    "missing": ("audit.difference", lambda record: replace(record, transactions=record.transactions[1:])),
    "proofs": ("block.sections_root", lambda record: replace(record, proofs=record.proofs + b"\0")),
    "votes": ("block.sections_root", lambda record: replace(record, votes=record.votes + b"\0")),
    "seal": ("block.seal", lambda record: replace(record, seal=bytes(64))),
    "header": ("audit.difference", lambda record: replace(record, header=record.header[:-1] + bytes([record.header[-1] ^ 1]))),
    "work": ("audit.difference", lambda record: replace(record, work=record.work + 1)),
    "parent": ("audit.difference", lambda record: replace(record, parent=bytes(32))),
}


@pytest.mark.parametrize("name", ALTERED)
@pytest.mark.parametrize("span", [1, 20_000])
def test_whatever_is_altered_is_named(name: str, span: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "SPAN_TRANSACTIONS", span)
    node = grown(start(MemoryStore()))
    assert isinstance(node.store, MemoryStore)
    code, alter = ALTERED[name]
    block_id = node.store.best(3) or b""
    sound = node.store.disk.blocks[block_id]
    node.store.disk.blocks[block_id] = alter(sound)
    finding = audit_hashes(node.store)
    assert finding is not None
    assert (finding.error.code, finding.height) == (code, 3), str(finding)
    assert audit(node.store, Counters()) is not None
    node.store.disk.blocks[block_id] = sound
    assert audit_hashes(node.store) is None


def test_items_are_those_that_the_envelope_names() -> None:
    node = start(MemoryStore())
    item = raising(node, "a", 1)
    assert transactions.leaf_of(transactions.encode(item)) == item.leaf
    with_item = transactions.encode(replace(item, item_bytes=(b"{}",)))
    with pytest.raises(Malformed, match="items"):
        transactions.leaf_of(with_item)
    for broken in (b"", b"\0", bytes(8), b"\xff" * 20, transactions.encode(item)[:-1]):
        with pytest.raises(Malformed):
            transactions.leaf_of(broken)


def test_the_first_fault_is_named_though_a_later_header_is_bad() -> None:
    node = grown(start(MemoryStore()))
    assert isinstance(node.store, MemoryStore)
    for height, name in ((2, "votes"), (4, "seal")):
        block_id = node.store.best(height) or b""
        node.store.disk.blocks[block_id] = ALTERED[name][1](node.store.disk.blocks[block_id])
    finding = audit_hashes(node.store)
    assert finding is not None and finding.height == 2


def test_errors_travel_between_processes() -> None:
    error: ChainError = Fault("store.io", "a disk", "none", field="file", line=3)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert type(again) is Fault and str(again) == str(error) and again.as_json() == error.as_json()
