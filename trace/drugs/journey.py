"""The way of a pack from the factory to now (S-07): its run's history with the events of its batch and its recalls, oldest first.

The public sees makers and dispensing places by name, the links between as role and region (DOMAIN §4, trade confidentiality); members see
all names. Every event carries both clocks, its block and its transaction, so that a reader can check it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain.histories import Event
from chain.interfaces import StateView
from chain.made import Made
from chain.reader import Reader
from chain.transactions import Transaction
from trace.drugs import entries
from trace.drugs.entries import BatchName
from trace.drugs.facts import BOXED, COUNTED, NAMED, Text
from trace.drugs.plain import dump
from trace.parties import queries

PUBLIC_KINDS = frozenset({"plant", "shop", "hospital_pharmacy", "ward", "theatre"})
"""Kinds of sites that everybody sees by name."""
DELIVERIES_SHOWN = 16
"""Deliveries of loose packs to a place that are shown, the newest (DOMAIN §10.5)."""
BATCH_KINDS = frozenset({"drugs.release", "drugs.recall", "drugs.recall.close"})
"""Events of the batch or the product that belong to the way of each of its packs."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site of the way, as far as the reader may know it."""

    gln: str | None
    """Its GLN; None where it is not public."""
    names: Text | None
    """Its name; None where it is not public."""
    kind: str
    """Site kind."""
    role: str | None
    """First role of its party."""
    region: str
    """Region."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a transaction, and when by their clock."""

    transaction: str
    """Hex id."""
    key: str
    """The signing key."""
    party: str | None
    """GLN of its party; None where it is not public."""
    names: Text | None
    """Name of the party; None where it is not public."""
    at: int
    """Signer's clock, ms."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One event of the way."""

    kind: str
    """Transaction kind."""
    time: int
    """Block time, ms."""
    late_ms: int
    """Block time less signer's clock, 0 at least."""
    height: int
    """Height of the block."""
    index: int
    """Number in the block."""
    place: Place | None
    """Where it happened; for a dispatch where from."""
    to: Place | None
    """Where to, for what begins a way; for a receipt the place itself."""
    signature: Signature
    """Who signed it."""
    given: Signature | None
    """For a receipt: who signed the dispatch, so that a hand-over shows both signatures."""
    detail: Mapping[str, str | int]
    """Further facts: purpose, reason, decision, number of a recall, class, loose packs."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The whole way."""

    passages: tuple[Passage, ...]
    """Oldest first."""
    way: str | None
    """What it proves: `named`, `boxed`, `batch`; None where no run was given."""
    received: int | None
    """Loose packs of the batch that the place has taken in; None where nobody asked, or there were more deliveries than are shown."""
    newest: Event | None
    """The newest event of the run."""

    def as_json(self) -> list[dict[str, Any]]:
        """The passages as plain values."""
        values: list[dict[str, Any]] = dump(self.passages)
        return values


