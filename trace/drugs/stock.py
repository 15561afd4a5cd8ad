"""What sites hold and where the packs of a batch are, by number: stock, tally, loose packs lost, occupancy of sites (DOMAIN §3).

A rule adds up what it moves in `Books` and writes each sum once, so that a transaction with many lines of one batch is one change.
"""

from typing import Any

from trace.drugs.draft import NEW, Draft
from trace.drugs.entries import BatchName, find_stock
from trace.parties.occupancy import change_occupancy

AT_SITES = "at_sites"
"""Place in a tally: held by sites."""
MOVING = "moving"
"""Place in a tally: in open shipments. Every other place is an ended state."""


class Books:
    """The sums that one transaction changes. `close` writes them into the draft."""

    __slots__ = ("_arrived", "_lost", "_places", "_sites", "_stock")

    def __init__(self) -> None:
        self._stock: dict[tuple[BatchName, str], list[int]] = {}
        self._arrived: set[tuple[BatchName, str]] = set()
        self._places: dict[BatchName, dict[str, int]] = {}
        self._lost: dict[BatchName, int] = {}
        self._sites: dict[str, list[int]] = {}

    def add_named(self, name: BatchName, site: str, count: int) -> None:
        """Named packs come to a site (or leave it, below 0)."""
        self._stock.setdefault((name, site), [0, 0])[0] += count

    def add_loose(self, name: BatchName, site: str, count: int) -> None:
        """Loose packs come to a site (or leave it, below 0); only coming in is an event of the stock."""
        self._stock.setdefault((name, site), [0, 0])[1] += count
        if count > 0:
            self._arrived.add((name, site))

    def move(self, name: BatchName, source: str, target: str, count: int) -> None:
        """Packs change their place in the tally."""
        places = self._places.setdefault(name, {})
        places[source] = places.get(source, 0) - count
        places[target] = places.get(target, 0) + count

    def lose_loose(self, name: BatchName, count: int) -> None:
        """Packs are missing and nobody knows which."""
        self._lost[name] = self._lost.get(name, 0) + count

    def count_shipment(self, source: str, target: str, opened: int) -> None:
        """A shipment opens (1) or closes (-1)."""
        for site in (source, target):
            self._sites.setdefault(site, [0, 0])[1] += opened

    def close(self, draft: Draft) -> None:
        """Writes the new sums and the events that belong to them."""
        for holding, (named, loose) in self._stock.items():
            self._write_stock(draft, holding, named, loose)
        for name, places in self._places.items():
            _write_tally(draft, name, places)
        for name, count in self._lost.items():
            batch: Any = draft.get(name.batch_key)
            draft.record(name.batch_key, {**batch, "loose_missing": batch["loose_missing"] + count})
        for site, (batches, shipments) in self._sites.items():
            draft.put(change_occupancy(draft, site, batches=batches, shipments=shipments))

    def _write_stock(self, draft: Draft, holding: tuple[BatchName, str], named: int, loose: int) -> None:
        """Writes one stock entry, and notes whether the site holds a batch more or less than before."""
        name, site = holding
        key = name.stock_key(site)
        before = find_stock(draft, name, site) or {"named": 0, "loose": 0, "history": NEW}
        after = {"named": before["named"] + named, "loose": before["loose"] + loose, "history": before["history"]}
        if holding in self._arrived:
            draft.record(key, after)
        else:
            draft.put({key: after})
        held, holds = bool(before["named"] or before["loose"]), bool(after["named"] or after["loose"])
        if held != holds:
            self._sites.setdefault(site, [0, 0])[0] += holds - held


def _write_tally(draft: Draft, name: BatchName, places: dict[str, int]) -> None:
    tally: Any = draft.get(name.tally_key)
    changed, ended = dict(tally), dict(tally["ended"])
    for place, count in places.items():
        if place in (AT_SITES, MOVING):
            changed[place] += count
        else:
            ended[place] = ended.get(place, 0) + count
    draft.put({name.tally_key: {**changed, "ended": ended}})
