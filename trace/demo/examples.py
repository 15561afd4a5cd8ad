"""The examples of DOMAIN §17.4: a code as somebody scans it, who scans it and where, and the verdict that it must get."""

from dataclasses import dataclass

from trace.demo.events import BATCHES, FIRST_RECEIPT, Receipt
from trace.demo.world import BRIDGE, EXAMPLAMOL, HILLSIDE, NOT_ON_THE_LEDGER, STATION, serial

NO_SUCH_SERIAL = "0" * 16
"""A serial that is in no batch."""
GREEN, AMBER, RED, BLUE = "green", "amber", "red", "blue"
"""Lights of DOMAIN §10.2."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the pack; None = not printed."""

    gtin: str
    """GTIN-14."""
    lot: str | None = None
    """Lot."""
    serial: str | None = None
    """Serial."""
    expiry: int | None = None
    """Expiry, days after today."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row of the table."""

    number: str
    """Number of the row."""
    verdict: str
    """Code that must come out."""
    light: str
    """Its light for this viewer."""
    viewer: str
    """`consumer` or `pharmacy`."""
    place: str | None
    """GLN of the site where the scan happens."""
    printed: Printed
    """The code."""
    lower_case: bool = False
    """The scanner's caps lock is on the wrong side."""
    receipt: Receipt | None = None
    """The receipt that the buyer holds."""


def pack(lot: str, slot: int) -> Printed:
    """The code of a genuine pack."""
    batch = BATCHES[lot]
    return Printed(batch.gtin, lot, serial(batch.gtin, lot, slot), batch.expiry)


CONSUMER, CONSUMER_AT_BRIDGE = ("consumer", None), ("consumer", BRIDGE)
AT_BRIDGE, AT_STATION, AT_HILLSIDE = ("pharmacy", BRIDGE), ("pharmacy", STATION), ("pharmacy", HILLSIDE)

_THE_PACK = pack("EX2601A", 3)
_OTHER_LOT = Printed(EXAMPLAMOL, "EX2602R", _THE_PACK.serial, BATCHES["EX2602R"].expiry)
_OTHER_EXPIRY = Printed(EXAMPLAMOL, "EX2601A", _THE_PACK.serial, BATCHES["EX2601A"].expiry + 60)
_NO_SUCH_SERIAL = Printed(EXAMPLAMOL, "EX2601A", NO_SUCH_SERIAL, BATCHES["EX2601A"].expiry)
_NO_SUCH_BATCH = Printed(EXAMPLAMOL, "EX9999Z", serial(EXAMPLAMOL, "EX9999Z", 0), BATCHES["EX2601A"].expiry)
_NO_SUCH_PRODUCT = Printed(NOT_ON_THE_LEDGER, "XX2601A", serial(NOT_ON_THE_LEDGER, "XX2601A", 0), BATCHES["EX2601A"].expiry)

EXAMPLES: tuple[Example, ...] = (
    Example("1", "GENUINE_SALEABLE", GREEN, *AT_BRIDGE, _THE_PACK),
    Example("2", "GENUINE_CHECK_PLACE", AMBER, *CONSUMER, _THE_PACK),
    Example("3", "GENUINE_NOT_YET_SOLD", GREEN, *CONSUMER_AT_BRIDGE, _THE_PACK),
    Example("4", "WRONG_CUSTODY", RED, *AT_STATION, _THE_PACK),
    Example("5", "DISPENSED_TO_YOU", GREEN, *CONSUMER, pack("EX2601A", 0), receipt=FIRST_RECEIPT),
    Example("6", "SOLD_ONCE", AMBER, *CONSUMER, pack("EX2601A", 0)),
    Example("7", "ALREADY_DISPENSED_HERE", AMBER, *AT_BRIDGE, pack("EX2601A", 1)),
    Example("8", "ALREADY_DISPENSED_ELSEWHERE", RED, *AT_STATION, pack("EX2601A", 1)),
    Example("9", "ALREADY_DISPENSED_HERE", AMBER, *AT_BRIDGE, pack("EX2601A", 2)),
    Example("10", "IN_TRANSIT_TO_YOU", AMBER, *AT_HILLSIDE, pack("EX2601A", 150)),
    Example("11", "NOT_IN_A_SHOP", RED, *CONSUMER, pack("EX2601A", 250)),
    Example("12", "WRONG_CUSTODY", RED, *AT_BRIDGE, pack("EX2601A", 700)),
    Example("13", "RECALLED_BATCH", RED, *CONSUMER, pack("EX2602R", 0)),
    Example("14a", "RECALLED_PACK", RED, *AT_BRIDGE, pack("TE2604S", 10)),
    Example("14b", "GENUINE_SALEABLE", GREEN, *AT_BRIDGE, pack("TE2604S", 20)),
    Example("15", "EXPIRED", RED, *AT_HILLSIDE, pack("EX2401X", 0)),
    Example("16", "GENUINE_SALEABLE", GREEN, *AT_HILLSIDE, pack("TE2603L", 0)),
    Example("17", "WRONG_CUSTODY", RED, *AT_STATION, pack("TE2603L", 1)),
    Example("18", "NOT_RELEASED", RED, *CONSUMER, pack("TE2605Q", 0)),
    Example("19", "ISSUER_REVOKED", RED, *AT_HILLSIDE, pack("TE2606K", 0)),
    Example("20", "NOT_IN_A_SHOP", RED, *CONSUMER, pack("DE2601C", 0)),
    Example("21", "NOT_RELEASED", RED, *CONSUMER, pack("SV2601B", 0)),
    Example("22", "UNKNOWN_SERIAL", RED, *CONSUMER, _NO_SUCH_SERIAL),
    Example("23", "UNKNOWN_BATCH", RED, *CONSUMER, _NO_SUCH_BATCH),
    Example("24", "UNKNOWN_PRODUCT", AMBER, *CONSUMER, _NO_SUCH_PRODUCT),
    Example("25", "BATCH_MISMATCH", RED, *AT_BRIDGE, _OTHER_LOT),
    Example("26", "EXPIRY_MISMATCH", RED, *AT_BRIDGE, _OTHER_EXPIRY),
    Example("27", "GENUINE_SALEABLE", GREEN, *AT_BRIDGE, _THE_PACK, lower_case=True),
    Example("28", "NO_SERIAL", BLUE, *CONSUMER, Printed(EXAMPLAMOL)),
)
"""The rows of DOMAIN §17.4 in its order; row 14 has two codes."""
