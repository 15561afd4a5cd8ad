"""What a code says: one item, whatever the form of the code (DOMAIN §2)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from trace.gs1.checkdigit import validate_medicine_gtin
from trace.gs1.dates import REFERENCE_YEAR, format_date, is_iso_date, parse_date
from trace.gs1.errors import CodeError

PACK, BATCH, PRODUCT, BOX = "pack", "batch", "product", "box"
"""Kinds of item: GTIN + serial (or a Chinese code), GTIN + lot, GTIN alone, SSCC. A case GTIN + serial reads as a pack: only the ledger
knows which GTIN are cases."""
NAME = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
"""A `lot` or `serial`: 1-20 characters of GS1 CSET 82 (General Specifications §7.11), case-sensitive."""


@dataclass(frozen=True, slots=True)
class Item:
    """The thing that a code names. Values are as printed: never trimmed, never changed in case, unless `repairs` says so."""

    kind: str
    """`pack`, `batch`, `product` or `box`."""
    gtin: str | None = None
    """14 digits; None for a Chinese code (the ledger maps its first seven digits to a GTIN) and for a box."""
    lot: str | None = None
    """Batch or lot number, as printed."""
    serial: str | None = None
    """Serial number, as printed; for a Chinese code all its 20 digits."""
    expiry: str | None = None
    """Printed expiry as `YYYY-MM-DD`."""
    expiry_month_only: bool = False
    """The code has day 00: `expiry` is the last day of the month and is to be compared by month only (DOMAIN §1)."""
    cn_code: str | None = None
    """The 20 digits of a Chinese trace code."""
    sscc: str | None = None
    """18 digits of the Serial Shipping Container Code of a box."""
    host: str | None = None
    """Host (and port) of the Digital Link, lower case; None for every other form."""
    repairs: tuple[str, ...] = ()
    """What was changed in the scanned text before it could be read, names of `trace.gs1.repairs`; empty for a clean scan."""

    def as_json(self) -> dict[str, object]:
        """The fields that are there, for the `item` of an answer."""
        names = ("kind", "gtin", "lot", "serial", "expiry", "cn_code", "sscc", "host")
        out: dict[str, object] = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if self.expiry_month_only:
            out["expiry_month_only"] = True
        if self.repairs:
            out["repairs"] = list(self.repairs)
        return out

    def same_thing(self, other: "Item") -> bool:
        """Do both name the same thing, whatever form the code had and whatever was repaired?"""
        return replace(self, host=None, repairs=()) == replace(other, host=None, repairs=())


def is_name(value: object) -> bool:
    """Is this a `lot` or a `serial` of DOMAIN §1?"""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def printed_expiry(item: Item) -> str | None:
    """Expiry as YYMMDD or YYMM00, as it stands in the code; None where the code has none."""
    return None if item.expiry is None else format_date(item.expiry, month_only=item.expiry_month_only)


def expiry_agrees(item: Item, expiry: str) -> bool:
    """Does the printed expiry fit the ledger's `expiry` (ISO)? A code without expiry, or by month only, contradicts nothing else."""
    if item.expiry is None:
        return True
    return item.expiry[:7] == expiry[:7] if item.expiry_month_only else item.expiry == expiry


def validate_item(item: Item) -> None:
    """Raises `CodeError` unless every value is of its form and the kind has what it needs; for items built by hand."""
    if item.gtin is not None:
        validate_medicine_gtin(item.gtin)
    for identifier, value in (("10", item.lot), ("21", item.serial)):
        if value is not None and not is_name(value):
            raise CodeError("gs1.value.character", "1-20 characters of CSET 82", value, identifier=identifier)
    if item.expiry is not None and not is_iso_date(item.expiry):
        raise CodeError("gs1.value.date", "YYYY-MM-DD", item.expiry, identifier="17")
    needed = {PACK: item.serial, BATCH: item.lot, PRODUCT: item.gtin, BOX: item.sscc}
    if needed.get(item.kind) is None:
        raise CodeError("gs1.element.missing", f"what a {item.kind} needs", "nothing")


def pack(gtin: str, lot: str | None, serial: str, expiry: str | None = None) -> Item:
    """A pack, checked; `expiry` as `YYYY-MM-DD`."""
    item = Item(PACK, gtin=gtin, lot=lot, serial=serial, expiry=expiry)
    validate_item(item)
    return item


def batch(gtin: str, lot: str, expiry: str | None = None) -> Item:
    """A batch, checked: the item of a batch label."""
    item = Item(BATCH, gtin=gtin, lot=lot, expiry=expiry)
    validate_item(item)
    return item


def item_of(elements: Iterable[tuple[str, str]], reference: int = REFERENCE_YEAR, host: str | None = None) -> Item:
    """The item that checked elements name: the first 01, 10, 21, 17 (or 7003), or the box of 00; raises `gs1.element.missing`.

    `host` is that of the Digital Link in which they stood."""
    values: Mapping[str, str] = dict(elements)
    if "01" in values:
        return _trade_item(values, reference, host)
    if "00" in values:
        return Item(BOX, sscc=values["00"], host=host)
    raise CodeError("gs1.element.missing", "AI 01 or 00", ", ".join(values))


def _trade_item(values: Mapping[str, str], reference: int, host: str | None) -> Item:
    validate_medicine_gtin(values["01"])
    lot, serial = values.get("10"), values.get("21")
    kind = PACK if serial is not None else BATCH if lot is not None else PRODUCT
    expiry, month_only = _expiry(values, reference)
    return Item(kind, gtin=values["01"], lot=lot, serial=serial, expiry=expiry, expiry_month_only=month_only, host=host)


def _expiry(values: Mapping[str, str], reference: int) -> tuple[str | None, bool]:
    value = values.get("17") or values.get("7003", "")[:6]
    return parse_date(value, reference) if value else (None, False)
