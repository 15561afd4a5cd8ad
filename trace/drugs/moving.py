"""Goods leave a site: ship, return, cancel (DOMAIN §7.2). What arrives is in `receiving`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.drugs.conditions import (
    RECALLED,
    Condition,
    Finding,
    Goods,
    expired,
    load_goods,
    not_released,
    rejected,
    unfit_to_move,
    validate_none,
    withdrawn,
)
from trace.drugs.draft import Draft
from trace.drugs.entries import find_shipment, loose_at
from trace.drugs.partners import Way, find_way, validate_licence, validate_return, validate_sender, validate_supply
from trace.drugs.ranges import count
from trace.drugs.runs import PARTS_LIMIT, Part, change_runs, gather
from trace.drugs.shipments import Load, clear_loose, close_shipment, open_lines, open_shipment, require_open, require_shipment
from trace.drugs.stock import AT_SITES, MOVING, Books

RETURN_PURPOSES = ("saleable", "misdelivery", "recall", "expired", "damaged", "destruction")
"""Why goods go back."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A line of goods that may leave."""

    line: int
    """Number of the item."""
    goods: Goods
    """The batch."""
    load: Load
    """Which packs, or how many."""
    parts: list[Part]
    """The runs concerned; empty for loose packs."""

    @property
    def packs(self) -> int:
        """How many packs."""
        return self.load.loose or count(self.load.ranges or ())


# --- ship --------------------------------------------------------------------------------------------------------------------


