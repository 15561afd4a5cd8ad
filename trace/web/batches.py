"""Batches: the list, one batch with its packs and places, and the way of one pack (DOMAIN §3, §7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, render_template, request

from chain.interfaces import StateView, Value
from chain.node import Node
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.journey import Traveller, travel
from trace.web import names
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.journey import stops
from trace.web.models import Stop
from trace.web.parameters import number
from trace.web.settings import PAGE_ROWS
from trace.web.words import run_state, tally_rows

bp = Blueprint("batches", __name__)

RUNS_SHOWN = 200
"""Runs of a batch on its page."""
STOCKS_SHOWN = 200
"""Places of a batch on its page."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a list."""

    gtin: str
    """Its GTIN."""
    lot: str
    """Its lot."""
    entry: Value
    """Its state entry."""
    product: Any
    """Name of the product."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of a batch."""

    start: int
    """First slot."""
    entry: Value
    """Its state entry."""
    state: Mapping[str, str]
    """Its state in words."""
    place: Any
    """Where it is, by name."""

    @property
    def packs(self) -> int:
        """Packs in it."""
        return int(self.entry["end"]) - self.start


def split(key: str) -> tuple[str, str]:
    """GTIN and lot in a key `batch/<gtin>/<lot>`."""
    _, gtin, lot = key.split("/")
    return gtin, unquote(lot)


def all_batches(view: StateView, after: str = "") -> Iterator[BatchRow]:
    """Batches in order of their keys."""
    for key, entry in view.scan("batch/", after):
        gtin, lot = split(key)
        product = view.get(f"product/{gtin}")
        yield BatchRow(gtin, lot, entry, product["names"] if product else gtin)


def find(view: StateView, gtin: str, lot: str) -> tuple[BatchName, Value]:
    """A batch's name and entry. Raises Problem 404."""
    name = batch_name(gtin, lot)
    entry = view.get(name.batch_key) if gtin.isdecimal() and len(gtin) == 14 and len(lot) <= 20 else None
    if entry is None:
        raise Problem(404, "web.not_found", "a batch on this ledger", f"{gtin} {lot}")
    return name, entry


@bp.get("/batches")
def index() -> str:
    """All batches, a page at a time."""
    after = request.args.get("after", "")
    view = ledger().node.view()
    rows = list(islice(all_batches(view, after if after.startswith("batch/") else ""), PAGE_ROWS + 1))
    return render_template("batches/index.html", rows=rows[:PAGE_ROWS], more=len(rows) > PAGE_ROWS, batch_name=batch_name)


@bp.get("/batches/<gtin>/<path:lot>")
def show(gtin: str, lot: str) -> str:
    """One batch: what is registered, where its packs are, what happened to it."""
    node = ledger().node
    view = node.view()
    name, entry = find(view, gtin, lot)
    return render_template(
        "batches/batch.html",
        gtin=gtin,
        lot=lot,
        entry=entry,
        product=view.get(f"product/{gtin}"),
        tally=tally_rows(view.get(name.tally_key)),
        stocks=list(islice(stocks(view, name), STOCKS_SHOWN)),
        runs=list(islice(runs(view, name), RUNS_SHOWN)),
        maker=names.party_name(view, entry["maker"]),
        site=names.party_name(view, entry["site"]),
        releases=[(release, names.party_name(view, release["party"])) for release in entry["releases"]],
        stops=stops(node, travel(node, Traveller(name, None, member=True)).passages),
        offset=offset_of(view, entry),
    )


def offset_of(view: StateView, entry: Value) -> int:
    """Minutes from UTC in the market of a batch."""
    market = view.get(f"market/{entry['market']}")
    return int(market["offset_minutes"]) if market else 0


def stocks(view: StateView, name: BatchName) -> Iterator[tuple[str, Any, Value]]:
    """(GLN, name, stock) of the places that hold packs of a batch."""
    for key, stock in view.scan(name.stock_folder):
        if stock["named"] or stock["loose"]:
            gln = key.removeprefix(name.stock_folder)
            yield gln, names.party_name(view, gln), stock


def runs(view: StateView, name: BatchName) -> Iterator[RunRow]:
    """The runs of a batch in slot order."""
    for key, run in view.scan(name.run_folder):
        place = names.party_name(view, run["site"]) if run["site"] else destination(view, run)
        yield RunRow(int(key[-8:]), run, run_state(run["state"]), place)


def destination(view: StateView, run: Value) -> Any:
    """Where a moving run goes."""
    shipment = view.get(f"shipment/{run['shipment']}") if run["shipment"] else None
    return names.party_name(view, shipment["to"]) if shipment else ""


@bp.get("/journeys/<gtin>/<path:lot>")
def journey(gtin: str, lot: str) -> str:
    """The way of one pack, by its slot."""
    node = ledger().node
    view = node.view()
    name, entry = find(view, gtin, lot)
    slot = number("slot", 0, (0, max(entry["count"] - 1, 0)))
    start, run = run_at(view, name, slot)
    return render_template(
        "batches/journey.html",
        gtin=gtin,
        lot=lot,
        slot=slot,
        run=RunRow(start, run, run_state(run["state"]), names.party_name(view, run["site"]) if run["site"] else destination(view, run)),
        count=entry["count"],
        product=view.get(f"product/{gtin}"),
        stops=way(node, name, start),
        offset=offset_of(view, entry),
    )


def run_at(view: StateView, name: BatchName, slot: int) -> tuple[int, Value]:
    """The run that covers a slot, with its first slot."""
    found = view.floor(name.run_folder, name.run_key(slot))
    if found is None:
        raise Problem(404, "web.not_found", "a run that covers the slot", slot)
    return int(found[0][-8:]), found[1]


def way(node: Node, name: BatchName, start: int) -> list[Stop]:
    """The way of a run, for members."""
    return stops(node, travel(node, Traveller(name, name.run_key(start), member=True)).passages)
