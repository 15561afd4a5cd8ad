"""Goods arrive: receive with its differences, and refuse (DOMAIN §7.2).

A receipt is never refused for recall, expiry, block or suspension: the goods are there and must be somewhere.
"""

from collections import Counter
from collections.abc import Sequence

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView
from chain.transactions import Transaction
from trace.drugs.arrivals import MISSING, Arrival
from trace.drugs.claims import Claim, Claims, read_claims
from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName, line_key, shipment_key
from trace.drugs.partners import validate_receiver
from trace.drugs.runs import PARTS_LIMIT, Change, Part, change_runs
from trace.drugs.shapes import Shipment
from trace.drugs.shipments import (
    OpenLine,
    clear_loose,
    close_shipment,
    open_lines,
    open_shipment,
    require_open,
    require_shipment,
)
from trace.drugs.stock import Books

REFUSE_REASONS = ("not_ordered", "damaged", "wrong_item", "temperature", "documents", "recalled", "suspect", "other")
"""Why goods are not taken in."""
REFUSAL = "refusal"
"""Purpose of a reverse shipment."""


def receive(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.receive`: all or a part of a shipment arrives; `final` turns what is still open into `missing`."""
    draft = Draft(view, transaction, block)
    shipment = require_shipment(draft)
    validate_receiver(draft, shipment)
    require_open(shipment)
    body = transaction.body
    if not transaction.items and not body["final"]:
        raise Refusal("drugs.lines.empty", "lines, differences, or final", "nothing", field="items")
    claims = read_claims(draft, body["shipment"], shipment)
    arrival = Arrival(draft, Books(), shipment, draft.signer.gln, body["checked"])
    handled = _book_claims(arrival, claims)
    if body["final"]:
        handled += _book_rest(arrival, PARTS_LIMIT - claims.runs)
    _update_shipment(arrival, handled)
    arrival.books.close(draft)
    return draft.changes()


def _book_claims(arrival: Arrival, claims: Claims) -> int:
    """Books every line and difference; returns how many packs are no longer open."""
    changes: dict[BatchName, list[tuple[Part, Change]]] = {}
    taken: Counter[BatchName] = Counter()
    for claim in claims.claims:
        if claim.loose is None:
            changes.setdefault(claim.name, []).extend((part, _change(arrival, claim, part)) for part in claim.parts)
        taken[claim.name] += claim.taken
        _count(arrival, claim)
    for name, parts in changes.items():
        change_runs(arrival.draft, name, parts)
    for name, packs in (+taken).items():
        number, line = claims.loose_lines[name]
        key = line_key(arrival.draft.body["shipment"], number)
        arrival.draft.put({key: {**line, "loose": (line["loose"] or 0) - packs}})
    return sum(claim.packs for claim in claims.claims)


def _change(arrival: Arrival, claim: Claim, part: Part) -> Change:
    return arrival.missing() if claim.what == MISSING else arrival.arrived(part.run, claim.what)


def _count(arrival: Arrival, claim: Claim) -> None:
    """Books a claim in the sums."""
    if claim.what == MISSING:
        count = arrival.count_missing if claim.loose is None else arrival.count_missing_loose
    else:
        count = arrival.count_arrived if claim.loose is None else arrival.count_arrived_loose
    count(claim.name, claim.packs)


def _book_rest(arrival: Arrival, room: int) -> int:
    """`final`: what is still open is missing. Returns how many packs. Raises Refusal `drugs.range.too_many`."""
    key = arrival.draft.body["shipment"]
    rest = open_lines(arrival.draft, key, arrival.shipment, room)
    for entry in rest:
        if entry.parts:
            change_runs(arrival.draft, entry.name, [(part, arrival.missing()) for part in entry.parts])
            arrival.count_missing(entry.name, entry.packs)
        else:
            arrival.count_missing_loose(entry.name, entry.packs)
    clear_loose(arrival.draft, key, rest)
    return sum(entry.packs for entry in rest)


def _update_shipment(arrival: Arrival, handled: int) -> None:
    """The shipment stays open until everything of it was received, refused or reported missing."""
    draft, shipment, key = arrival.draft, arrival.shipment, arrival.draft.body["shipment"]
    left = shipment["open"] - handled
    if left:
        draft.record(shipment_key(key), {**shipment, "open": left, "touched": shipment["touched"] or handled > 0})
    else:
        close_shipment(draft, arrival.books, key, shipment, "closed")


# --- refuse ------------------------------------------------------------------------------------------------------------------


def refuse(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.refuse`: everything still open goes back in a reverse shipment whose id is this transaction; the sender must receive it."""
    draft = Draft(view, transaction, block)
    key, shipment = transaction.body["shipment"], require_shipment(draft)
    validate_receiver(draft, shipment)
    require_open(shipment)
    if shipment["purpose"] == REFUSAL:
        raise Refusal(
            "drugs.refuse.reverse", "a shipment that was not refused already", "goods that the receiver refused", field="shipment"
        )
    books = Books()
    lines = open_lines(draft, key, shipment)
    _send_back(draft, books, key, shipment, lines)
    books.close(draft)
    return draft.changes()


def _send_back(draft: Draft, books: Books, key: str, shipment: Shipment, lines: Sequence[OpenLine]) -> None:
    """The open packs change shipment; no site ever had custody, so neither stock nor tally moves, nor does the title."""
    change = {"shipment": draft.id, "since": draft.block.time}
    for entry in lines:
        change_runs(draft, entry.name, [(part, change) for part in entry.parts])
    clear_loose(draft, key, lines)
    close_shipment(draft, books, key, shipment, "refused")
    terms = {
        "from": shipment["to"], "to": shipment["from"], "purpose": REFUSAL, "title": "stays", "touched": True, "of": key, "carrier": None,
    }  # fmt: skip
    open_shipment(draft, books, terms, [entry.load() for entry in lines], sum(entry.packs for entry in lines))
