"""Words of state values: fragments that most of them share, each written as one byte.

An entry is read alone, so it cannot be compressed with its neighbours, and alone hardly: what repeats stands once in each. So the words are
known beforehand. Nothing here knows what they mean; a value without them is stored as it is, and only needs more room. Bytes below 20 hex
never stand in canonical JSON (RFC 8785 §3.2.2.2 escapes them), so they are free: 01 .. 1F are the words, 00 begins a value that is no such
text and follows unchanged.
"""

WORDS = (
    b'{"attempts":0,"block":null,"box":null,"end":',
    b'","state":"dispensed","title":"',
    b'},"recalls":[],"receipts":[',
    b'],"shipment":null,"since":',
    b'","units_left":null}',
    b',"history":{"head":"',
    b'"},"recalls":[],"receipts":[',
    b'],"shipment":"',
    b'","state":"active","title":"',
    b'","state":"moving","title":"',
    b',"site":"',
    b'","n":',
    b'","of":"run/',
    b'","since":',
    b'"purpose":"delivery"',
    b'"status":"closed"',
    b'null,"',
    b'false,"',
    b'true,"',
)
"""Longer before shorter where one contains the other. Files know them by number: none is ever changed or moved, at most 31 stand here."""

_CODES = tuple((bytes([number]), word) for number, word in enumerate(WORDS, 1))
_FREE = bytes(range(0x20))
_PLAIN = b"\0"


def shorten(value: bytes) -> bytes:
    """A value as it is stored."""
    if len(value.translate(None, _FREE)) != len(value):
        return _PLAIN + value
    for code, word in _CODES:
        value = value.replace(word, code)
    return value


def lengthen(body: bytes) -> bytes:
    """The value of which `shorten` made this."""
    if body[:1] == _PLAIN:
        return body[1:]
    for code, word in _CODES:
        if code in body:
            body = body.replace(code, word)
    return body
