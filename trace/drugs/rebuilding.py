"""Facts from proven entries alone, for the same verdict that a node gives (PROTOCOL §8, steps 6-10; DOMAIN §10.5).

As `trace.drugs.gathering`, over evidence: what is not shown stays None and leaves a gap, what is proven absent is named in `absent`.
"""

from dataclasses import fields, replace
from functools import partial
from typing import Any, cast

from chain.errors import Malformed
from chain.interfaces import Value
from trace.drugs import entries, facts, gathering
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.facts import Facts
from trace.drugs.identifying import Located
from trace.drugs.plain import dump, load
from trace.drugs.proven import Gap, Proven
from trace.drugs.runs import find_run
from trace.drugs.shapes import Batch, Product, Run
from trace.gs1.item import Item
from trace.parties import queries

Values = dict[str, Any]
"""Fields of `Facts` while they are put together."""


def rebuild(proven: Proven, code: Item, located: Located, place: str | None) -> Facts:
    """What the evidence shows of the code. Raises Malformed `evidence.state.value` for entries that are not what DOMAIN §3 says."""
    values: Values = {field.name: getattr(facts.NOTHING, field.name) for field in fields(Facts)} | {"evidence": facts.VERIFIED}
    _add_place(proven, values, place)
    product = _look(proven, values, facts.PRODUCT, entries.product_key(str(code.gtin)))
    if product is not None:
        values["product"] = gathering.product_fact(cast(Product, product))
        _add_recalls(proven, values, product["recalls"])
        if code.lot is not None:
            _add_batch(proven, values, batch_name(str(code.gtin), code.lot))
            _add_pack(proven, values, batch_name(str(code.gtin), code.lot), located, place)
    return _strict(values)


def cap_freshness(found: Facts, max_age_s: int) -> Facts:
    """No evidence counts as fresh for longer than the anchor says (PROTOCOL §8, 4)."""
    if found.market is None:
        return found
    cap, fresh = max_age_s // 60, found.market.fresh_minutes
    capped = facts.Fresh(min(fresh.dispense, cap), min(fresh.trade, cap), min(fresh.consumer, cap))
    return replace(found, market=replace(found.market, fresh_minutes=capped))


def _strict(values: Values) -> Facts:
    """The facts, each of exactly its type."""
    try:
        return load(Facts, dump(Facts(**values)))
    except Malformed as error:
        raise Malformed("evidence.state.value", error.expected, error.found, field=error.field) from error


def _look(proven: Proven, values: Values, absent: str, key: str) -> Value | None:
    """An entry; named in `absent` where it is proven not to be there."""
    try:
        found = proven.get(key)
    except Gap as gap:
        proven.gaps.append(gap)
        return None
    if found is None:
        values["absent"] = (*values["absent"], absent)
    return found


def _add_place(proven: Proven, values: Values, place: str | None) -> None:
    if not place:
        return
    values["place"] = proven.attempt(partial(gathering.site_fact, proven, place))
    if values["place"] is not None:
        values["market"] = proven.attempt(partial(gathering.market_fact, proven, values["place"], None))
    elif proven.entries.get(queries.site_key(place), {}) is None:
        values["absent"] = (*values["absent"], facts.PLACE)


def _add_recalls(proven: Proven, values: Values, numbers: list[str]) -> None:
    """The recalls with these numbers; one that is not shown is left out: its number alone keeps the pack red."""
    known = {recall.number: recall for recall in values["recalls"]}
    for number in numbers:
        found = proven.attempt(partial(gathering.recall_fact, proven, number))
        if found is not None:
            known[number] = found
    values["recalls"] = tuple(known.values())


def _add_batch(proven: Proven, values: Values, name: BatchName) -> None:
    batch = _look(proven, values, facts.BATCH, name.batch_key)
    if batch is None:
        return
    if values["place"] is None:  # where the place is shown, its own market decides, or nobody
        values["market"] = proven.attempt(partial(gathering.market_fact, proven, None, batch["market"]))
    sources = [proven.attempt(partial(gathering.source_fact, proven, source)) for source in batch.get("sources", ())]
    shown = tuple(source for source in sources if source is not None)
    signers = dict.fromkeys([batch["signer"], *(release["key"] for release in batch["releases"])])
    found = [proven.attempt(partial(gathering.key_fact, proven, text)) for text in signers]
    values |= {
        "batch": gathering.batch_fact(name, cast(Batch, batch)),
        "sources": shown,
        "keys": tuple(key for key in found if key is not None),
    }
    _add_recalls(proven, values, [*batch["recalls"], *(number for source in shown for number in source.recalls)])


def _add_pack(proven: Proven, values: Values, name: BatchName, located: Located, place: str | None) -> None:
    """The slot, the run that covers it, and what belongs to its state."""
    if located.absent:
        values["absent"] = (*values["absent"], facts.SERIAL)
    values["other_lot"], values["slot"] = located.other_lot, located.slot
    if located.slot is None or values["batch"] is None:
        return
    covering = proven.attempt(partial(covering_run, proven, name, located.slot))
    if covering is None:
        return
    start, run = covering
    same = run["site"] == place and values["place"] is not None
    values["run"] = gathering.run_fact(start, run)
    values["holder"] = values["place"] if same else proven.attempt(partial(gathering.site_fact, proven, run["site"]))
    _add_recalls(proven, values, run["recalls"])
    if run["state"] == "loose" and place:
        stock = _look(proven, values, facts.STOCK, name.stock_key(place))
        values["stock"] = facts.Stock(stock["named"], stock["loose"]) if stock else None
    if run["state"] == "moving" and run["shipment"]:
        shipment = proven.attempt(partial(entries.find_shipment, proven, run["shipment"]))
        values["shipment"] = facts.Shipment(shipment["from"], shipment["to"], shipment["since"]) if shipment else None


def covering_run(proven: Proven, name: BatchName, slot: int) -> tuple[int, Run]:
    """(first slot, run) of the run that covers the slot. Raises Gap where none is shown."""
    found = find_run(proven, name, slot)
    if found is None:
        raise Gap("evidence.state.missing", name.run_key(slot))
    return found
