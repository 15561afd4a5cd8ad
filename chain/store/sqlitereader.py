"""Reading what a SQLite store holds: the statements and checks that the live store and a frozen moment of it share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from chain.errors import Fault
from chain.interfaces import BlockRecord
from chain.store import checks, packing, reading, words, writing

SHORT_READ = 16
"""Headers that are fetched at once over the thread's own connection: opening another one costs ten times as much."""


class SqliteReader(ABC):
    """The reading half of `chain.interfaces.Store`; a subclass says over which connection its statements go."""

    _cache: packing.ChunkCache

    @abstractmethod
    def _row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The only row of a statement that has at most one."""

    @abstractmethod
    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows of a short statement."""

    @abstractmethod
    def _long(self, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
        """The rows of a long read, all of one moment."""

    # --- reading blocks ----------------------------------------------------------------------------------------------------------

    def tip(self) -> tuple[int, bytes] | None:
        """As Store.tip."""
        row = self._row(reading.TIP, ())
        return (reading.number_of(row[0]), reading.bytes_of(row[1])) if row else None

    def flushed(self) -> tuple[int, int]:
        """As Store.flushed."""
        height, bits = self._row(reading.FLUSHED, ()) or (None, None)
        return reading.number_of(height), reading.number_of(bits)

    def block(self, block_id: bytes) -> BlockRecord | None:
        """As Store.block."""
        row = self._row(reading.BLOCK, (block_id,))
        if row is None:
            return None
        number = reading.number_of(row[0]) << checks.INDEX_BITS
        chunks = self._all(reading.CHUNKS, (number, number | checks.INDEX_MASK))
        carriers = tuple(carrier for _, body in chunks for carrier in packing.unpack(reading.bytes_of(body)))
        if len(carriers) != row[9] or [position for position, _ in chunks] != list(range(number, number + len(chunks))):
            raise Fault("store.damaged", f"{row[9]} carriers", len(carriers), field="chunk")
        parent, work, header, seal, proofs, votes = (reading.bytes_of(row[column]) for column in (2, 4, 5, 6, 7, 8))
        return BlockRecord(
            reading.bytes_of(row[1]), parent, reading.number_of(row[3]), int.from_bytes(work, "big"), header, seal, carriers, proofs, votes
        )

    def height(self, block_id: bytes) -> int | None:
        """As Store.height."""
        row = self._row(reading.HEIGHT, (block_id,))
        return reading.number_of(row[0]) if row else None

    def best(self, height: int) -> bytes | None:
        """As Store.best."""
        row = self._row(reading.BEST, (height,)) if 0 <= height <= reading.LARGEST else None
        return reading.bytes_of(row[0]) if row else None

    def headers(self, start: int, stop: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """As Store.headers; the chain as it is now, whatever is committed while the caller iterates."""
        limits = (max(0, min(start, reading.LARGEST)), max(0, min(stop, reading.LARGEST)))
        short = limits[1] - limits[0] <= SHORT_READ
        rows = self._all(reading.HEADERS, limits) if short else self._long(reading.HEADERS, limits)
        return ((reading.bytes_of(row[0]), reading.bytes_of(row[1]), reading.bytes_of(row[2])) for row in rows)

    def leaves(self) -> Iterator[tuple[bytes, bytes, int, int]]:
        """As Store.leaves; those of one height in order of arrival."""
        rows = self._long(reading.LEAVES, ())
        return (
            (reading.bytes_of(row[0]), reading.bytes_of(row[1]), reading.number_of(row[2]), int.from_bytes(reading.bytes_of(row[3]), "big"))
            for row in rows
        )

    def transaction(self, position: int) -> bytes | None:
        """As Store.transaction."""
        height, index = position >> checks.INDEX_BITS, position & checks.INDEX_MASK
        row = self._row(reading.BEST_NUMBER, (height,)) if 0 <= height <= reading.LARGEST else None
        if row is None:
            return None
        chunk, place = divmod(index, packing.CHUNK_CARRIERS)
        carriers = self._chunk(reading.number_of(row[0]) << checks.INDEX_BITS | chunk)
        if place < len(carriers):
            return carriers[place]
        count = self._row(reading.COUNT, row)
        if count is None or index < count[0]:
            raise Fault("store.damaged", f"carrier {index}", "none", field="chunk")
        return None

    def _chunk(self, position: int) -> tuple[bytes, ...]:
        """The carriers of a stored chunk; none where there is no such chunk."""
        carriers = self._cache.get(position)
        if carriers is None:
            row = self._row(reading.CHUNK, (position,))
            if row is None:
                return ()
            carriers = packing.unpack(reading.bytes_of(row[0]))
            self._cache.put(position, carriers)
        return carriers

    def delta(self, block_id: bytes) -> bytes | None:
        """As Store.delta."""
        row = self._row(reading.DELTA, (block_id,))
        return packing.without_check(block_id, reading.bytes_of(row[0])) if row else None

    def deltas(self) -> Iterator[tuple[bytes, bytes]]:
        """As Store.deltas; those of one height in order of arrival."""
        rows = ((reading.bytes_of(row[0]), reading.bytes_of(row[1])) for row in self._long(reading.DELTAS, ()))
        return ((block_id, packing.without_check(block_id, body)) for block_id, body in rows)

    # --- reading the flushed state -----------------------------------------------------------------------------------------------

    def entry(self, key: str) -> bytes | None:
        """As Store.entry."""
        row = self._row(reading.ENTRY, (key,))
        return _entry(key, row[0])[1] if row else None

    def floor(self, prefix: str, key: str) -> tuple[str, bytes] | None:
        """As Store.floor."""
        end = checks.folder_end(prefix, key)
        row = None if end is None else self._row(reading.FLOOR, (prefix, end))
        return _entry(*row) if row else None

    def scan(self, prefix: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        """As Store.scan."""
        end = prefix + checks.ABOVE_ALL
        rows = self._all(reading.SCAN_AFTER, (after, end, limit)) if after >= prefix else self._all(reading.SCAN_FROM, (prefix, end, limit))
        return [_entry(key, value) for key, value in rows]

    def tile(self, number: int) -> bytes:
        """As Store.tile."""
        row = self._row(reading.TILE, (number,)) if 0 <= number <= reading.LARGEST else None
        return reading.bytes_of(row[0]) if row else b""

    def tiles(self) -> Iterator[tuple[int, bytes]]:
        """As Store.tiles; the state as it is now, whatever is flushed while the caller iterates."""
        return ((reading.number_of(row[0]), reading.bytes_of(row[1])) for row in self._long(reading.TILES, ()))

    def positions(self, transaction_id: bytes) -> list[int]:
        """As Store.positions."""
        return [reading.number_of(position) for (position,) in self._all(reading.POSITIONS, (writing.prefix(transaction_id),))]

    def trail(self, key: str, number: int) -> tuple[int, str] | None:
        """As Store.trail."""
        row = self._row(reading.TRAIL, (key, number)) if 0 <= number <= reading.LARGEST else None
        return (reading.number_of(row[0]), key if row[1] is None else reading.text_of(row[1])) if row else None

    def ids(self) -> Iterator[tuple[int, int]]:
        """As Store.ids; the state as it is now."""
        return ((reading.number_of(row[0]), reading.number_of(row[1])) for row in self._long(reading.IDS, ()))

    def trails(self) -> Iterator[tuple[str, int, int, str]]:
        """As Store.trails; the state as it is now."""
        return (reading.event_of(row) for row in self._long(reading.TRAILS, ()))

    # --- reading small things ----------------------------------------------------------------------------------------------------

    def pool(self) -> list[tuple[bytes, bytes]]:
        """As Store.pool."""
        return [(reading.bytes_of(transaction_id), reading.bytes_of(carrier)) for transaction_id, carrier in self._all(reading.POOL, ())]

    def meta(self, name: str) -> bytes | None:
        """As Store.meta."""
        row = self._row(reading.META, (name,))
        return packing.without_check(name.encode(), reading.bytes_of(row[0])) if row else None


def _entry(key: Any, value: Any) -> tuple[str, bytes]:
    name = reading.text_of(key)
    return name, words.lengthen(packing.without_check(name.encode(), reading.bytes_of(value)))
