"""Recalls and how they end: every refusal of DOMAIN §7.5 and what is written."""

from typing import Any

import pytest

from tests.trace.drugs.goods import GTIN, SECOND_GTIN, Trade, line, recall_body
from tests.trace.world import AGENCY, BRIDGE, MAKER, NORTH, STATION
from trace.drugs.entries import product_key, recall_key, recall_range_key
from trace.drugs.recalling import OWNER_RECALLS_LIMIT, RECALLS_LIMIT, recalled_ranges

BOTH = ["CN", "XE"]


def refuse_recall(trade: Trade, scope: dict[str, Any], signer: str = "maker/qp", **changed: Any) -> str:
    return trade.refuse("drugs.recall", {**recall_body("R1", scope), **changed}, signer).code


def close_body(number: str, outcome: str) -> dict[str, Any]:
    return {"number": number, "outcome": outcome, "text": {"en": "Why"}}


# --- recall ------------------------------------------------------------------------------------------------------------------


def test_recall_of_packs_marks_them_wherever_they_are(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 10)
    trade.ship((NORTH, STATION), line("A", (60, 70)))
    trade.recall("R/1", {"lot": "A", "ranges": [[5, 15], [55, 65]]})
    entry = trade.world.get(recall_key("R/1"))
    assert entry["scope"] == {"gtin": GTIN, "lot": "A", "packs": 20}
    assert (entry["status"], entry["by"], entry["opened"], entry["closed"]) == ("open", MAKER, trade.world.time, None)
    assert trade.world.get(recall_range_key("R/1", 0)) == {"ranges": [[5, 15], [55, 65]]}
    marked = {slot for slot in range(200) if trade.run("A", slot)["recalls"] == ["R/1"]}
    assert marked == {*range(5, 15), *range(55, 65)}
    assert [trade.run("A", slot)["state"] for slot in (9, 10, 11, 59, 60, 65)] == [
        "active", "dispensed", "active", "active", "moving", "moving",
    ]  # fmt: skip


def test_recall_of_a_batch_or_product_is_one_mark(trade: Trade) -> None:
    trade.recall("R1", {"lot": "A"})
    trade.recall("R2", {}, "agency/desk", markets=BOTH)
    trade.recall("R3", {"lot": "A"}, "second/admin", markets=["XE"])
    assert trade.batch("A")["recalls"] == ["R1", "R3"]
    assert trade.world.get(product_key(GTIN))["recalls"] == ["R2"]
    assert trade.world.get(recall_key("R2"))["by"] == AGENCY
    assert trade.batch("A")["history"]["n"] == 4
    assert trade.run("A", 0)["recalls"] == []


def test_recalls_of_many_ranges_are_kept_in_chunks(trade: Trade) -> None:
    trade.commission("B", 1_000)
    ranges = [[3 * place, 3 * place + 1] for place in range(151)]
    trade.recall("R1", {"lot": "B", "ranges": ranges})
    assert list(recalled_ranges(trade.world.view, "R1")) == ranges
    assert trade.world.get(recall_range_key("R1", 1)) == {"ranges": ranges[150:]}


def test_recall_is_refused(trade: Trade) -> None:
    assert refuse_recall(trade, {"gtin": SECOND_GTIN}) == "drugs.product.unknown"
    assert refuse_recall(trade, {"lot": "X"}) == "drugs.batch.unknown"
    trade.recall("R1", {"lot": "Q"})
    assert refuse_recall(trade, {"lot": "A"}) == "drugs.recall.exists"
    new = {"number": "R2"}
    assert refuse_recall(trade, {"lot": "A"}, markets=["CN", "ZZ"], **new) == "drugs.market.unknown"
    assert refuse_recall(trade, {"lot": "A"}, "other/qp", **new) == "drugs.recall.not_entitled"
    assert refuse_recall(trade, {"lot": "A"}, "bridge/till", **new) == "drugs.recall.not_entitled"
    assert refuse_recall(trade, {"lot": "A"}, "second/admin", markets=BOTH, **new) == "drugs.recall.not_entitled"
    trade.change(product_key(GTIN), markets=[{"market": "CN", "authorisation": "1"}])
    assert refuse_recall(trade, {"lot": "A"}, markets=BOTH, **new) == "drugs.recall.market"
    assert refuse_recall(trade, {"lot": "A", "ranges": [[0, 1], [199, 201]]}, **new) == "drugs.range.invalid"


