"""Opening the database: one connection that writes, one for reading in each thread, one for each long read."""

import logging
import os
import threading
from pathlib import Path

from chain.errors import Fault
from chain.store import driver, schema
from chain.store.driver import sqlite3

PATIENCE_S = 10.0
"""Seconds to wait for another process's lock (a backup, an audit) before `store.busy`."""
WRITER_CACHE_KIB = 24 * 1024
"""Pages that the writing connection keeps: the inner pages of ten million entries, transactions and tiles (about 15 MiB)."""
READER_CACHE_KIB = 8 * 1024
"""Pages that each reading thread keeps; the system's file cache holds the rest. No memory mapping: it was measured to save nothing on
look-ups, and with it an error of the disk is a signal that kills the process instead of a Fault."""
CHECKPOINT_PAGES = 2048
"""Pages in the log before they move into the file: 16 MiB, so that a page changed by many blocks is copied once."""
JOURNAL_BYTES = 64 * 1024 * 1024
"""The log is cut back to this after a large flush."""
_log = logging.getLogger(__name__)


def open_writer(path: Path) -> sqlite3.Connection:
    """The writing connection of a file, which is made or migrated when needed. Raises sqlite3.Error, OSError, Fault."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path)
    try:
        schema.validate_origin(connection)
        connection.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
        _set_journal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        schema.migrate(connection)
        _synchronise_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises sqlite3.Error."""
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    return connection


class Readers:
    """One reading connection for each thread, with one cursor that is used again for every short read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._open = True

    def cursor(self) -> sqlite3.Cursor:
        """This thread's cursor. Raises sqlite3.Error when the file cannot be opened, Fault `store.closed`."""
        if not self._open:
            self.close()
            raise Fault("store.closed", "an open store", "a closed one")
        try:
            found: sqlite3.Cursor = self._local.cursor
        except AttributeError:
            self._local.connection = open_reader(self._path)
            found = self._local.cursor = self._local.connection.cursor()
        return found

    def close(self) -> None:
        """Closes this thread's connection. Another thread may be in the middle of a read, and closing under its hands is not safe: its
        connection goes with its next read or with the thread."""
        self._open = False
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    # Transactions are begun and ended by our own statements only (isolation_level None). Reading connections stay with their thread;
    # the writing one may be used by any, one after the other under a lock.
    connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _set_journal(connection: sqlite3.Connection) -> None:
    """WAL where it is sound, and says so where it is not."""
    wanted = driver.journal_mode(sqlite3.sqlite_version_info)
    if wanted != "wal":
        _log.warning("SQLite %s has the WAL reset error: using the slower rollback journal", sqlite3.sqlite_version)
    found = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
    if found != wanted:
        _log.warning("the database is in journal mode %s, not %s", found, wanted)


def _synchronise_folder(folder: Path) -> None:
    """Makes the name of a new file durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
