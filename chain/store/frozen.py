"""What a database held at one moment, for whoever reads all of it (audit, scrub) while others go on writing.

One connection in one read transaction. While it is open the log cannot be emptied, so it grows with what is written: close it soon.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chain.errors import Fault
from chain.interfaces import Census, Commit, Flush
from chain.store import connections, counting, packing, reading
from chain.store.driver import sqlite3
from chain.store.problems import DRIVER_ERRORS, sqlite_fault
from chain.store.sqlitereader import SqliteReader

ROWS_AT_A_TIME = 64
"""Rows of a long read that are fetched together; the largest have 100 kB."""


class FrozenStore(SqliteReader):
    """One moment of a `SqliteStore`; it cannot be written. Any thread may use it, one at a time."""

    def __init__(self, path: Path) -> None:
        """Takes the moment. Raises Fault as reads do."""
        self.path, self._open = path, True
        self._cache = packing.ChunkCache()
        try:
            self._connection = connections.open_reader(path)
            self._connection.execute("BEGIN")
            self._connection.execute(reading.FLUSHED).fetchone()  # the first read fixes the moment
        except DRIVER_ERRORS as error:
            raise sqlite_fault(error) from error

    def commit(self, commit: Commit) -> None:
        """Refused: Fault `store.commit`."""
        raise Fault("store.commit", "a store that is written to", "a moment of it")

    def flush(self, flush: Flush) -> None:
        """Refused: Fault `store.commit`."""
        raise Fault("store.commit", "a store that is written to", "a moment of it")

    def freeze(self) -> "FrozenStore":
        """Another view of the store as it is now."""
        return FrozenStore(self.path)

    def census(self) -> Census:
        """As Store.census."""
        with self._faults():
            return counting.census(self._connection)

    def close(self) -> None:
        """Lets the moment go."""
        self._open = False
        self._connection.close()

    def _row(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._faults():
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        return row

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with self._faults():
            return self._connection.execute(statement, values).fetchall()

    def _long(self, statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
        with self._faults():
            cursor = self._connection.execute(statement, values)
        while rows := self._some(cursor):
            yield from rows

    def _some(self, cursor: sqlite3.Cursor) -> list[Any]:
        with self._faults():
            return cursor.fetchmany(ROWS_AT_A_TIME)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise sqlite_fault(error) if self._open else Fault("store.closed", "an open store", "a closed one") from error
