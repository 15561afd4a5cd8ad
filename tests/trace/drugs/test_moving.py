"""Ship, return, cancel: every refusal of DOMAIN §7.2, in order, and what is written."""

from typing import Any

import pytest

from chain.errors import Refusal
from tests.trace.drugs.goods import GTIN, HASH, Trade, batch_body, line, loose, ship_body
from tests.trace.world import (
    BRIDGE,
    FOREIGN,
    HILLSIDE,
    HOSPITAL_PHARMACY,
    MAKER,
    NORTH,
    OTHER_MAKER,
    PLANT,
    RIVER,
    SOUTH,
    STATION,
    World,
    enrol_body,
    gln,
    names,
    role,
)
from trace.drugs.entries import line_key, product_key, shipment_key
from trace.drugs.runs import PARTS_LIMIT
from trace.drugs.shapes import ENDED_STATES
from trace.market import market_key
from trace.parties.occupancy import occupancy
from trace.parties.queries import party_key, site_key

NOWHERE = gln("952109900001")
DISPOSAL = gln("952101400001")


def ended(trade: Trade, lot: str, slot: int, state: str) -> None:
    """Puts packs into a state that no kind of this version can reach, and keeps the sums right."""
    site = trade.run(lot, slot)["site"]
    count = trade.run(lot, slot)["end"] - slot
    trade.change_run(lot, slot, state=state)
    name = trade.name_of(lot)
    tally = trade.world.get(name.tally_key)
    trade.change(name.tally_key, at_sites=tally["at_sites"] - count, ended={**tally["ended"], state: count})
    trade.change(name.stock_key(site or ""), named=trade.stock(lot, site or "")[0] - count)


def enrol_disposal(world: World) -> None:
    body = enrol_body(world, "disposal", DISPOSAL, roles=[role("disposal")])
    world.do("parties.enrol", body, "agency/admin")


# --- ship: effect ------------------------------------------------------------------------------------------------------------


def test_ship_moves_named_and_loose_packs(trade: Trade) -> None:
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 70), (80, 90)), loose("L", 10), carrier=NOWHERE, of=HASH, papers=HASH)
    assert (trade.stock("A", NORTH), trade.stock("L", NORTH)) == ((40, 0), (0, 40))
    run = trade.run("A", 60)
    assert (run["end"], run["state"], run["site"], run["shipment"], run["since"]) == (70, "moving", None, shipment, trade.world.time)
    assert trade.run("A", 70)["state"] == "active"
    entry = trade.shipment(shipment)
    assert (entry["from"], entry["to"], entry["carrier"], entry["of"]) == (NORTH, BRIDGE, NOWHERE, HASH)
    assert (entry["status"], entry["open"], entry["touched"], entry["lines"]) == ("open", 30, False, 2)
    lines = [dict(trade.world.get(line_key(shipment, number))) for number in range(2)]
    assert lines == [
        {"gtin": GTIN, "lot": "A", "ranges": [[60, 70], [80, 90]], "loose": None},
        {"gtin": GTIN, "lot": "L", "ranges": None, "loose": 10},
    ]
    assert trade.world.get(trade.name_of("A").tally_key)["moving"] == 20
    assert occupancy(trade.world.view, NORTH)["shipments"] == 1
    assert trade.world.get(shipment_key(shipment))["history"]["n"] == 1


def test_long_lines_are_kept_in_entries_of_150_ranges(trade: Trade) -> None:
    trade.commission("B", 1_000)
    ranges = [(3 * place, 3 * place + 1) for place in range(320)]
    shipment = trade.ship((PLANT, NORTH), line("B", *ranges))
    sizes = [len(trade.world.get(line_key(shipment, number))["ranges"]) for number in range(3)]
    assert (trade.shipment(shipment)["lines"], sizes) == (3, [150, 150, 20])
    trade.receive(shipment, final=True)
    assert trade.shipment(shipment)["status"] == "closed"


def test_quarantined_goods_move_inside_one_party(trade: Trade) -> None:
    store = gln("952100100025")
    site = {"gln": store, "party": MAKER, "kind": "warehouse", "names": names("store"), "region": "East", "open": True}
    trade.do("parties.site", site, "agency/admin")
    shipment = trade.ship((PLANT, store), line("Q", (0, 50)), purpose="transfer", title="stays")
    body = {"shipment": shipment, "checked": True, "final": False}
    trade.do("drugs.receive", body, "maker/line", items=[line("Q", (0, 50))])
    assert trade.run("Q", 0)["site"] == store
    assert trade.refuse_ship((PLANT, store), line("Q", (0, 1))).code == "drugs.batch.not_released"


