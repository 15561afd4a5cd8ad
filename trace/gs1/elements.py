"""Element strings: what a GS1 symbol holds, raw (FNC1 as U+001D) and bracketed (GS1 General Specifications §7.8, §4.14)."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from trace.gs1.errors import CodeError
from trace.gs1.identifiers import IDENTIFIERS, Identifier, starting, validate_value
from trace.gs1.item import BOX, Item, printed_expiry

Elements = tuple[tuple[str, str], ...]
"""Pairs of Application Identifier and value, in the order of the code."""
SEPARATOR = "\x1d"
"""FNC1 between elements, as scanners send it."""
MOST_ELEMENTS = 40
"""A GS1 symbol of the largest size holds fewer."""

_BRACKET = re.compile(r"\((\d{2,4})\)", re.ASCII)
_ONE_OF_TRADE = ("01", "02", "03", "8006", "8026")
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    **{number: tuple((one,) for one in _ONE_OF_TRADE) for number in ("10", "11", "13", "15", "16", "20", "240", "241")},
    "17": tuple((one,) for one in (*_ONE_OF_TRADE, "255")),
    "21": (("01",), ("03",), ("8006",)),
    "22": (("01",),),
    "02": (("37",),),
    "37": (("00", "02"), ("00", "8026")),
    "30": (("01",), ("02",)),
    "235": (("01",),),
    "250": (("01", "21"), ("03", "21"), ("8006", "21")),
    "254": (("414",),),
    "7003": (("01",), ("02",), ("03",)),
    "7004": (("01", "10"), ("03", "10")),
    **{str(number): (("01",),) for number in range(710, 718)},
}
"""Companions that an identifier needs, one group of them (§4.14.2, those that a medicine may carry)."""
_EXCLUDES = (
    *(("01", other) for other in ("02", "03", "37", "255", "8006")),
    ("02", "03"),
    ("03", "37"),
    ("03", "235"),
    ("8006", "37"),
    ("21", "235"),
)
"""Pairs that must not stand together (§4.14.1)."""
_ONE_MEASURE = re.compile(r"3[1-6]\d\d|39[0-5]\d")


def parse_raw(text: str) -> Elements:
    """The elements of a raw string without symbology prefix; a leading FNC1 is allowed. Raises `CodeError`."""
    rest = text.removeprefix(SEPARATOR)
    if not rest:
        raise CodeError("gs1.element.empty", "elements", text)
    out: list[tuple[str, str]] = []
    while rest:
        identifier = starting(rest[:4])
        if identifier is None:
            raise CodeError("gs1.identifier.unknown", "an Application Identifier", rest[:4])
        if len(out) == MOST_ELEMENTS:
            raise CodeError("gs1.value.length", f"at most {MOST_ELEMENTS} elements", "more")
        value, rest = _take(identifier, rest[len(identifier.number) :])
        validate_value(identifier.number, value)
        out.append((identifier.number, value))
    return tuple(out)


def _take(identifier: Identifier, text: str) -> tuple[str, str]:
    """The value and what follows it: by length where it is predefined, else up to the separator."""
    if not identifier.predefined:
        value, _, rest = text.partition(SEPARATOR)
        return value, rest
    value, rest = text[: identifier.most], text[identifier.most :]
    if SEPARATOR in value:
        raise CodeError("gs1.value.length", f"{identifier.most} characters", value.partition(SEPARATOR)[0], identifier=identifier.number)
    return value, rest.removeprefix(SEPARATOR)


def parse_bracketed(text: str) -> Elements:
    """The elements of `(01)…(10)…`; brackets around two to four digits inside a value are written `\\(`. Raises `CodeError`."""
    starts = [match for match in _BRACKET.finditer(text) if text[match.start() - 1 : match.start()] != "\\"]
    if not starts or starts[0].start() != 0:
        raise CodeError("gs1.element.syntax", "(AI)value", text)
    if len(starts) > MOST_ELEMENTS:
        raise CodeError("gs1.value.length", f"at most {MOST_ELEMENTS} elements", len(starts))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    out = tuple((match[1], text[match.end() : end].replace("\\(", "(")) for match, end in zip(starts, ends, strict=True))
    for number, value in out:
        validate_value(number, value)
    return out


def validate_associations(elements: Sequence[tuple[str, str]]) -> None:
    """Raises `gs1.element.repeated`, `.excluded` or `.missing` (General Specifications §4.14)."""
    values: dict[str, str] = {}
    for number, value in elements:
        if values.setdefault(number, value) != value:
            raise CodeError("gs1.element.repeated", values[number], value, identifier=number)
    _validate_companions(tuple(values))


@lru_cache(maxsize=1024)  # a maker's packs all carry the same identifiers
def _validate_companions(numbers: tuple[str, ...]) -> None:
    """Of the identifiers alone: none that excludes another, and each with those that it needs."""
    for one, other in _EXCLUDES:
        if one in numbers and other in numbers:
            raise CodeError("gs1.element.excluded", f"{one} without {other}", f"{one} and {other}", identifier=other)
    measures = [number for number in numbers if _ONE_MEASURE.fullmatch(number)]
    if len({number[:3] for number in measures}) < len(measures):
        raise CodeError("gs1.element.excluded", "each measure once", ", ".join(measures))
    for number in numbers:
        groups = _NEEDS.get(number)
        if groups and not any(all(one in numbers for one in group) for group in groups):
            raise CodeError("gs1.element.missing", " or ".join("+".join(group) for group in groups), "nothing", identifier=number)


def build_raw(elements: Iterable[tuple[str, str]]) -> str:
    """The raw string: separators only where they are needed. Raises `CodeError` for a value that is not of its form."""
    out = ""
    pending = False
    for number, value in elements:
        validate_value(number, value)
        out += (SEPARATOR if pending else "") + number + value
        pending = not IDENTIFIERS[number].predefined
    return out


def build_bracketed(elements: Iterable[tuple[str, str]]) -> str:
    """The bracketed form, brackets inside values escaped where they would begin an identifier."""
    out = ""
    for number, value in elements:
        validate_value(number, value)
        out += f"({number})" + value.replace("(", "\\(")
    return out


def elements_of(item: Item) -> Elements:
    """The elements of an item in the order of a label: 01 17 10 21, or 00 (DOMAIN §2). Raises `gs1.element.missing` where it has none."""
    if item.kind == BOX and item.sscc is not None:
        return (("00", item.sscc),)
    if item.gtin is None:
        raise CodeError("gs1.element.missing", "a GTIN", item.kind)
    pairs = (("01", item.gtin), ("17", printed_expiry(item)), ("10", item.lot), ("21", item.serial))
    return tuple((number, value) for number, value in pairs if value is not None)


def raw_of(item: Item) -> str:
    """The raw element string of an item, as a scanner sends it without prefix."""
    return build_raw(elements_of(item))


def human_readable(elements: Iterable[tuple[str, str]]) -> list[str]:
    """The lines printed beside a symbol: `(01) 0952…`, unescaped (General Specifications §4.15)."""
    return [f"({number}) {value}" for number, value in elements]
