"""Facts from a state view and the mark lists of a node (DOMAIN §10.5). Reads only.

    facts = gather(source, Sought(gtin, lot, serial, place))

What can not be read stays None, what is proven not to be there is named in `absent`; the verdict decides what that means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from chain.interfaces import StateView
from trace.drugs import entries, facts, marks, shapes
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.facts import Facts
from trace.drugs.membership import Found, Source, look, search
from trace.drugs.runs import find_run
from trace.market import find_market
from trace.parties import queries

Values = dict[str, Any]
"""Fields of `Facts` while they are gathered."""
_UNKNOWN: Values = {field.name: getattr(facts.NOTHING, field.name) for field in fields(Facts)} | {"evidence": facts.VERIFIED}


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


def gather(source: Source, sought: Sought, slot: int | None = None) -> Facts:
    """All facts about what is sought. `slot`: already proven for this batch, so the serial is not looked up again."""
    gtin, lot = sought.gtin, sought.lot
    values = _beginning(source, sought)
    if values["product"] is not None and gtin is not None:
        if slot is not None and lot is not None:
            values = _pack(source, Found(batch_name(gtin, lot), slot), sought.place)
        elif sought.serial is not None:
            values = _sought_pack(source, values, sought)
        elif lot is not None:
            values = _with_batch(source, batch_name(gtin, lot), sought.place)
    return Facts(**values)


def _absent(values: Mapping[str, Any], *candidates: tuple[str, bool]) -> tuple[str, ...]:
    """What is known to be absent, with those candidates that are."""
    return (*values["absent"], *(name for name, absent in candidates if absent))


# --- what all packs of a batch have in common, gathered once a block -------------------------------------------------------------


def _beginning(source: Source, sought: Sought) -> Values:
    """Product, place and market."""
    gtin, place = sought.gtin, sought.place
    named = gtin is not None or sought.serial is not None
    return source.made.once(("product", gtin, place, named), lambda: _product_facts(source.view, gtin, place, named=named))


def _product_facts(view: StateView, gtin: str | None, gln: str | None, *, named: bool) -> Values:
    product = entries.find_product(view, gtin) if gtin else None
    place = site_fact(view, gln)
    values: Values = {**_UNKNOWN, "place": place, "market": market_fact(view, place, None)}
    values["absent"] = _absent(values, (facts.PRODUCT, product is None and named), (facts.PLACE, bool(gln) and place is None))
    return values if product is None else {**values, "product": product_fact(product), "recalls": _recalls(view, product["recalls"])}


def _with_batch(source: Source, name: BatchName, place: str | None) -> Values:
    """The same with the batch."""
    return source.made.once(
        ("batch", name.path, place), lambda: _batch_facts(source.view, _beginning(source, Sought(name.gtin, name.lot, place=place)), name)
    )


def _batch_facts(view: StateView, values: Values, name: BatchName) -> Values:
    """The batch with its recalls, sources and signers, and the market that decides; or that there is none."""
    batch = entries.find_batch(view, name)
    if batch is None:
        return {**values, "absent": _absent(values, (facts.BATCH, True))}
    sources = tuple(source_fact(view, source) for source in batch.get("sources", ()))
    numbers = [*batch["recalls"], *(number for source in sources for number in source.recalls)]
    signers = dict.fromkeys([batch["signer"], *(release["key"] for release in batch["releases"])])
    return {
        **values,
        "market": values["market"] or market_fact(view, None, batch["market"]),
        "batch": batch_fact(name, batch),
        "recalls": _merged(values["recalls"], _recalls(view, numbers)),
        "sources": sources,
        "keys": tuple(key for text in signers if (key := key_fact(view, text)) is not None),
    }


# --- the pack ----------------------------------------------------------------------------------------------------------------


def _sought_pack(source: Source, values: Values, sought: Sought) -> Values:
    """With a lot: in it, not in it, or in another one. Without: in the one that has the serial."""
    gtin, serial = str(sought.gtin), str(sought.serial)
    mark = marks.mark(marks.tag(gtin, serial))
    if sought.lot is None:
        found, complete = search(source, mark, gtin, without=None)
        if found is not None:
            return _pack(source, found, sought.place)
        return {**values, "absent": _absent(values, (facts.SERIAL, complete))}
    name = batch_name(gtin, sought.lot)
    answer = look(source, name, mark)
    if answer.slot is not None:
        return _pack(source, Found(name, answer.slot), sought.place)
    values = _with_batch(source, name, sought.place)
    other, _ = search(source, mark, gtin, without=name)
    return {**values, "absent": _absent(values, (facts.SERIAL, answer.shown)), "other_lot": other.name.lot if other else None}


def _pack(source: Source, found: Found, place: str | None) -> Values:
    """The batch, the run that covers the slot, and what belongs to its state."""
    view, common = source.view, _with_batch(source, found.name, place)
    covering = find_run(view, found.name, found.slot)
    if covering is None:
        return {**common, "slot": found.slot}
    start, run = covering
    values = {
        **common,
        "slot": found.slot,
        "run": run_fact(start, run),
        "recalls": _merged(common["recalls"], _recalls(view, run["recalls"])),
        "holder": common["place"] if run["site"] == place else site_fact(view, run["site"]),
    }
    if run["state"] == "loose" and place:
        stock = entries.find_stock(view, found.name, place)
        values["stock"] = facts.Stock(stock["named"], stock["loose"]) if stock else None
        values["absent"] = _absent(values, (facts.STOCK, stock is None))
    if run["state"] == "moving" and run["shipment"]:
        shipment = entries.find_shipment(view, run["shipment"])
        values["shipment"] = facts.Shipment(shipment["from"], shipment["to"], shipment["since"]) if shipment else None
    return values


# --- single entries ----------------------------------------------------------------------------------------------------------


def batch_fact(name: BatchName, batch: shapes.Batch) -> facts.Batch:
    """What a batch's entry says."""
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


