"""Forms of what evidence is made of, as decoded JSON (PROTOCOL §8): fields, lists, numbers, bytes, hashes. Pure.

Every fault of form is Malformed `evidence.bundle.field` with the field's name.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from chain import codec, merkle
from chain.errors import Malformed

ENTRIES_LIMIT = 256
"""Entries, histories and transactions of a bundle, each."""
EVENTS_LIMIT = 1_000
"""Events of one history in a bundle."""
ITEMS_LIMIT = 64
"""Items of one transaction in a bundle."""
PATH_LIMIT = 64
"""Hashes of one path: trees of 2^53 leaves are not deeper."""
FIELD = "evidence.bundle.field"
"""Code of everything that has not the form of PROTOCOL §8."""

_HASH = merkle.HASH_BYTES
_BASE64 = re.compile(r"[A-Za-z0-9_-]*")


def expect(good: bool, field: str, expected: str) -> None:
    """Raises Malformed `evidence.bundle.field` unless `good`."""
    if not good:
        raise Malformed(FIELD, expected, "something else", field=field)


def read_fields(value: Any, names: Sequence[str], field: str) -> list[Any]:
    """The values of an object that has exactly these names, in their order."""
    expect(type(value) is dict and value.keys() == set(names), field, "an object of " + ", ".join(names))
    return [value[name] for name in names]


def read_list(value: Any, limit: int, field: str, least: int = 0) -> list[Any]:
    """A list of `least` to `limit` elements."""
    expect(type(value) is list and least <= len(value) <= limit, field, f"a list of {least} to {limit}")
    found: list[Any] = value
    return found


def read_number(value: Any, field: str) -> int:
    """A whole number from 0."""
    expect(type(value) is int and value >= 0, field, "a whole number from 0")
    return int(value)


def read_bytes(value: Any, field: str, size: int | None = None) -> bytes:
    """base64url of bytes, of `size` bytes where given."""
    expect(type(value) is str and _BASE64.fullmatch(value) is not None, field, "base64url")
    try:
        return codec.decode_base64(value, size)
    except Malformed as error:
        raise Malformed(FIELD, error.expected, error.found, field=field) from error


def read_hashes(value: Any, field: str, limit: int = PATH_LIMIT) -> tuple[bytes, ...]:
    """base64url of whole hashes, one after the other."""
    data = read_bytes(value, field)
    expect(len(data) % _HASH == 0 and len(data) <= limit * _HASH, field, f"at most {limit} hashes of {_HASH} bytes")
    return split_hashes(data)


def split_hashes(data: bytes) -> tuple[bytes, ...]:
    """Hashes that were joined."""
    return tuple(data[place : place + _HASH] for place in range(0, len(data), _HASH))


def write_hashes(hashes: Iterable[bytes]) -> str:
    """Hashes as bundles carry them."""
    return codec.encode_base64(b"".join(hashes))
