"""Addresses and scans of the examples, as demo.json lists them."""

from typing import Any
from urllib.parse import urlencode

from chain import codec
from trace.demo.days import Days
from trace.demo.examples import EXAMPLES, Example, Printed
from trace.demo.keyring import Keyring
from trace.gs1 import digitallink, elements
from trace.gs1.item import PACK, PRODUCT, Item


def item_of(printed: Printed, days: Days) -> Item:
    """The code as the parser would read it."""
    kind = PACK if printed.serial is not None else PRODUCT
    expiry = None if printed.expiry is None else days.day(-printed.expiry)
    return Item(kind, gtin=printed.gtin, lot=printed.lot, serial=printed.serial, expiry=expiry)


def path_of(example: Example, ring: Keyring, days: Days) -> str:
    """The address of the page, with viewer and place, and the receipt where the buyer holds one."""
    path = digitallink.path_of(item_of(example.printed, days))
    if example.lower_case:
        path = path.lower()
    scene = {"as": example.viewer, "at": example.place, "receipt": receipt_of(example, ring)}
    query = urlencode({name: value for name, value in scene.items() if value is not None})
    return f"{path}{'&' if '?' in path else '?'}{query}"


def receipt_of(example: Example, ring: Keyring) -> str | None:
    """The public receipt key, base64url; the seed itself would stand behind `#` and never reach a server (DOMAIN §11)."""
    return None if example.receipt is None else codec.encode_base64(ring.receipt_key(example.receipt).public)


def scan_of(example: Example, ring: Keyring, days: Days) -> str:
    """What a scanner sends: the raw element string; digits for a plain EAN; the receipt's link where the buyer scans the receipt."""
    printed = example.printed
    if printed.serial is None:
        return printed.gtin[1:]
    if example.receipt is not None:
        return "https://localhost" + path_of(example, ring, days).partition("&as=")[0] + f"&receipt={receipt_of(example, ring)}"
    raw = elements.raw_of(item_of(printed, days))
    return raw.lower() if example.lower_case else raw


def document_of(ring: Keyring, days: Days) -> list[dict[str, Any]]:
    """All examples as demo.json lists them."""
    return [
        {
            "verdict": example.verdict,
            "light": example.light,
            "as": example.viewer,
            "at": example.place,
            "path": path_of(example, ring, days),
            "scan": scan_of(example, ring, days),
        }
        for example in EXAMPLES
    ]
