"""The store in one SQLite file (DESIGN §7): WAL, synchronous FULL, one writer, a reading connection for each thread.

A step is one transaction, so a crash before COMMIT returns leaves nothing of it, and afterwards all of it. When COMMIT itself fails
for lack of a working disk, the step is "failed"; should its bytes have reached the disk nevertheless, the next opening finds it whole:
whoever got a Fault reads `tip` again.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chain.errors import Fault
from chain.interfaces import BlockRecord, Commit, Flush
from chain.store import checks, connections, packing, reading, writing
from chain.store.driver import journal_mode, sqlite3
from chain.store.faults import Hook, no_faults
from chain.store.problems import file_fault, sqlite_fault

SHORT_READ = 16
"""Headers that are fetched at once over the thread's own connection: opening another one costs ten times as much."""


class SqliteStore:
    """`chain.interfaces.Store` in a file."""

    def __init__(self, path: Path, hook: Hook = no_faults) -> None:
        """Opens or makes the file. Raises Fault `store.foreign`, `.version`, `.damaged`, `.busy`, `.full` or `.io`."""
        self.path = path
        self.hook = hook
        self._open = True
        self._turn = threading.Lock()
        self._cache = packing.ChunkCache()
        self._readers = connections.Readers(path)
        try:
            self._writer = connections.open_writer(path)
        except sqlite3.Error as error:
            raise sqlite_fault(error) from error
        except OSError as error:
            raise file_fault(error) from error

    # --- writing -----------------------------------------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """As Store.commit."""
        with self._transaction("commit") as connection:
            writing.validate_commit(connection, commit)
            for part, write in _COMMIT_STEPS:
                write(connection, commit)
                self.hook(f"commit.{part}")

    def flush(self, flush: Flush) -> None:
        """As Store.flush."""
        with self._transaction("flush") as connection:
            writing.validate_flush(connection, flush)
            for part, write in _FLUSH_STEPS:
                write(connection, flush)
                self.hook(f"flush.{part}")

    @contextlib.contextmanager
    def _transaction(self, step: str) -> Iterator[sqlite3.Connection]:
        """One step: begun, written and committed as a whole, or rolled back."""
        with self._turn:
            self.hook(f"{step}.before")
            try:
                # IMMEDIATE: a second process waits here, and then sees the tip that the first has left.
                self._writer.execute("BEGIN IMMEDIATE")
                self.hook(f"{step}.begun")
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise self._fault(error) from error
            except BaseException:
                self._roll_back()
                raise
            self.hook(f"{step}.after")

    def _roll_back(self) -> None:
        """Undoes what is left of a step; an error of the disk may have undone it already."""
        with contextlib.suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

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
        carriers = tuple(carrier for (body,) in chunks for carrier in packing.unpack(reading.bytes_of(body)))
        if len(carriers) != row[9]:
            raise Fault("store.damaged", f"{row[9]} carriers", len(carriers), field="chunk")
        parent, work, header, seal, proofs, votes = (reading.bytes_of(row[column]) for column in (2, 4, 5, 6, 7, 8))
        return BlockRecord(
            reading.bytes_of(row[1]), parent, reading.number_of(row[3]), int.from_bytes(work, "big"), header, seal, carriers, proofs, votes
        )

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

    def deltas(self) -> Iterator[tuple[bytes, bytes]]:
        """As Store.deltas; those of one height in order of arrival."""
        return ((reading.bytes_of(row[0]), reading.bytes_of(row[1])) for row in self._long(reading.DELTAS, ()))

    # --- reading the flushed state -----------------------------------------------------------------------------------------------

    def entry(self, key: str) -> bytes | None:
        """As Store.entry."""
        row = self._row(reading.ENTRY, (key,))
        return reading.bytes_of(row[0]) if row else None

    def floor(self, prefix: str, key: str) -> tuple[str, bytes] | None:
        """As Store.floor."""
        end = checks.folder_end(prefix, key)
        row = None if end is None else self._row(reading.FLOOR, (prefix, end))
        return (reading.text_of(row[0]), reading.bytes_of(row[1])) if row else None

    def scan(self, prefix: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        """As Store.scan."""
        end = prefix + checks.ABOVE_ALL
        rows = self._all(reading.SCAN_AFTER, (after, end, limit)) if after >= prefix else self._all(reading.SCAN_FROM, (prefix, end, limit))
        return [(reading.text_of(key), reading.bytes_of(value)) for key, value in rows]

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

    # --- reading small things ----------------------------------------------------------------------------------------------------

    def pool(self) -> list[tuple[bytes, bytes]]:
        """As Store.pool."""
        return [(reading.bytes_of(transaction_id), reading.bytes_of(carrier)) for transaction_id, carrier in self._all(reading.POOL, ())]

    def meta(self, name: str) -> bytes | None:
        """As Store.meta."""
        row = self._row(reading.META, (name,))
        return reading.bytes_of(row[0]) if row else None

    def close(self) -> None:
        """As Store.close; once more does no harm."""
        self._open = False
        with self._turn:
            self._readers.close()
            self._writer.close()

    # --- how a read is done ------------------------------------------------------------------------------------------------------

    def _row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The only row of a statement that has at most one (fetching it also ends the statement, so no old state is held)."""
        try:
            row: tuple[Any, ...] | None = self._readers.cursor().execute(statement, values).fetchone()
        except (sqlite3.Error, OverflowError) as error:
            raise self._fault(error) from error
        return row

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows of a short statement."""
        try:
            return self._readers.cursor().execute(statement, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise self._fault(error) from error

    def _long(self, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
        """The rows of a long read, all of this moment, on a connection of their own: the thread's other reads go on seeing the newest."""
        try:
            connection = self._long_reader()
            rows = connection.execute(statement, values)
            # Under a rollback journal an open read would keep the writer out.
            return self._drain(connection, rows) if journal_mode(sqlite3.sqlite_version_info) == "wal" else iter(rows.fetchall())
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _long_reader(self) -> sqlite3.Connection:
        if not self._open:
            raise Fault("store.closed", "an open store", "a closed one")
        return connections.open_reader(self.path)

    def _drain(self, connection: sqlite3.Connection, rows: sqlite3.Cursor) -> Iterator[Any]:
        try:
            with contextlib.closing(connection):
                yield from rows
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error | OverflowError) -> Fault:
        return sqlite_fault(error) if self._open else Fault("store.closed", "an open store", "a closed one")


_COMMIT_STEPS: tuple[tuple[str, Callable[[sqlite3.Connection, Commit], None]], ...] = (
    ("blocks", writing.write_blocks),
    ("best", writing.write_best),
    ("deltas", writing.write_deltas),
    ("pool", writing.write_pool),
    ("meta", writing.write_meta),
)
_FLUSH_STEPS: tuple[tuple[str, Callable[[sqlite3.Connection, Flush], None]], ...] = (
    ("entries", writing.write_entries),
    ("tiles", writing.write_tiles),
    ("ids", writing.write_ids),
    ("trails", writing.write_trails),
    ("deltas", writing.write_flushed),
)
