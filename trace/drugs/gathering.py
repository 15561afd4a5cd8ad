"""Facts from a state view and the mark lists of a node (DOMAIN §10.5). Reads only.

    facts = gather(source, Sought(gtin, lot, serial, place))

What can not be read stays None, what is proven not to be there is named in `absent`; the verdict decides what that means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from chain.interfaces import StateView
from trace.drugs import entries, facts, marks
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.facts import Facts
from trace.drugs.membership import Found, Source, look, search
from trace.drugs.runs import find_run
from trace.market import find_market
from trace.parties import queries

EMPTY = replace(facts.NOTHING, evidence=facts.VERIFIED)
"""Nothing looked up yet, by somebody who reads their own node."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked up."""

    gtin: str | None
    """GTIN; None for a Chinese code whose identifier nobody has registered, or a box."""
    lot: str | None = None
    """Printed lot."""
    serial: str | None = None
    """Printed serial."""
    place: str | None = None
    """GLN of the site of the scan."""


def gather(source: Source, sought: Sought) -> Facts:
    """All facts about what is sought."""
    view = source.view
    product = entries.find_product(view, sought.gtin) if sought.gtin else None
    place = _site(view, sought.place)
    absent = _absent(("product", product is None and sought.gtin is not None), (facts.PLACE, bool(sought.place) and place is None))
    base = replace(EMPTY, absent=absent, place=place)
    if product is None or sought.gtin is None:
        return replace(base, market=_market(view, place, None))
    base = replace(base, product=_product(product), recalls=_recalls(view, product["recalls"]))
    if sought.serial is None:
        return (
            _batch_facts(view, base, batch_name(sought.gtin, sought.lot))
            if sought.lot
            else replace(base, market=_market(view, place, None))
        )
    return _pack_facts(source, base, sought)


# --- the pack ----------------------------------------------------------------------------------------------------------------


def _pack_facts(source: Source, base: Facts, sought: Sought) -> Facts:
    """With a lot: in it, not in it, or in another one. Without: in the one that has the serial."""
    gtin, serial = str(sought.gtin), str(sought.serial)
    mark = marks.mark(marks.tag(gtin, serial))
    if sought.lot is None:
        found, complete = search(source, mark, gtin, without=None)
        if found is None:
            return replace(base, market=_market(source.view, base.place, None), absent=(*base.absent, *_absent((facts.SERIAL, complete))))
        return _run_facts(source.view, _batch_facts(source.view, base, found.name), found, sought.place)
    name = batch_name(gtin, sought.lot)
    known = _batch_facts(source.view, base, name)
    answer = look(source, name, mark)
    if answer.slot is not None:
        return _run_facts(source.view, known, Found(name, answer.slot), sought.place)
    other, _ = search(source, mark, gtin, without=name)
    lacks_serial = _absent((facts.SERIAL, answer.shown))
    return replace(known, absent=(*known.absent, *lacks_serial), other_lot=other.name.lot if other else None)


def _run_facts(view: StateView, known: Facts, found: Found, place: str | None) -> Facts:
    """The run that covers the slot, and what belongs to its state."""
    covering = find_run(view, found.name, found.slot)
    if covering is None:
        return replace(known, slot=found.slot)
    start, run = covering
    stock = entries.find_stock(view, found.name, place) if place and run["state"] == "loose" else None
    no_stock = bool(place) and run["state"] == "loose" and stock is None
    shipment = entries.find_shipment(view, run["shipment"]) if run["shipment"] and run["state"] == "moving" else None
    return replace(
        known,
        slot=found.slot,
        run=_run(start, run),
        recalls=_merged(known.recalls, _recalls(view, run["recalls"])),
        holder=_site(view, run["site"]),
        stock=facts.Stock(stock["named"], stock["loose"]) if stock else None,
        absent=(*known.absent, *_absent((facts.STOCK, no_stock))),
        shipment=facts.Shipment(shipment["from"], shipment["to"], shipment["since"]) if shipment else None,
    )


# --- the batch ---------------------------------------------------------------------------------------------------------------


