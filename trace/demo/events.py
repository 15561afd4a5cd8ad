"""What happens in the demonstration (DOMAIN §17.3), as a list of events in order of time. Nothing here runs: `trace.demo.build` does.

Days count backwards from today: `days=110` is 110 days ago, `days=0` today. Values that only the builder can know are placeholders
(`Sent`, `Day`, `Moment`, `Pack`, `Receipt`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trace.demo.world import (
    BIOLOGICS,
    BRIDGE,
    DEMOSULIN,
    EXAMPLAMOL,
    HILLSIDE,
    MARKET,
    NORTH,
    PACKING,
    PLANT,
    SAMPLAVAX,
    SOUTH,
    STATION,
    TESTOCILLIN,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The id of an earlier event's transaction."""

    name: str
    """That event's `name`."""


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day in the market."""

    days: int
    """Days before today; negative in the future."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in milliseconds."""

    days: int
    """Days before now."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag of a pack; its inclusion proof travels with the transaction."""

    gtin: str
    """GTIN of the pack."""
    lot: str
    """Lot of the pack."""
    slot: int
    """Slot of the pack."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The hash of a receipt key."""

    name: str
    """Name from which the demonstration derives the key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public key of a holder."""

    name: str
    """Name of the holder."""


@dataclass(frozen=True, slots=True)
class Event:
    """One transaction."""

    days: int
    """Days before today."""
    by: str
    """Key that signs: a holder's name, or `GLN/admin`."""
    kind: str
    """Transaction kind."""
    body: Mapping[str, Any]
    """Body with placeholders; `drugs.batch` without root and marks, which the builder makes from the serials."""
    items: tuple[Mapping[str, Any], ...] = field(default=())
    """Items, with placeholders."""
    name: str | None = None
    """Name for `Sent`."""
    refused: str | None = None
    """Code with which the ledger refuses it, where that is the point."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it comes onto the ledger."""

    gtin: str
    """Product."""
    lot: str
    """Lot."""
    count: int
    """Packs."""
    by: str
    """Key that signs the batch."""
    site: str
    """Where it was packed."""
    days: int
    """Days before today on which it came onto the ledger."""
    made: int
    """Days before today on which it was made."""
    expiry: int
    """Days after today on which it expires; negative for the past."""


BATCHES: Mapping[str, Batch] = {
    batch.lot: batch
    for batch in (
        Batch(EXAMPLAMOL, "EX2401X", 200, "pharma/line", PLANT, days=118, made=745, expiry=-15),
        Batch(EXAMPLAMOL, "EX2601A", 1000, "pharma/line", PLANT, days=110, made=110, expiry=730),
        Batch(TESTOCILLIN, "TE2603L", 300, "packing/line", PACKING, days=80, made=82, expiry=640),
        Batch(DEMOSULIN, "DE2601C", 250, "biologics/line", BIOLOGICS, days=70, made=71, expiry=500),
        Batch(EXAMPLAMOL, "EX2602R", 400, "pharma/line", PLANT, days=60, made=61, expiry=700),
        Batch(EXAMPLAMOL, "EX2603D", 200, "pharma/line", PLANT, days=45, made=46, expiry=710),
        Batch(TESTOCILLIN, "TE2604S", 300, "packing/line", PACKING, days=40, made=42, expiry=650),
        Batch(SAMPLAVAX, "SV2601B", 150, "biologics/line", BIOLOGICS, days=30, made=31, expiry=400),
        Batch(TESTOCILLIN, "TE2606K", 100, "packing/stolen", PACKING, days=20, made=21, expiry=660),
        Batch(TESTOCILLIN, "TE2605Q", 500, "packing/line", PACKING, days=5, made=5, expiry=670),
    )
}
"""Every batch by lot."""

FIRST_DAY = 120
"""Days before today on which the chain begins."""
JOINED_DAYS = 750
"""Days before today from which all batches of the products are on the ledger."""
SHELF_MONTHS = 36
"""Shelf life of every product."""


def line(lot: str, *ranges: tuple[int, int]) -> Mapping[str, Any]:
    """A delivery line of named packs."""
    return {"t": "line", "gtin": BATCHES[lot].gtin, "lot": lot, "ranges": [list(pair) for pair in ranges]}


def loose(lot: str, count: int) -> Mapping[str, Any]:
    """A delivery line of counted packs."""
    return {"t": "line", "gtin": BATCHES[lot].gtin, "lot": lot, "loose": count}