def ship(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.ship`: a delivery to a partner, or a transfer between sites of one party."""
    draft = Draft(view, transaction, block)
    body = transaction.body
    way = find_way(draft)
    validate_supply(way)
    if body["purpose"] == "transfer" and not way.is_own:
        raise Refusal("drugs.ship.transfer", f"a site of {way.giver_gln}", f"{way.target} of {way.receiver_gln}", field="purpose")
    validate_lines(transaction.items)
    conditions = _ship_conditions(way, body["purpose"])
    sendings = load_lines(draft, way, conditions, marks=True)
    terms = {"purpose": body["purpose"], "title": body["title"], "of": body.get("of"), "carrier": body.get("carrier")}
    return _send(draft, way, terms, sendings)


def _ship_conditions(way: Way, purpose: str) -> tuple[Condition[Goods], ...]:
    """The checks of a line's batch, in the order of the row; quarantined goods may move inside one party."""
    released = () if purpose == "transfer" else (not_released,)
    return (rejected, *released, *RECALLED, withdrawn, expired, _exported(way))


def _exported(way: Way) -> Condition[Goods]:
    """`drugs.market.export`: another market than the batch's; its owner and its maker may have it back wherever they are."""

    def condition(goods: Goods) -> Finding | None:
        market = goods.batch["market"]
        if way.country == market or way.receiver_gln in (goods.product["owner"], goods.batch["maker"]):
            return None
        return "drugs.market.export", f"a receiver in {market}", f"in {way.country}"

    return condition


def validate_lines(items: Sequence[Value]) -> None:
    """Raises Refusal `drugs.lines.empty`, `drugs.lines.duplicate`."""
    if not items:
        raise Refusal("drugs.lines.empty", "at least one line", "none", field="items")
    seen = set()
    for number, item in enumerate(items):
        form = (item["gtin"], item["lot"], "ranges" in item)
        if form in seen:
            raise Refusal("drugs.lines.duplicate", "each batch once by name and once by number", f"lot {item['lot']} again", line=number)
        seen.add(form)


def load_lines(draft: Draft, way: Way, conditions: Sequence[Condition[Goods]], *, marks: bool) -> list[Sending]:
    """Checks line by line, batch before packs. `marks`: do blocks and recalls of single packs stop it?"""
    sendings: list[Sending] = []
    room = PARTS_LIMIT
    for number, item in enumerate(draft.transaction.items):
        goods = load_goods(draft, item["gtin"], item["lot"], number)
        validate_none(conditions, goods, line=number)
        parts = _load_named(draft, goods, item, (number, room)) if "ranges" in item else []
        for part in parts:
            _validate_part(goods, part, way.source, number, marks=marks)
        if "loose" in item:
            validate_loose(draft, goods, way.source, item["loose"], line=number)
        room -= len(parts)
        load = Load(goods.name, item.get("ranges"), item.get("loose"))
        sendings.append(Sending(number, goods, load, parts))
    return sendings


def _load_named(draft: Draft, goods: Goods, item: Value, place: tuple[int, int]) -> list[Part]:
    """The runs of a line. `place`: (line, runs left). Raises Refusal `drugs.range.invalid`, `drugs.range.too_many`."""
    validate_inside(goods, item["ranges"], line=place[0])
    return gather(draft, goods.name, item["ranges"], place[1])


def validate_inside(goods: Goods, ranges: Sequence[Sequence[int]], line: int | None = None) -> None:
    """Raises Refusal `drugs.range.invalid` when a range reaches beyond the batch."""
    if ranges[-1][1] > goods.batch["count"]:
        raise Refusal("drugs.range.invalid", f"slots below {goods.batch['count']}", list(ranges[-1]), field="ranges", line=line)


def _validate_part(goods: Goods, part: Part, site: str, line: int | None, *, marks: bool) -> None:
    finding = unfit_to_move(goods, part.run, site, marks=marks)
    if finding is not None:
        code, expected, found = finding
        raise Refusal(code, expected, f"slot {part.start}: {found}", line=line)


def validate_parts(goods: Goods, parts: Sequence[Part], site: str) -> None:
    """Per slot, lowest first, as in ship. Raises Refusal `drugs.pack.*`, `drugs.custody.not_holder`."""
    for part in parts:
        _validate_part(goods, part, site, None, marks=True)


def validate_loose(draft: Draft, goods: Goods, site: str, needed: int, line: int | None = None) -> None:
    """Raises Refusal `drugs.custody.must_name`, `drugs.stock.insufficient`."""
    if goods.market["custody"] == "named":
        raise Refusal("drugs.custody.must_name", f"named packs in {goods.batch['market']}", "loose", field="loose", line=line)
    held = loose_at(draft, goods.name, site)
    if held < needed:
        raise Refusal("drugs.stock.insufficient", needed, held, field="loose", line=line)


def _send(draft: Draft, way: Way, terms: Mapping[str, Any], sendings: Sequence[Sending]) -> Changes:
    """Everything leaves `from` and is on its way."""
    books = Books()
    change = {"state": "moving", "site": None, "shipment": draft.id, "since": draft.block.time}
    for sending in sendings:
        name = sending.goods.name
        if sending.parts:
            change_runs(draft, name, [(part, change) for part in sending.parts])
            books.add_named(name, way.source, -sending.packs)
        else:
            books.add_loose(name, way.source, -sending.packs)
        books.move(name, AT_SITES, MOVING, sending.packs)
    ends = {"from": way.source, "to": way.target, "touched": False}
    packs = sum(sending.packs for sending in sendings)
    open_shipment(draft, books, {**terms, **ends}, [sending.load for sending in sendings], packs)
    books.close(draft)
    return draft.changes()


# --- return ------------------------------------------------------------------------------------------------------------------


def return_goods(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.return`: goods go back up the chain, or to a disposal firm."""
    draft = Draft(view, transaction, block)
    body = transaction.body
    way = find_way(draft)
    validate_licence(way, way.takers_back(body["purpose"]))
    validate_lines(transaction.items)
    sendings = load_lines(draft, way, (_exported(way),), marks=False)
    validate_return(way, body["purpose"])
    if body["purpose"] == "saleable":
        _validate_saleable(draft, way, sendings)
    title = "stays" if body["purpose"] == "destruction" else "passes"
    return _send(draft, way, {"purpose": body["purpose"], "title": title, "of": body.get("of"), "carrier": None}, sendings)


def _validate_saleable(draft: Draft, way: Way, sendings: Sequence[Sending]) -> None:
    """What may be sold again: named, from an earlier delivery, and fit as for `drugs.ship`."""
    for sending in sendings:
        if sending.load.ranges is None:
            raise Refusal("drugs.return.must_name", "named packs", "loose", field="loose", line=sending.line)
    earlier = find_shipment(draft, draft.body["of"]) if draft.body["of"] else None
    if earlier is None or (earlier["from"], earlier["to"]) != (way.target, way.source):
        raise Refusal("drugs.return.of", f"a shipment from {way.target} to {way.source}", draft.body["of"] or "none", field="of")
    for sending in sendings:
        validate_none((*RECALLED, withdrawn, expired), sending.goods, line=sending.line)
        for part in sending.parts:
            _validate_part(sending.goods, part, way.source, sending.line, marks=True)


# --- cancel ------------------------------------------------------------------------------------------------------------------


def cancel(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.cancel`: a shipment of which nothing was received or refused goes back to where it came from."""
    draft = Draft(view, transaction, block)
    key, shipment = transaction.body["shipment"], require_shipment(draft)
    validate_sender(draft, shipment)
    require_open(shipment)
    if shipment["touched"]:
        raise Refusal("drugs.shipment.touched", "nothing received or refused", "something was", field="shipment")
    books = Books()
    change = {"state": "active", "site": shipment["from"], "shipment": None, "since": block.time}
    lines = open_lines(draft, key, shipment)
    for entry in lines:
        change_runs(draft, entry.name, [(part, change) for part in entry.parts])
        add = books.add_named if entry.parts else books.add_loose
        add(entry.name, shipment["from"], entry.packs)
        books.move(entry.name, MOVING, AT_SITES, entry.packs)
    clear_loose(draft, key, lines)
    close_shipment(draft, books, key, shipment, "cancelled")
    books.close(draft)
    return draft.changes()