def _batch_facts(view: StateView, base: Facts, name: BatchName) -> Facts:
    """The batch with its recalls, sources and signers, and the market that decides."""
    batch = entries.find_batch(view, name)
    if batch is None:
        return replace(base, market=_market(view, base.place, None), absent=(*base.absent, facts.BATCH))
    sources = tuple(_source(view, source) for source in batch.get("sources", ()))
    numbers = [*batch["recalls"], *(number for source in sources for number in source.recalls)]
    signers = dict.fromkeys([batch["signer"], *(release["key"] for release in batch["releases"])])
    return replace(
        base,
        market=_market(view, base.place, batch["market"]),
        batch=_batch(name, batch),
        recalls=_merged(base.recalls, _recalls(view, numbers)),
        sources=sources,
        keys=tuple(key for text in signers if (key := _key(view, text)) is not None),
    )


def _batch(name: BatchName, batch: entries.Batch) -> facts.Batch:
    return facts.Batch(
        lot=name.lot,
        maker=batch["maker"],
        signer=batch["signer"],
        time=batch["since"],
        count=batch["count"],
        market=batch["market"],
        status=batch["status"],
        releases=tuple(facts.Release(release["key"], release["since"]) for release in batch["releases"]),
        expiry=batch["expiry"],
        printed_expiry=batch["printed_expiry"],
        recalls=tuple(batch["recalls"]),
        sources=tuple(f"{source['gtin']}/{source['lot']}" for source in batch.get("sources", ())),
        loose_missing=batch["loose_missing"],
    )


def _source(view: StateView, source: entries.Source) -> facts.Source:
    batch = entries.find_batch(view, batch_name(source["gtin"], source["lot"]))
    product = entries.find_product(view, source["gtin"])
    numbers = [*(batch["recalls"] if batch else ()), *(product["recalls"] if product else ())]
    return facts.Source(f"{source['gtin']}/{source['lot']}", tuple(dict.fromkeys(numbers)))


# --- single entries ----------------------------------------------------------------------------------------------------------


def _product(product: entries.Product) -> facts.Product:
    return facts.Product(
        owner=product["owner"],
        names=product["names"],
        markets=tuple(entries.authorised_markets(product)),
        joined=product["joined"],
        shelf_months=product["shelf_months"],
        recalls=tuple(product["recalls"]),
        withdrawn=tuple(product["withdrawn"]),
    )


def _run(start: int, run: entries.Run) -> facts.Run:
    value = cast(Mapping[str, Any], run)
    return facts.Run(
        start=start,
        end=run["end"],
        state=run["state"],
        site=run["site"],
        shipment=run["shipment"],
        box=run["box"],
        block=run["block"]["why"] if run["block"] else None,
        recalls=tuple(run["recalls"]),
        receipts=tuple(run["receipts"]),
        units_left=run["units_left"],
        since=run["since"],
        attempts=run["attempts"],
        alerts=value.get("alerts", 0),
    )


def _recalls(view: StateView, numbers: list[str]) -> tuple[facts.Recall, ...]:
    """The recalls with these numbers. One whose entry can not be found is left out: its number alone keeps the pack red."""
    return tuple(
        facts.Recall(number, found["class"], found["depth"], tuple(found["markets"]), found["status"])
        for number in numbers
        if (found := entries.find_recall(view, number)) is not None
    )


def _merged(left: tuple[facts.Recall, ...], right: tuple[facts.Recall, ...]) -> tuple[facts.Recall, ...]:
    return tuple({recall.number: recall for recall in (*left, *right)}.values())


def _key(view: StateView, text: str) -> facts.Key | None:
    key = queries.find_key(view, text)
    return None if key is None else facts.Key(text, key["party"], key["compromised_since"])


def _site(view: StateView, gln: str | None) -> facts.Site | None:
    site = queries.find_site(view, gln) if gln else None
    if gln is None or site is None:
        return None
    return facts.Site(gln, site["party"], site["kind"], site["names"], site["region"], site["country"])


def _market(view: StateView, place: facts.Site | None, market: str | None) -> facts.Market | None:
    """The market of the place, else that of the batch."""
    code = place.country if place is not None else market
    found = find_market(view, code) if code else None
    if code is None or found is None:
        return None
    fresh = found["fresh_minutes"]
    return facts.Market(
        code,
        found["offset_minutes"],
        found["custody"],
        found["undo_days"],
        facts.Fresh(fresh["dispense"], fresh["trade"], fresh["consumer"]),
    )


def _absent(*candidates: tuple[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, absent in candidates if absent)
