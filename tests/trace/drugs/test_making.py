"""Products, batches, releases: every refusal of DOMAIN §7.1, in order, and what is written."""

from string import ascii_uppercase
from typing import Any
from urllib.parse import quote

import pytest

from chain import codec
from chain.errors import Refusal
from tests.trace.drugs.goods import CASE_GTIN, GTIN, HASH, SECOND_GTIN, Trade, batch_body, gtin, product_body
from tests.trace.world import AGENCY, MAKER, NORTH, OTHER_MAKER, OTHER_PREFIX, PLANT, World, key_body
from trace.drugs.entries import cn_id_key, level_key, product_key
from trace.drugs.making import PRODUCT_BYTES_LIMIT, add_months
from trace.drugs.recalling import RECALLS_LIMIT
from trace.market import market_key
from trace.parties.occupancy import occupancy_key

VALUE_LIMIT = 4_096
"""Bytes of a state value (PROTOCOL §5)."""
FOREIGN_GTIN = gtin(f"0{OTHER_PREFIX}00101")


# --- product -----------------------------------------------------------------------------------------------------------------


def refuse_product(world: World, **changed: Any) -> Refusal:
    return world.refuse("drugs.product", product_body(**changed), "maker/line")


def test_product_is_registered_with_all_that_hangs_on_it(world: World) -> None:
    changed = {"cn_id": "8999001", "levels": [{"gtin": CASE_GTIN, "holds": 50}], "storage": {"min": 20, "max": 80}, "form": "tablet"}
    world.do("drugs.product", product_body(**changed), "maker/line")
    entry = world.get(product_key(GTIN))
    assert (entry["owner"], entry["recalls"], entry["withdrawn"], entry["strength"]) == (MAKER, [], [], None)
    assert entry["history"]["n"] == 1
    assert world.get(cn_id_key("8999001"))["gtin"] == GTIN
    assert (world.get(level_key(CASE_GTIN))["gtin"], world.get(level_key(CASE_GTIN))["holds"]) == (GTIN, 50)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("drugs.gtin.check_digit", {"gtin": GTIN[:-1] + str((int(GTIN[-1]) + 1) % 10)}),
        ("drugs.gtin.indicator", {"gtin": gtin("9" + GTIN[1:-1])}),
        ("drugs.gtin.not_owner", {"gtin": FOREIGN_GTIN}),
        ("drugs.gtin.not_owner", {"gtin": gtin("0999900000001")}),
        ("drugs.market.unknown", {"markets": [{"market": "CN", "authorisation": "1"}, {"market": "ZZ", "authorisation": "2"}]}),
        ("drugs.product.maker", {"makers": [MAKER, NORTH]}),
        ("drugs.product.maker", {"makers": [gtin("0952109999999")[1:]]}),
        ("drugs.product.storage", {"storage": {"min": 81, "max": 80}}),
        ("drugs.product.level", {"levels": [{"gtin": CASE_GTIN[:-1] + str((int(CASE_GTIN[-1]) + 1) % 10), "holds": 5}]}),
        ("drugs.product.level", {"levels": [{"gtin": gtin("5" + FOREIGN_GTIN[1:-1]), "holds": 5}]}),
        ("drugs.product.level", {"levels": [{"gtin": GTIN, "holds": 5}]}),
        ("drugs.product.level", {"levels": [{"gtin": CASE_GTIN, "holds": 5}, {"gtin": CASE_GTIN, "holds": 6}]}),
    ],
)
def test_product_is_refused(world: World, code: str, changed: dict[str, Any]) -> None:
    assert refuse_product(world, **changed).code == code


def test_owner_is_whoever_holds_the_longest_prefix(world: World) -> None:
    assert refuse_product(world, gtin=FOREIGN_GTIN).expected == f"{OTHER_MAKER}, holder of prefix {OTHER_PREFIX}"


def test_numbers_are_used_once(trade: Trade) -> None:
    assert trade.refuse("drugs.product", product_body(), "maker/line").code == "drugs.product.exists"
    second = product_body(gtin=SECOND_GTIN, cn_id="8999001", levels=[{"gtin": CASE_GTIN, "holds": 50}])
    trade.do("drugs.product", second, "maker/line")
    third = gtin("0952100100103")
    assert trade.refuse("drugs.product", product_body(gtin=CASE_GTIN), "maker/line").code == "drugs.product.exists"
    assert trade.refuse("drugs.product", product_body(gtin=third, cn_id="8999001"), "maker/line").code == "drugs.product.cn_id_taken"
    for used in (CASE_GTIN, GTIN):
        refusal = trade.refuse("drugs.product", product_body(gtin=third, levels=[{"gtin": used, "holds": 2}]), "maker/line")
        assert (refusal.code, refusal.found) == ("drugs.product.level", f"{used}: used")


