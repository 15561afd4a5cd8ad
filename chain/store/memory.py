"""A store in memory, for tests: the same promises as on a disk, and every way of failing on request (`chain.store.faults`).

What it holds lives in a `Disk`, which survives the store: after a `Crash` the store is dead, and `reopen` gives a new one on the same disk,
as a restarted process would find it. Two stores on one disk are two processes on one data folder.
"""

import copy
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from chain.errors import Fault
from chain.interfaces import BlockRecord, Census, Commit, Flush
from chain.store import checks
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS, Hook, no_faults

PREFIX_BYTES = 8
"""Bytes of a transaction id that the index keeps; whoever asks compares the transaction itself."""


@dataclass(slots=True)
class Disk:
    """What is durable."""

    blocks: dict[bytes, BlockRecord] = field(default_factory=dict)
    """Block id -> block, in order of arrival."""
    arrival: dict[bytes, int] = field(default_factory=dict)
    """Block id -> its place in the order of arrival."""
    best: list[bytes] = field(default_factory=list)
    """Ids of the best chain, by height."""
    deltas: dict[bytes, bytes] = field(default_factory=dict)
    """Block id -> encoded changes, above the flush only."""
    pool: dict[bytes, bytes] = field(default_factory=dict)
    """Transaction id -> carrier, in order of acceptance."""
    waiting: int = 0
    """How many that are, by the sums of all commits."""
    meta: dict[str, bytes] = field(default_factory=dict)
    """Named small values."""
    flushed: tuple[int, int] = (-1, 0)
    """(height, tile bits) of the last flush."""
    entries: dict[str, bytes] = field(default_factory=dict)
    """State key -> canonical value."""
    keys: list[str] = field(default_factory=list)
    """The keys of `entries`, sorted."""
    tiles: dict[int, bytes] = field(default_factory=dict)
    """Tile number -> body."""
    positions: dict[bytes, list[int]] = field(default_factory=dict)
    """First bytes of a transaction id -> positions."""
    trails: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    """(key, number) -> (position, origin)."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while a step is written and while one read looks, so that each read sees whole steps."""

    def tip(self) -> tuple[int, bytes] | None:
        """(height, id) of the best block."""
        return (len(self.best) - 1, self.best[-1]) if self.best else None

    def link(self, block_id: bytes) -> checks.Link | None:
        """Height and parent of a stored block."""
        block = self.blocks.get(block_id)
        return checks.Link(block.height, block.parent) if block else None

    def best_at(self, height: int) -> bytes | None:
        """Id of the best block at a height."""
        return self.best[height] if 0 <= height < len(self.best) else None


