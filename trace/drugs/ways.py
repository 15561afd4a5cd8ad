"""The way of a pack as its events say it, from the factory to what its entry says now (PROTOCOL §8, step 10; DOMAIN §4, §7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chain import codec
from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from trace.drugs.arrivals import BLOCKED, RETURNED, UNVERIFIED
from trace.drugs.entries import BatchName
from trace.drugs.facts import BOXED, COUNTED, NAMED
from trace.drugs.replay import CLOSE, RECALL, numbers_after

ACTIVE, MOVING, LOOSE, SOLD, LOST = "active", "moving", "loose", "dispensed", "missing"
"""States that events of this version lead to."""
REFUSAL = "refusal"
"""Purpose of what a receiver sends back."""
ARRIVED_BLOCKED = ("damaged", "seal_broken", "excursion")
"""Differences with which packs arrive all the same."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The pack whose way is followed."""

    name: BatchName
    """Its batch."""
    slot: int
    """Its slot."""
    tag: str
    """Its tag, hex, as whoever scanned it shows it."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the pack is after an event."""

    state: str
    """One of the states above; empty before the first event."""
    site: str | None = None
    """Where it is, or was sold; None where no event says."""
    shipment: str | None = None
    """What it travels in."""
    ends: tuple[str, str] | None = None
    """(from, to) of that shipment."""
    purpose: str = ""
    """Its purpose."""
    difference: str | None = None
    """With which difference it arrived, if the last event was its arrival."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the events of a way leave on the pack's run beside its place."""

    receipts: tuple[str, ...] = ()
    """Receipt of the sale that stands."""
    recalls: tuple[str, ...] = ()
    """Recalls of single packs that stand."""
    since: int = 0
    """Block time of the last event that is no recall, ms."""
    block: Value | None = None
    """What keeps it from sale, and who said so."""

    def fit(self, run: Value) -> bool:
        """Does the run say the same?"""
        left = {"receipts": list(self.receipts), "recalls": list(self.recalls), "since": self.since, "block": self.block}
        return codec.encode(left) == codec.encode({name: run[name] for name in left})


@dataclass(frozen=True, slots=True)
class Step:
    """One more event of a way."""

    item: Disclosed
    """The event."""
    time: int
    """Its block time, ms."""
    party: str
    """GLN of whoever signed it."""
    places: tuple[Whereabouts, Whereabouts]
    """Where the pack was before it and after it."""


def trace(left: Traces, step: Step) -> Traces:
    """What is left after one more event."""
    item, body = step.item, step.item.body
    if item.kind in (RECALL, CLOSE):
        return replace(left, recalls=tuple(numbers_after(list(left.recalls), item)))
    left = replace(left, since=step.time)
    if item.kind == "drugs.dispense":
        return replace(left, receipts=(body["receipt"],) if body["receipt"] else ())
    if item.kind == "drugs.undo":
        return replace(left, receipts=())
    if item.kind == "drugs.receive" and step.places[1].state == ACTIVE:
        return replace(left, block=_block(left.block, step))
    return left


def _block(before: Value | None, step: Step) -> Value | None:
    """What keeps a pack from sale after it arrived (DOMAIN §7.2, receiving by purpose; as `Arrival` of `arrivals`)."""
    if before is not None and before["why"] != RETURNED:
        return before
    purpose = step.places[0].purpose
    unverified = RETURNED if purpose in UNVERIFIED and not step.item.body["checked"] else None
    why = step.places[1].difference or (purpose if purpose in BLOCKED else unverified)
    if why:
        return {"why": why, "by": step.party}
    return None if purpose in UNVERIFIED else before


