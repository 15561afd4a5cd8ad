"""Replaying the whole ledger and comparing it with what lies in the store (P5, S-02, S-07).

Every block is judged again from genesis by the same rules, and everything else that the store holds (state entries, tiles, indexes, waiting
transactions, blocks of losing branches, votes) is computed again and compared; in the end all rows are counted, so that nothing lies there
unseen. The first difference is named by height, transaction and field. Nothing that the store says is believed: not its ids, not its
indexes, not its deltas.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chain import base, blocks, remembered, rules, statetiles, transactions, work
from chain.errors import ChainError, Fault
from chain.interfaces import Application, BlockRecord, Store
from chain.replay import Replay, expect, pages
from chain.store.memory import MemoryStore

COMPARED_A_STEP = 500
"""Entries or tiles compared in one step."""
SCRATCH_CODE = "audit.scratch"
"""The check itself could not work: no finding."""
Progress = Callable[[int, int], None]
"""Told (blocks done, blocks in all)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is not as it must be."""

    height: int | None
    """Height of the block; None for what belongs to no block."""
    transaction: int | None
    """Number of the transaction in the block."""
    field: str
    """Which field, entry or index row."""
    error: ChainError
    """What was expected and found."""

    def __str__(self) -> str:
        where = "no block" if self.height is None else f"height {self.height}"
        line = "" if self.transaction is None else f", transaction {self.transaction}"
        return f"{where}{line}, field {self.field}: {self.error}"


def audit(store: Store, application: Application, progress: Progress | None = None) -> Finding | None:
    """Replays everything that the store holds at this moment; None when all is as it must be, else the first finding."""
    check = Audit(application, MemoryStore())
    try:
        frozen = store.freeze()
        try:
            for done, total in check.whole(frozen):
                if progress:
                    progress(done, total)
        finally:
            frozen.close()
    except ChainError as error:
        return check.finding(error)
    return None


class Audit:
    """One pass over a ledger, in steps small enough to rest between them."""

    def __init__(self, application: Application, scratch: Store) -> None:
        """`scratch`: an empty store for what is computed."""
        self.place: int | None = None
        """Height of the block that is looked at."""
        self._replay = Replay(application, scratch)
        self._deltas: dict[bytes, bytes] = {}
        self._rows: dict[str, int] = {}

    def finding(self, error: ChainError) -> Finding:
        """What an error that a step raised says about the ledger. Raises it where it says nothing: the check could not work."""
        if error.code == SCRATCH_CODE:
            raise error
        return Finding(self.place, error.line, error.field or error.code, error)

    def settled(self, store: Store) -> Iterator[tuple[int, int]]:
        """Replays what lies below the flushed height of a store that goes on meanwhile: final blocks never change. Yields (done, total)."""
        while self._replay.height + 1 < store.flushed()[0]:
            yield from self._next(store, store.flushed()[0])

    def whole(self, store: Store) -> Iterator[tuple[int, int]]:
        """Replays the rest of a store that stands still, and compares everything in it. Yields (done, total)."""
        tip = store.tip()
        if tip is None:
            raise Fault("node.empty", "a ledger", "none")
        flushed = store.flushed()[0]
        expect(flushed <= tip[0], "flushed", f"a height up to {tip[0]}", flushed)  # else nothing would be compared with what was flushed
        self._deltas = dict(store.deltas())
        self._rows = {"deltas": len(self._deltas)}
        while self._replay.height < tip[0]:
            yield from self._next(store, tip[0] + 1)
        self.place = None
        expect(self._replay.tip == tip[1], "tip", tip[1].hex(), "another block")
        for _ in self._rest(store):
            yield tip[0] + 1, tip[0] + 1

    def _next(self, store: Store, total: int) -> Iterator[tuple[int, int]]:
        height = self._replay.height + 1
        self.place = height
        record = _record(store, height)
        for _ in self._replay.take(record):
            yield height, total
        expect(record.work == self._replay.work, "work", self._replay.work, record.work)
        flushed, _ = store.flushed()
        if height > flushed:
            _compare_delta(self._deltas.pop(record.id, b""), self._replay.delta)
        else:
            self._compare_indexes(store)
        if height == flushed:
            for _ in self._compare_flushed(store):
                yield height, total
        yield height + 1, total

    # --- the flushed state ---

    def _compare_indexes(self, store: Store) -> None:
        for transaction_id, position in self._replay.ids():
            expect(position in store.positions(transaction_id), "index of ids", position, "no such row")
        for (key, number), place in self._replay.trails().items():
            found = store.trail(key, number)
            expect(found == place, f"index of events of {key}", place, found)

    def _compare_flushed(self, store: Store) -> Iterator[None]:
        """State entries and tiles as they were written at this height, and how many rows the indexes have."""
        self._replay.flush()
        yield
        own = pages(self._replay.scratch)
        mine = next(own, None)
        for number, (key, body) in enumerate(pages(store)):
            if mine is None or mine[0] > key:
                raise Fault("audit.difference", "no such entry", body, field=key)
            expect(mine == (key, body), mine[0], mine[1], body if mine[0] == key else "no such entry")
            mine = next(own, None)
            if number % COMPARED_A_STEP == 0:
                yield
        expect(mine is None, mine[0] if mine else "", mine[1] if mine else "", "no such entry")
        yield from self._compare_tiles(store)
        rows = self._replay.scratch.census().rows
        self._rows |= {name: rows[name] for name in ("entries", "ids", "trails")}

    def _compare_tiles(self, store: Store) -> Iterator[None]:
        """The tiles hold exactly the hashes of the entries, each in its place."""
        _, bits = store.flushed()
        own, tiles = self._replay.records(), 0
        for number, body in store.tiles():
            found = statetiles.records(body)
            placed = bool(found) and all(statetiles.tile_number(path, bits) == number for path, _ in found)
            expect(placed, f"tile {number}", "records of this tile", "others")
            for record in found:
                wanted = next(own, None)
                expect(record == wanted, f"tile {number}", wanted[0].hex() if wanted else "no more", record[0].hex())
            tiles += 1
            if tiles % COMPARED_A_STEP == 0:
                yield
        missing = next(own, None)
        expect(missing is None, "tiles", missing[0].hex() if missing else "", "no such record")
        self._rows["tiles"] = tiles

    # --- what decides no verdict: nothing may be other than it says ---

    def _rest(self, store: Store) -> Iterator[None]:
        """Waiting transactions, losing branches, votes; then everything is counted."""
        census = store.census()
        yield
        for transaction_id, carrier in store.pool():
            item = transactions.parse(carrier, with_proofs=True)
            expect(item.id == transaction_id, "waiting transaction", item.id.hex(), transaction_id.hex())
            transactions.validate_signatures(item)
            yield
        for block_id in census.strays:
            self._audit_stray(store, block_id)
            yield
        for block_id, parent, height, total in store.leaves():
            record = store.block(block_id)
            found = record and (record.id, record.parent, record.height, record.work)
            expect(found == (block_id, parent, height, total), "block row", block_id.hex(), "another")
        for block_id, body in self._deltas.items():
            expect(block_id in census.strays, "delta", "the delta of a stored block", block_id.hex())
            base.decode_delta(body)
        remembered.audit(store, self._replay.chain, self._replay.height, census.names)
        height = self._replay.height + 1
        expected = {**self._rows, "best": height, "blocks": height + len(census.strays), "pool": len(store.pool())}
        for name, count in expected.items():
            expect(census.rows[name] == count, f"number of {name}", count, census.rows[name])

    def _audit_stray(self, store: Store, block_id: bytes) -> None:
        """A block beside the best chain: its bytes are those of its id, its roots and its seal fit, and so does its work."""
        record = store.block(block_id)
        if record is None:
            raise Fault("store.damaged", f"block {block_id.hex()}", "no such row", field="block")
        block = blocks.from_record(record)
        _validate_row(record, block_id)
        rules.validate_roots(block)
        rules.validate_seal(block, self._replay.chain)
        parent = store.block(record.parent)
        if parent is not None:
            total = parent.work + work.work_of_target(work.target_of(block.header.target))
            expect(record.work == total, "work", total, record.work)


def _record(store: Store, height: int) -> BlockRecord:
    block_id = store.best(height)
    record = None if block_id is None else store.block(block_id)
    if record is None or block_id is None:
        raise Fault("store.damaged", f"a block at height {height}", "no such row", field="block")
    expect(record.height == height, "height", height, record.height)
    _validate_row(record, block_id)
    return record


def _validate_row(record: BlockRecord, block_id: bytes) -> None:
    """The columns of a block's row say what its header says."""
    header = blocks.decode_header(record.header)
    expect(header.height == record.height, "height", header.height, record.height)
    expect(header.id == block_id == record.id, "id", header.id.hex(), record.id.hex())
    expect(record.parent == header.previous, "previous", header.previous.hex(), record.parent.hex())


def _compare_delta(stored: bytes, delta: base.Delta) -> None:
    found = base.decode_delta(stored)
    for key in sorted(set(found.values) | set(delta.values)):
        expect(found.values.get(key) == delta.values.get(key), f"delta of {key}", delta.values.get(key), found.values.get(key))
    expect(found.trails == delta.trails, "trails of the delta", len(delta.trails), "others")
