"""What sites hold and where the packs of a batch are, by number: stock, tally, loose packs lost, occupancy of sites (DOMAIN §3).

A rule adds up what it moves in `Books` and writes each sum once, so that a transaction with many lines of one batch is one change.
"""

from collections import Counter
from typing import Any

from trace.drugs.draft import NEW, Draft
from trace.drugs.entries import BatchName, as_value, find_stock
from trace.parties.occupancy import change_occupancy

AT_SITES = "at_sites"
"""Place in a tally: held by sites."""
MOVING = "moving"
"""Place in a tally: in open shipments. Every other place is an ended state."""


class Books:
    """The sums that one transaction changes. `close` writes them into the draft."""

    __slots__ = ("_arrived", "_lost", "_places", "_shipments", "_stock")

    def __init__(self) -> None:
        self._stock: dict[tuple[BatchName, str], list[int]] = {}
        self._arrived: set[tuple[BatchName, str]] = set()
        self._places: dict[BatchName, Counter[str]] = {}
        self._lost: Counter[BatchName] = Counter()
        self._shipments: Counter[str] = Counter()

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
        places = self._places.setdefault(name, Counter())
        places[source] -= count
        places[target] += count

    def lose_loose(self, name: BatchName, count: int) -> None:
        """Packs are missing and nobody knows which."""
        self._lost[name] += count

    def count_shipment(self, source: str, target: str, opened: int) -> None:
        """A shipment opens (1) or closes (-1)."""
        self._shipments[source] += opened
        self._shipments[target] += opened

    def close(self, draft: Draft) -> None:
        """Writes the new sums and the events that belong to them."""
        batches: Counter[str] = Counter()
        for (name, site), (named, loose) in self._stock.items():
            batches[site] += self._write_stock(draft, (name, site), named, loose)
        for name, places in self._places.items():
            _write_tally(draft, name, places)
        for name, count in self._lost.items():
            batch: Any = draft.get(name.batch_key)
            draft.record(name.batch_key, {**batch, "loose_missing": batch["loose_missing"] + count})
        for site in {**batches, **self._shipments}:
            draft.put(change_occupancy(draft, site, batches=batches[site], shipments=self._shipments[site]))

    def _write_stock(self, draft: Draft, holding: tuple[BatchName, str], named: int, loose: int) -> int:
        """Writes one stock entry; returns by how much the number of batches at the site grows: -1, 0 or 1."""
        name, site = holding
        key = name.stock_key(site)
        before = find_stock(draft, name, site) or {"named": 0, "loose": 0, "history": NEW}
        after = {"named": before["named"] + named, "loose": before["loose"] + loose, "history": before["history"]}
        if holding in self._arrived:
            draft.record(key, after)
        else:
            draft.put({key: after})
        return int(bool(after["named"] or after["loose"])) - int(bool(before["named"] or before["loose"]))


def _write_tally(draft: Draft, name: BatchName, places: Counter[str]) -> None:
    tally: Any = as_value(draft.get(name.tally_key))
    ended = dict(tally["ended"])
    for state, count in places.items():
        if state not in (AT_SITES, MOVING):
            ended[state] = ended.get(state, 0) + count
    changed = {AT_SITES: tally[AT_SITES] + places[AT_SITES], MOVING: tally[MOVING] + places[MOVING], "ended": ended}
    draft.put({name.tally_key: {**tally, **changed}})
