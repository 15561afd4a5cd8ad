"""Small blocks and steps for the tests of stores. Names and numbers are arbitrary; only their links matter."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chain.interfaces import BlockRecord, Commit, Flush
from chain.store.faults import Hook, no_faults
from chain.store.memory import Disk, MemoryStore
from chain.store.sqlite import SqliteStore

AnyStore = MemoryStore | SqliteStore
ROOT = bytes(32)


class Folder:
    """Where one kind of store lives; opening twice is what two processes, or one process before and after a restart, do."""

    def __init__(self, kind: str, path: Path) -> None:
        self.kind = kind
        self.path = path
        self.disk = Disk()
        self.opened: list[AnyStore] = []

    def open(self, hook: Hook = no_faults) -> AnyStore:
        store: AnyStore = MemoryStore(self.disk, hook) if self.kind == "memory" else SqliteStore(self.path / "chain.db", hook)
        self.opened.append(store)
        return store


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def block(name: str, parent: BlockRecord | None = None, carriers: Sequence[bytes] | None = None) -> BlockRecord:
    """A block on `parent` (None: block 0) with an id of its own for each name."""
    height = parent.height + 1 if parent else 0
    return BlockRecord(
        id=digest(f"id {name}"),
        parent=parent.id if parent else ROOT,
        height=height,
        work=(parent.work if parent else 0) + 2**200 + height,
        header=f"header {name}".encode().ljust(240, b"\0"),
        seal=digest(f"seal {name}") * 2 if parent else b"",
        transactions=tuple(f"{name} {index}".encode() * 9 for index in range(20)) if carriers is None else tuple(carriers),
        proofs=f"proofs {name}".encode(),
        votes=f"votes {name}".encode(),
    )


def chain_of(name: str, length: int, parent: BlockRecord | None = None) -> list[BlockRecord]:
    """Blocks that follow each other, on `parent`."""
    blocks: list[BlockRecord] = []
    for number in range(length):
        parent = block(f"{name}{number}", parent)
        blocks.append(parent)
    return blocks


def extend(store: AnyStore, *blocks: BlockRecord, best: bool = True) -> None:
    """Commits blocks with a delta each, on the best chain or beside it."""
    tip = store.tip()
    store.commit(
        Commit(
            expected_tip=tip[1] if tip else None,
            blocks=blocks,
            best=tuple((added.height, added.id) for added in blocks) if best else (),
            deltas=tuple((added.id, b"delta " + added.id) for added in blocks),
        )
    )


def tip_block(store: AnyStore) -> BlockRecord:
    """The best block of a store that has one."""
    tip = store.tip()
    found = store.block(tip[1]) if tip else None
    if found is None:
        raise AssertionError("the store has no readable tip")
    return found


def flush_of(height: int, entries: dict[str, bytes | None] | None = None, **parts: Any) -> Flush:
    """A flush to `height` with the given parts."""
    return replace(Flush(height, sorted((entries or {}).items()), (), 0, (), ()), **parts)


def contents(store: AnyStore, names: Sequence[str] = ("m",)) -> dict[str, object]:
    """Everything that can be read from a store, for comparison."""
    tip = store.tip()
    height = tip[0] if tip else -1
    leaves = list(store.leaves())
    best = [store.best(number) for number in range(-1, height + 2)]
    return {
        "tip": tip,
        "flushed": store.flushed(),
        "best": best,
        "headers": list(store.headers(0, height + 1)),
        "leaves": leaves,
        "blocks": [store.block(block_id) for block_id in {*(leaf[0] for leaf in leaves), *best} if block_id],
        "first carriers": [store.transaction(number << 24) for number in range(height + 1)],
        "entries": store.scan("", "", 1_000_000),
        "tiles": list(store.tiles()),
        "ids": list(store.ids()),
        "trails": list(store.trails()),
        "deltas": list(store.deltas()),
        "pool": store.pool(),
        "meta": [store.meta(name) for name in names],
    }
