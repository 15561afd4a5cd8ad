"""I1-I5 of DOMAIN §3 over a whole state, and the counts that keep sites from closing. `audit` and the tests call it after a block.

Everything is read once, in order of keys; of a batch only sums are kept, of a shipment its ranges.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote

from chain.errors import Fault
from chain.interfaces import StateView
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.ranges import Ranges, covers
from trace.drugs.shapes import HELD_STATES, Batch, Line, Run, Shipment, Stock, Tally
from trace.parties.occupancy import occupancy


@dataclass(slots=True)
class Road:
    """What is on its way, by shipment and by batch."""

    shipments: dict[str, Shipment] = field(default_factory=dict)
    """Every shipment."""
    sent: dict[tuple[str, BatchName], list[list[int]]] = field(default_factory=dict)
    """The slots that a shipment's lines name."""
    loose: Counter[BatchName] = field(default_factory=Counter)
    """Loose packs in open shipments."""
    still_open: Counter[str] = field(default_factory=Counter)
    """Packs found open in a shipment: loose ones and moving runs."""


def validate_invariants(view: StateView) -> None:
    """Raises Fault `drugs.invariant.*` naming batch and slot, shipment or site."""
    road, occupied = _read_road(view), Counter[str]()
    for key, value in view.scan("batch/"):
        name = _name_of(key)
        _validate_batch(view, name, cast(Batch, value), road)
        occupied.update(site for site, stock in _stock_of(view, name) if stock["named"] or stock["loose"])
    _validate_shipments(road)
    _validate_occupancy(view, occupied, road)


def _name_of(key: str) -> BatchName:
    _, gtin, lot = key.split("/")
    return batch_name(gtin, unquote(lot))


def _read_road(view: StateView) -> Road:
    road = Road({key.removeprefix("shipment/"): cast(Shipment, value) for key, value in view.scan("shipment/")})
    for key, value in view.scan("line/"):
        shipment, line = key.split("/")[1], cast(Line, value)
        name = batch_name(line["gtin"], line["lot"])
        if line["ranges"] is not None:
            road.sent.setdefault((shipment, name), []).extend(line["ranges"])
        elif road.shipments[shipment]["status"] == "open":
            road.loose[name] += line["loose"] or 0
            road.still_open[shipment] += line["loose"] or 0
    return road


def _runs_of(view: StateView, name: BatchName) -> Iterator[tuple[int, Run]]:
    for key, value in view.scan(name.run_folder):
        yield int(key[-8:]), cast(Run, value)


def _stock_of(view: StateView, name: BatchName) -> Iterator[tuple[str, Stock]]:
    for key, value in view.scan(name.stock_folder):
        yield key.removeprefix(name.stock_folder), cast(Stock, value)


def _validate_batch(view: StateView, name: BatchName, batch: Batch, road: Road) -> None:
    """I1 on the way through the runs; then the sums of the batch."""
    states, held = Counter[str](), Counter[str]()
    slot = 0
    for start, run in _runs_of(view, name):
        if start != slot or run["end"] <= start:
            raise Fault("drugs.invariant.runs", f"a run of {name.path} from slot {slot} on", f"{start} to {run['end']}")
        states[run["state"]] += run["end"] - start
        if run["state"] == "active":
            held[run["site"] or ""] += run["end"] - start
        if run["state"] == "moving":
            _validate_moving(name, start, run, road)
        slot = run["end"]
    if slot != batch["count"]:
        raise Fault("drugs.invariant.runs", f"runs of {name.path} up to slot {batch['count']}", slot)
    _validate_stock(view, name, held)
    _validate_loose(view, name, batch, states["loose"], road.loose[name])
    _validate_tally(view, name, batch, states, road.loose[name])


def _validate_moving(name: BatchName, start: int, run: Run, road: Road) -> None:
    """I4 for one run: it lies inside a line of its open shipment."""
    key, place = run["shipment"] or "", f"slot {start} of {name.path}"
    shipment = road.shipments.get(key)
    sent: Ranges = road.sent.get((key, name), [])
    if shipment is None or shipment["status"] != "open" or not covers(sent, start, run["end"]):
        raise Fault("drugs.invariant.moving", f"{place} in a line of an open shipment", f"shipment {key or 'none'}")
    road.still_open[key] += run["end"] - start


def _validate_stock(view: StateView, name: BatchName, held: Counter[str]) -> None:
    """I3."""
    named = Counter({site: stock["named"] for site, stock in _stock_of(view, name)})
    for site in sorted({*named, *held}):
        if named[site] != held[site]:
            raise Fault("drugs.invariant.stock", f"{held[site]} named packs of {name.path} at {site}", named[site])


def _validate_loose(view: StateView, name: BatchName, batch: Batch, loose_runs: int, moving: int) -> None:
    """I2; no site holds less than nothing."""
    at_sites = [stock["loose"] for _, stock in _stock_of(view, name)]
    total = sum(at_sites) + moving + batch["loose_missing"]
    if total != loose_runs or min(at_sites, default=0) < 0:
        raise Fault("drugs.invariant.loose", f"{loose_runs} loose packs of {name.path}", f"{total}, at sites {at_sites}")


def _validate_tally(view: StateView, name: BatchName, batch: Batch, states: Counter[str], loose_moving: int) -> None:
    """I5, place by place."""
    tally = cast(Tally, view.get(name.tally_key))
    ended = Counter({state: packs for state, packs in states.items() if state not in HELD_STATES})
    ended["missing"] += batch["loose_missing"]
    expected = {"at_sites": sum(stock["named"] + stock["loose"] for _, stock in _stock_of(view, name))}
    expected["moving"] = states["moving"] + loose_moving
    found = {"at_sites": tally["at_sites"], "moving": tally["moving"]}
    total = tally["at_sites"] + tally["moving"] + sum(tally["ended"].values())
    if expected != found or +ended != +Counter(tally["ended"]) or not total == tally["count"] == batch["count"]:
        raise Fault("drugs.invariant.tally", f"{name.path}: {expected}, ended {dict(ended)}, {batch['count']} in all", dict(tally))


def _validate_shipments(road: Road) -> None:
    """I4 for whole shipments: what is written as open is what was found open."""
    for key, shipment in road.shipments.items():
        found = road.still_open[key]
        if shipment["open"] != found or (shipment["status"] == "open") != (found > 0):
            raise Fault("drugs.invariant.moving", f"{found} packs open in shipment {key}", f"{shipment['open']}, {shipment['status']}")


def _validate_occupancy(view: StateView, batches: Counter[str], road: Road) -> None:
    """What a site holds and waits for is counted (parties.site.not_empty)."""
    waiting = Counter[str]()
    for shipment in road.shipments.values():
        if shipment["status"] == "open":
            waiting.update((shipment["from"], shipment["to"]))
    for key, _ in view.scan("site/"):
        site = key.removeprefix("site/")
        found, expected = occupancy(view, site), {"batches": batches[site], "shipments": waiting[site]}
        if dict(found) != expected:
            raise Fault("drugs.invariant.occupancy", f"{expected} at {site}", dict(found))