def after(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    """(where the pack is after one more event, the site that signs for it). Raises Malformed `evidence.custody`."""
    step = _STEPS.get(item.kind)
    if step is None:
        raise Malformed("evidence.custody", "an event of a pack", item.kind)
    return step(pack, place, item)


def way_of(kinds: set[str]) -> str:
    """What a whole way proves by its kinds of events (DOMAIN §4)."""
    return COUNTED if "drugs.loosen" in kinds else BOXED if "drugs.aggregate" in kinds else NAMED


def _require(good: bool, expected: str, item: Disclosed) -> None:
    if not good:
        raise Malformed("evidence.custody", expected, f"{item.kind} {item.id.hex()}")


def _is_of(pack: Pack, value: Value) -> bool:
    return (value.get("gtin"), value.get("lot")) == (pack.name.gtin, pack.name.lot)


def _covers(pack: Pack, value: Value) -> bool:
    """Does an item or a body name the slot in its ranges?"""
    return _is_of(pack, value) and any(start <= pack.slot < end for start, end in value.get("ranges") or ())


def _is_scanned(pack: Pack, value: Value) -> bool:
    return (value.get("slot"), value.get("tag")) == (pack.slot, pack.tag)


def _at(place: Whereabouts, site: Any) -> bool:
    return place.state == ACTIVE and place.site in (None, site)


# --- one step a kind ---------------------------------------------------------------------------------------------------------


def _made(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    body = item.body
    _require(place.state == "" and _is_of(pack, body) and pack.slot < body["count"], "the batch first", item)
    return Whereabouts(ACTIVE, body["site"]), body["site"]


def _sent(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    source, target = item.body["from"], item.body["to"]
    _require(_at(place, source), "a pack that lies where it leaves", item)
    _require(any(each.get("t") == "line" and _covers(pack, each) for each in item.items.values()), "a line with the slot", item)
    return Whereabouts(MOVING, None, item.id.hex(), (source, target), item.body["purpose"]), source


def _received(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    body = item.body
    if place.state == LOOSE:
        found = [each for each in item.items.values() if each.get("t") == "difference" and _is_of(pack, each)]
        named = [each["what"] for each in found if any(_is_scanned(pack, scanned) for scanned in each.get("packs") or ())]
        _require(bool(named), "the pack by its tag", item)
        where = Whereabouts(LOST) if named[0] == LOST else Whereabouts(ACTIVE, difference=named[0])
        return where, None  # its shipment is not on its own way: the entry says where
    _require((place.state, place.shipment) == (MOVING, body["shipment"]) and place.ends is not None, "the receipt of its shipment", item)
    target = place.ends[1] if place.ends else ""
    whats = [each["what"] if each.get("t") == "difference" else None for each in item.items.values() if _covers(pack, each)]
    arrived = [what for what in whats if what in (None, *ARRIVED_BLOCKED)]
    lost = LOST in whats or (not arrived and body["final"] is True)
    _require(lost or bool(arrived), "a line with the slot", item)
    return (replace(place, state=LOST) if lost else Whereabouts(ACTIVE, target, difference=arrived[0])), target


def _refused(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    _require((place.state, place.shipment) == (MOVING, item.body["shipment"]) and place.ends is not None, "its own shipment", item)
    source, target = place.ends or ("", "")
    return Whereabouts(MOVING, None, item.id.hex(), (target, source), REFUSAL), target


def _cancelled(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    _require((place.state, place.shipment) == (MOVING, item.body["shipment"]) and place.ends is not None, "its own shipment", item)
    source = place.ends[0] if place.ends else ""
    return Whereabouts(ACTIVE, source), source


def _loosened(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    _require(_at(place, item.body["site"]) and _covers(pack, item.body), "a pack that lies there", item)
    return Whereabouts(LOOSE), item.body["site"]


def _named(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    _require(place.state == LOOSE and _is_of(pack, item.body), "a loose pack", item)
    _require(any(_is_scanned(pack, each) for each in item.items.values()), "the pack by its tag", item)
    return Whereabouts(ACTIVE, item.body["site"]), item.body["site"]


def _sold(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    site = item.body["site"]
    _require(_at(place, site) or place.state == LOOSE, "a pack that lies there, or a loose one", item)
    _require(_is_of(pack, item.body) and _is_scanned(pack, item.body), "this pack", item)
    return Whereabouts(SOLD, site), site


def _undone(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    site = item.body["site"]
    _require((place.state, place.site) == (SOLD, site) and _is_of(pack, item.body), "a pack that was sold there", item)
    _require(item.body.get("slot") == pack.slot, "this pack", item)
    return Whereabouts(ACTIVE, site), site


def _marked(pack: Pack, place: Whereabouts, item: Disclosed) -> tuple[Whereabouts, str | None]:
    _require(place.state != "", "the batch first", item)
    return place, None


_Step = Callable[[Pack, Whereabouts, Disclosed], tuple[Whereabouts, str | None]]
_STEPS: Mapping[str, _Step] = {
    "drugs.batch": _made,
    "drugs.ship": _sent,
    "drugs.return": _sent,
    "drugs.receive": _received,
    "drugs.refuse": _refused,
    "drugs.cancel": _cancelled,
    "drugs.loosen": _loosened,
    "drugs.name": _named,
    "drugs.dispense": _sold,
    "drugs.undo": _undone,
    "drugs.recall": _marked,
    "drugs.recall.close": _marked,
}