def source_fact(view: StateView, source: shapes.Source) -> facts.Source:
    """A batch that another was repacked from, with the recalls that reach it."""
    batch = entries.find_batch(view, batch_name(source["gtin"], source["lot"]))
    product = entries.find_product(view, source["gtin"])
    numbers = [*(batch["recalls"] if batch else ()), *(product["recalls"] if product else ())]
    return facts.Source(f"{source['gtin']}/{source['lot']}", tuple(dict.fromkeys(numbers)))


def product_fact(product: shapes.Product) -> facts.Product:
    """What a product's entry says."""
    return facts.Product(
        owner=product["owner"],
        names=product["names"],
        markets=tuple(entries.authorised_markets(product)),
        joined=product["joined"],
        shelf_months=product["shelf_months"],
        recalls=tuple(product["recalls"]),
        withdrawn=tuple(product["withdrawn"]),
    )


def run_fact(start: int, run: shapes.Run) -> facts.Run:
    """What a run's entry says."""
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
    return tuple(found for number in numbers if (found := recall_fact(view, number)) is not None)


def recall_fact(view: StateView, number: str) -> facts.Recall | None:
    """A recall, or None."""
    found = entries.find_recall(view, number)
    return None if found is None else facts.Recall(number, found["class"], found["depth"], tuple(found["markets"]), found["status"])


def _merged(left: tuple[facts.Recall, ...], right: tuple[facts.Recall, ...]) -> tuple[facts.Recall, ...]:
    return tuple({recall.number: recall for recall in (*left, *right)}.values()) if right else left


def key_fact(view: StateView, text: str) -> facts.Key | None:
    """A key, or None."""
    key = queries.find_key(view, text)
    return None if key is None else facts.Key(text, key["party"], key["compromised_since"])


def site_fact(view: StateView, gln: str | None) -> facts.Site | None:
    """A site, or None."""
    site = queries.find_site(view, gln) if gln else None
    if gln is None or site is None:
        return None
    return facts.Site(gln, site["party"], site["kind"], site["names"], site["region"], site["country"])


def market_fact(view: StateView, place: facts.Site | None, market: str | None) -> facts.Market | None:
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