NOWHERE = Journey((), None, None, None)
"""The way of something that is not on the ledger."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """Whose way is asked for, and who asks."""

    name: BatchName
    """The batch."""
    run: str | None
    """State key of the run; None for the batch alone."""
    place: str | None = None
    """GLN of the place, if the pack is loose: its deliveries belong to the way."""
    member: bool = False
    """Does a member ask, who sees every name?"""


@dataclass(frozen=True, slots=True)
class _Telling:
    """What every event of a way is told with."""

    node: Reader
    view: StateView
    made: Made
    own: Sequence[Event]
    traveller: Traveller


def travel(node: Reader, traveller: Traveller) -> Journey:
    """The way. Raises Fault `store.damaged` as Reader.history."""
    view, made = node.sight()
    own = node.history(traveller.run) if traveller.run else []
    shared, newest = made.once(("events", traveller.name.path, traveller.run is None), lambda: _shared(node, traveller))
    deliveries = _deliveries(node, traveller)
    events = {(event.height, event.index): event for event in (*own, *shared, *deliveries[-DELIVERIES_SHOWN:])}
    telling = _Telling(node, view, made, own, traveller)
    passages = tuple(_passage_once(telling, events[place]) for place in sorted(events))
    return Journey(passages, _way(own), _received(deliveries, traveller), own[-1] if own else newest)


def _shared(node: Reader, traveller: Traveller) -> tuple[tuple[Event, ...], Event | None]:
    """The events of the batch and its product that belong to the way, all of the batch where it is the batch's own; and the newest of the
    batch."""
    batch = node.history(traveller.name.batch_key)
    product = node.history(entries.product_key(traveller.name.gtin))
    told = [event for event in product if event.transaction.kind in BATCH_KINDS]
    told += [event for event in batch if event.transaction.kind in BATCH_KINDS or not traveller.run]
    return tuple(told), batch[-1] if batch else None


def _deliveries(node: Reader, traveller: Traveller) -> Sequence[Event]:
    """What brought loose packs of the batch to the place."""
    return node.history(traveller.name.stock_key(traveller.place)) if traveller.place else ()


def _way(events: Sequence[Event]) -> str | None:
    if not events:
        return None
    kinds = {event.transaction.kind for event in events}
    return COUNTED if "drugs.loosen" in kinds else BOXED if "drugs.aggregate" in kinds else NAMED


def _received(deliveries: Sequence[Event], traveller: Traveller) -> int | None:
    """Sum of what the deliveries brought, or None where one of them does not say."""
    if not traveller.place or len(deliveries) > DELIVERIES_SHOWN:
        return None
    counts = [_loose_packs(event, traveller.name) for event in deliveries]
    return None if None in counts else sum(count for count in counts if count is not None)


def _loose_packs(event: Event, name: BatchName) -> int | None:
    """Loose packs of the batch that an event brought in; None for kinds that do not carry the number themselves."""
    body = event.transaction.body
    if event.transaction.kind == "drugs.loosen":
        return int(sum(end - start for start, end in body["ranges"]))
    if event.transaction.kind == "drugs.receive":
        lines = [item for item in event.transaction.items if item["t"] == "line" and item.get("loose")]
        return sum(int(item["loose"]) for item in lines if (item["gtin"], item["lot"]) == (name.gtin, name.lot))
    return None


# --- one event ---------------------------------------------------------------------------------------------------------------


def _passage_once(telling: _Telling, event: Event) -> Passage:
    """An event that many packs share is told once a block."""
    if "slot" in event.transaction.body:
        return _passage(telling, event)
    traveller = telling.traveller
    name = ("passage", event.height, event.index, traveller.name.path, traveller.member)
    return telling.made.once(name, lambda: _passage(telling, event))


def _passage(telling: _Telling, event: Event) -> Passage:
    view, item, member = telling.view, event.transaction, telling.traveller.member
    start, end = _ends(view, item.body, item.kind)
    given = _giver(telling, item.body["shipment"]) if item.kind == "drugs.receive" else None
    return Passage(
        kind=item.kind,
        time=event.time,
        late_ms=max(event.time - item.at, 0),
        height=event.height,
        index=event.index,
        place=place_of(view, start, member=member),
        to=place_of(view, end, member=member),
        signature=signature_of(view, item, end if given else start, member=member),
        given=signature_of(view, given, start, member=member) if given else None,
        detail=_detail(event, telling.traveller.name),
    )


def _ends(view: StateView, body: Mapping[str, Any], kind: str) -> tuple[str | None, str | None]:
    """The sites of an event: where (from), and where to."""
    if "shipment" in body:
        shipment = entries.find_shipment(view, body["shipment"])
        ends = (shipment["from"], shipment["to"]) if shipment else (None, None)
        return (ends[1], ends[0]) if kind == "drugs.refuse" else ends
    return body.get("site") or body.get("from"), body.get("to")


def _giver(telling: _Telling, shipment: str) -> Transaction:
    """The transaction that began the shipment; an accepted event names it, so it is on the ledger."""
    wanted = bytes.fromhex(shipment)
    for event in telling.own:
        if event.transaction.id == wanted:
            return event.transaction
    found = telling.node.transaction(wanted)
    if found is None:
        raise telling.node.missing(1, f"the shipment {shipment}")
    return found[0]


def place_of(view: StateView, gln: str | None, *, member: bool) -> Place | None:
    """A site as far as the reader may know it (DOMAIN §4, trade confidentiality)."""
    site = queries.find_site(view, gln) if gln else None
    if gln is None or site is None:
        return None
    party = queries.find_party(view, site["party"])
    role = party["roles"][0]["role"] if party and party["roles"] else None
    public = member or site["kind"] in PUBLIC_KINDS
    return Place(gln if public else None, site["names"] if public else None, site["kind"], role, site["region"])


def signature_of(view: StateView, item: Any, gln: str | None, *, member: bool) -> Signature:
    """A signature; whose it is, is hidden where the site is."""
    site = queries.find_site(view, gln) if gln else None
    party = queries.party_of_key(view, item.by)
    public = member or site is None or site["kind"] in PUBLIC_KINDS
    names = queries.names_of_party(view, party) if public and party else None
    return Signature(item.id.hex(), item.by, party if public else None, names, item.at)


_TOLD: Mapping[str, Iterable[str]] = {
    "drugs.batch": ("count", "made", "expiry"),
    "drugs.release": ("as", "decision"),
    "drugs.ship": ("purpose",),
    "drugs.return": ("purpose",),
    "drugs.refuse": ("reason",),
    "drugs.cancel": ("reason",),
    "drugs.undo": ("reason",),
    "drugs.dispense": ("use",),
    "drugs.recall": ("number", "class", "depth", "reason"),
    "drugs.recall.close": ("number", "outcome"),
}
"""Kind -> fields of its body that the way tells."""


def _detail(event: Event, name: BatchName) -> Mapping[str, str | int]:
    body = event.transaction.body
    told: dict[str, str | int] = {field: body[field] for field in _TOLD.get(event.transaction.kind, ()) if field in body}
    loose = _loose_packs(event, name)
    return {**told, "loose": loose} if loose else told
