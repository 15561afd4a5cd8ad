"""Loosen and name: every refusal of DOMAIN §7.3 and what is written."""

import pytest

from chain.errors import Refusal
from tests.trace.drugs.goods import GTIN, SIGNERS, Trade, line, loose
from tests.trace.world import BRIDGE, HILLSIDE, MAKER, RIVER, STATION
from trace.market import market_key


def refuse_loosen(trade: Trade, site: str, lot: str, *ranges: tuple[int, int]) -> Refusal:
    body = {"site": site, "gtin": GTIN, "lot": lot, "ranges": [list(pair) for pair in ranges]}
    return trade.refuse("drugs.loosen", body, SIGNERS[site])


def refuse_name(trade: Trade, site: str, lot: str, *slots: int) -> Refusal:
    return trade.refuse("drugs.name", {"site": site, "gtin": GTIN, "lot": lot}, SIGNERS[site], **trade.naming(lot, *slots))


# --- loosen ------------------------------------------------------------------------------------------------------------------


def test_loosened_packs_are_counted(trade: Trade) -> None:
    history = trade.run("A", 10)["history"]["n"]
    trade.loosen(BRIDGE, "A", (10, 20), (30, 40))
    run = trade.run("A", 10)
    assert (run["end"], run["state"], run["site"], run["title"], run["history"]["n"]) == (20, "loose", None, None, history + 1)
    assert trade.run("A", 20)["state"] == "active"
    assert trade.stock("A", BRIDGE) == (20, 20)
    assert trade.world.get(trade.name_of("A").stock_key(BRIDGE))["history"]["n"] == 1
    assert trade.world.get(trade.name_of("A").tally_key)["at_sites"] == 200


def test_loosen_is_refused(trade: Trade) -> None:
    assert refuse_loosen(trade, BRIDGE, "X", (0, 1)).code == "drugs.batch.unknown"
    assert refuse_loosen(trade, BRIDGE, "A", (0, 1), (199, 201)).code == "drugs.range.invalid"
    assert refuse_loosen(trade, BRIDGE, "A", (39, 41)).code == "drugs.custody.not_holder"
    assert refuse_loosen(trade, BRIDGE, "L", (0, 1)).code == "drugs.pack.loose"
    trade.dispense(BRIDGE, "A", 5)
    assert refuse_loosen(trade, BRIDGE, "A", (0, 10)).found == "slot 5: dispensed"
    trade.recall("R1", {"lot": "A", "ranges": [[20, 21]]})
    assert refuse_loosen(trade, BRIDGE, "A", (20, 21)).code == "drugs.pack.recalled"
    trade.change_run("A", 20, block={"why": "quality", "by": MAKER})
    assert refuse_loosen(trade, BRIDGE, "A", (20, 21)).code == "drugs.pack.blocked"
    trade.change(market_key("CN"), custody="named")
    assert refuse_loosen(trade, BRIDGE, "A", (199, 201)).code == "drugs.custody.must_name"


def test_loosen_touches_a_bounded_number_of_runs(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace.drugs.runs.gather.__defaults__", (2,))
    assert refuse_loosen(trade, BRIDGE, "A", (0, 1), (2, 3), (4, 5)).code == "drugs.range.too_many"


def test_sites_hold_their_own_goods(trade: Trade) -> None:
    body = {"site": BRIDGE, "gtin": GTIN, "lot": "A", "ranges": [[0, 1]]}
    assert trade.refuse("drugs.loosen", body, "station/till").code == "parties.key.site"
    assert trade.refuse("drugs.loosen", body, "north/desk").code == "parties.site.other_party"
    assert trade.refuse("drugs.loosen", body, "agency/desk").code == "parties.role.missing"


# --- name --------------------------------------------------------------------------------------------------------------------


def test_scanned_packs_are_named(trade: Trade) -> None:
    trade.name(BRIDGE, "L", 7, 3, 4, 99)
    run = trade.run("L", 3)
    assert (run["end"], run["state"], run["site"], run["title"]) == (5, "active", BRIDGE, RIVER)
    assert [trade.run("L", slot)["state"] for slot in (2, 5, 6, 7, 8, 98, 99)] == [
        "loose", "loose", "loose", "active", "loose", "loose", "active",
    ]  # fmt: skip
    assert trade.stock("L", BRIDGE) == (4, 26)
    assert trade.run("L", 3)["history"] == trade.run("L", 99)["history"]
    trade.ship((BRIDGE, STATION), line("L", (3, 5)), purpose="transfer")


def test_name_is_refused(trade: Trade) -> None:
    trade.counts["X"] = 100
    assert refuse_name(trade, BRIDGE, "X", 0).code == "drugs.batch.unknown"
    trade.name(HILLSIDE, "L", 5)
    refusal = refuse_name(trade, BRIDGE, "L", 4, 5)
    assert (refusal.code, refusal.found, refusal.line) == ("drugs.pack.not_loose", "slot 5: active", 1)
    assert refuse_name(trade, BRIDGE, "L", 4, 4).found == "slot 4: twice"
    refusal = refuse_name(trade, BRIDGE, "L", *range(10, 41))
    assert (refusal.code, refusal.expected, refusal.found) == ("drugs.stock.insufficient", "31", "30")
    assert refuse_name(trade, STATION, "L", 10).found == "0"


def test_tags_are_proven(trade: Trade) -> None:
    body = {"site": BRIDGE, "gtin": GTIN, "lot": "L"}
    good = trade.naming("L", 3, 4)
    swapped = [{**good["items"][0], "slot": 4}, {**good["items"][1], "slot": 3}]
    beyond = [good["items"][0], {**good["items"][1], "slot": 100}]
    forged = [good["items"][0], {**good["items"][1], "tag": "00" * 32}]
    for items, number in ((swapped, 0), (beyond, 1), (forged, 1)):
        refusal = trade.refuse("drugs.name", body, "bridge/till", items=items, proofs=good["proofs"])
        assert (refusal.code, refusal.line) == ("drugs.pack.not_in_batch", number)
    for proofs in ((), good["proofs"][:1], (*good["proofs"], good["proofs"][0])):
        assert trade.refuse("drugs.name", body, "bridge/till", items=good["items"], proofs=proofs).code == "drugs.pack.not_in_batch"


def test_checks_of_name_come_in_order(trade: Trade) -> None:
    """A forged tag, a pack that is not loose and too many of them: the forged tag is told."""
    trade.name(HILLSIDE, "L", 5)
    good = trade.naming("L", *range(31), 98)
    items = [*good["items"][:-1], {**good["items"][-1], "tag": "00" * 32}]
    body = {"site": BRIDGE, "gtin": GTIN, "lot": "L"}
    assert trade.refuse("drugs.name", body, "bridge/till", items=items, proofs=good["proofs"]).code == "drugs.pack.not_in_batch"
    assert trade.refuse("drugs.name", body, "bridge/till", **good).code == "drugs.pack.not_loose"
    trade.ship((BRIDGE, STATION), loose("L", 30), purpose="transfer")
    assert refuse_name(trade, BRIDGE, "L", 0).code == "drugs.stock.insufficient"