def commission(lot: str) -> Event:
    """A batch comes onto the ledger."""
    batch = BATCHES[lot]
    body = {
        "gtin": batch.gtin, "lot": lot, "site": batch.site, "count": batch.count, "made": Day(batch.made), "expiry": Day(-batch.expiry),
        "market": MARKET,
    }  # fmt: skip
    return Event(batch.days, batch.by, "drugs.batch", body)


def release(days: int, by: str, lot: str) -> Event:
    """The quality person `by` releases a batch."""
    return Event(days, by, "drugs.release", {"gtin": BATCHES[lot].gtin, "lot": lot, "as": "qp", "decision": "released"})


def ship(days: int, by: str, way: tuple[str, str], name: str, *lines: Mapping[str, Any]) -> Event:
    """Goods leave `way[0]` for `way[1]`."""
    body = {"from": way[0], "to": way[1], "purpose": "delivery", "title": "passes"}
    return Event(days, by, "drugs.ship", body, lines, name)


def receive(days: int, by: str, name: str, *items: Mapping[str, Any]) -> Event:
    """Everything of a shipment that arrived; what is missing from `items` counts as missing."""
    return Event(days, by, "drugs.receive", {"shipment": Sent(name), "checked": True, "final": True}, items)


def dispense(days: int, till: tuple[str, str], pack: tuple[str, int], receipt: Receipt | None = None, refused: str | None = None) -> Event:
    """A pack (lot, slot) is sold at a till (key, site)."""
    (by, site), (lot, slot) = till, pack
    gtin = BATCHES[lot].gtin
    body = {"site": site, "gtin": gtin, "lot": lot, "slot": slot, "tag": Tag(gtin, lot, slot), "receipt": receipt, "use": "retail"}
    return Event(days, by, "drugs.dispense", body, refused=refused)


def recall(days: int, number: str, scope: Mapping[str, Any], grade: int, depth: str) -> Event:
    """The marketing authorisation holder recalls."""
    text = {"zh": "演示召回:请停止使用并退回购买处。", "en": "Demonstration recall: stop using it and take it back to where you bought it."}
    body = {
        "number": number, "scope": scope, "class": grade, "depth": depth, "markets": [MARKET], "reason": "quality", "text": text,
        "contact": "recall@example.com",
    }  # fmt: skip
    return Event(days, "pharma/quality", "drugs.recall", body)


BRIDGE_TILL, STATION_TILL, HILLSIDE_TILL = ("bridge/till", BRIDGE), ("station/till", STATION), ("hillside/till", HILLSIDE)
FIRST_RECEIPT = Receipt("EX2601A/0")
"""The receipt of slot 0 of EX2601A, the pack that the demonstration's consumer has bought."""

