"""The store in one SQLite file (DESIGN §7): WAL, synchronous FULL, one writer, a reading connection for each thread.

A step is one transaction, so a crash before COMMIT returns leaves nothing of it, and afterwards all of it. When COMMIT itself fails
for lack of a working disk, the step is "failed"; should its bytes have reached the disk nevertheless, the next opening finds it whole:
whoever got a Fault reads `tip` again.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from chain.errors import Fault
from chain.interfaces import Census, Commit, Flush, Store
from chain.store import connections, counting, marking, packing, writing
from chain.store.driver import journal_mode, sqlite3
from chain.store.faults import Hook, no_faults
from chain.store.frozen import FrozenStore
from chain.store.problems import DRIVER_ERRORS, DriverError, file_fault, sqlite_fault
from chain.store.sqlitereader import SqliteReader

_log = logging.getLogger(__name__)


class SqliteStore(SqliteReader):
    """`chain.interfaces.Store` in a file."""

    def __init__(self, path: Path, hook: Hook = no_faults, *, accept_older: bool = False) -> None:
        """Opens or makes the file. Raises Fault `store.foreign`, `.version`, `.damaged`, `.busy`, `.full` or `.io`, and `store.older` where
        the file lacks commits that were acknowledged: `accept_older` is the word of whoever put an older copy in its place."""
        self.path = path
        self.hook = hook
        self._open = True
        self._turn = threading.Lock()
        self._cache = packing.ChunkCache()
        self._readers = connections.Readers(path)
        self._floor = 0
        try:
            marked = marking.read_mark(marking.mark_path(path))
            self._writer = connections.open_writer(path)
            self._floor = self._validate_age(marked, accept_older)
            self._mark = marking.MarkFile(marking.mark_path(path), self._floor)
        except DRIVER_ERRORS as error:
            raise sqlite_fault(error) from error
        except OSError as error:
            raise file_fault(error) from error

    def _validate_age(self, marked: int | None, accept_older: bool) -> int:
        """The number that the next commit must exceed. `marked` was read before the file was opened: no later commit is in it."""
        try:
            found = writing.step(self._writer)
            if marked is None and found:
                _log.warning("%s has no mark: whether it is older than what was acknowledged cannot be told", self.path.name)
            if marked is not None and not 0 <= marked <= found and not accept_older:
                raise Fault("store.older", "an unreadable mark" if marked < 0 else f"commit {marked}", f"commit {found}", field="mark")
        except BaseException:
            self._writer.close()
            raise
        return max(marked or 0, found)

    # --- writing -----------------------------------------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """As Store.commit."""
        with self._transaction("commit") as connection:
            writing.validate_commit(connection, commit)
            for part, write in _COMMIT_STEPS:
                write(connection, commit)
                self.hook(f"commit.{part}")
            self._step = writing.write_step(connection, self._floor)

    def flush(self, flush: Flush) -> None:
        """As Store.flush."""
        if journal_mode(sqlite3.sqlite_version_info) != "wal":  # there a writer keeps readers out
            flush = replace(flush, tiles=list(flush.tiles))
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
                if step == "commit":
                    self._mark.write(self._step)
            except OSError as error:
                raise file_fault(error) from error
            except DRIVER_ERRORS as error:
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

    # --- the whole ----------------------------------------------------------------------------------------------------------------

    def census(self) -> Census:
        """As Store.census."""
        connection = self._long_reader()
        try:
            with contextlib.closing(connection):
                return counting.census(connection)
        except DRIVER_ERRORS as error:
            raise self._fault(error) from error

    def freeze(self) -> Store:
        """As Store.freeze."""
        if not self._open:
            raise Fault("store.closed", "an open store", "a closed one")
        return FrozenStore(self.path)

    def close(self) -> None:
        """As Store.close; once more does no harm."""
        self._open = False
        with self._turn:
            self._readers.close()
            self._writer.close()
            self._mark.close()

    # --- how a read is done ------------------------------------------------------------------------------------------------------

    def _row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The only row of a statement that has at most one (fetching it also ends the statement, so no old state is held)."""
        try:
            row: tuple[Any, ...] | None = self._readers.cursor().execute(statement, values).fetchone()
        except DRIVER_ERRORS as error:
            raise self._fault(error) from error
        return row

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows of a short statement."""
        try:
            return self._readers.cursor().execute(statement, values).fetchall()
        except DRIVER_ERRORS as error:
            raise self._fault(error) from error

    def _long(self, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
        """The rows of a long read, all of this moment, on a connection of their own: the thread's other reads go on seeing the newest."""
        try:
            connection = self._long_reader()
            rows = connection.execute(statement, values)
            # Under a rollback journal an open read would keep the writer out.
            return self._drain(connection, rows) if journal_mode(sqlite3.sqlite_version_info) == "wal" else iter(rows.fetchall())
        except DRIVER_ERRORS as error:
            raise self._fault(error) from error

    def _long_reader(self) -> sqlite3.Connection:
        if not self._open:
            raise Fault("store.closed", "an open store", "a closed one")
        return connections.open_reader(self.path)

    def _drain(self, connection: sqlite3.Connection, rows: sqlite3.Cursor) -> Iterator[Any]:
        try:
            with contextlib.closing(connection):
                yield from rows
        except DRIVER_ERRORS as error:
            raise self._fault(error) from error

    def _fault(self, error: DriverError) -> Fault:
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
