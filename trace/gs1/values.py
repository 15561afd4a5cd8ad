"""What the value of an Application Identifier may be: character sets and rules (GS1 General Specifications §3, §7.11, §7.12).

Each rule is a function of the value and its identifier that returns None or raises `CodeError`.
"""

import re
from collections.abc import Callable

from trace.gs1.checkdigit import is_digits, validate_check_digit
from trace.gs1.dates import parse_date
from trace.gs1.errors import CodeError

Rule = Callable[[str, str], None]
"""A rule on (value, identifier)."""

CHARACTER_SETS: dict[str, re.Pattern[str]] = {
    "N": re.compile(r"[0-9]*"),
    "X": re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*"),
    "Y": re.compile(r"[#\-/0-9A-Z]*"),
    "Z": re.compile(r"(?:[A-Za-z0-9_\-]+={0,2})?"),
}
"""N digits, X CSET 82, Y CSET 39, Z CSET 64 (file-safe base64 with its padding)."""
_PERCENT = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)
_IMPORTER = re.compile(r"[A-Za-z0-9_\-]")


def validate_characters(value: str, kind: str, identifier: str = "") -> None:
    """Raises `gs1.value.character` naming the first character outside the set `kind`."""
    match = CHARACTER_SETS[kind].match(value)
    end = match.end() if match else 0
    if end != len(value):
        raise CodeError("gs1.value.character", f"character set {kind}", repr(value[end]), identifier=identifier)


def _require(holds: bool, expected: str, value: str, identifier: str) -> None:
    if not holds:
        raise CodeError("gs1.value.rule", expected, value, identifier=identifier)


def check(value: str, identifier: str) -> None:
    """Ends in its mod-10 check digit."""
    validate_check_digit(value, identifier)


def date_or_month(value: str, identifier: str) -> None:
    """YYMMDD, a real day or day 00."""
    try:
        parse_date(value)
    except CodeError as error:
        raise CodeError(error.code, error.expected, error.found, identifier=identifier) from None


def date_exact(value: str, identifier: str) -> None:
    """YYMMDD, a real day."""
    date_or_month(value, identifier)
    if value[4:] == "00":
        raise CodeError("gs1.value.date", "day 01-31", value, identifier=identifier)


def hour(value: str, identifier: str) -> None:
    """00-23."""
    _require(len(value) == 2 and is_digits(value) and int(value) < 24, "hour 00-23", value, identifier)


def sixty(value: str, identifier: str) -> None:
    """Minutes or seconds, 00-59."""
    _require(len(value) == 2 and is_digits(value) and int(value) < 60, "00-59", value, identifier)


def clock(value: str, identifier: str) -> None:
    """Hours and minutes, HHMM."""
    _require(len(value) == 4, "HHMM", value, identifier)
    hour(value[:2], identifier)
    sixty(value[2:], identifier)


def piece(value: str, identifier: str) -> None:
    """Piece and total, two halves: neither zero, the piece not beyond the total."""
    half = len(value) // 2
    _require(is_digits(value) and len(value) == 2 * half, "piece and total of the same length", value, identifier)
    _require(0 < int(value[:half]) <= int(value[half:]), "1 <= piece <= total", value, identifier)


def zero(value: str, identifier: str) -> None:
    """Zeros only."""
    _require(bool(value) and not value.strip("0"), "zeros", value, identifier)


def not_zero(value: str, identifier: str) -> None:
    """Digits that are not all zero."""
    _require(is_digits(value) and bool(value.strip("0")), "not zero", value, identifier)


def yes_no(value: str, identifier: str) -> None:
    """0 or 1."""
    _require(value in ("0", "1"), "0 or 1", value, identifier)


def hyphen(value: str, identifier: str) -> None:
    """Hyphens only: the sign of a temperature."""
    _require(bool(value) and not value.strip("-"), "-", value, identifier)


def percent_encoded(value: str, identifier: str) -> None:
    """Every percent sign begins an escape of two hexadecimal digits."""
    _require(_PERCENT.fullmatch(value) is not None, "%hh", value, identifier)


def importer(value: str, identifier: str) -> None:
    """One letter, digit, hyphen or underscore."""
    _require(_IMPORTER.fullmatch(value) is not None, "one of A-Z a-z 0-9 - _", value, identifier)


RULES: dict[str, Rule] = {
    "check": check,
    "month": date_or_month,
    "day": date_exact,
    "hour": hour,
    "sixty": sixty,
    "clock": clock,
    "piece": piece,
    "zero": zero,
    "nonzero": not_zero,
    "yesno": yes_no,
    "hyphen": hyphen,
    "percent": percent_encoded,
    "importer": importer,
}
"""The rules by the names that the table of identifiers uses."""
