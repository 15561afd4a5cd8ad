"""One exact text to one item: which form of code is it, and what does it say? Nothing is repaired here."""

import re

from trace.gs1 import chinese, digitallink, symbology
from trace.gs1.checkdigit import GTIN_LENGTHS, gtin14, is_digits
from trace.gs1.dates import REFERENCE_YEAR
from trace.gs1.elements import parse_bracketed, parse_raw, validate_associations
from trace.gs1.errors import CodeError
from trace.gs1.item import PRODUCT, Item, item_of, pack

_TYPED = re.compile(r"([0-9]{8,14}) +([^ ]{1,20})")


def parse_text(text: str, reference: int = REFERENCE_YEAR) -> Item:
    """The item of a text that is exactly one code of a form that we read (DOMAIN §2); raises `CodeError`.

    With a GS1 symbology prefix only an element string is meant; else, in this order: Digital Link, path of one, bracketed elements, digits
    (Chinese trace code, GTIN), a typed `GTIN serial`, raw elements.
    """
    if not text:
        raise CodeError("gs1.scan.empty", "a code", "nothing")
    symbol = symbology.split(text)
    if symbol.form == symbology.EAN:
        return Item(PRODUCT, gtin=gtin14(symbol.data))
    if symbol.form == symbology.ELEMENTS:
        return _of_elements(parse_raw(symbol.data), reference)
    return _plain(symbol.data, reference)


def _plain(data: str, reference: int) -> Item:
    if digitallink.is_link(data):
        return digitallink.parse(data, reference)
    if data.startswith("/"):
        return digitallink.link_item(digitallink.parse_path(data), reference)
    if data.startswith("("):
        return _of_elements(parse_bracketed(data), reference)
    if chinese.is_trace_code(data):
        return chinese.parse(data)
    if is_digits(data) and len(data) in GTIN_LENGTHS:
        return Item(PRODUCT, gtin=gtin14(data))
    typed = _TYPED.fullmatch(data)
    if typed is not None:
        return pack(gtin14(typed[1]), None, typed[2])
    return _of_elements(parse_raw(data), reference)


def _of_elements(elements: tuple[tuple[str, str], ...], reference: int) -> Item:
    validate_associations(elements)
    return item_of(elements, reference)
