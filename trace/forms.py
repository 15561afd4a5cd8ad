"""The types of DOMAIN §1: what a value in a body may look like, and the first thing wrong with one that does not.

A form finds at most one problem, in the order of DOMAIN §5 row 6: type, format, range, length, order. Nothing here depends on a Unicode
version or a library: character classes are spelt out as code points, and text is never normalised (PROTOCOL §2).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from chain import codec, keys
from trace.gs1.checkdigit import VARIABLE_MEASURE, has_check_digit

MS_LIMIT = 253_402_300_799_999
"""Last millisecond of the year 9999: later times have no calendar day."""
RANGES_LIMIT = 4_000
"""Ranges of slots in one transaction."""
PACKS_LIMIT = 10_000_000
"""Packs in a batch, and the most that a loose line may name."""
FOUND_LIMIT = 80
"""Characters of a refused value that are repeated in the refusal."""
CACHED_NUMBERS = 1 << 14
"""GTINs and GLNs whose check digit is remembered: the same products and sites occur in transaction after transaction."""

UNSEEN: tuple[tuple[int, int], ...] = (
    (0x0000, 0x001F), (0x007F, 0x009F),  # controls
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891),
    (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD),
    (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),  # format characters and others without a shape
    (0xD800, 0xDFFF), (0xE000, 0xF8FF), (0xFDD0, 0xFDEF),  # surrogates, private use, no characters
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(4)),  # no characters
    (0x40000, 0x10FFFF),  # planes without characters, tags and variation selectors (plane 14), private use (planes 15, 16)
)  # fmt: skip
"""Code points that no text holds, ranges with both ends, ascending within each line. They have no shape of their own, order what stands
beside them, or mean nothing: with them two names look alike that are not. Spelt out, so that no library's Unicode version decides; a code
point of planes 0 to 3 that Unicode has not assigned yet is allowed, for Chinese names get new characters there every few years."""
_UNSEEN = re.compile("[" + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in UNSEEN) + "]")


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong with a value."""

    word: str
    """missing, unknown, type, format, range, length or order."""
    expected: str
    """What the form asks for."""
    found: object
    """The value, or what stands for it."""
    path: str = ""
    """Place inside a nested value, such as `[2].licence`."""

    def describe(self) -> str:
        """`word: value`, shortened; the refusal's `found`."""
        shown = self.found if isinstance(self.found, str) else repr(self.found)
        return f"{self.word}: {shown[:FOUND_LIMIT]}"


class Form:
    """A set of values. `find` names the first problem of a value, or None."""

    __slots__ = ()

    def find(self, value: Any) -> Problem | None:
        """The first problem of `value`, or None when it has this form."""
        raise TypeError("a form defines find")


@dataclass(frozen=True, slots=True)
class String(Form):
    """Text of a length in characters and in UTF-8 bytes, without control or unseen characters and without spaces at its ends."""

    longest: int
    """Most characters."""
    shortest: int = 1
    """Fewest characters."""
    bytes_limit: int | None = None
    """Most UTF-8 bytes; None = four for each character. Keeps state values within their 4 KiB."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        expected = f"{self.shortest} to {self.longest} characters"
        if not isinstance(value, str):
            return Problem("type", expected, value)
        if _UNSEEN.search(value) or value != value.strip(" "):
            return Problem("format", "no control or unseen characters, no spaces at the ends", value)
        if not self.shortest <= len(value) <= self.longest:
            return Problem("length", expected, f"{len(value)} characters")
        if self.bytes_limit is not None and len(value.encode()) > self.bytes_limit:
            return Problem("length", f"at most {self.bytes_limit} bytes of UTF-8", f"{len(value.encode())} bytes")
        return None


@dataclass(frozen=True, slots=True)
class Pattern(Form):
    """Text that matches a regular expression as a whole, and a further condition."""

    expected: str
    """The form in words."""
    expression: re.Pattern[str]
    """Whole-match expression over ASCII."""
    condition: Callable[[str], bool] | None = None
    """What else must hold, such as a right check digit."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        if not isinstance(value, str):
            return Problem("type", self.expected, value)
        if self.expression.fullmatch(value) is None or (self.condition is not None and not self.condition(value)):
            return Problem("format", self.expected, value)
        return None


@dataclass(frozen=True, slots=True)
class Integer(Form):
    """A whole number between two limits, both included."""

    lowest: int
    """Smallest allowed."""
    highest: int
    """Greatest allowed."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        expected = f"a whole number {self.lowest} to {self.highest}"
        if type(value) is not int:
            return Problem("type", expected, value)
        return None if self.lowest <= value <= self.highest else Problem("range", expected, value)


@dataclass(frozen=True, slots=True)
class Flag(Form):
    """true or false."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        return None if isinstance(value, bool) else Problem("type", "true or false", value)


@dataclass(frozen=True, slots=True)
class Choice(Form):
    """One of a few words."""

    words: tuple[str, ...]
    """The allowed words."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        expected = "one of " + ", ".join(self.words)
        if not isinstance(value, str):
            return Problem("type", expected, value)
        return None if value in self.words else Problem("range", expected, value)


@dataclass(frozen=True, slots=True)
class Text(Form):
    """`{"zh": ..., "en": ...}`, at least one language, each a String (DOMAIN §1)."""

    each: String = field(default_factory=lambda: String(500))
    """Form of one language's words."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        if not isinstance(value, dict):
            return Problem("type", "an object with zh, en or both", value)
        if not value:
            return Problem("missing", "at least one of zh and en", "neither")
        for name in sorted(value):
            if name not in ("zh", "en"):
                return Problem("unknown", "zh and en only", name, f".{name}")
            problem = self.each.find(value[name])
            if problem is not None:
                return Problem(problem.word, problem.expected, problem.found, f".{name}")
        return None