# --- ship: refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "way", "changed"),
    [
        ("parties.site.unknown", (NORTH, NOWHERE), {}),
        ("drugs.ship.same_site", (NORTH, NORTH), {}),
        ("drugs.ship.partner", (NORTH, PLANT), {}),
        ("drugs.ship.partner", (BRIDGE, HILLSIDE), {}),
        ("drugs.ship.partner", (BRIDGE, NORTH), {}),
        ("drugs.ship.transfer", (NORTH, SOUTH), {"purpose": "transfer"}),
    ],
)
def test_ends_of_a_shipment(trade: Trade, code: str, way: tuple[str, str], changed: dict[str, Any]) -> None:
    refusal = trade.refuse_ship(way, line("A", (60, 61)), **changed)
    assert refusal.code == code


def test_closed_site_takes_nothing(trade: Trade) -> None:
    trade.change(site_key(SOUTH), open=False)
    assert trade.refuse_ship((NORTH, SOUTH), line("A", (60, 61))).code == "parties.site.closed"
    trade.change(site_key(SOUTH), open=True)


def test_receiver_needs_a_licence_in_force(trade: Trade) -> None:
    ended_role = role("distributor", until="2025-12-31")
    trade.change(party_key(SOUTH), roles=[ended_role])
    refusal = trade.refuse_ship((NORTH, SOUTH), line("A", (60, 61)))
    assert (refusal.code, refusal.field) == ("parties.licence.expired", "to")
    trade.change(party_key(SOUTH), roles=[ended_role, role("pharmacy")])
    trade.ship((NORTH, SOUTH), line("A", (60, 61)))


def test_giver_acts_only_in_roles_in_force(trade: Trade) -> None:
    trade.change(party_key(NORTH), roles=[role("distributor", until="2025-12-31"), role("carrier")])
    assert trade.refuse_ship((NORTH, SOUTH), line("A", (60, 61))).code == "drugs.ship.partner"
    trade.change(party_key(NORTH), roles=[role("distributor", until="2025-12-31")])
    assert trade.refuse_ship((NORTH, SOUTH), line("A", (60, 61))).code == "parties.licence.expired"


def test_pharmacies_supply_each_other_where_the_market_says_so(trade: Trade) -> None:
    assert trade.refuse_ship((BRIDGE, HOSPITAL_PHARMACY), line("A", (0, 1))).code == "drugs.ship.partner"
    trade.change(market_key("CN"), peer_supply=True)
    trade.ship((BRIDGE, HOSPITAL_PHARMACY), line("A", (0, 1)))
    trade.ship((BRIDGE, HILLSIDE), line("A", (1, 2)))
    assert trade.refuse_ship((BRIDGE, NORTH), line("A", (2, 3))).code == "drugs.ship.partner"


def test_own_sites_are_always_partners(trade: Trade) -> None:
    trade.ship((BRIDGE, STATION), line("A", (0, 1)), purpose="transfer")
    trade.ship((BRIDGE, STATION), line("A", (1, 2)))


def test_lines_of_a_shipment(trade: Trade) -> None:
    assert trade.refuse_ship((NORTH, BRIDGE)).code == "drugs.lines.empty"
    refusal = trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 61)), loose("L", 1), line("A", (70, 71)))
    assert (refusal.code, refusal.line) == ("drugs.lines.duplicate", 2)
    assert trade.refuse_ship((NORTH, BRIDGE), loose("L", 1), loose("L", 2)).code == "drugs.lines.duplicate"
    trade.name(NORTH, "L", 99)
    trade.ship((NORTH, BRIDGE), loose("L", 1), line("L", (99, 100)))


def test_batch_of_a_line(trade: Trade) -> None:
    way = (NORTH, BRIDGE)
    assert trade.refuse_ship(way, line("X", (0, 1))).code == "drugs.batch.unknown"
    assert trade.refuse_ship((PLANT, NORTH), line("Q", (0, 1))).code == "drugs.batch.not_released"
    trade.change(product_key(GTIN), withdrawn=["CN"])
    refusal = trade.refuse_ship(way, loose("L", 1), line("A", (60, 61)))
    assert (refusal.code, refusal.line) == ("drugs.product.withdrawn", 0)
    trade.change(product_key(GTIN), withdrawn=["XE"])
    trade.ship(way, line("A", (60, 61)))


