"""Chinese drug trace codes (药品追溯码): twenty digits, the first an 8 (NMPAB/T 1002; national platform's filter).

The first seven digits are the drug identifier (药品标识码): one for each product, strength, package size **and packaging level**.
So the level (box, carton, case) is not written in the code; the ledger knows it from the identifier (`cnid/<7>`, DOMAIN §2). The rest
is the maker's serial and check digits in no public form; therefore the whole twenty digits are the serial.
"""

from trace.gs1.checkdigit import is_digits
from trace.gs1.errors import CodeError
from trace.gs1.item import PACK, Item

CODE_LENGTH = 20
"""Digits of a trace code."""
IDENTIFIER_LENGTH = 7
"""Digits of the drug identifier at its beginning."""
FIRST_DIGIT = "8"
"""Every trace code begins with it; codes that do not are filtered out."""


def is_trace_code(text: str) -> bool:
    """Twenty digits, the first an 8?"""
    return len(text) == CODE_LENGTH and is_digits(text) and text[0] == FIRST_DIGIT


def is_drug_identifier(value: object) -> bool:
    """Seven digits, the first an 8: a `cn_id` of the ledger?"""
    return isinstance(value, str) and len(value) == IDENTIFIER_LENGTH and is_digits(value) and value[0] == FIRST_DIGIT


def parse(text: str) -> Item:
    """The pack of a trace code, its GTIN still unknown; raises `gs1.chinese.form`."""
    if not is_trace_code(text):
        raise CodeError("gs1.chinese.form", "20 digits beginning with 8", text)
    return Item(PACK, serial=text, cn_code=text)


def drug_identifier(code: str) -> str:
    """The seven digits that the ledger maps to a GTIN."""
    return code[:IDENTIFIER_LENGTH]
