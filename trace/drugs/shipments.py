"""What a shipment holds: its line entries, what of them is still open, and its opening and closing (DOMAIN §3, §7.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from chain.errors import Refusal
from chain.interfaces import StateView
from chain.transactions import Transaction
from trace.drugs.draft import NEW, Draft
from trace.drugs.entries import BatchName, batch_name, find_shipment, line_key, shipment_key
from trace.drugs.ranges import chunks, normalise
from trace.drugs.runs import PARTS_LIMIT, Part, gather
from trace.drugs.shapes import Line, Run, Shipment
from trace.drugs.stock import Books


@dataclass(frozen=True, slots=True)
class Load:
    """One batch on its way, by name or by number."""

    name: BatchName
    """The batch."""
    ranges: Sequence[Sequence[int]] | None
    """The slots; None for loose packs."""
    loose: int | None
    """How many loose packs; None for named ones."""

    def entries(self) -> Iterator[Line]:
        """The line entries of it, in order."""
        if self.ranges is None:
            yield {"gtin": self.name.gtin, "lot": self.name.lot, "ranges": None, "loose": self.loose}
        for chunk in chunks(self.ranges or ()):
            yield {"gtin": self.name.gtin, "lot": self.name.lot, "ranges": chunk, "loose": None}


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line entry of which something is still open."""

    number: int
    """Its number in the shipment."""
    line: Line
    """The entry."""
    name: BatchName
    """The batch."""
    parts: list[Part]
    """Runs that are still in the shipment; empty for loose packs."""

    @property
    def loose(self) -> int:
        """Loose packs that are still open."""
        return self.line["loose"] or 0

    @property
    def packs(self) -> int:
        """Packs that are still open."""
        return self.loose or sum(part.count for part in self.parts)

    def load(self) -> Load:
        """What is open, as a load of another shipment."""
        if self.line["ranges"] is None:
            return Load(self.name, None, self.loose)
        return Load(self.name, normalise((part.start, part.end) for part in self.parts), None)


def require_open(shipment: Shipment) -> None:
    """Raises Refusal `drugs.shipment.closed`."""
    if shipment["status"] != "open":
        raise Refusal("drugs.shipment.closed", "an open shipment", shipment["status"], field="shipment")


def require_shipment(draft: Draft) -> Shipment:
    """The shipment that the body names. Raises Refusal `drugs.shipment.unknown`."""
    shipment = find_shipment(draft, draft.body["shipment"])
    if shipment is None:
        raise Refusal("drugs.shipment.unknown", "a shipment on the ledger", draft.body["shipment"], field="shipment")
    return shipment


def locate_sender(view: StateView, transaction: Transaction) -> str | None:
    """The site that a shipment left, for the scope of the signing key (DOMAIN §5 row 8)."""
    shipment = find_shipment(view, transaction.body["shipment"])
    return shipment["from"] if shipment else None


def locate_receiver(view: StateView, transaction: Transaction) -> str | None:
    """The site that a shipment goes to, for the scope of the signing key (DOMAIN §5 row 8)."""
    shipment = find_shipment(view, transaction.body["shipment"])
    return shipment["to"] if shipment else None


def open_shipment(draft: Draft, books: Books, terms: dict[str, Any], loads: Sequence[Load], packs: int) -> None:
    """Writes a new shipment whose id is this transaction. `terms`: from, to, purpose, title, touched, of, carrier."""
    entries = [entry for load in loads for entry in load.entries()]
    draft.put({line_key(draft.id, number): entry for number, entry in enumerate(entries)})
    state = {"status": "open", "open": packs, "since": draft.block.time, "lines": len(entries), "history": NEW}
    draft.record(shipment_key(draft.id), {**terms, **state})
    books.count_shipment(terms["from"], terms["to"], 1)


def close_shipment(draft: Draft, books: Books, key: str, shipment: Shipment, status: str) -> None:
    """Ends a shipment of which nothing is open any more."""
    draft.record(shipment_key(key), {**shipment, "status": status, "open": 0, "touched": shipment["touched"] or status != "cancelled"})
    books.count_shipment(shipment["from"], shipment["to"], -1)


def open_lines(draft: Draft, key: str, shipment: Shipment, room: int = PARTS_LIMIT) -> list[OpenLine]:
    """All lines with something open, in order.

    Raises Refusal `drugs.range.too_many` when more than `room` runs lie inside the lines, open or not: those that arrived earlier have to
    be passed by too. Naming what is open in differences is the way out.
    """
    found = []
    for number in range(shipment["lines"]):
        line = cast(Line, draft.get(line_key(key, number)))
        name = batch_name(line["gtin"], line["lot"])
        parts = gather(draft, name, line["ranges"] or (), room)
        room -= len(parts)
        still_open = [part for part in parts if is_in(part.run, key)]
        if still_open or line["loose"]:
            found.append(OpenLine(number, line, name, still_open))
    return found


def is_in(run: Run, key: str) -> bool:
    """Is the run on its way in this shipment?"""
    return run["state"] == "moving" and run["shipment"] == key


def clear_loose(draft: Draft, key: str, lines: Sequence[OpenLine]) -> None:
    """Nothing of the loose lines is open any more."""
    draft.put({line_key(key, entry.number): {**entry.line, "loose": 0} for entry in lines if entry.loose})