def test_rejected_batch_does_not_move(trade: Trade) -> None:
    trade.release("Q", decision="rejected")
    assert trade.refuse_ship((PLANT, NORTH), line("Q", (0, 1))).code == "drugs.batch.rejected"


@pytest.mark.parametrize(("scope", "code"), [({"lot": "A"}, "drugs.batch.recalled"), ({}, "drugs.product.recalled")])
def test_recalled_goods_do_not_move(trade: Trade, scope: dict[str, Any], code: str) -> None:
    trade.recall("R1", scope)
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 61))).code == code


def test_recall_of_a_source_counts(trade: Trade) -> None:
    trade.change(trade.name_of("A").batch_key, sources=[{"gtin": GTIN, "lot": "Q"}])
    trade.recall("R1", {"lot": "Q"})
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 61))).code == "drugs.batch.source_recalled"


def test_recall_of_another_market_does_not_count(trade: Trade) -> None:
    trade.recall("R1", {"lot": "A"}, "second/admin", markets=["XE"])
    trade.ship((NORTH, BRIDGE), line("A", (60, 61)))


def test_expiry_day_is_still_good(trade: Trade) -> None:
    trade.commission("E", 10, expiry="2026-01-01")
    trade.ship((PLANT, NORTH), line("E", (0, 1)))
    trade.world.advance(days=1)
    assert trade.refuse_ship((PLANT, NORTH), line("E", (1, 2))).code == "drugs.batch.expired"


def test_export_is_not_a_shipment(trade: Trade) -> None:
    assert trade.refuse_ship((NORTH, FOREIGN), line("A", (60, 61))).code == "drugs.market.export"
    trade.commission("F", 10, market="XE")
    trade.ship((PLANT, FOREIGN), line("F", (0, 5)))
    assert trade.refuse_ship((PLANT, NORTH), line("F", (5, 6))).code == "drugs.market.export"


def test_goods_for_abroad_may_stay_with_owner_and_maker(trade: Trade) -> None:
    trade.do("drugs.batch", batch_body("F", 10, market="XE", site=OTHER_MAKER), "other/line")
    trade.counts["F"] = 10
    trade.release("F")
    shipment = trade.ship((OTHER_MAKER, PLANT), line("F", (0, 10)))
    trade.receive(shipment, line("F", (0, 10)))
    shipment = trade.ship((PLANT, FOREIGN), line("F", (0, 10)))
    trade.receive(shipment, line("F", (0, 10)))
    trade.send_back((FOREIGN, PLANT), line("F", (0, 10)))


def test_ranges_of_a_line(trade: Trade) -> None:
    refusal = trade.refuse_ship((PLANT, NORTH), line("Q", (0, 50)), line("A", (199, 201)), purpose="delivery")
    assert refusal.code == "drugs.batch.not_released"
    refusal = trade.refuse_ship((PLANT, NORTH), line("A", (120, 121), (199, 201)))
    assert (refusal.code, refusal.line) == ("drugs.range.invalid", 0)


def test_too_many_runs(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace.drugs.moving.PARTS_LIMIT", 3)
    trade.commission("B", 100)
    trade.ship((PLANT, NORTH), line("A", (120, 121), (130, 131)), line("B", (0, 1)))
    refusal = trade.refuse_ship((PLANT, NORTH), line("A", (140, 141), (150, 151)), line("B", (10, 11), (20, 21)))
    assert (refusal.code, refusal.found) == ("drugs.range.too_many", f"more, from slot 20 of {GTIN}/B on")
    assert PARTS_LIMIT == 10_000


def test_too_many_runs_comes_before_the_packs(trade: Trade) -> None:
    trade.commission("B", 30_000)
    for start in range(0, 12_000, 4_000):
        ranges = [(2 * place, 2 * place + 1) for place in range(start, start + 4_000)]
        trade.ship((PLANT, NORTH), line("B", *ranges))
    assert trade.refuse_ship((PLANT, NORTH), line("B", (0, 30_000))).code == "drugs.range.too_many"
    assert trade.refuse_ship((PLANT, NORTH), line("B", (0, 10_000))).code == "drugs.pack.moving"


@pytest.mark.parametrize("state", ENDED_STATES)
def test_ended_packs_do_not_move(trade: Trade, state: str) -> None:
    trade.ship((NORTH, SOUTH), line("A", (70, 71)))  # splits: [71, 120) stays at North
    ended(trade, "A", 71, state)
    refusal = trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 65), (80, 81)))
    assert (refusal.code, refusal.found) == (f"drugs.pack.{state}", f"slot 80: {state}")