def test_recall_of_too_many_runs(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace.drugs.runs.gather.__defaults__", (2,))
    assert refuse_recall(trade, {"lot": "A", "ranges": [[0, 120]]}) == "drugs.range.too_many"
    assert refuse_recall(trade, {"lot": "A", "ranges": [[0, 201]]}) == "drugs.range.invalid"
    trade.recall("R1", {"lot": "A", "ranges": [[0, 60]]})


def test_checks_of_a_recall_come_in_order(trade: Trade) -> None:
    trade.recall("R1", {"lot": "Q"})
    trade.change(product_key(GTIN), markets=[{"market": "CN", "authorisation": "1"}])
    wrong: dict[str, Any] = {"markets": ["XE", "ZZ"]}
    scope: dict[str, Any] = {"gtin": SECOND_GTIN, "lot": "X", "ranges": [[0, 201]]}
    assert refuse_recall(trade, scope, "other/qp", **wrong) == "drugs.product.unknown"
    scope = {"lot": "X", "ranges": [[0, 201]]}
    assert refuse_recall(trade, scope, "other/qp", **wrong) == "drugs.batch.unknown"
    scope["lot"] = "A"
    assert refuse_recall(trade, scope, "other/qp", **wrong) == "drugs.recall.exists"
    wrong["number"] = "R2"
    assert refuse_recall(trade, scope, "other/qp", **wrong) == "drugs.market.unknown"
    wrong["markets"] = ["XE"]
    assert refuse_recall(trade, scope, "other/qp", **wrong) == "drugs.recall.not_entitled"
    assert refuse_recall(trade, scope, "second/admin", **wrong) == "drugs.recall.market"
    wrong["markets"] = ["CN"]
    assert refuse_recall(trade, scope, **wrong) == "drugs.range.invalid"


@pytest.mark.parametrize("scope", [{}, {"lot": "A"}, {"lot": "A", "ranges": [[0, 200]]}])
def test_one_thing_holds_a_bounded_number_of_recalls(trade: Trade, scope: dict[str, Any]) -> None:
    for number in range(RECALLS_LIMIT):
        trade.recall(f"R{number:039d}", scope, "agency/desk")
    assert refuse_recall(trade, scope, "agency/desk") == "drugs.recall.too_many"


@pytest.mark.parametrize("scope", [{}, {"lot": "A"}, {"lot": "A", "ranges": [[0, 200]]}])
def test_an_owner_cannot_use_up_the_room_for_the_regulators_recall(trade: Trade, scope: dict[str, Any]) -> None:
    """Else a firm could fill its product with recalls for a market where nothing is sold, and none could be opened where it is."""
    for number in range(OWNER_RECALLS_LIMIT):
        trade.recall(f"XE-{number}", scope, markets=["XE"])
    assert refuse_recall(trade, scope) == "drugs.recall.too_many"
    trade.recall("CN-1", scope, "agency/desk")
    assert trade.refuse_sale(BRIDGE, "A", 4).code.endswith(".recalled")


def test_texts_have_to_fit_into_the_entry(trade: Trade) -> None:
    trade.recall("R1", {"lot": "A"}, text={"zh": "药" * 500, "en": "药" * 500}, contact="x" * 120)
    refusal = trade.refuse("drugs.recall", recall_body("R2", {"lot": "A"}, text={"zh": "𠮷" * 500, "en": "𠮷" * 500}), "maker/qp")
    assert (refusal.code, refusal.field, refusal.found.partition(":")[0]) == ("drugs.body.field", "text", "length")


def test_expired_licence_does_not_stop_a_recall(trade: Trade) -> None:
    party = f"party/{MAKER}"
    roles = [{**each, "until": "2025-12-31"} for each in trade.world.get(party)["roles"]]
    trade.change(party, roles=roles)
    trade.recall("R1", {"lot": "A"})


# --- close -------------------------------------------------------------------------------------------------------------------


def test_completed_recall_keeps_its_marks(trade: Trade) -> None:
    trade.recall("R1", {"lot": "A"})
    trade.do("drugs.recall.close", close_body("R1", "completed"), "maker/qp")
    entry = trade.world.get(recall_key("R1"))
    assert (entry["status"], entry["closed"]) == ("completed", {"at": trade.world.time, "by": MAKER})
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.batch.recalled"
    trade.recall("R2", {})
    trade.do("drugs.recall.close", close_body("R2", "completed"), "agency/desk")


@pytest.mark.parametrize("scope", [{}, {"lot": "A"}, {"lot": "A", "ranges": [[3, 8]]}])
def test_recall_in_error_takes_its_marks_away(trade: Trade, scope: dict[str, Any]) -> None:
    trade.recall("R0", {"lot": "A", "ranges": [[5, 6]]})
    trade.recall("R1", scope)
    assert trade.refuse_sale(BRIDGE, "A", 4).code.endswith(".recalled")
    before = trade.run("A", 5)["history"]["n"]
    trade.do("drugs.recall.close", close_body("R1", "issued_in_error"), "agency/desk")
    trade.dispense(BRIDGE, "A", 4)
    assert trade.refuse_sale(BRIDGE, "A", 5).code == "drugs.pack.recalled"
    assert trade.run("A", 5)["history"]["n"] == before + ("ranges" in scope)


def test_error_needs_regulators_of_all_markets(trade: Trade) -> None:
    trade.recall("R1", {}, markets=BOTH)
    body = close_body("R1", "issued_in_error")
    assert trade.refuse("drugs.recall.close", body, "maker/qp").code == "drugs.recall.not_entitled"
    assert trade.refuse("drugs.recall.close", body, "second/admin").code == "drugs.recall.not_entitled"
    copy = trade.copy()
    copy.world.do("drugs.recall.close", body, "agency/desk")
    assert copy.world.get(recall_key("R1"))["status"] == "issued_in_error"
    trade.world.do("drugs.recall.close", body, "maker/qp", "agency/admin", "second/admin")


def test_close_is_refused(trade: Trade) -> None:
    assert trade.refuse("drugs.recall.close", close_body("R1", "completed"), "maker/qp").code == "drugs.recall.unknown"
    trade.recall("R1", {"lot": "A"})
    for signer in ("other/qp", "north/desk", "second/admin"):
        assert trade.refuse("drugs.recall.close", close_body("R1", "completed"), signer).code == "drugs.recall.not_entitled"
    trade.do("drugs.recall.close", close_body("R1", "completed"), "maker/qp")
    assert trade.refuse("drugs.recall.close", close_body("R1", "issued_in_error"), "north/desk").code == "drugs.recall.closed"


def test_error_on_too_many_runs(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    trade.recall("R1", {"lot": "A", "ranges": [[0, 30]]})
    for slot in (3, 7):
        trade.change_run("A", slot, recalls=[])
        trade.dispense(BRIDGE, "A", slot)
    monkeypatch.setattr("trace.drugs.runs.gather.__defaults__", (2,))
    assert trade.refuse("drugs.recall.close", close_body("R1", "issued_in_error"), "agency/desk").code == "drugs.range.too_many"