def test_product_that_leaves_no_room_for_recalls_is_refused(world: World) -> None:
    codes = [f"A{letter}" for letter in ascii_uppercase]
    world.view.put({market_key(code): world.get(market_key("CN")) for code in codes})
    markets = [{"market": code, "authorisation": "证" * 40} for code in codes]
    refusal = refuse_product(world, markets=markets)
    assert (refusal.code, refusal.field, refusal.found.partition(":")[0]) == ("drugs.body.field", "markets", "length")
    world.do("drugs.product", product_body(markets=markets[:13]), "maker/line")
    later = {"recalls": ["R" * 40] * RECALLS_LIMIT, "withdrawn": codes[:13]}
    assert len(codec.encode({**world.get(product_key(GTIN)), **later})) < VALUE_LIMIT


def test_fullest_product_has_room_for_what_comes_later() -> None:
    later = {"recalls": ["R" * 40] * RECALLS_LIMIT, "withdrawn": ["XX"] * 50, "history": {"n": 10**9, "head": HASH}}
    assert PRODUCT_BYTES_LIMIT + len(codec.encode(later)) < VALUE_LIMIT


def test_checks_of_a_product_come_in_order(trade: Trade) -> None:
    wrong: dict[str, Any] = {
        "gtin": GTIN, "markets": [{"market": "ZZ", "authorisation": "1"}], "makers": [NORTH], "storage": {"min": 5, "max": 0},
        "cn_id": "8999001", "levels": [{"gtin": FOREIGN_GTIN, "holds": 1}],
    }  # fmt: skip
    trade.do("drugs.product", product_body(gtin=SECOND_GTIN, cn_id="8999001"), "maker/line")
    right = product_body(gtin=gtin("0952100100103"))
    codes = []
    for name in ("gtin", "markets", "makers", "storage", "cn_id", "levels"):
        codes.append(trade.refuse("drugs.product", product_body(**wrong), "maker/line").code)
        wrong[name] = right[name] if name in right else {"storage": {"min": 0, "max": 5}, "cn_id": "8999002", "levels": []}[name]
    assert codes == [
        "drugs.product.exists", "drugs.market.unknown", "drugs.product.maker", "drugs.product.storage", "drugs.product.cn_id_taken",
        "drugs.product.level",
    ]  # fmt: skip
    trade.do("drugs.product", product_body(**wrong), "maker/line")


# --- batch -------------------------------------------------------------------------------------------------------------------


def test_batch_of_a_million_packs_is_one_transaction(trade: Trade) -> None:
    transaction = trade.world.sign("drugs.batch", {**batch_body("M", 1), "count": 1_000_000, "root": HASH}, "maker/line")
    changes = trade.world.put(transaction)
    name = trade.name_of("M")
    assert trade.batch("M")["roots"] == [{"from": 0, "to": 1_000_000, "root": HASH}]
    assert trade.run("M", 999_999)["end"] == 1_000_000
    assert trade.stock("M", PLANT) == (1_000_000, 0)
    assert trade.world.get(name.tally_key) == {"count": 1_000_000, "at_sites": 1_000_000, "moving": 0, "ended": {}}
    assert set(changes.values) == {
        name.batch_key, name.tally_key, name.run_key(0), name.stock_key(PLANT), occupancy_key(PLANT), f"seq/{quote(transaction.by)}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("drugs.product.unknown", {"gtin": SECOND_GTIN}),
        ("drugs.market.not_authorised", {"market": "DE"}),
        ("drugs.batch.exists", {"lot": "A"}),
        ("drugs.batch.made_in_future", {"made": "2026-01-02"}),
        ("drugs.batch.expiry_before_made", {"made": "2025-06-02", "expiry": "2025-06-01"}),
        ("drugs.batch.shelf_life", {"made": "2025-12-31", "expiry": "2029-01-01"}),
    ],
)
def test_batch_is_refused(trade: Trade, code: str, changed: dict[str, Any]) -> None:
    assert trade.refuse("drugs.batch", {**batch_body("N"), **changed}, "maker/line").code == code


def test_checks_of_a_batch_come_in_order(trade: Trade) -> None:
    wrong: dict[str, Any] = {"gtin": SECOND_GTIN, "market": "DE", "lot": "A", "made": "2026-01-09", "expiry": "2026-01-08"}
    trade.change(product_key(GTIN), withdrawn=["CN"])
    steps: list[tuple[str, str, Any]] = [
        ("drugs.product.unknown", "gtin", GTIN),
        ("drugs.market.not_authorised", "market", "CN"),
        ("drugs.product.withdrawn", "", None),
        ("drugs.batch.exists", "lot", "N"),
        ("drugs.batch.made_in_future", "made", "2026-01-01"),
        ("drugs.batch.shelf_life", "expiry", "2029-01-01"),
    ]
    for code, name, better in steps:
        if name == "expiry":
            wrong["expiry"] = "2025-12-31"
            assert trade.refuse("drugs.batch", {**batch_body("N"), **wrong}, "maker/line").code == "drugs.batch.expiry_before_made"
            wrong["expiry"] = "2029-01-02"
        assert trade.refuse("drugs.batch", {**batch_body("N"), **wrong}, "maker/line").code == code
        if name:
            wrong[name] = better
        else:
            trade.change(product_key(GTIN), withdrawn=["XE"])
    trade.do("drugs.batch", {**batch_body("N"), **wrong}, "maker/line")