def test_packs_of_a_line_lowest_slot_first(trade: Trade) -> None:
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (59, 61))).code == "drugs.custody.not_holder"
    assert trade.refuse_ship((NORTH, BRIDGE), line("L", (0, 1))).code == "drugs.pack.loose"
    trade.ship((NORTH, SOUTH), line("A", (60, 61)))
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (59, 61))).code == "drugs.custody.not_holder"
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 62))).code == "drugs.pack.moving"
    trade.recall("R1", {"lot": "A", "ranges": [[10, 11], [62, 63]]})
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (62, 63))).code == "drugs.pack.recalled"
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (10, 11))).code == "drugs.pack.recalled"  # though elsewhere
    trade.change_run("A", 10, block={"why": "quality", "by": MAKER})
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (10, 11))).code == "drugs.pack.blocked"  # though recalled


def test_loose_packs_of_a_line(trade: Trade) -> None:
    refusal = trade.refuse_ship((NORTH, BRIDGE), loose("L", 51))
    assert (refusal.code, refusal.expected, refusal.found, refusal.line) == ("drugs.stock.insufficient", "51", "50", 0)
    assert trade.refuse_ship((PLANT, NORTH), loose("A", 1)).found == "0"
    trade.ship((NORTH, BRIDGE), loose("L", 50))
    trade.change(market_key("CN"), custody="named")
    assert trade.refuse_ship((NORTH, BRIDGE), loose("L", 51)).code == "drugs.custody.must_name"


def test_checks_of_a_line_come_in_order(trade: Trade) -> None:
    """Everything is wrong with the line; each step puts one thing right."""
    market, product, batch = market_key("CN"), product_key(GTIN), trade.name_of("A").batch_key
    trade.recall("R1", {"lot": "A"})
    trade.recall("R2", {})
    trade.change(batch, status="rejected", expiry="2025-12-31", market="XE", sources=[{"gtin": GTIN, "lot": "Q"}])
    trade.change(product, withdrawn=["CN", "XE"])
    trade.change(market, custody="named")
    trade.change(market_key("XE"), custody="named")
    trade.recall("R3", {"lot": "Q"}, "agency/desk", markets=["XE"])
    for number in ("R1", "R2"):
        trade.change(f"recall/{number}", markets=["XE"])
    item = loose("A", 1)
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("drugs.batch.rejected", batch, {"status": "made"}),
        ("drugs.batch.not_released", batch, {"status": "released"}),
        ("drugs.batch.recalled", batch, {"recalls": []}),
        ("drugs.product.recalled", product, {"recalls": []}),
        ("drugs.batch.source_recalled", batch, {"sources": []}),
        ("drugs.product.withdrawn", product, {"withdrawn": []}),
        ("drugs.batch.expired", batch, {"expiry": "2027-12-31"}),
        ("drugs.market.export", batch, {"market": "CN"}),
        ("drugs.custody.must_name", market, {"custody": "batch"}),
    ]
    for code, key, better in steps:
        assert trade.refuse_ship((NORTH, BRIDGE), item).code == code
        trade.change(key, **better)
    assert trade.refuse_ship((NORTH, BRIDGE), item).code == "drugs.stock.insufficient"
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (0, 999))).code == "drugs.range.invalid"


def test_scope_and_role_of_whoever_ships(trade: Trade) -> None:
    body = ship_body((BRIDGE, STATION))
    assert trade.refuse("drugs.ship", body, "station/till", items=[line("A", (0, 1))]).code == "parties.key.site"
    assert (
        trade.refuse("drugs.ship", ship_body((BRIDGE, STATION)), "north/desk", items=[line("A", (0, 1))]).code == "parties.site.other_party"
    )
    assert trade.refuse("drugs.ship", body, "agency/desk", items=[line("A", (0, 1))]).code == "parties.role.missing"
    trade.do("parties.suspend", {"party": NORTH, "roles": None, "reason": names("why")}, "agency/admin")
    assert trade.refuse_ship((NORTH, BRIDGE), line("A", (60, 61))).code == "parties.party.suspended"


