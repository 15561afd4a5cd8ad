"""What pages and commands read: lists, sums that fit, the reach of recalls, open shipments."""

from collections import Counter
from typing import Any

import pytest

from tests.trace.drugs.goods import GTIN, Trade, difference, line, loose
from tests.trace.world import BRIDGE, HILLSIDE, NORTH, PLANT, STATION
from trace.drugs import queries
from trace.drugs.queries import Whereabouts


def packs_by_site(found: Whereabouts) -> dict[str, tuple[int, int]]:
    return {holding.site: (holding.named, holding.loose) for holding in found.holdings}


def reach(trade: Trade, number: str) -> Whereabouts:
    found = queries.reach(trade.world.view, number)
    assert found is not None
    return found


def test_where_the_packs_of_a_batch_are(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 3)
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    trade.receive(shipment, line("A", (60, 66)), difference("missing", "A", (66, 68)))
    found = queries.whereabouts(trade.world.view, trade.name_of("A"))
    assert packs_by_site(found) == {PLANT: (80, 0), NORTH: (50, 0), BRIDGE: (45, 0), STATION: (20, 0)}
    assert (found.count, found.moving, dict(found.ended), found.unaccounted) == (200, 2, {"dispensed": 1, "missing": 2}, 0)
    assert found.groups == {"makers": 80, "distributors": 50, "pharmacies": 65}
    assert [holding.packs for holding in found.holdings] == [80, 50, 45, 20]


def test_loose_packs_are_counted_where_they_are(trade: Trade) -> None:
    trade.dispense(HILLSIDE, "L", 9)
    shipment = trade.ship((NORTH, HILLSIDE), loose("L", 5))
    trade.receive(shipment, loose("L", 3), final=True)
    found = queries.whereabouts(trade.world.view, trade.name_of("L"))
    assert packs_by_site(found) == {NORTH: (0, 45), BRIDGE: (0, 30), HILLSIDE: (0, 22)}
    assert (dict(found.ended), found.unaccounted) == ({"dispensed": 1, "missing": 2}, 0)


def test_a_sum_that_does_not_fit_is_named(trade: Trade) -> None:
    key = trade.name_of("A").stock_key(NORTH)
    before = trade.world.get(key)
    trade.change(key, named=55)
    assert queries.whereabouts(trade.world.view, trade.name_of("A")).unaccounted == 5
    trade.change(key, named=before["named"])
    assert queries.whereabouts(trade.world.view, trade.name_of("A")).unaccounted == 0


def test_the_reach_of_a_batch_and_of_a_product(trade: Trade) -> None:
    trade.recall("R-A", {"lot": "A"})
    trade.recall("R-ALL", {})
    assert reach(trade, "R-A").count == 200 and reach(trade, "R-A").unaccounted == 0
    everything = reach(trade, "R-ALL")
    assert (everything.count, everything.unaccounted) == (350, 0)
    assert packs_by_site(everything)[BRIDGE] == (40, 30)
    assert queries.reach(trade.world.view, "R-NONE") is None


def test_the_reach_of_single_packs(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 38)
    trade.ship((NORTH, BRIDGE), line("A", (60, 64)))
    trade.recall("R-P", {"lot": "A", "ranges": [[36, 44], [58, 66], [199, 200]]})
    found = reach(trade, "R-P")
    assert found.count == 17 and found.unaccounted == 0
    assert packs_by_site(found) == {BRIDGE: (3, 0), STATION: (6, 0), NORTH: (2, 0), PLANT: (1, 0)}
    assert (found.moving, dict(found.ended), found.elsewhere) == (4, {"dispensed": 1}, 0)
    trade.recall("R-L", {"lot": "L", "ranges": [[0, 5]]})
    assert (reach(trade, "R-L").elsewhere, reach(trade, "R-L").unaccounted) == (5, 0)


def test_a_recall_of_many_ranges(trade: Trade) -> None:
    trade.commission("M", 1_000)
    trade.recall("R-M", {"lot": "M", "ranges": [[slot, slot + 1] for slot in range(0, 1_000, 3)]})
    found = reach(trade, "R-M")
    assert found.count == 334 and packs_by_site(found) == {PLANT: (334, 0)}
    assert sum(len(chunk) for chunk in queries.recalled_ranges(trade.world.view, "R-M")) == 334


def test_open_shipments_of_a_site(trade: Trade) -> None:
    assert queries.open_shipments(trade.world.view, BRIDGE) == []
    first = trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    second = trade.ship((NORTH, STATION), line("A", (70, 75)))
    third = trade.send_back((BRIDGE, NORTH), line("A", (0, 2)))
    found = queries.open_shipments(trade.world.view, BRIDGE)
    assert [(each.id, each.incoming) for each in found] == [(first, True), (third, False)]
    assert {each.id for each in queries.open_shipments(trade.world.view, NORTH)} == {first, second, third}
    trade.receive(first, final=True)
    assert [each.id for each in queries.open_shipments(trade.world.view, BRIDGE)] == [third]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_lists_come_in_parts(trade: Trade, limit: int) -> None:
    rows: list[tuple[tuple[str, ...], Any]] = []
    after: str | None = ""
    while after is not None:
        page = queries.list_entries(trade.world.view, "batch", after, limit)
        assert len(page.rows) <= limit
        rows += page.rows
        after = page.after
    assert [parts for parts, _ in rows] == [(GTIN, "A"), (GTIN, "L"), (GTIN, "Q")]
    assert Counter(parts[0] for parts, _ in queries.list_entries(trade.world.view, "product").rows) == {GTIN: 1}


def test_a_list_does_not_start_in_another_folder(trade: Trade) -> None:
    assert queries.list_entries(trade.world.view, "batch", "party/").rows[0][0] == (GTIN, "A")
    assert queries.list_entries(trade.world.view, "nothing").rows == ()
