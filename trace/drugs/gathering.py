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
    view = source.view
    product = entries.find_product(view, sought.gtin) if sought.gtin else None
    place = site_fact(view, sought.place)
    values: Values = {**_UNKNOWN, "place": place, "market": market_fact(view, place, None)}
    named = sought.gtin is not None or sought.serial is not None
    _add_absent(values, (facts.PRODUCT, product is None and named), (facts.PLACE, bool(sought.place) and place is None))
    if product is not None and sought.gtin is not None:
        values |= {"product": product_fact(product), "recalls": _recalls(view, product["recalls"])}
        if slot is not None and sought.lot is not None:
            _add_pack(view, values, Found(batch_name(sought.gtin, sought.lot), slot), sought.place)
        elif sought.serial is not None:
            _find_pack(source, values, sought)
        elif sought.lot is not None:
            _add_batch(view, values, batch_name(sought.gtin, sought.lot))
    return Facts(**values)


def _add_absent(values: Values, *candidates: tuple[str, bool]) -> None:
    values["absent"] = (*values["absent"], *(name for name, absent in candidates if absent))


# --- the pack ----------------------------------------------------------------------------------------------------------------


def _find_pack(source: Source, values: Values, sought: Sought) -> None:
    """With a lot: in it, not in it, or in another one. Without: in the one that has the serial."""
    gtin, serial = str(sought.gtin), str(sought.serial)
    mark = marks.mark(marks.tag(gtin, serial))
    if sought.lot is None:
        found, complete = search(source, mark, gtin, without=None)
        if found is not None:
            _add_pack(source.view, values, found, sought.place)
        else:
            _add_absent(values, (facts.SERIAL, complete))
        return
    name = batch_name(gtin, sought.lot)
    answer = look(source, name, mark)
    if answer.slot is not None:
        _add_pack(source.view, values, Found(name, answer.slot), sought.place)
        return
    _add_batch(source.view, values, name)
    _add_absent(values, (facts.SERIAL, answer.shown))
    other, _ = search(source, mark, gtin, without=name)
    values["other_lot"] = other.name.lot if other else None


def _add_pack(view: StateView, values: Values, found: Found, place: str | None) -> None:
    """The batch, the run that covers the slot, and what belongs to its state."""
    _add_batch(view, values, found.name)
    values["slot"] = found.slot
    covering = find_run(view, found.name, found.slot)
    if covering is None:
        return
    start, run = covering
    values |= {
        "run": run_fact(start, run),
        "recalls": _merged(values["recalls"], _recalls(view, run["recalls"])),
        "holder": values["place"] if run["site"] == place else site_fact(view, run["site"]),
    }
    if run["state"] == "loose" and place:
        stock = entries.find_stock(view, found.name, place)
        values["stock"] = facts.Stock(stock["named"], stock["loose"]) if stock else None
        _add_absent(values, (facts.STOCK, stock is None))
    if run["state"] == "moving" and run["shipment"]:
        shipment = entries.find_shipment(view, run["shipment"])
        values["shipment"] = facts.Shipment(shipment["from"], shipment["to"], shipment["since"]) if shipment else None


# --- the batch ---------------------------------------------------------------------------------------------------------------


def _add_batch(view: StateView, values: Values, name: BatchName) -> None:
    """The batch with its recalls, sources and signers, and the market that decides; or that there is none."""
    batch = entries.find_batch(view, name)
    if batch is None:
        _add_absent(values, (facts.BATCH, True))
        return
    sources = tuple(source_fact(view, source) for source in batch.get("sources", ()))
    numbers = [*batch["recalls"], *(number for source in sources for number in source.recalls)]
    signers = dict.fromkeys([batch["signer"], *(release["key"] for release in batch["releases"])])
    values |= {
        "market": values["market"] or market_fact(view, None, batch["market"]),
        "batch": batch_fact(name, batch),
        "recalls": _merged(values["recalls"], _recalls(view, numbers)),
        "sources": sources,
        "keys": tuple(key for text in signers if (key := key_fact(view, text)) is not None),
    }


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


# --- single entries ----------------------------------------------------------------------------------------------------------


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
    return tuple({recall.number: recall for recall in (*left, *right)}.values())


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
