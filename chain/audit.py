"""Replaying the whole ledger and comparing it with what lies in the store (P5, S-02, S-07).

Every block is judged again from genesis by the same rules, and everything else that the store holds (state entries, tiles, indexes, waiting
transactions, blocks of losing branches, votes) is computed again and compared; in the end all rows are counted, so that nothing lies there
unseen. The first difference is named by height, transaction and field. Nothing that the store says is believed: not its ids, not its
indexes, not its deltas.

Signatures and canonical bytes of the coming blocks are checked in worker processes while this one executes the rules.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from chain import base, blocks, finality, remembered, rules, statetiles, transactions, work
from chain.blocks import Block, Header
from chain.checking import Checker
from chain.conclusions import Conclusions
from chain.errors import ChainError, Fault
from chain.interfaces import Application, BlockRecord, Store
from chain.replay import Replay, expect, pages
from chain.store.memory import MemoryStore

COMPARED_A_STEP = 500
"""Entries, tiles or index rows compared in one step."""
AHEAD = 3
"""Blocks whose signatures are being checked while one is executed."""
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


def audit(store: Store, application: Application, progress: Progress | None = None, scratch: Store | None = None) -> Finding | None:
    """Replays everything that the store holds at this moment; None when all is as it must be, else the first finding.

    `scratch` is an empty store for what is computed, which a long ledger needs on a disk; without it that stays in memory.
    """
    with closing(Checker()) as checker:
        check = Audit(application, scratch or MemoryStore(), checker)
        try:
            with closing(store.freeze()) as frozen:
                for done, total in check.whole(frozen):
                    if progress:
                        progress(done, total)
        except ChainError as error:
            return check.finding(error)
    return None


_Coming = tuple[BlockRecord, Callable[[], Block]] | ChainError


class Audit:
    """One pass over a ledger, in steps small enough to rest between them."""

    def __init__(self, application: Application, scratch: Store, checker: Checker | None = None) -> None:
        """`scratch`: an empty store for what is computed; `checker`: who checks coming blocks, so that steps need not be small."""
        self.place: int | None = None
        """Height of the block that is looked at."""
        self._application = application
        self._replay = Replay(application, scratch)
        self._concluded = Conclusions()
        self._checker = checker
        self._coming: deque[_Coming] = deque()
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
        record, read = self._read(store, height, total)
        for _ in self._replay.take(record, read):
            yield height, total
        expect(record.work == self._replay.work, "work", self._replay.work, record.work)
        self._concluded.take((height, record.id), self._replay.view, self._replay.delta.values, finality.decode_votes(record.votes))
        flushed, _ = store.flushed()
        if height > flushed:
            _compare_delta(self._deltas.pop(record.id, b""), self._replay.delta)
        if height == flushed:
            for _ in self._compare_flushed(store):
                yield height, total
        yield height + 1, total

    def _read(self, store: Store, height: int, total: int) -> tuple[BlockRecord, Callable[[], Block] | None]:
        """The block at a height; the checks of the next ones are begun. What is wrong with one is said when its turn comes."""
        if self._checker is None:
            return read_best(store, height), None
        for number in range(height + len(self._coming), min(height + AHEAD, total - 1) + 1):
            self._coming.append(_begin(store, number, self._checker, self._application))
        coming = self._coming.popleft()
        if isinstance(coming, ChainError):
            raise coming
        return coming

    # --- the flushed state ---

    def _compare_flushed(self, store: Store) -> Iterator[None]:
        """State entries, tiles and indexes as they were written at this height."""
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
        yield from self._compare_rows(store.ids(), self._replay.scratch.ids(), "index of ids")
        yield from self._compare_rows(store.trails(), self._replay.scratch.trails(), "index of events of {}")
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

    def _compare_rows(self, found: Iterable[tuple[Any, ...]], own: Iterable[tuple[Any, ...]], name: str) -> Iterator[None]:
        """Two sorted streams of index rows; `name` may have a place for a row's key."""
        for number, (row, wanted) in enumerate(zip_longest(found, own)):
            if row != wanted:
                first = min(each for each in (row, wanted) if each is not None)
                raise Fault("audit.difference", wanted or "no such row", row or "no such row", field=name.format(first[0]))
            if number % COMPARED_A_STEP == 0:
                yield

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
        strays = set(census.strays)
        for block_id in census.strays:
            self._audit_stray(store, block_id)
            yield
        for block_id, parent, height, total in store.leaves():
            record = store.block(block_id)
            found = record and (record.id, record.parent, record.height, record.work)
            expect(found == (block_id, parent, height, total), "block row", block_id.hex(), "another")
            if block_id in strays:
                self._concluded.branch((height, block_id), parent)
        for block_id, body in self._deltas.items():
            expect(block_id in strays, "delta", "the delta of a stored block", block_id.hex())
            base.decode_delta(body)
        remembered.audit(store, self._replay.chain, self._concluded, census.names)
        height = self._replay.height + 1
        expected = {**self._rows, "best": height, "blocks": height + len(census.strays), "pool": len(store.pool())}
        expect(census.waiting == census.rows["pool"], "number of waiting transactions", census.waiting, census.rows["pool"])
        for name, count in expected.items():
            expect(census.rows[name] == count, f"number of {name}", count, census.rows[name])

    def _audit_stray(self, store: Store, block_id: bytes) -> None:
        """A block beside the best chain: its bytes are those of its id, its roots and its seal fit, and so does its work."""
        record = store.block(block_id)
        if record is None:
            raise Fault("store.damaged", f"block {block_id.hex()}", "no such row", field="block")
        block = blocks.from_record(record)
        validate_row(record, block_id)
        rules.validate_roots(block)
        rules.validate_seal(block, self._replay.chain)
        parent = store.block(record.parent)
        if parent is not None:
            total = parent.work + work.work_of_target(work.target_of(block.header.target))
            expect(record.work == total, "work", total, record.work)


def _begin(store: Store, height: int, checker: Checker, application: Application) -> _Coming:
    try:
        record = read_best(store, height)
        return record, checker.start_block(record, application)
    except ChainError as error:
        return error


def read_best(store: Store, height: int) -> BlockRecord:
    """The best block at a height, its row compared with its header. Raises Fault `store.damaged`, `audit.difference`,
    and `node.body.missing` where a snapshot brought no body: such a ledger cannot be replayed."""
    block_id = store.best(height)
    record = None if block_id is None else store.block(block_id)
    if record is None or block_id is None:
        raise Fault("store.damaged", f"a block at height {height}", "no such row", field="block")
    expect(record.height == height, "height", height, record.height)
    validate_row(record, block_id)
    if blocks.is_bare(record):
        raise Fault("node.body.missing", f"the body of block {height}", "only its header: this ledger began from a snapshot", field="body")
    return record


def validate_row(record: BlockRecord, block_id: bytes) -> Header:
    """The columns of a block's row say what its header says; returns that. Raises Malformed, Fault `audit.difference`."""
    header = blocks.decode_header(record.header)
    expect(header.height == record.height, "height", header.height, record.height)
    expect(header.id == block_id == record.id, "id", header.id.hex(), record.id.hex())
    expect(record.parent == header.previous, "previous", header.previous.hex(), record.parent.hex())
    return header


def _compare_delta(stored: bytes, delta: base.Delta) -> None:
    found = base.decode_delta(stored)
    for key in sorted(set(found.values) | set(delta.values)):
        expect(found.values.get(key) == delta.values.get(key), f"delta of {key}", delta.values.get(key), found.values.get(key))
    expect(found.trails == delta.trails, "trails of the delta", len(delta.trails), "others")