# --- return ------------------------------------------------------------------------------------------------------------------


def test_returns_are_not_stopped_by_what_is_wrong_with_the_goods(trade: Trade) -> None:
    trade.recall("R1", {"lot": "A"})
    trade.recall("R2", {"lot": "A", "ranges": [[0, 1]]})
    trade.change_run("A", 0, block={"why": "damaged", "by": RIVER})
    trade.change(product_key(GTIN), withdrawn=["CN"])
    trade.change(trade.name_of("A").batch_key, status="made", expiry="2025-12-31")
    trade.do("parties.suspend", {"party": RIVER, "roles": None, "reason": names("why")}, "agency/admin")
    shipment = trade.send_back((BRIDGE, NORTH), line("A", (0, 40)), loose("L", 3), purpose="recall")
    assert (trade.shipment(shipment)["purpose"], trade.shipment(shipment)["title"]) == ("recall", "passes")


@pytest.mark.parametrize(
    ("way", "purpose", "fits"),
    [
        ((BRIDGE, NORTH), "damaged", True),
        ((BRIDGE, PLANT), "recall", True),
        ((BRIDGE, STATION), "expired", True),
        ((NORTH, SOUTH), "misdelivery", True),
        ((NORTH, BRIDGE), "misdelivery", False),
        ((BRIDGE, HILLSIDE), "misdelivery", False),
        ((BRIDGE, DISPOSAL), "destruction", True),
        ((BRIDGE, DISPOSAL), "damaged", False),
        ((NORTH, PLANT), "destruction", True),
    ],
)
def test_goods_go_back_up_the_chain_or_to_disposal(trade: Trade, way: tuple[str, str], purpose: str, fits: bool) -> None:
    enrol_disposal(trade.world)
    item = line("A", (60, 61) if way[0] == NORTH else (0, 1))
    if fits:
        assert trade.shipment(trade.send_back(way, item, purpose=purpose))["status"] == "open"
    else:
        assert trade.refuse_return(way, item, purpose=purpose).code == "drugs.return.partner"


def test_goods_for_destruction_keep_their_owner(trade: Trade) -> None:
    enrol_disposal(trade.world)
    assert trade.shipment(trade.send_back((BRIDGE, DISPOSAL), line("A", (0, 1)), purpose="destruction"))["title"] == "stays"


def refuse_saleable(trade: Trade, *items: Any, of: str | None) -> Refusal:
    return trade.refuse_return((BRIDGE, NORTH), *items, purpose="saleable", of=of)


def test_what_is_to_be_sold_again(trade: Trade) -> None:
    delivery = trade.deliver((NORTH, BRIDGE), line("A", (60, 80)))
    elsewhere = trade.deliver((NORTH, STATION), line("A", (80, 90)))
    item = line("A", (60, 70))
    assert refuse_saleable(trade, item, loose("L", 1), of=delivery).code == "drugs.return.must_name"
    for wrong in (None, HASH, elsewhere):
        assert refuse_saleable(trade, item, of=wrong).code == "drugs.return.of"
    trade.recall("R1", {"lot": "A", "ranges": [[62, 63]]})
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.pack.recalled"
    trade.change_run("A", 60, block={"why": "suspect", "by": RIVER})
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.pack.blocked"
    trade.change(trade.name_of("A").batch_key, expiry="2025-12-31")
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.batch.expired"
    trade.change(product_key(GTIN), withdrawn=["CN"])
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.product.withdrawn"
    trade.recall("R2", {})
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.product.recalled"
    trade.recall("R3", {"lot": "A"})
    assert refuse_saleable(trade, item, of=delivery).code == "drugs.batch.recalled"


def test_saleable_return(trade: Trade) -> None:
    delivery = trade.deliver((NORTH, BRIDGE), line("A", (60, 80)))
    shipment = trade.send_back((BRIDGE, NORTH), line("A", (60, 70)), purpose="saleable", of=delivery)
    assert trade.shipment(shipment)["of"] == delivery


