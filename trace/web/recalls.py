"""The recall board: every recall with its reach, and who still holds packs (DOMAIN §12)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, render_template

from chain.interfaces import StateView, Value
from trace.drugs.entries import BatchName, batch_name, recall_key
from trace.parties import queries
from trace.web import names
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.settings import PAGE_ROWS
from trace.web.words import TallyRow, part_rows

bp = Blueprint("recalls", __name__)

BATCHES_LOOKED_AT = 500
"""Batches of a recalled product whose packs are added up on a page."""
RUNS_LOOKED_AT = 20_000
"""Runs of a batch that are looked at for a recall of single packs."""
HOUR_MS = 3_600_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A place that holds recalled packs."""

    gln: str
    """Its GLN."""
    name: Any
    """Its name."""
    kind: str
    """Its site kind."""
    packs: int
    """Packs there."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the packs of a recall are."""

    concerned: int
    """Packs that the recall concerns."""
    at_sites: int
    """Held by sites."""
    moving: int
    """On the way."""
    ended: Mapping[str, int]
    """State -> packs that have left the supply chain."""
    holders: tuple[Holder, ...]
    """Places that hold some, most packs first."""

    @property
    def rows(self) -> list[TallyRow]:
        """The parts, for a bar."""
        return part_rows(self.concerned, self.at_sites, self.moving, self.ended)

    @property
    def unaccounted(self) -> int:
        """Packs that the sum does not reach; anything but 0 is said on the page."""
        return self.concerned - self.at_sites - self.moving - sum(self.ended.values())


@dataclass(frozen=True, slots=True)
class RecallRow:
    """A recall."""

    number: str
    """Its reference."""
    entry: Value
    """Its state entry."""
    product: Any
    """Name of the product."""
    by: Any
    """Who opened it."""
    reach: Reach
    """Where its packs are."""
    deadline: int
    """When its acknowledgements were due, ms."""

    def overdue_hours(self, now: int) -> int:
        """Hours since the deadline, 0 before it."""
        return max(now - self.deadline, 0) // HOUR_MS if self.entry["status"] == "open" else 0


def batches_of(view: StateView, scope: Mapping[str, Any]) -> Iterator[BatchName]:
    """The batches in a recall's scope."""
    if "lot" in scope:
        yield batch_name(scope["gtin"], scope["lot"])
        return
    folder = f"batch/{scope['gtin']}/"
    for key, _ in islice(view.scan(folder), BATCHES_LOOKED_AT):
        yield batch_name(scope["gtin"], unquote(key.removeprefix(folder)))


def reach_of(view: StateView, number: str, entry: Value) -> Reach:
    """Where the packs of a recall are: by the tally for whole batches, by the marked runs for single packs."""
    if "packs" in entry["scope"]:
        return reach_of_packs(view, number, entry)
    at_sites = moving = concerned = 0
    ended: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for name in batches_of(view, entry["scope"]):
        tally = view.get(name.tally_key)
        if tally is None:
            continue
        concerned, at_sites, moving = concerned + tally["count"], at_sites + tally["at_sites"], moving + tally["moving"]
        ended.update(tally["ended"])
        for key, stock in view.scan(name.stock_folder):
            held[key.removeprefix(name.stock_folder)] += stock["named"] + stock["loose"]
    return Reach(concerned, at_sites, moving, dict(+ended), holders(view, held))


def reach_of_packs(view: StateView, number: str, entry: Value) -> Reach:
    """The same for single packs. Loose packs cannot be told apart, so a recall of packs concerns named ones."""
    name = batch_name(entry["scope"]["gtin"], entry["scope"]["lot"])
    at_sites = moving = 0
    ended: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for key, run in islice(view.scan(name.run_folder), RUNS_LOOKED_AT):
        if number not in run["recalls"]:
            continue
        packs = run["end"] - int(key[-8:])
        if run["state"] in ("active", "loose"):
            at_sites += packs
            held[run["site"] or ""] += packs
        elif run["state"] == "moving":
            moving += packs
        else:
            ended[run["state"]] += packs
    return Reach(entry["scope"]["packs"], at_sites, moving, dict(ended), holders(view, held))


def holders(view: StateView, held: Mapping[str, int]) -> tuple[Holder, ...]:
    """The places that hold some, most packs first."""
    found = []
    for gln, packs in sorted(held.items(), key=lambda pair: (-pair[1], pair[0])):
        site = queries.find_site(view, gln) if gln else None
        if packs:
            name = names.party_name(view, gln) if gln else {"zh": "按数量管理的各处", "en": "counted stock, place by place"}
            found.append(Holder(gln, name, site["kind"] if site else "", packs))
    return tuple(found)


def row(view: StateView, number: str, entry: Value) -> RecallRow:
    """A recall with its reach."""
    product = view.get(f"product/{entry['scope']['gtin']}")
    market = view.get(f"market/{entry['markets'][0]}") if entry["markets"] else None
    hours = market["recall_hours"][str(entry["class"])] if market else 72
    return RecallRow(
        number=number,
        entry=entry,
        product=product["names"] if product else entry["scope"]["gtin"],
        by=names.party_name(view, entry["by"]),
        reach=reach_of(view, number, entry),
        deadline=entry["opened"] + hours * HOUR_MS,
    )


def all_recalls(view: StateView) -> list[RecallRow]:
    """The newest recalls, open ones first."""
    found = [(unquote(key.removeprefix("recall/")), entry) for key, entry in view.scan("recall/")]
    found.sort(key=lambda pair: (pair[1]["status"] != "open", -pair[1]["opened"], pair[0]))
    return [row(view, number, entry) for number, entry in found[:PAGE_ROWS]]


def find(view: StateView, number: str) -> Value:
    """A recall's entry. Raises Problem 404."""
    entry = view.get(recall_key(number)) if 0 < len(number) <= 40 else None
    if entry is None:
        raise Problem(404, "web.not_found", "the number of a recall", number)
    return entry


@bp.get("/recalls")
def board() -> str:
    """All recalls."""
    node = ledger().node
    return render_template("recalls/board.html", rows=all_recalls(node.view()), now=node.clock.now())


@bp.get("/recalls/<path:number>")
def show(number: str) -> str:
    """One recall with everybody who still holds packs."""
    node = ledger().node
    view = node.view()
    entry = find(view, number)
    return render_template(
        "recalls/recall.html", row=row(view, number, entry), now=node.clock.now(), events=node.history(recall_key(number))
    )
