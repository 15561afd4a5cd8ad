"""What pages and commands read of medicines: lists, where the packs of a batch are, the reach of a recall, what is open at a site.

Everything is read from a state view, so an answer belongs to one block. Sums are checked: where they do not fit, the difference is named.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast
from urllib.parse import unquote

from chain.interfaces import StateView, Value
from trace.drugs import entries
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.membership import batches_of
from trace.drugs.runs import walk
from trace.drugs.shapes import Shipment, Tally
from trace.parties import queries as parties
from trace.parties.occupancy import occupancy

GROUPS: Mapping[str, str] = {
    "plant": "makers", "warehouse": "distributors", "shop": "pharmacies", "hospital_pharmacy": "hospitals", "ward": "hospitals",
    "theatre": "hospitals", "office": "others",
}  # fmt: skip
"""Site kind -> group of holders in the reach of a recall (DOMAIN §12)."""
PAGE = 100
"""Entries of a list that are given at a time."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    rows: tuple[tuple[tuple[str, ...], Value], ...]
    """(parts of the key after the folder, decoded; entry) in order of the keys."""
    after: str | None
    """Where the next part begins; None at the end."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one site has of the packs in question."""

    site: str
    """GLN."""
    group: str
    """Its group, a value of GROUPS."""
    named: int
    """Packs known one by one."""
    loose: int
    """Packs known by number."""

    @property
    def packs(self) -> int:
        """All of them."""
        return self.named + self.loose


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where all packs of a batch, a product or a recall are."""

    count: int
    """Packs in question."""
    holdings: tuple[Holding, ...]
    """Sites that have some, most packs first."""
    moving: int
    """Packs on the road."""
    ended: Mapping[str, int]
    """Ended state -> packs."""
    elsewhere: int = 0
    """Loose packs of single recalled ones: held somewhere by number, nobody knows where."""

    @property
    def groups(self) -> Mapping[str, int]:
        """Group of holders -> packs."""
        found: Counter[str] = Counter()
        for holding in self.holdings:
            found[holding.group] += holding.packs
        return dict(found)

    @property
    def unaccounted(self) -> int:
        """Packs that the sums lack (above 0) or have too many (below): 0 on every ledger whose invariants hold."""
        return self.count - sum(holding.packs for holding in self.holdings) - self.moving - sum(self.ended.values()) - self.elsewhere


def list_entries(view: StateView, folder: str, after: str = "", limit: int = PAGE) -> Page:
    """A part of all entries below a folder such as `batch`, `product`, `recall`, `shipment`."""
    start = f"{folder}/"
    found = list(islice(view.scan(start, after if after.startswith(start) else ""), limit + 1))
    rows = tuple((tuple(unquote(part) for part in key[len(start) :].split("/")), entry) for key, entry in found[:limit])
    return Page(rows, found[limit - 1][0] if len(found) > limit else None)


# --- where packs are ---------------------------------------------------------------------------------------------------------


def whereabouts(view: StateView, *names: BatchName) -> Whereabouts:
    """Where the packs of these batches are, by tally and stock."""
    count = moving = 0
    ended: Counter[str] = Counter()
    held: dict[str, list[int]] = {}
    for name in names:
        tally = cast(Tally | None, view.get(name.tally_key))
        if tally is None:
            continue
        count, moving = count + tally["count"], moving + tally["moving"]
        ended.update(tally["ended"])
        for key, stock in view.scan(name.stock_folder):
            sums = held.setdefault(key[len(name.stock_folder) :], [0, 0])
            sums[0] += stock["named"]
            sums[1] += stock["loose"]
    return Whereabouts(count, _holdings(view, held), moving, dict(+ended))


def reach(view: StateView, number: str) -> Whereabouts | None:
    """Where the packs of a recall are; None where there is no such recall."""
    recall = entries.find_recall(view, number)
    if recall is None:
        return None
    scope = recall["scope"]
    if "packs" in scope:
        return _reach_of_packs(view, number, scope)
    names = [batch_name(scope["gtin"], scope["lot"])] if "lot" in scope else list(batches_of(view, scope["gtin"]))
    return whereabouts(view, *names)


def _reach_of_packs(view: StateView, number: str, scope: Mapping[str, Any]) -> Whereabouts:
    """A recall of single packs: by the runs that its ranges cover."""
    name = batch_name(scope["gtin"], scope["lot"])
    ended: Counter[str] = Counter()
    held: dict[str, list[int]] = {}
    moving = elsewhere = 0
    for ranges in recalled_ranges(view, number):
        for part in walk(view, name, ranges):
            state = part.run["state"]
            if state == "active" and part.run["site"] is not None:
                held.setdefault(part.run["site"], [0, 0])[0] += part.count
            elif state == "moving":
                moving += part.count
            elif state == "loose":
                elsewhere += part.count
            else:
                ended[state] += part.count
    return Whereabouts(scope["packs"], _holdings(view, held), moving, dict(ended), elsewhere)


def recalled_ranges(view: StateView, number: str) -> Iterator[list[list[int]]]:
    """The ranges of a recall of single packs, an entry at a time."""
    for chunk in range(1 << 31):
        found = view.get(entries.recall_range_key(number, chunk))
        if found is None:
            return
        yield found["ranges"]


def _holdings(view: StateView, held: Mapping[str, list[int]]) -> tuple[Holding, ...]:
    found = [Holding(site, _group(view, site), named, loose) for site, (named, loose) in held.items() if named or loose]
    return tuple(sorted(found, key=lambda holding: (-holding.packs, holding.site)))


def _group(view: StateView, gln: str) -> str:
    site = parties.find_site(view, gln)
    return GROUPS.get(site["kind"], "others") if site else "others"


# --- shipments ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenShipment:
    """A shipment that is not finished."""

    id: str
    """Hex id of the transaction that began it."""
    shipment: Shipment
    """Its entry."""
    incoming: bool
    """Does it go to the site? Else it comes from it."""


def open_shipments(view: StateView, site: str) -> list[OpenShipment]:
    """The open shipments to and from a site, oldest first. Reading stops when all that the site's count knows of are found."""
    wanted, found = occupancy(view, site)["shipments"], []
    scanned = view.scan("shipment/") if wanted else iter(())
    for key, entry in scanned:
        shipment = cast(Shipment, entry)
        if shipment["status"] == "open" and site in (shipment["from"], shipment["to"]):
            found.append(OpenShipment(key.removeprefix("shipment/"), shipment, shipment["to"] == site))
            if len(found) >= wanted:
                break
    return sorted(found, key=lambda each: (each.shipment["since"], each.id))
