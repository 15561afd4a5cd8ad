"""The mod-10 check digit of GTIN, GLN and SSCC (GS1 General Specifications §7.9), and GTIN in its forms."""

from functools import lru_cache

from trace.gs1.errors import CodeError

GTIN_LENGTHS = (8, 12, 13, 14)
"""Digits of a GTIN in its four forms; the ledger knows only the last."""
GLN_LENGTH = 13
"""Digits of a Global Location Number."""
VARIABLE_MEASURE = "9"
"""Indicator digit of goods of variable measure, which no medicine is (DOMAIN §1)."""


def is_digits(text: str) -> bool:
    """Are there only the digits 0-9? (`str.isdigit` would let other scripts and superscripts pass.)"""
    return text.isascii() and text.isdigit()


@lru_cache(maxsize=4096)  # the same products and places are read again and again
def check_digit(payload: str) -> str:
    """The digit that makes `payload` complete: weights 3, 1, 3, … from the right, summed up to the next ten."""
    if not payload or not is_digits(payload):
        raise CodeError("gs1.value.character", "digits", payload)
    total = 3 * sum(map(int, payload[::-2])) + sum(map(int, payload[-2::-2]))
    return str(-total % 10)


def has_check_digit(number: str) -> bool:
    """Does the number consist of digits and end in its right check digit?"""
    return len(number) > 1 and is_digits(number) and check_digit(number[:-1]) == number[-1]


def validate_check_digit(number: str, identifier: str | None = None) -> None:
    """Raises `gs1.value.character` or `gs1.check_digit`."""
    if len(number) < 2 or not is_digits(number):
        raise CodeError("gs1.value.character", "digits", number, identifier=identifier)
    expected = check_digit(number[:-1])
    if number[-1] != expected:
        raise CodeError("gs1.check_digit", expected, number[-1], identifier=identifier)


def gtin14(number: str) -> str:
    """The 14-digit form of a GTIN of 8, 12, 13 or 14 digits; raises `gs1.gtin.*` or `gs1.check_digit`."""
    if len(number) not in GTIN_LENGTHS or not is_digits(number):
        raise CodeError("gs1.gtin.format", "8, 12, 13 or 14 digits", number)
    validate_check_digit(number)
    full = number.zfill(14)
    validate_medicine_gtin(full)
    return full


def validate_medicine_gtin(gtin: str) -> None:
    """Raises unless `gtin` is a `gtin` of DOMAIN §1: 14 digits, right check digit, indicator 0-8."""
    if len(gtin) != 14 or not is_digits(gtin):
        raise CodeError("gs1.gtin.format", "14 digits", gtin)
    validate_check_digit(gtin)
    if gtin[0] == VARIABLE_MEASURE:
        raise CodeError("gs1.gtin.indicator", "0-8", gtin[0])


def is_gtin(value: object) -> bool:
    """Is this a `gtin` of DOMAIN §1?"""
    return isinstance(value, str) and len(value) == 14 and has_check_digit(value) and value[0] != VARIABLE_MEASURE


def is_gln(value: object) -> bool:
    """Is this a `gln` of DOMAIN §1: 13 digits, check digit right?"""
    return isinstance(value, str) and len(value) == GLN_LENGTH and has_check_digit(value)