@dataclass(frozen=True, slots=True)
class ListOf(Form):
    """A list of values of one form, at most so many, each once."""

    item: Form
    """Form of an element."""
    longest: int
    """Most elements."""
    shortest: int = 1
    """Fewest elements."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find; an element that occurs twice is a problem of order."""
        expected = f"a list of {self.shortest} to {self.longest}"
        if not isinstance(value, list):
            return Problem("type", expected, value)
        if not self.shortest <= len(value) <= self.longest:
            return Problem("length", expected, f"{len(value)} elements")
        for number, element in enumerate(value):
            problem = self.item.find(element)
            if problem is not None:
                return Problem(problem.word, problem.expected, problem.found, f"[{number}]{problem.path}")
        for number, element in enumerate(value):
            if element in value[:number]:
                return Problem("order", "each element once", element, f"[{number}]")
        return None


@dataclass(frozen=True, slots=True)
class OneWordOr(Form):
    """A single word such as `all`, or a value of another form."""

    word: str
    """The word."""
    other: Form
    """The other form."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        if isinstance(value, str):
            return None if value == self.word else Problem("format", f"{self.word}, or a list", value)
        return self.other.find(value)


@dataclass(frozen=True, slots=True)
class Ranges(Form):
    """`[[a,b], ...]`, 0 <= a < b, ascending, disjoint, not touching (DOMAIN §1). That b <= count, only the rule can know."""

    longest: int = RANGES_LIMIT
    """Most ranges."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find: types of all ranges, then limits, then length, then order."""
        if not isinstance(value, list):
            return Problem("type", "a list of ranges [a, b]", value)
        for number, pair in enumerate(value):
            if not (isinstance(pair, list) and len(pair) == 2 and type(pair[0]) is int and type(pair[1]) is int):
                return Problem("type", "a range [a, b] of whole numbers", pair, f"[{number}]")
        for number, (start, end) in enumerate(value):
            if not 0 <= start < end <= PACKS_LIMIT:
                return Problem("range", f"0 <= a < b <= {PACKS_LIMIT}", [start, end], f"[{number}]")
        if not 1 <= len(value) <= self.longest:
            return Problem("length", f"1 to {self.longest} ranges", f"{len(value)} ranges")
        for number in range(1, len(value)):
            if value[number][0] <= value[number - 1][1]:
                return Problem("order", "ascending ranges that neither overlap nor touch", value[number], f"[{number}]")
        return None


def is_real_day(text: str) -> bool:
    """Is `YYYY-MM-DD` a day of the calendar?"""
    try:
        date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=CACHED_NUMBERS)
def _is_number(text: str) -> bool:
    return has_check_digit(text)


def _is_medicine_gtin(text: str) -> bool:
    return text[0] != VARIABLE_MEASURE and _is_number(text)


GTIN = Pattern("14 digits, right check digit, indicator 0 to 8", re.compile("[0-9]{14}"), _is_medicine_gtin)
"""`gtin`; indicator 9 (variable measure) is refused."""
GLN = Pattern("13 digits, right check digit", re.compile("[0-9]{13}"), _is_number)
"""`gln`."""
GTIN_DIGITS = Pattern("14 digits", re.compile("[0-9]{14}"))
"""A GTIN whose check digit the rule judges with a code of its own."""
GLN_DIGITS = Pattern("13 digits", re.compile("[0-9]{13}"))
"""A GLN whose check digit the rule judges with a code of its own."""
LOT = Pattern("1 to 20 characters of GS1 CSET 82", re.compile("[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}"))
"""`lot`: case-sensitive, never trimmed."""
SERIAL = LOT
"""`serial`: the same characters as a lot."""
DATE = Pattern("YYYY-MM-DD, a real day", re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"), is_real_day)
"""`date`."""
MS = Integer(0, MS_LIMIT)
"""`ms`: milliseconds since 1970-01-01 UTC."""
LOOSE = Integer(1, PACKS_LIMIT)
"""`loose`: a number of packs."""
HASH = Pattern("64 lower-case hex digits", re.compile("[0-9a-f]{64}"))
"""`hash`: 32 bytes."""
KEY = Pattern("ed25519: and 43 base64url characters", re.compile("ed25519:[A-Za-z0-9_-]{43}"), keys.is_key_text)
"""`key`: the text form of an Ed25519 public key. Whether the key is allowed, the rule judges."""
SEAL = Pattern("x25519: and 43 base64url characters", re.compile("x25519:[A-Za-z0-9_-]{43}"), keys.is_seal_text)
"""An X25519 public key to which content is sealed."""
SIGNATURE = Pattern("64 bytes in base64url", re.compile("[A-Za-z0-9_-]{86}"), lambda text: codec.is_base64(text, 64))
"""An Ed25519 signature."""
MARKET = Pattern("two capital letters", re.compile("[A-Z]{2}"))
"""`market`: a country or region code."""
CODE = Pattern("a word of a-z, 0-9 and _", re.compile("[a-z][a-z0-9_]{0,39}"))
"""A word whose meaning the rule or the reader judges (reasons, units, professions)."""
SALT = Pattern("16 bytes in base64url", re.compile("[A-Za-z0-9_-]{22}"), lambda text: codec.is_base64(text, 16))
"""16 random bytes."""
