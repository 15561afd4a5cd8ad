"""Turns what the operating system and SQLite complain about into our faults."""

import errno

from chain.errors import Fault
from chain.store.driver import sqlite3

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""No room: on the disk, in the quota, or under the process's file size limit."""
_SQLITE_FULL = 13
_SQLITE_CODES = {
    5: "store.busy",  # SQLITE_BUSY: another process held its lock beyond our patience
    6: "store.busy",  # SQLITE_LOCKED
    1: "store.damaged",  # SQLITE_ERROR: our statements are right, so the schema is not
    11: "store.damaged",  # SQLITE_CORRUPT
    18: "store.damaged",  # SQLITE_TOOBIG: a length that nobody wrote
    19: "store.damaged",  # SQLITE_CONSTRAINT: the steps are checked before, so an index lies
    20: "store.damaged",  # SQLITE_MISMATCH
    _SQLITE_FULL: "store.full",
    26: "store.damaged",  # SQLITE_NOTADB
}
_PRIMARY = 0xFF
"""The primary code in an extended result code (https://sqlite.org/rescode.html)."""


def file_fault(error: OSError) -> Fault:
    """`store.full` where there is no room, else `store.io`."""
    return Fault("store.full" if error.errno in _FULL else "store.io", "a working disk", error.strerror or error)


DRIVER_ERRORS = (sqlite3.Error, OverflowError, UnicodeDecodeError)
"""What the driver raises: besides its own errors, numbers out of range, and messages of a damaged file that are no text."""
DriverError = sqlite3.Error | OverflowError | UnicodeDecodeError
"""One of them."""


def sqlite_fault(error: DriverError) -> Fault:
    """The fault for an error of SQLite: by its primary result code; without one (text that does not decode, a number
    out of range) the file is damaged."""
    code = getattr(error, "sqlite_errorcode", None)
    name = "store.damaged" if code is None else _SQLITE_CODES.get(code & _PRIMARY, "store.io")
    return Fault(name, "a working database", f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}")