def test_only_makers_and_the_owner_make_batches(trade: Trade) -> None:
    trade.do("drugs.batch", batch_body("N", site=OTHER_MAKER), "other/line")
    assert trade.batch("N")["maker"] == OTHER_MAKER
    assert trade.run("N", 0)["title"] == MAKER
    trade.change(product_key(GTIN), makers=[OTHER_MAKER])
    trade.do("drugs.batch", batch_body("O"), "maker/line")
    trade.change(product_key(GTIN), makers=[MAKER])
    refusal = trade.refuse("drugs.batch", batch_body("P", site=OTHER_MAKER), "other/line")
    assert refusal.code == "drugs.batch.not_maker"
    assert trade.refuse("drugs.batch", batch_body("P", site=NORTH), "north/desk").code == "parties.role.missing"


def test_day_of_making_counts_in_the_market(trade: Trade) -> None:
    trade.world.advance(ms=15 * 3_600_000)  # 23:00 in CN, 16:00 in XE
    trade.do("drugs.batch", batch_body("N", made="2026-01-01"), "maker/line")
    assert trade.refuse("drugs.batch", batch_body("P", made="2026-01-02"), "maker/line").code == "drugs.batch.made_in_future"
    trade.world.advance(ms=2 * 3_600_000)
    trade.do("drugs.batch", batch_body("P", made="2026-01-02"), "maker/line")
    assert trade.refuse("drugs.batch", batch_body("R", made="2026-01-02", market="XE"), "maker/line").code == "drugs.batch.made_in_future"


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-06-30", 36, "2027-06-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("9999-06-30", 120, "9999-12-31"),
    ],
)
def test_months_are_calendar_months(day: str, months: int, later: str) -> None:
    assert add_months(day, months) == later


# --- release -----------------------------------------------------------------------------------------------------------------


def release_body(lot: str = "Q", **changed: Any) -> dict[str, Any]:
    return {"gtin": GTIN, "lot": lot, "as": "qp", "decision": "released", **changed}


def test_release_by_owner_or_maker(trade: Trade) -> None:
    trade.release("Q")
    batch = trade.batch("Q")
    assert batch["status"] == "released"
    decision = batch["releases"][0]
    assert (decision["as"], decision["party"], decision["decision"], decision["since"]) == ("qp", MAKER, "released", trade.world.time)
    assert decision["height"] == trade.world.height
    trade.do("drugs.batch", batch_body("N", site=OTHER_MAKER), "other/line")
    trade.do("drugs.release", release_body("N"), "other/qp")
    assert trade.batch("N")["status"] == "released"


def test_batch_that_needs_two_releases_is_released_by_both(trade: Trade) -> None:
    trade.change(product_key(GTIN), release=["qp", "authority"])
    trade.do("drugs.release", release_body(**{"as": "authority"}), "agency/desk")
    assert trade.batch("Q")["status"] == "made"
    trade.release("Q")
    assert trade.batch("Q")["status"] == "released"
    assert [each["party"] for each in trade.batch("Q")["releases"]] == [AGENCY, MAKER]


def test_release_is_refused(trade: Trade) -> None:
    world = trade.world
    assert trade.refuse("drugs.release", release_body("X"), "maker/qp").code == "drugs.batch.unknown"
    assert trade.refuse("drugs.release", release_body(), "other/qp").code == "drugs.release.not_entitled"
    assert trade.refuse("drugs.release", release_body(), "agency/desk").code == "drugs.release.not_entitled"
    assert trade.refuse("drugs.release", release_body(**{"as": "authority"}), "maker/qp").code == "drugs.release.not_entitled"
    assert trade.refuse("drugs.release", release_body(**{"as": "authority"}), "second/admin").code == "drugs.release.not_entitled"
    assert trade.refuse("drugs.release", release_body(), "maker/line").code == "drugs.release.same_key"
    world.do("parties.key", key_body(world, "maker/second line", MAKER), "maker/admin")
    assert trade.refuse("drugs.release", release_body(), "maker/second line").code == "drugs.release.person"
    assert trade.refuse("drugs.release", release_body(**{"as": "authority"}), "agency/desk").code == "drugs.release.not_required"
    assert trade.refuse("drugs.release", release_body("A"), "maker/qp").code == "drugs.release.already"


def test_rejected_is_for_ever(trade: Trade) -> None:
    trade.change(product_key(GTIN), release=["qp", "authority"])
    trade.release("Q", decision="rejected")
    assert trade.batch("Q")["status"] == "rejected"
    assert trade.refuse("drugs.release", release_body(), "maker/qp").code == "drugs.release.already"
    assert trade.refuse("drugs.release", release_body(**{"as": "authority"}), "agency/desk").code == "drugs.batch.rejected"


def test_the_key_that_signed_the_batch_cannot_release_it_even_if_a_persons(trade: Trade) -> None:
    trade.do("drugs.batch", batch_body("N"), "maker/qp")
    assert trade.refuse("drugs.release", release_body("N"), "maker/qp").code == "drugs.release.same_key"
