"""Histories of runs: splitting, the way of one pack, the node's index (DOMAIN §3, S-09)."""

import hashlib

import pytest

from chain.errors import Fault
from chain.interfaces import Changes
from chain.state import advance
from tests.trace.drugs.goods import GTIN, Trade, batch_body, line
from tests.trace.world import BRIDGE, HILLSIDE, NORTH, PLANT
from trace.drugs.draft import Draft
from trace.drugs.runs import change_runs, find_run, gather, walk


def last_changes(trade: Trade, kind: str, body: dict[str, object], signer: str, **more: object) -> Changes:
    trade.world.advance()
    return trade.world.put(trade.world.sign(kind, body, signer, **more))


def test_named_part_gets_the_event_and_the_rest_keeps_the_history(trade: Trade) -> None:
    before = trade.run("A", 120)
    start, key = 120, trade.run_key("A", 120)
    transaction = trade.world.sign("drugs.loosen", {"site": PLANT, "gtin": GTIN, "lot": "A", "ranges": [[130, 140]]}, "maker/line")
    changes = trade.world.put(transaction)
    left, middle, right = (trade.run("A", slot) for slot in (start, 130, 140))
    origin = before["history"].get("of", key)
    assert (left["end"], left["history"]) == (130, before["history"])
    assert (right["end"], right["history"]) == (200, {**before["history"], "of": origin})
    assert middle["history"] == advance(before["history"], transaction.id, trade.world.block)
    assert [(trail.key, trail.number, trail.origin) for trail in changes.trails if trail.key.startswith("run/")] == [
        (trade.run_key("A", 130), before["history"]["n"] + 1, origin)
    ]


def test_parts_of_one_run_share_one_head(trade: Trade) -> None:
    trade.loosen(PLANT, "A", (130, 140), (150, 160), (199, 200))
    assert trade.run("A", 130)["history"] == trade.run("A", 150)["history"] == trade.run("A", 199)["history"]
    assert "of" not in trade.run("A", 199)["history"]


def test_of_always_names_where_the_events_are_indexed(trade: Trade) -> None:
    """Sold one after the other, each remainder is split from a remainder; `of` still names the run that had the last event."""
    key = trade.run_key("A", 0)
    for slot in range(5):
        trade.dispense(BRIDGE, "A", slot)
    assert trade.run("A", 5)["history"]["of"] == key
    changes = last_changes(trade, "drugs.loosen", {"site": BRIDGE, "gtin": GTIN, "lot": "A", "ranges": [[5, 6]]}, "bridge/till")
    run_trails = [trail for trail in changes.trails if trail.key == trade.run_key("A", 5)]
    assert [(trail.number, trail.origin) for trail in run_trails] == [(trade.run("A", 5)["history"]["n"], key)]


def test_way_of_a_pack_from_factory_to_counter(trade: Trade) -> None:
    events: list[tuple[bytes, int, int]] = []
    for kind in ("batch", "ship", "receive", "ship", "receive", "dispense"):
        if kind == "batch":
            trade.counts["W"] = 100
            transaction = trade.do("drugs.batch", batch_body("W"), "maker/line")
            trade_events = (transaction.id, trade.world.height, trade.world.time)
            trade.release("W")
        elif kind == "ship":
            way = (PLANT, NORTH) if len(events) == 1 else (NORTH, HILLSIDE)
            shipment = trade.ship(way, line("W", (10, 50)))
            trade_events = (bytes.fromhex(shipment), trade.world.height, trade.world.time)
        elif kind == "receive":
            transaction = trade.receive(shipment, line("W", (10, 50)))
            trade_events = (transaction.id, trade.world.height, trade.world.time)
        else:
            transaction = trade.dispense(HILLSIDE, "W", 33)
            trade_events = (transaction.id, trade.world.height, trade.world.time)
        events.append(trade_events)
    head = bytes(32)
    for number, (identity, height, time) in enumerate(events, 1):
        numbers = b"".join(value.to_bytes(8, "big") for value in (number, height, time))
        head = hashlib.sha256(b"pharmatrace/history/v1\x00" + head + numbers + identity).digest()
    assert trade.run("W", 33)["history"] == {"n": 6, "head": head.hex()}
    assert trade.run("W", 34)["history"]["n"] == 5
    assert trade.run("W", 50)["history"]["n"] == 1


def test_walking_and_finding_runs(trade: Trade) -> None:
    view, name = trade.world.view, trade.name_of("A")
    parts = list(walk(view, name, [[10, 50], [58, 130]]))
    assert [(part.start, part.end) for part in parts] == [(10, 40), (40, 50), (58, 60), (60, 120), (120, 130)]
    assert sum(part.count for part in parts) == 112
    assert find_run(view, name, 200) is None
    assert find_run(view, trade.name_of("X"), 0) is None
    assert [part.start for part in gather(view, name, [[0, 200]], 4)] == [0, 40, 60, 120]


def test_a_hole_in_the_runs_is_a_fault(trade: Trade) -> None:
    key = trade.run_key("A", 40)
    trade.change(key, end=50)
    with pytest.raises(Fault) as caught:
        list(walk(trade.world.view, trade.name_of("A"), [[45, 60]]))
    assert caught.value.code == "drugs.invariant.runs"
    trade.change(key, end=60)


def test_parts_may_come_in_any_order(trade: Trade) -> None:
    transaction = trade.world.sign("drugs.ship", {}, "maker/line")
    name = trade.name_of("A")
    forward, backward = (Draft(trade.world.view, transaction, trade.world.block) for _ in range(2))
    changes = [(part, {"attempts": 1}) for part in gather(trade.world.view, name, [[5, 10], [30, 50], [55, 57]])]
    change_runs(forward, name, changes)
    change_runs(backward, name, changes[::-1])
    assert forward.changes().values == backward.changes().values