EVENTS: tuple[Event, ...] = (
    commission("EX2401X"),
    release(117, "pharma/quality", "EX2401X"),
    commission("EX2601A"),
    release(105, "pharma/quality", "EX2601A"),
    ship(100, "pharma/line", (PLANT, NORTH), "EX2601A to North", line("EX2601A", (0, 600))),
    receive(98, "north/desk", "EX2601A to North", line("EX2601A", (0, 600))),
    ship(91, "pharma/line", (PLANT, HILLSIDE), "EX2401X to Hillside", line("EX2401X", (0, 20))),
    receive(90, "hillside/till", "EX2401X to Hillside", line("EX2401X", (0, 20))),
    commission("TE2603L"),
    release(78, "pharma/quality", "TE2603L"),
    commission("DE2601C"),
    release(68, "biologics/quality", "DE2601C"),
    ship(63, "packing/line", (PACKING, NORTH), "TE2603L to North", line("TE2603L", (0, 300))),
    receive(62, "north/desk", "TE2603L to North", line("TE2603L", (0, 300))),
    Event(60, "north/desk", "drugs.loosen", {"site": NORTH, "gtin": TESTOCILLIN, "lot": "TE2603L", "ranges": [[0, 300]]}),
    commission("EX2602R"),
    release(57, "pharma/quality", "EX2602R"),
    ship(55, "pharma/line", (PLANT, SOUTH), "EX2602R to South", line("EX2602R", (0, 400))),
    receive(53, "south/desk", "EX2602R to South", line("EX2602R", (0, 400))),
    ship(50, "north/desk", (NORTH, HILLSIDE), "TE2603L to Hillside", loose("TE2603L", 40)),
    ship(50, "north/desk", (NORTH, BRIDGE), "TE2603L to Bridge", loose("TE2603L", 30)),
    receive(49, "hillside/till", "TE2603L to Hillside", loose("TE2603L", 40)),
    receive(49, "bridge/till", "TE2603L to Bridge", loose("TE2603L", 30)),
    commission("EX2603D"),
    release(43, "pharma/quality", "EX2603D"),
    commission("TE2604S"),
    ship(40, "pharma/line", (PLANT, SOUTH), "EX2603D to South", line("EX2603D", (0, 200))),
    receive(39, "south/desk", "EX2603D to South", line("EX2603D", (0, 200))),
    release(38, "pharma/quality", "TE2604S"),
    dispense(37, HILLSIDE_TILL, ("TE2603L", 5)),
    ship(33, "packing/line", (PACKING, BRIDGE), "TE2604S to Bridge", line("TE2604S", (0, 40))),
    ship(32, "north/desk", (NORTH, BRIDGE), "EX2601A to Bridge", line("EX2601A", (0, 50))),
    ship(32, "north/desk", (NORTH, STATION), "EX2601A to Station", line("EX2601A", (50, 100))),
    ship(32, "north/desk", (NORTH, HILLSIDE), "EX2601A to Hillside", line("EX2601A", (100, 150))),
    receive(31, "bridge/till", "TE2604S to Bridge", line("TE2604S", (0, 40))),
    receive(30, "bridge/till", "EX2601A to Bridge", line("EX2601A", (0, 50))),
    receive(30, "station/till", "EX2601A to Station", line("EX2601A", (50, 100))),
    receive(30, "hillside/till", "EX2601A to Hillside", line("EX2601A", (100, 150))),
    commission("SV2601B"),
    release(28, "biologics/quality", "SV2601B"),
    ship(25, "south/desk", (SOUTH, STATION), "EX2602R to Station", line("EX2602R", (0, 40))),
    receive(24, "station/till", "EX2602R to Station", line("EX2602R", (0, 40))),
    commission("TE2606K"),
    dispense(20, BRIDGE_TILL, ("EX2601A", 2)),
    release(19, "pharma/quality", "TE2606K"),
    ship(16, "packing/line", (PACKING, HILLSIDE), "TE2606K to Hillside", line("TE2606K", (0, 10))),
    ship(15, "south/desk", (SOUTH, STATION), "EX2603D to Station", line("EX2603D", (40, 60))),
    receive(15, "hillside/till", "TE2606K to Hillside", line("TE2606K", (0, 10))),
    receive(
        14, "station/till", "EX2603D to Station", line("EX2603D", (40, 58)),
        {"t": "difference", "what": "missing", "gtin": EXAMPLAMOL, "lot": "EX2603D", "ranges": [[58, 60]], "note": "two packs short"},
    ),
    dispense(10, STATION_TILL, ("EX2602R", 1)),
    dispense(8, STATION_TILL, ("EX2602R", 2)),
    dispense(6, STATION_TILL, ("EX2602R", 3)),
    commission("TE2605Q"),
    recall(4, "R-2026-002", {"gtin": TESTOCILLIN, "lot": "TE2604S", "ranges": [[10, 20]]}, 2, "pharmacy"),
    dispense(3, BRIDGE_TILL, ("EX2601A", 4)),
    Event(
        3, f"{PACKING}/admin", "parties.revoke",
        {"public": PublicKey("packing/stolen"), "reason": "compromised", "compromised_since": Moment(25)},
    ),
    Event(
        3, "bridge/till", "drugs.undo",
        {"site": BRIDGE, "gtin": EXAMPLAMOL, "lot": "EX2601A", "slot": 4, "reason": "not_collected", "not_supplied": True},
    ),
    dispense(2, BRIDGE_TILL, ("EX2601A", 0), FIRST_RECEIPT),
    dispense(2, BRIDGE_TILL, ("EX2601A", 1)),
    recall(1, "R-2026-001", {"gtin": EXAMPLAMOL, "lot": "EX2602R"}, 1, "patient"),
    ship(0, "north/desk", (NORTH, HILLSIDE), "EX2601A to Hillside today", line("EX2601A", (150, 200))),
    ship(0, "pharma/line", (PLANT, SOUTH), "EX2601A to South today", line("EX2601A", (600, 650))),
    dispense(0, STATION_TILL, ("EX2601A", 1), refused="drugs.pack.dispensed_elsewhere"),
)  # fmt: skip
"""Everything that happens after enrolment, in order of time."""
