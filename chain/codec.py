"""Canonical bytes: the only place that turns objects into bytes and back (PROTOCOL §2, RFC 8785).

A value is an object with names `[a-z0-9_]{1,32}`, an array, a string, a boolean, null or an integer within ±(2^53-1); no floats, at most
eight containers inside each other. One value has exactly one encoding, and the decoder takes nothing else: it decodes, walks, encodes
again and compares, so duplicate names, other spacing, `-0`, `1.0`, needless escapes and trailing bytes are all refused. Names being ASCII,
bytewise order is the order of RFC 8785 §3.2.3. Nothing here normalises Unicode: versions of Python and of browsers differ in it.
"""

import base64
import re
import struct
from functools import cache
from typing import Any

import orjson

from chain.errors import Fault, Malformed

INTEGER_LIMIT = 2**53 - 1
"""Greatest magnitude of an integer: what every JSON implementation carries exactly (RFC 8785 §3.2.2.3, RFC 7493 §2.2)."""
DEPTH_LIMIT = 8
"""Containers inside each other: deeper than any format here needs, shallow enough for recursive readers."""
NAME_LIMIT = 32
"""Characters of an object's name."""
KIND = re.compile(r"[a-z]+(\.[a-z_]+){1,3}")
"""A transaction kind, `module.name`; to be used with `fullmatch`."""

_NAMES = re.compile(r"[a-z0-9_]{1,32}(?:,[a-z0-9_]{1,32})*")
_GOOD_NAMES: set[str] = set()  # names that have matched: all formats together have some hundred, so most objects are known
_GOOD_NAMES_LIMIT = 4096
_HASH = re.compile(r"[0-9a-f]{64}")
_OPTIONS = (
    orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)  # fmt: skip
_SAMPLE = {"b": ['\x00\x08\t\n\x0b\x0c\r\x1f"\\/\x7f\u2028é药💊'], "a_1": [INTEGER_LIMIT, -1, 0, True, False, None, {}, []]}
_SAMPLE_BYTES = (
    r'{"a_1":[9007199254740991,-1,0,true,false,null,{},[]],"b":["\u0000\b\t\n\u000b\f\r\u001f\"\\/' + '\x7f\u2028é药💊"]}'
).encode()


def encode(value: Any, depth: int = DEPTH_LIMIT) -> bytes:
    """The canonical JSON of a value made of dict, list (or tuple), str, int, bool and None; `depth`: how deep it may be nested.

    Raises Malformed `codec.type`, `.float`, `.integer`, `.name`, `.depth` or `.surrogate`.
    """
    _validate(value, depth)
    return _dump(value)


def size(value: Any) -> int:
    """Bytes of the canonical JSON of a value that is known to have one; cheaper than `encode`, for it looks at nothing."""
    return len(orjson.dumps(value))


def decode(data: bytes, depth: int = DEPTH_LIMIT) -> Any:
    """The value whose canonical JSON is `data`; `depth`: how deep it may be nested.

    Raises Malformed `codec.json` for what is no JSON text in UTF-8, `codec.canonical` for another spelling of a value, and as `encode`.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed("codec.json", "a JSON text in UTF-8", error.msg) from error
    _validate(value, depth)
    again = _dump(value)
    if again != data:
        raise Malformed("codec.canonical", "the canonical spelling (RFC 8785)", _first_difference(data, again))
    return value


def load(data: bytes) -> Any:
    """The value in bytes that this node encoded itself, unchecked. Raises Malformed `codec.json`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed("codec.json", "a JSON text in UTF-8", error.msg) from error


def self_test() -> None:
    """Refuses to run with a JSON library whose escapes, order or integers are not those of RFC 8785. Raises Fault `codec.selftest`."""
    found = encode(_SAMPLE)
    if found != _SAMPLE_BYTES or decode(_SAMPLE_BYTES) != _SAMPLE:
        raise Fault("codec.selftest", "canonical JSON as in RFC 8785", found[:200])


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:  # the walk lets nothing else pass
        raise Malformed("codec.surrogate", "Unicode text without lone surrogates", "a lone surrogate") from error


def _validate(value: Any, limit: int) -> None:
    """Types, names, integers and depth, level by level so that depth is bounded before it is descended into."""
    level, depth = [value], 0
    while level:
        inner: list[Any] = []
        containers = False
        for item in level:
            kind = type(item)
            if kind is str or item is None or kind is bool:
                continue
            if kind is int:
                if not -INTEGER_LIMIT <= item <= INTEGER_LIMIT:
                    raise Malformed("codec.integer", "an integer within ±(2^53-1)", _number_text(item))
            elif kind is dict:
                containers = True
                _validate_names(item)
                inner += item.values()
            elif kind is list or kind is tuple:
                containers = True
                inner += item
            else:
                raise _no_value(kind)
        depth += containers
        if depth > limit:
            raise Malformed("codec.depth", f"at most {limit} levels", "deeper nesting")
        level = inner