class MemoryStore:
    """`chain.interfaces.Store` without a file."""

    def __init__(self, disk: Disk | None = None, hook: Hook = no_faults) -> None:
        """`disk`: what an earlier store left; `hook` is called at every point of `chain.store.faults` and as `read.<method>`."""
        self.disk = Disk() if disk is None else disk
        self.hook = hook
        self._open = True

    def reopen(self) -> "MemoryStore":
        """What a restarted process sees: a new store on the same disk, without faults. This one is closed."""
        self.close()
        return MemoryStore(self.disk)

    # --- writing -----------------------------------------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """As Store.commit."""
        disk = self._pass(COMMIT_POINTS[:-1])
        with disk.lock:
            checks.validate_tip(commit, disk.tip())
            checks.validate_best(commit, checks.Chain(disk.tip(), disk.flushed[0], disk.link, disk.best_at))
            checks.validate_deltas(commit, disk.link)
            self._write_chain(disk, commit)
            before = len(disk.pool)
            for transaction_id in commit.pool_remove:
                disk.pool.pop(transaction_id, None)
            for transaction_id, carrier in commit.pool_add:
                disk.pool.setdefault(transaction_id, carrier)
            disk.waiting += len(disk.pool) - before
            disk.meta.update(commit.meta)
        self._pass(COMMIT_POINTS[-1:])

    def _write_chain(self, disk: Disk, commit: Commit) -> None:
        for block in commit.blocks:
            if block.id not in disk.blocks:
                disk.arrival[block.id] = len(disk.blocks)
                disk.blocks[block.id] = block
        if commit.best:
            disk.best[commit.best[0][0] :] = [block_id for _, block_id in commit.best]
        for block_id, changes in commit.deltas:
            if disk.blocks[block_id].height > disk.flushed[0]:
                disk.deltas[block_id] = changes

    def flush(self, flush: Flush) -> None:
        """As Store.flush."""
        disk = self._pass(FLUSH_POINTS[:-1])
        with disk.lock:
            checks.validate_flush(flush, disk.flushed[0], disk.tip())
            self._write_entries(disk, flush)
            self._write_tiles(disk, flush)
            for transaction_id, position in flush.ids:
                places = disk.positions.setdefault(transaction_id[:PREFIX_BYTES], [])
                if position not in places:
                    places.append(position)
                    places.sort()
            for key, number, position, origin in flush.trails:
                disk.trails[key, number] = (position, origin)
            for block_id in [block_id for block_id in disk.deltas if disk.blocks[block_id].height <= flush.height]:
                del disk.deltas[block_id]
            disk.flushed = (flush.height, flush.tile_bits)
        self._pass(FLUSH_POINTS[-1:])

    def _write_entries(self, disk: Disk, flush: Flush) -> None:
        for key, value in flush.entries:
            if value is None:
                disk.entries.pop(key, None)
            else:
                disk.entries[key] = value
        disk.keys = sorted(disk.entries)

    def _write_tiles(self, disk: Disk, flush: Flush) -> None:
        tiles = list(flush.tiles)
        if flush.tile_bits != disk.flushed[1]:
            disk.tiles.clear()
        for number, body in tiles:
            if body:
                disk.tiles[number] = body
            else:
                disk.tiles.pop(number, None)

    # --- reading blocks ----------------------------------------------------------------------------------------------------------

    def tip(self) -> tuple[int, bytes] | None:
        """As Store.tip."""
        disk = self._read("tip")
        with disk.lock:
            return disk.tip()

    def flushed(self) -> tuple[int, int]:
        """As Store.flushed."""
        return self._read("flushed").flushed

    def block(self, block_id: bytes) -> BlockRecord | None:
        """As Store.block."""
        return self._read("block").blocks.get(block_id)

    def height(self, block_id: bytes) -> int | None:
        """As Store.height."""
        found = self._read("height").blocks.get(block_id)
        return None if found is None else found.height

    def best(self, height: int) -> bytes | None:
        """As Store.best."""
        disk = self._read("best")
        with disk.lock:
            return disk.best_at(height)

    def headers(self, start: int, stop: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """As Store.headers; the chain as it is now, whatever is committed while the caller iterates."""
        disk = self._read("headers")
        with disk.lock:
            blocks = [disk.blocks[block_id] for block_id in disk.best[max(start, 0) : max(stop, 0)]]
        return ((block.id, block.header, block.seal) for block in blocks)

    def leaves(self) -> Iterator[tuple[bytes, bytes, int, int]]:
        """As Store.leaves; those of one height in order of arrival."""
        disk = self._read("leaves")
        with disk.lock:
            blocks = sorted((block for block in disk.blocks.values() if block.height >= disk.flushed[0]), key=lambda block: block.height)
        return ((block.id, block.parent, block.height, block.work) for block in blocks)

    def transaction(self, position: int) -> bytes | None:
        """As Store.transaction."""
        disk = self._read("transaction")
        with disk.lock:
            block_id = disk.best_at(position >> checks.INDEX_BITS)
            carriers = disk.blocks[block_id].transactions if block_id else ()
        index = position & checks.INDEX_MASK
        return carriers[index] if index < len(carriers) else None

    def delta(self, block_id: bytes) -> bytes | None:
        """As Store.delta."""
        return self._read("deltas").deltas.get(block_id)

    def deltas(self) -> Iterator[tuple[bytes, bytes]]:
        """As Store.deltas; those of one height in order of arrival."""
        disk = self._read("deltas")
        with disk.lock:
            order = sorted(disk.deltas, key=lambda block_id: (disk.blocks[block_id].height, disk.arrival[block_id]))
            found = [(block_id, disk.deltas[block_id]) for block_id in order]
        return iter(found)

    # --- reading the flushed state -----------------------------------------------------------------------------------------------

    def entry(self, key: str) -> bytes | None:
        """As Store.entry."""
        return self._read("entry").entries.get(key)

    def floor(self, prefix: str, key: str) -> tuple[str, bytes] | None:
        """As Store.floor."""
        disk = self._read("floor")
        end = checks.folder_end(prefix, key)
        if end is None:
            return None
        with disk.lock:
            place = bisect_right(disk.keys, end)
            found = disk.keys[place - 1] if place else ""
            return (found, disk.entries[found]) if found.startswith(prefix) and place else None

    def scan(self, prefix: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        """As Store.scan."""
        disk = self._read("scan")
        with disk.lock:
            start = bisect_right(disk.keys, after) if after >= prefix else bisect_left(disk.keys, prefix)
            stop = bisect_left(disk.keys, prefix + checks.ABOVE_ALL)
            return [(key, disk.entries[key]) for key in disk.keys[start : min(stop, start + limit)]]

    def tile(self, number: int) -> bytes:
        """As Store.tile."""
        return self._read("tile").tiles.get(number, b"")

    def tiles(self) -> Iterator[tuple[int, bytes]]:
        """As Store.tiles."""
        disk = self._read("tiles")
        with disk.lock:
            return iter(sorted(disk.tiles.items()))

    def positions(self, transaction_id: bytes) -> list[int]:
        """As Store.positions."""
        disk = self._read("positions")
        with disk.lock:
            return list(disk.positions.get(transaction_id[:PREFIX_BYTES], ()))

    def trail(self, key: str, number: int) -> tuple[int, str] | None:
        """As Store.trail."""
        return self._read("trail").trails.get((key, number))

    def ids(self) -> Iterator[tuple[int, int]]:
        """As Store.ids."""
        disk = self._read("ids")
        with disk.lock:
            places = [
                (int.from_bytes(start, "big", signed=True), position) for start, found in disk.positions.items() for position in found
            ]
        return iter(sorted(places))

    def trails(self) -> Iterator[tuple[str, int, int, str]]:
        """As Store.trails."""
        disk = self._read("trails")
        with disk.lock:
            return iter(sorted((*event, *place) for event, place in disk.trails.items()))

    # --- reading small things ----------------------------------------------------------------------------------------------------

    def pool(self) -> list[tuple[bytes, bytes]]:
        """As Store.pool."""
        disk = self._read("pool")
        with disk.lock:
            return list(disk.pool.items())

    def meta(self, name: str) -> bytes | None:
        """As Store.meta."""
        return self._read("meta").meta.get(name)

    def census(self) -> Census:
        """As Store.census."""
        disk = self._read("census")
        with disk.lock:
            rows = {"blocks": len(disk.blocks), "best": len(disk.best), "deltas": len(disk.deltas), "pool": len(disk.pool),
                    "entries": len(disk.entries), "tiles": len(disk.tiles), "ids": sum(map(len, disk.positions.values())),
                    "trails": len(disk.trails)}  # fmt: skip
            strays = set(disk.blocks) - set(disk.best)
            return Census(rows, tuple(sorted(strays, key=lambda block_id: disk.arrival[block_id])), tuple(sorted(disk.meta)), disk.waiting)

    def freeze(self) -> "MemoryStore":
        """As Store.freeze: a copy."""
        disk = self._read("freeze")
        with disk.lock:
            values = {name: getattr(disk, name) for name in Disk.__slots__ if name != "lock"}
            return MemoryStore(Disk(**copy.deepcopy(values)))

    def close(self) -> None:
        """As Store.close; the disk stays."""
        self._open = False

    # --- failing on request ------------------------------------------------------------------------------------------------------

    def _read(self, method: str) -> Disk:
        return self._pass((f"read.{method}",))

    def _pass(self, points: tuple[str, ...]) -> Disk:
        """Passes points at which the store may fail. Raises whatever the hook raises; a Crash closes the store."""
        if not self._open:
            raise Fault("store.closed", "an open store", "a closed one")
        try:
            for point in points:
                self.hook(point)
        except Exception:
            raise
        except BaseException:
            self._open = False
            raise
        return self.disk