def test_return_has_the_other_checks_of_ship(trade: Trade) -> None:
    way = (BRIDGE, NORTH)
    assert trade.refuse_return((BRIDGE, NOWHERE), line("A", (0, 1))).code == "parties.site.unknown"
    assert trade.refuse_return((BRIDGE, BRIDGE), line("A", (0, 1))).code == "drugs.ship.same_site"
    assert trade.refuse_return(way).code == "drugs.lines.empty"
    assert trade.refuse_return(way, line("A", (0, 1)), line("A", (1, 2))).code == "drugs.lines.duplicate"
    assert trade.refuse_return(way, line("X", (0, 1))).code == "drugs.batch.unknown"
    assert trade.refuse_return(way, line("A", (0, 201))).code == "drugs.range.invalid"
    assert trade.refuse_return(way, line("A", (39, 41))).code == "drugs.custody.not_holder"
    assert trade.refuse_return(way, loose("L", 31)).code == "drugs.stock.insufficient"
    trade.dispense(BRIDGE, "A", 0)
    assert trade.refuse_return(way, line("A", (0, 1))).code == "drugs.pack.dispensed"
    trade.change(party_key(NORTH), roles=[role("distributor", until="2025-12-31")])
    assert trade.refuse_return(way, line("A", (1, 2))).code == "parties.licence.expired"
    trade.change(party_key(NORTH), roles=[role("distributor")])
    trade.change(market_key("CN"), custody="named")
    assert trade.refuse_return(way, loose("L", 1)).code == "drugs.custody.must_name"
    assert trade.refuse_return((BRIDGE, FOREIGN), line("A", (1, 2))).code == "drugs.market.export"


# --- cancel ------------------------------------------------------------------------------------------------------------------


def refuse_cancel(trade: Trade, shipment: str, signer: str = "north/desk") -> Refusal:
    return trade.refuse("drugs.cancel", {"shipment": shipment, "reason": "mistake"}, signer)


def test_cancel_puts_everything_back(trade: Trade) -> None:
    before = (trade.stock("A", NORTH), trade.stock("L", NORTH), trade.world.get(trade.name_of("L").stock_key(NORTH))["history"]["n"])
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 70)), loose("L", 10))
    trade.do("drugs.cancel", {"shipment": shipment, "reason": "mistake"}, "north/desk")
    assert (trade.stock("A", NORTH), trade.stock("L", NORTH)) == before[:2]
    assert trade.world.get(trade.name_of("L").stock_key(NORTH))["history"]["n"] == before[2] + 1
    entry = trade.shipment(shipment)
    assert (entry["status"], entry["open"], entry["touched"], entry["history"]["n"]) == ("cancelled", 0, False, 2)
    assert (trade.run("A", 60)["state"], trade.run("A", 60)["site"], trade.run("A", 60)["shipment"]) == ("active", NORTH, None)
    assert refuse_cancel(trade, shipment).code == "drugs.shipment.closed"
    assert trade.refuse_receipt(shipment, line("A", (60, 70))).code == "drugs.shipment.closed"


def test_cancel_is_refused(trade: Trade) -> None:
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    assert refuse_cancel(trade, HASH).code == "drugs.shipment.unknown"
    assert refuse_cancel(trade, shipment, "south/desk").code == "drugs.shipment.not_sender"
    assert refuse_cancel(trade, shipment, "bridge/till").code == "parties.key.site"
    trade.receive(shipment, line("A", (60, 61)))
    assert refuse_cancel(trade, shipment).code == "drugs.shipment.touched"
    assert refuse_cancel(trade, shipment, "south/desk").code == "drugs.shipment.not_sender"
    trade.receive(shipment, final=True)
    assert refuse_cancel(trade, shipment).code == "drugs.shipment.closed"


def test_reverse_shipment_cannot_be_cancelled(trade: Trade) -> None:
    reverse = trade.turn_away(trade.ship((NORTH, HILLSIDE), line("A", (60, 70))))
    assert refuse_cancel(trade, reverse, "hillside/till").code == "drugs.shipment.touched"


def test_cancel_of_too_many_runs(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 70), (80, 90)))
    monkeypatch.setattr("trace.drugs.shipments.open_lines.__defaults__", (1,))
    assert refuse_cancel(trade, shipment).code == "drugs.range.too_many"
