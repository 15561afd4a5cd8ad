"""Which SQLite is used: the one that comes with `pysqlite3` where it is installed, else Python's own.

SQLite before 3.51.3 can corrupt a WAL database that several connections write or checkpoint (https://sqlite.org/wal.html#walresetbug): with
such a library the store takes the slower rollback journal, which has no such error.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        sqlite3 = importlib.import_module("pysqlite3")
    except ImportError:
        sqlite3 = importlib.import_module("sqlite3")

SAFE_VERSION = (3, 51, 3)
"""First SQLite whose WAL is sound with several connections."""

__all__ = ["SAFE_VERSION", "journal_mode", "sqlite3"]


def journal_mode(version: tuple[int, ...]) -> str:
    """`wal` for a sound SQLite, else `delete`."""
    return "wal" if version >= SAFE_VERSION else "delete"
