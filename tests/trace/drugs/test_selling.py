"""Dispense and undo: every refusal of DOMAIN §7.4 in order, and what is written."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.trace.drugs.goods import GTIN, HASH, Trade, line, loose
from tests.trace.world import (
    BRIDGE,
    HILLSIDE,
    HOSPITAL_PHARMACY,
    MAKER,
    NORTH,
    PLANT,
    RIVER,
    STATION,
    WARD,
    signing_key,
)
from trace.drugs.entries import product_key
from trace.market import DAY_MS, market_key
from trace.parties.queries import key_key, site_key

SOLD_STATES = ("opened", "issued", "taken_back", "exported", "sample", "free_sample", "repacked")
LOST_STATES = ("stolen", "destroyed", "unused", "missing")


def end_pack(trade: Trade, lot: str, slot: int, state: str) -> None:
    """Marks a single pack at Bridge as ended, with the sums right."""
    trade.dispense(BRIDGE, lot, slot)
    trade.change_run(lot, slot, state=state)
    trade.change(trade.name_of(lot).tally_key, ended={state: 1})


# --- dispense: effect --------------------------------------------------------------------------------------------------------


def test_named_pack_is_sold(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5, receipt=HASH)
    run = trade.run("A", 5)
    assert (run["end"], run["state"], run["site"], run["receipts"], run["since"]) == (6, "dispensed", BRIDGE, [HASH], trade.world.time)
    assert (trade.run("A", 4)["state"], trade.run("A", 6)["state"]) == ("active", "active")
    assert trade.stock("A", BRIDGE) == (39, 0)
    assert trade.world.get(trade.name_of("A").tally_key)["ended"] == {"dispensed": 1}


def test_loose_pack_is_sold_out_of_the_number(trade: Trade) -> None:
    trade.dispense(BRIDGE, "L", 77)
    assert (trade.run("L", 77)["state"], trade.run("L", 77)["receipts"]) == ("dispensed", [])
    assert trade.stock("L", BRIDGE) == (0, 29)
    assert trade.refuse_sale(HILLSIDE, "L", 77).code == "drugs.pack.dispensed_elsewhere"


def test_hospital_gives_out_at_pharmacy_and_ward(trade: Trade) -> None:
    shipment = trade.ship((NORTH, HOSPITAL_PHARMACY), line("A", (60, 70)))
    trade.receive(shipment, line("A", (60, 70)))
    trade.dispense(HOSPITAL_PHARMACY, "A", 60, use="inpatient")
    trade.deliver((HOSPITAL_PHARMACY, WARD), line("A", (61, 62)))
    trade.dispense(WARD, "A", 61, use="inpatient")


def test_sold_out(trade: Trade) -> None:
    trade.ship((BRIDGE, STATION), loose("L", 29), purpose="transfer")
    trade.dispense(BRIDGE, "L", 0)
    assert trade.refuse_sale(BRIDGE, "L", 1).code == "drugs.custody.not_holder"
    assert trade.stock("L", BRIDGE) == (0, 0)


# --- dispense: refusals ------------------------------------------------------------------------------------------------------


def test_who_may_dispense(trade: Trade) -> None:
    assert trade.refuse_sale(NORTH, "A", 60).code == "parties.role.missing"
    trade.change(site_key(BRIDGE), kind="warehouse")
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.site.kind"
    trade.change(site_key(BRIDGE), kind="shop")
    arguments = trade.sale(BRIDGE, "A", 5)
    assert trade.refuse(**{**arguments, "signer": "station/till"}).code == "parties.key.site"
    assert trade.refuse(**{**arguments, "signer": "hillside/till"}).code == "parties.site.other_party"


def test_pack_is_proven(trade: Trade) -> None:
    sale = trade.sale(BRIDGE, "A", 5)
    _, others = trade.scanned("A", 6)
    assert trade.refuse(**{**sale, "proofs": others}).code == "drugs.pack.not_in_batch"
    assert trade.refuse(**{**sale, "proofs": ()}).code == "drugs.pack.not_in_batch"
    assert trade.refuse(**{**sale, "proofs": sale["proofs"] * 2}).code == "drugs.pack.not_in_batch"
    index, path = sale["proofs"][0]
    for bad in ((index + 1, path), (index, path[:-1]), (index, (*path, path[0])), (2**63, path), (index, (bytes(31), *path[1:]))):
        assert trade.refuse(**{**sale, "proofs": (bad,)}).code == "drugs.pack.not_in_batch"
    for changed in ({"slot": 6}, {"slot": 200}, {"tag": HASH}):
        assert trade.refuse(**{**sale, "body": {**sale["body"], **changed}}).code == "drugs.pack.not_in_batch"
    trade.counts["X"] = 200
    assert trade.refuse_sale(BRIDGE, "X", 5).code == "drugs.batch.unknown"


def test_stolen_keys_do_not_make_medicine(trade: Trade) -> None:
    key = key_key(signing_key("maker/line").text)
    made = trade.batch("A")["since"]
    trade.change(key, compromised_since=made + 1)
    trade.dispense(BRIDGE, "A", 5)
    trade.change(key, compromised_since=made)
    assert trade.refuse_sale(BRIDGE, "A", 6).code == "drugs.batch.issuer_revoked"
    trade.change(key, compromised_since=None)
    trade.change(key_key(signing_key("maker/qp").text), compromised_since=trade.batch("A")["releases"][0]["since"])
    assert trade.refuse_sale(BRIDGE, "A", 6).code == "drugs.batch.issuer_revoked"


@pytest.mark.parametrize("state", LOST_STATES + SOLD_STATES)
def test_ended_packs_are_not_sold(trade: Trade, state: str) -> None:
    end_pack(trade, "A", 5, state)
    refusal = trade.refuse_sale(BRIDGE, "A", 5)
    assert (refusal.code, refusal.field) == (f"drugs.pack.{state}", "slot")


def test_sold_packs_are_not_sold_again(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.pack.dispensed_here"
    assert trade.refuse_sale(STATION, "A", 5).code == "drugs.pack.dispensed_elsewhere"


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"lot": "A", "ranges": [[4, 7]]}, "drugs.pack.recalled"),
        ({"lot": "A"}, "drugs.batch.recalled"),
        ({}, "drugs.product.recalled"),
        ({"lot": "Q"}, "drugs.batch.source_recalled"),
    ],
)
def test_recalled_packs_are_not_sold(trade: Trade, scope: dict[str, Any], code: str) -> None:
    trade.change(trade.name_of("A").batch_key, sources=[{"gtin": GTIN, "lot": "Q"}])
    trade.recall("R1", scope)
    assert trade.refuse_sale(BRIDGE, "A", 5).code == code
    if scope.get("ranges"):
        trade.dispense(BRIDGE, "A", 7)


def test_recall_of_a_sources_product_counts(trade: Trade) -> None:
    other = product_key("09521001001999")
    trade.world.view.put({other: {**trade.world.get(product_key(GTIN)), "recalls": ["R1"]}})
    trade.recall("R1", {"lot": "Q"})
    trade.change(trade.name_of("A").batch_key, sources=[{"gtin": "09521001001999", "lot": "Z"}])
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.batch.source_recalled"


def test_moving_packs_are_received_first(trade: Trade) -> None:
    trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    assert trade.refuse_sale(BRIDGE, "A", 60).code == "drugs.pack.moving_here"
    assert trade.refuse_sale(STATION, "A", 60).code == "drugs.pack.moving"


def test_custody(trade: Trade) -> None:
    refusal = trade.refuse_sale(STATION, "A", 5)
    assert (refusal.code, refusal.found) == ("drugs.custody.not_holder", f"at {BRIDGE}")
    assert trade.refuse_sale(BRIDGE, "A", 150).found == f"at {PLANT}"
    assert trade.refuse_sale(STATION, "L", 0).code == "drugs.custody.not_holder"


def test_loose_packs_have_to_be_named_where_the_market_says_so(trade: Trade) -> None:
    trade.change(market_key("CN"), custody="named")
    assert trade.refuse_sale(BRIDGE, "L", 0).code == "drugs.custody.must_name"
    assert trade.refuse_sale(STATION, "L", 0).code == "drugs.custody.not_holder"
    trade.name(BRIDGE, "L", 0)
    trade.dispense(BRIDGE, "L", 0)


def test_loose_packs_have_to_be_named_when_some_of_the_batch_are_missing(trade: Trade) -> None:
    shipment = trade.ship((NORTH, STATION), loose("L", 10))
    trade.receive(shipment, loose("L", 9), final=True)
    refusal = trade.refuse_sale(BRIDGE, "L", 0)
    assert (refusal.code, refusal.found) == ("drugs.custody.must_name", "1 missing")
    trade.name(BRIDGE, "L", 0)
    trade.dispense(BRIDGE, "L", 0)


def test_checks_of_dispense_come_in_the_order_of_the_verdict(trade: Trade) -> None:
    """Everything is wrong with the pack; each step puts one thing right."""
    batch, product, site = trade.name_of("A").batch_key, product_key(GTIN), site_key(BRIDGE)
    line_key, slot = key_key(signing_key("maker/line").text), 5
    trade.dispense(STATION, "A", 45)
    for number, scope in (("R1", {"lot": "A", "ranges": [[5, 6]]}), ("R2", {"lot": "A"}), ("R3", {}), ("R4", {"lot": "Q"})):
        trade.recall(number, scope)
    genuine = dict(trade.world.view.values)
    good_run: dict[str, Any] = {"state": "active", "site": BRIDGE, "block": None, "recalls": []}
    trade.change(site, kind="office", country="XE")
    trade.change(line_key, compromised_since=0)
    trade.change(product, withdrawn=["CN"])
    trade.change(batch, status="rejected", expiry="2025-12-31", sources=[{"gtin": GTIN, "lot": "Q"}])
    suspect, quality = {"why": "suspect", "by": MAKER}, {"why": "quality", "by": MAKER}
    trade.change_run("A", slot, state="stolen", site=STATION, block=suspect)

    def run(**changed: Any) -> Callable[[], None]:
        return lambda: trade.change_run("A", slot, **changed)

    def entry(key: str, **changed: Any) -> Callable[[], None]:
        return lambda: trade.change(key, **changed)

    steps: list[tuple[str, Callable[[], None]]] = [
        ("drugs.site.kind", entry(site, kind="shop")),
        ("drugs.batch.issuer_revoked", entry(line_key, compromised_since=None)),
        ("drugs.batch.rejected", entry(batch, status="made")),
        ("drugs.batch.not_released", entry(batch, status="released")),
        ("drugs.pack.stolen", run(state="dispensed")),
        ("drugs.pack.suspect", run(block=quality)),
        ("drugs.pack.recalled", run(recalls=[])),
        ("drugs.batch.recalled", entry(batch, recalls=[])),
        ("drugs.product.recalled", entry(product, recalls=[])),
        ("drugs.batch.source_recalled", entry(batch, sources=[])),
        ("drugs.product.withdrawn", entry(product, withdrawn=[])),
        ("drugs.batch.expired", entry(batch, expiry="2027-12-31")),
        ("drugs.pack.blocked", run(block=None)),
        ("drugs.pack.dispensed_elsewhere", run(state="sample")),
        ("drugs.pack.sample", run(state="moving", shipment=HASH)),
        ("drugs.market.not_authorised", entry(site, country="CN")),
        ("drugs.pack.moving", run(state="active")),
        ("drugs.custody.not_holder", run(site=BRIDGE)),
    ]
    for code, better in steps:
        assert trade.refuse_sale(BRIDGE, "A", slot).code == code
        better()
    trade.world.view.values.update(genuine)
    trade.change_run("A", slot, **good_run)
    for key in (batch, product):
        trade.change(key, recalls=[])
    trade.dispense(BRIDGE, "A", slot)


# --- undo --------------------------------------------------------------------------------------------------------------------


def test_undone_pack_is_named_at_its_site(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5, receipt=HASH)
    trade.do(**trade.undoing(BRIDGE, "A", 5))
    run = trade.run("A", 5)
    assert (run["state"], run["site"], run["receipts"], run["title"], run["end"]) == ("active", BRIDGE, [], RIVER, 6)
    assert trade.stock("A", BRIDGE) == (40, 0)
    assert trade.world.get(trade.name_of("A").tally_key)["ended"] == {"dispensed": 0}
    trade.dispense(BRIDGE, "A", 5)
    assert trade.run("A", 5)["history"]["n"] == trade.run("A", 6)["history"]["n"] + 3


def test_undone_loose_pack_is_named(trade: Trade) -> None:
    trade.dispense(BRIDGE, "L", 7)
    trade.do(**trade.undoing(BRIDGE, "L", 7))
    assert (trade.run("L", 7)["state"], trade.run("L", 7)["title"]) == ("active", RIVER)
    assert trade.stock("L", BRIDGE) == (1, 29)


def refuse_undo(trade: Trade, site: str = BRIDGE, lot: str = "A", slot: int = 5, **changed: Any) -> str:
    return trade.refuse(**trade.undoing(site, lot, slot, **changed)).code


def test_undo_is_refused(trade: Trade) -> None:
    assert refuse_undo(trade, lot="X") == "drugs.batch.unknown"
    assert refuse_undo(trade) == "drugs.undo.not_dispensed"
    assert refuse_undo(trade, slot=200) == "drugs.undo.not_dispensed"
    trade.dispense(BRIDGE, "A", 5)
    assert refuse_undo(trade, STATION) == "drugs.undo.other_site"
    assert refuse_undo(trade, HILLSIDE) == "drugs.undo.other_site"
    assert refuse_undo(trade, not_supplied=False) == "drugs.undo.supplied"


def test_undo_has_its_days(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    trade.dispense(BRIDGE, "A", 6)
    trade.recall("R1", {"lot": "A", "ranges": [[7, 8]]})  # a mark elsewhere changes nothing
    sold = trade.run("A", 5)["since"]
    trade.world.advance(ms=sold + 10 * DAY_MS - trade.world.time - 2_000)
    trade.do(**trade.undoing(BRIDGE, "A", 5))
    assert trade.world.time == sold + 10 * DAY_MS
    trade.world.advance()
    assert refuse_undo(trade, slot=6) == "drugs.undo.too_late"


def test_marks_do_not_move_the_day_of_the_sale(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    sold = trade.run("A", 5)["since"]
    trade.recall("R1", {"lot": "A", "ranges": [[0, 9]]})
    assert trade.run("A", 5)["since"] == sold


@pytest.mark.parametrize("scope", [{"lot": "A", "ranges": [[4, 7]]}, {"lot": "A"}, {}])
def test_recalled_sale_is_not_undone(trade: Trade, scope: dict[str, Any]) -> None:
    trade.dispense(BRIDGE, "A", 5)
    trade.recall("R1", scope)
    assert refuse_undo(trade) == "drugs.undo.recalled"


def test_checks_of_undo_come_in_order(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    batch, product, name = trade.name_of("A").batch_key, product_key(GTIN), trade.name_of("A")
    trade.recall("R1", {"lot": "A"})
    trade.change(product, withdrawn=["CN"])
    trade.change(batch, expiry="2025-12-31")
    trade.world.view.put({name.purchase_key(5): {"differs": []}, name.paid_key(5): {"paid": True}})
    assert refuse_undo(trade, STATION, not_supplied=False) == "drugs.undo.other_site"
    since = trade.run("A", 5)["since"]
    trade.change_run("A", 5, since=0)
    wrong: dict[str, Any] = {"not_supplied": False}
    assert refuse_undo(trade, **wrong) == "drugs.undo.too_late"
    trade.change_run("A", 5, since=since)
    assert refuse_undo(trade, **wrong) == "drugs.undo.recalled"
    trade.change(batch, recalls=[])
    assert refuse_undo(trade, **wrong) == "drugs.undo.withdrawn"
    trade.change(product, withdrawn=[])
    assert refuse_undo(trade, **wrong) == "drugs.undo.expired"
    trade.change(batch, expiry="2027-12-31")
    assert refuse_undo(trade, **wrong) == "drugs.undo.supplied"
    assert refuse_undo(trade) == "drugs.undo.purchased"


def test_paid_sale_is_undone_after_the_claim_is_reversed(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    paid = trade.name_of("A").paid_key(5)
    trade.world.view.put({paid: {"paid": True}})
    assert refuse_undo(trade) == "drugs.undo.claimed"
    trade.world.view.put({paid: {"paid": False}})
    trade.do(**trade.undoing(BRIDGE, "A", 5))


def test_undone_pack_moves_like_any_other(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 5)
    trade.do(**trade.undoing(BRIDGE, "A", 5))
    trade.ship((BRIDGE, STATION), line("A", (5, 6)), purpose="transfer")
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.pack.moving"
