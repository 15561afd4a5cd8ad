"""GS1 Digital Link URIs, parsed and built (GS1 Digital Link Standard: URI Syntax §4).

The form on our labels is `https://HOST/01/GTIN/10/LOT/21/SERIAL?17=YYMMDD`. Read are also links with a path before the key, other keys of
the standard, and parameters that are no identifiers (they are ignored). Words instead of numbers (`/gtin/…`) are not read.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from trace.gs1.dates import REFERENCE_YEAR
from trace.gs1.elements import Elements, elements_of, validate_associations
from trace.gs1.errors import CodeError
from trace.gs1.identifiers import IDENTIFIERS, identifier_of, validate_value
from trace.gs1.item import Item, item_of

KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(("00", "253", "255", "401", "402", "8003", "8013"), ((),)),
    "01": (("22", "10", "21"), ("235",)),
    "8006": (("22", "10", "21"),),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8004": (("7040",),),
    "8010": (("8011",),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
"""Primary keys, each with the sequences of qualifiers that may follow, in this order (§4.9)."""
OUR_KEYS = ("01", "00")
"""Keys that lead to an item: a product, batch or pack, and a box."""
# (?a:...): under IGNORECASE alone a long s (U+017F) would pass for the s of https
_LINK = re.compile(r"((?a:https?))://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_NOT_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_HOST = re.compile(r"(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """A Digital Link taken apart."""

    host: str
    """Host and port, lower case; empty for a path alone."""
    key: str
    """The primary key's Application Identifier."""
    elements: Elements
    """Key, qualifiers, then the identifiers of the query."""


def is_link(text: str) -> bool:
    """Does the text begin like a web address?"""
    return _LINK.match(text) is not None


def parse_link(uri: str) -> Link:
    """A Digital Link as host and elements; raises `CodeError`."""
    match = _LINK.fullmatch(uri)
    if match is None:
        raise CodeError("gs1.link.form", "https://HOST/01/GTIN…", uri)
    _, host, path, query = match.groups()
    if not _HOST.fullmatch(host):
        raise CodeError("gs1.link.character", "a host", host)
    return _parse(host.lower(), path, query)


def parse_path(path: str) -> Link:
    """Path and query as a server receives them, still percent-encoded: `/01/GTIN/10/LOT?17=…`; raises `CodeError`."""
    path, _, query = path.partition("#")[0].partition("?")
    return _parse("", path, query)


def parse(uri: str, reference: int = REFERENCE_YEAR) -> Item:
    """The item that a Digital Link names, with its host; `reference` is the year for two-digit years. Raises `CodeError`."""
    return link_item(parse_link(uri), reference)


def link_item(link: Link, reference: int = REFERENCE_YEAR) -> Item:
    """The item of a link; raises `gs1.link.key` where its key names no product and no box."""
    if link.key not in OUR_KEYS:
        raise CodeError("gs1.link.key", "01 or 00", link.key)
    validate_associations(link.elements)
    return item_of(link.elements, reference, link.host or None)


def _parse(host: str, path: str, query: str | None) -> Link:
    for part in (path, query or ""):
        wrong = _NOT_URI.search(part)
        if wrong is not None:
            raise CodeError("gs1.link.character", "a character of RFC 3986 §2", repr(wrong[0]))
    pairs = _path_elements(path)
    elements = (*pairs, *_query_elements(query or ""))
    numbers = [number for number, _ in elements]
    if len(set(numbers)) < len(numbers):
        number = next(one for one in numbers if numbers.count(one) > 1)
        raise CodeError("gs1.element.repeated", "once", number, identifier=number)
    for number, value in elements:
        validate_value(number, value)
    return Link(host, pairs[0][0], elements)


def _path_elements(path: str) -> Elements:
    """The pairs from the rightmost key on: everything before it belongs to the server (§4.4)."""
    parts = path.split("/")[1:]
    for start in range(len(parts) - 2, -1, -2):
        if parts[start] in KEYS:
            found = parts[start:]
            pairs = tuple((found[at], unescape_path(found[at + 1])) for at in range(0, len(found), 2))
            validate_order(tuple(number for number, _ in pairs))
            return pairs
    raise CodeError("gs1.link.key", "/01/GTIN", path)


@lru_cache(maxsize=1024)  # a maker's links all have the same form
def validate_order(numbers: tuple[str, ...]) -> None:
    """Raises `gs1.link.order` unless the qualifiers are a part of one sequence of their key, in its order."""
    key, qualifiers = numbers[0], list(numbers[1:])
    for sequence in KEYS[key]:
        if qualifiers == [number for number in sequence if number in qualifiers]:
            return
    expected = " or ".join("/".join((key, *sequence)) for sequence in KEYS[key])
    raise CodeError("gs1.link.order", expected, "/".join(numbers))


def _query_elements(query: str) -> Elements:
    out = []
    for part in query.split("&"):
        number, equals, value = part.partition("=")
        if not equals or not (number.isascii() and number.isdigit()):
            continue
        if not identifier_of(number).attribute:
            raise CodeError("gs1.link.order", "an identifier that may stand in the query", number, identifier=number)
        out.append((number, unescape_query(value)))
    return tuple(out)


def build_link(elements: Elements, stem: str) -> str:
    """The Digital Link of elements in any order, the first key among them being the key; raises `CodeError`."""
    validate_associations(elements)
    values = dict(elements)
    for number, value in values.items():
        validate_value(number, value)
    key = next((number for number in values if number in KEYS), None)
    if key is None:
        raise CodeError("gs1.link.key", "a key", ", ".join(values))
    sequence = next((one for one in KEYS[key] if any(number in values for number in one)), ())
    path = [key, *(number for number in sequence if number in values)]
    rest = [number for number in values if number not in path]
    mixed = {number for one in KEYS[key] for number in one}
    for number in rest:
        if number in mixed or not IDENTIFIERS[number].attribute:
            raise CodeError("gs1.link.order", "an identifier that may stand in the query", number, identifier=number)
    rest.sort(key=lambda number: not IDENTIFIERS[number].predefined)
    query = "&".join(f"{number}={escape_query(values[number])}" for number in rest)
    return stem.rstrip("/") + "".join(f"/{number}/{escape_path(values[number])}" for number in path) + (f"?{query}" if query else "")


def build(item: Item, origin: str) -> str:
    """The Digital Link of an item; `origin` is `https://HOST[:PORT]` or just a host. Raises `CodeError`."""
    match = _LINK.fullmatch(origin if "://" in origin else f"https://{origin}")
    if match is None or not _HOST.fullmatch(match[2]) or match[3] not in ("", "/") or match[4] is not None:
        raise CodeError("gs1.link.origin", "https://HOST", origin)
    return f"{match[1].lower()}://{match[2]}{path_of(item)}"


def path_of(item: Item) -> str:
    """Path and query of the item's page: `/01/GTIN/10/LOT/21/SERIAL?17=YYMMDD`; raises `CodeError`."""
    return build_link(elements_of(item), "")


def escape_path(value: str) -> str:
    """A value in a path: everything but `A-Z a-z 0-9 - . _ ~` percent-encoded."""
    return quote(value, safe="")


def escape_query(value: str) -> str:
    """A value in a query: as in a path, a space as `+`."""
    return quote_plus(value, safe="")


def unescape_path(value: str) -> str:
    """A value out of a path: each `%hh` is one byte; anything else with a percent sign stands for itself."""
    return unquote(value, "latin-1")


def unescape_query(value: str) -> str:
    """A value out of a query: as out of a path, `+` for a space."""
    return unquote_plus(value, "latin-1")
