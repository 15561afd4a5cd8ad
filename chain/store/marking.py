"""The mark beside a database: a small file that says how many commits were acknowledged.

A database that is put back from an older copy, or that loses its log, is a sound file; only something outside it can tell. The mark is
written after each commit and before anybody hears of it, without being synchronised: after a power cut it may be older than the database,
which is no fault, but never newer.

    FILE-mark    u64 number of the last commit | SHA-256 of `PharmaTrace mark` and the number, 8 bytes
"""

import hashlib
import os
from pathlib import Path

NUMBER_BYTES = 8
"""Bytes of the number."""
MARK_BYTES = NUMBER_BYTES + 8
"""Bytes of a mark."""
_DOMAIN = b"PharmaTrace mark"


def encode(number: int) -> bytes:
    """The mark of a number."""
    body = number.to_bytes(NUMBER_BYTES, "big")
    return body + hashlib.sha256(_DOMAIN + body).digest()[: MARK_BYTES - NUMBER_BYTES]


def decode(body: bytes) -> int | None:
    """The number in a mark; None for what is none."""
    number = int.from_bytes(body[:NUMBER_BYTES], "big")
    return number if body == encode(number) else None


def mark_path(database: Path) -> Path:
    """Where the mark of a database lies."""
    return database.with_name(database.name + "-mark")


def read_mark(path: Path) -> int | None:
    """The number in a mark file; None where there is no file; -1 where it is damaged. Raises OSError."""
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return None
    found = decode(body)
    return -1 if found is None else found


class MarkFile:
    """The open mark of a database that is written to."""

    def __init__(self, path: Path, number: int) -> None:
        """Opens or makes the file, which says `number` at least. Raises OSError."""
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        self.write(number)

    def write(self, number: int) -> None:
        """Notes a number. Raises OSError."""
        os.pwrite(self._handle, encode(number), 0)

    def close(self) -> None:
        """Releases the file; once more does no harm."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