def _validate_names(item: dict[Any, Any]) -> None:
    """All names in one look: known already, or joined by commas they must match; a comma inside a name would change their number."""
    if _GOOD_NAMES.issuperset(item):
        return
    try:
        joined = ",".join(item)
    except TypeError as error:
        raise Malformed("codec.type", "text as name", "another type") from error
    if item and (_NAMES.fullmatch(joined) is None or joined.count(",") != len(item) - 1):
        raise Malformed("codec.name", f"names of 1-{NAME_LIMIT} characters a-z 0-9 _", ascii(joined)[:100])
    if len(_GOOD_NAMES) + len(item) <= _GOOD_NAMES_LIMIT:
        _GOOD_NAMES.update(item)


def _no_value(kind: type) -> Malformed:
    if kind is float:
        return Malformed("codec.float", "whole numbers only", "a number with a fraction, exponent or more than 64 bits")
    return Malformed("codec.type", "object, array, string, integer, boolean or null", kind.__name__)


def _number_text(number: int) -> str:
    """A number's digits, or its size where writing it out would cost more than it tells."""
    return str(number) if number.bit_length() <= 128 else f"{number.bit_length()} bits"


def _first_difference(data: bytes, again: bytes) -> str:
    place = next((place for place, (left, right) in enumerate(zip(data, again, strict=False)) if left != right), min(len(data), len(again)))
    return f"byte {place}: {data[place : place + 20]!r}, canonical {again[place : place + 20]!r}"


@cache
def domain(name: str) -> bytes:
    """What a hash or signature of this purpose begins with: `pharmatrace/`, the name, a zero byte, so that none is a prefix of another."""
    return b"pharmatrace/" + name.encode("ascii") + b"\0"


def encode_base64(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64(text: str, size: int | None = None) -> bytes:
    """The bytes of an unpadded base64url text that re-encodes to itself; `size` bytes where given. Raises Malformed `codec.base64`."""
    try:
        data = base64.urlsafe_b64decode(text + "==")
    except ValueError as error:
        raise Malformed("codec.base64", "base64url without padding", ascii(text)[:60]) from error
    if encode_base64(data) != text or (size is not None and len(data) != size):
        raise Malformed("codec.base64", "base64url without padding" + (f" of {size} bytes" if size is not None else ""), ascii(text)[:60])
    return data


def is_base64(value: Any, size: int) -> bool:
    """Whether a value is strict base64url of exactly `size` bytes."""
    return type(value) is str and _base64_of(size).fullmatch(value) is not None


@cache
def _base64_of(size: int) -> re.Pattern[str]:
    """The base64url texts of so many bytes; the bits of the last character that carry nothing are zero (RFC 4648 §3.5)."""
    last = ("", "[AQgw]", "[AEIMQUYcgkosw048]")[size % 3]
    return re.compile(f"[A-Za-z0-9_-]{{{size * 8 // 6}}}{last}")


def is_hash(value: Any) -> bool:
    """Whether a value is 64 lower-case hex digits."""
    return type(value) is str and _HASH.fullmatch(value) is not None


class Reader:
    """Takes a binary format apart, front to back. Whatever is too short or too long is Malformed with the code of the format."""

    __slots__ = ("_code", "_data", "_place")

    def __init__(self, data: bytes, code: str) -> None:
        """Reads `data`; `code` is the error code of its format."""
        self._data = data
        self._code = code
        self._place = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes. Raises Malformed when fewer are left."""
        end = self._place + count
        if end > len(self._data):
            raise Malformed(self._code, f"{count} bytes at byte {self._place}", f"{len(self._data) - self._place}")
        part = self._data[self._place : end]
        self._place = end
        return part

    def number(self, width: int, limit: int | None = None) -> int:
        """The next `width` bytes as a big-endian number, at most `limit` where given. Raises Malformed."""
        number = int.from_bytes(self.take(width), "big")
        if limit is not None and number > limit:
            raise Malformed(self._code, f"at most {limit} at byte {self._place - width}", number)
        return number

    def numbers(self, count: int) -> tuple[int, ...]:
        """The next `count` numbers of four bytes each, big-endian. Raises Malformed."""
        return struct.unpack(f">{count}I", self.take(4 * count))

    def finish(self) -> None:
        """The format ends here. Raises Malformed when bytes are left."""
        if self._place != len(self._data):
            raise Malformed(self._code, "the end", f"{len(self._data) - self._place} more bytes")
