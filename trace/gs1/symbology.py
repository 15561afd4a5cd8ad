"""The prefix `]cm` that a scanner puts before the data: which symbol it read (ISO/IEC 15424; GS1 General Specifications §7.8.2)."""

from dataclasses import dataclass

from trace.gs1.checkdigit import is_digits, validate_check_digit
from trace.gs1.errors import CodeError

ELEMENTS, PLAIN, EAN = "elements", "plain", "ean"
"""What the data are: a GS1 element string, anything, or the digits of an EAN or UPC symbol."""
GS1_PREFIXES = ("]C1", "]d2", "]Q3", "]e0", "]e1", "]e2", "]J1")
"""GS1-128, GS1 DataMatrix, GS1 QR Code, GS1 DataBar and composites, GS1 DotCode."""
EAN_LENGTHS = {"]E0": 13, "]E4": 8}
"""EAN-13 (UPC-A and UPC-E are sent in its form) and EAN-8."""
SYMBOL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUXcdehoz"
"""Code characters of ISO/IEC 15424 that have been given out."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Scanner output without its prefix."""

    form: str
    """`elements`, `plain` or `ean`."""
    data: str
    """What the symbol holds."""
    prefix: str = ""
    """The three characters that were taken off; empty where there were none."""


def split(text: str) -> Symbol:
    """Takes the prefix off; raises `gs1.symbology`, or for EAN `gs1.gtin.format` and `gs1.check_digit`."""
    if not text.startswith("]"):
        return Symbol(PLAIN, text)
    prefix, data = text[:3], text[3:]
    if len(prefix) < 3 or prefix[1] not in SYMBOL_LETTERS or not prefix[2].isascii() or not prefix[2].isalnum():
        raise CodeError("gs1.symbology", "] letter digit", prefix)
    if prefix in GS1_PREFIXES:
        return Symbol(ELEMENTS, data, prefix)
    if prefix in EAN_LENGTHS:
        if len(data) != EAN_LENGTHS[prefix] or not is_digits(data):
            raise CodeError("gs1.gtin.format", f"{EAN_LENGTHS[prefix]} digits", data)
        validate_check_digit(data)
        return Symbol(EAN, data, prefix)
    return Symbol(PLAIN, data, prefix)
