"""Facts gathered from a state: every fact where it is, absences proven, nothing invented; and the verdicts that follow."""

from typing import Any

import pytest

from chain.store.blobs import MemoryBlobs
from tests.trace.drugs.goods import GTIN, SECOND_GTIN, Trade, line, pack_list
from tests.trace.world import BRIDGE, FOREIGN, HILLSIDE, MAKER, NORTH, PLANT, STATION, signing_key
from trace.drugs.case import Asked, Printed
from trace.drugs.facts import Facts, Shipment, Stock
from trace.drugs.gathering import Sought, gather
from trace.drugs.membership import Source, is_known
from trace.drugs.packs import PackList
from trace.drugs.packstore import PackStore
from trace.drugs.plain import dump, load
from trace.drugs.shapes import ENDED_STATES
from trace.drugs.verdict import Verdict, verdict
from trace.market import DAY_MS, day_in

ENDED = set(ENDED_STATES) - {"dispensed"}
REFUSED = (
    ("A", 3, BRIDGE), ("A", 3, STATION), ("A", 65, BRIDGE), ("A", 72, BRIDGE), ("A", 45, BRIDGE), ("A", 20, BRIDGE), ("A", 150, BRIDGE),
    ("L", 0, STATION), ("Q", 0, BRIDGE),
)  # fmt: skip
"""Packs and places: sold here, sold elsewhere, on the way here, elsewhere, at another shop, back to the distributor, at the plant, ..."""


def source_of(trade: Trade, *lots: str) -> Source:
    """The trade with the mark lists of these lots; of all, if none is named."""
    store = PackStore(MemoryBlobs())
    for lot in lots or trade.counts:
        store.add(pack_list(lot, trade.counts[lot]).tree)
    return Source(trade.world.view, store)


def look(trade: Trade, lot: str | None, slot: int, place: str | None = None, **other: Any) -> Facts:
    """The facts about a pack of a lot, by the serial that `pack_list` gave it."""
    sought = Sought(other.get("gtin", GTIN), lot, other.get("serial", f"{lot}{slot:06d}"), place)
    return gather(other.get("source") or source_of(trade), sought)


def judge(trade: Trade, facts: Facts, viewer: str = "pharmacy", place: str | None = None, **asked: Any) -> Verdict:
    """The verdict on facts, at the trade's time."""
    lot = facts.batch.lot if facts.batch else "A"
    printed = Printed("pack", lot, facts.batch.printed_expiry if facts.batch else None, False, (), True)
    values = {"receipt": None, "answer": None, "day": day_in(trade.world.view, "CN", trade.world.time), "age_s": 0, **asked}
    return verdict(facts, printed, Asked(viewer=viewer, place=place, **values))


def test_a_named_pack_at_its_shop(trade: Trade) -> None:
    facts = look(trade, "A", 7, BRIDGE)
    assert (facts.evidence, facts.absent, facts.slot, facts.other_lot) == ("verified", (), 7, None)
    assert facts.run is not None and (facts.run.start, facts.run.state, facts.run.site) == (0, "active", BRIDGE)
    assert facts.place == facts.holder and facts.place is not None and facts.place.kind == "shop" and facts.place.country == "CN"
    assert facts.market is not None and (facts.market.code, facts.market.offset_minutes) == ("CN", 480)
    assert facts.batch is not None and facts.batch.status == "released" and facts.batch.maker == MAKER
    assert facts.product is not None and facts.product.markets == ("CN", "XE") and facts.product.shelf_months == 36
    assert {key.key for key in facts.keys} == {signing_key("maker/line").text, signing_key("maker/qp").text}
    assert (facts.stock, facts.shipment, facts.way, facts.received) == (None, None, None, None)
    assert judge(trade, facts, place=BRIDGE).code == "GENUINE_SALEABLE"
    assert judge(trade, facts, "consumer", BRIDGE).code == "GENUINE_NOT_YET_SOLD"


def test_facts_are_plain_json(trade: Trade) -> None:
    for facts in (look(trade, "A", 7, BRIDGE), look(trade, "L", 7, BRIDGE), look(trade, "Z", 0), look(trade, "A", 0, serial="NONE")):
        assert load(Facts, dump(facts)) == facts


def test_a_pack_of_a_part_that_had_no_event_since_the_split(trade: Trade) -> None:
    trade.dispense(BRIDGE, "A", 3)
    after = look(trade, "A", 4, BRIDGE)
    assert after.run is not None and (after.run.start, after.run.end, after.run.state) == (4, 40, "active")
    sold = look(trade, "A", 3, BRIDGE)
    assert sold.run is not None and (sold.run.start, sold.run.state) == (3, "dispensed")
    assert judge(trade, sold, place=BRIDGE).code == "ALREADY_DISPENSED_HERE"
    assert judge(trade, sold, place=STATION).code == "ALREADY_DISPENSED_ELSEWHERE"
    assert judge(trade, sold, "consumer").code == "SOLD_ONCE"
    assert judge(trade, after, place=BRIDGE).code == "GENUINE_SALEABLE"


def test_a_loose_pack(trade: Trade) -> None:
    here, none_left, never = look(trade, "L", 0, BRIDGE), look(trade, "L", 0, STATION), look(trade, "L", 0)
    assert here.stock == Stock(0, 30) and here.absent == ()
    assert none_left.stock is None and none_left.absent == ("stock",)
    assert never.stock is None and never.absent == ()
    assert judge(trade, here, place=BRIDGE).custody == "batch"
    assert judge(trade, here, place=BRIDGE).code == "GENUINE_SALEABLE"
    assert judge(trade, none_left, place=STATION).code == "WRONG_CUSTODY"
    assert judge(trade, never, "consumer").code == "GENUINE_CHECK_PLACE"


def test_a_pack_on_its_way(trade: Trade) -> None:
    trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    facts = look(trade, "A", 65, BRIDGE)
    assert facts.shipment == Shipment(NORTH, BRIDGE, trade.world.time) and facts.holder is None
    assert judge(trade, facts, place=BRIDGE).code == "IN_TRANSIT_TO_YOU"
    assert judge(trade, look(trade, "A", 65, STATION), place=STATION).code == "IN_TRANSIT"


def test_a_place_that_does_not_exist(trade: Trade) -> None:
    facts = look(trade, "A", 7, "9521000000032")
    assert facts.absent == ("place",) and facts.place is None and facts.market is not None
    assert judge(trade, facts, place="9521000000032").code == "WRONG_CUSTODY"


def test_the_market_is_that_of_the_place(trade: Trade) -> None:
    facts = look(trade, "A", 7, FOREIGN)
    assert facts.market is not None and facts.market.code == "XE"
    assert judge(trade, facts, place=FOREIGN).code == "WRONG_MARKET"


# --- in the batch, out of it, or not known ------------------------------------------------------------------------------------


def test_a_serial_that_is_in_no_batch(trade: Trade) -> None:
    facts = look(trade, "A", 0, serial="NOBODY")
    assert facts.absent == ("serial",) and facts.slot is None and facts.run is None and facts.batch is not None
    assert judge(trade, facts).code == "UNKNOWN_SERIAL"


def test_a_serial_of_another_batch(trade: Trade) -> None:
    facts = look(trade, "A", 0, serial="L000005")
    assert (facts.absent, facts.other_lot, facts.slot) == (("serial",), "L", None)
    assert judge(trade, facts).code == "BATCH_MISMATCH"


def test_a_lot_that_does_not_exist(trade: Trade) -> None:
    facts = look(trade, "Z", 0)
    assert facts.absent == ("batch",) and facts.batch is None and facts.product is not None
    assert judge(trade, facts).code == "UNKNOWN_BATCH"
    other = look(trade, "Z", 0, serial="A000005")
    assert other.absent == ("batch",) and other.other_lot == "A"


def test_a_product_that_does_not_exist(trade: Trade) -> None:
    facts = look(trade, "A", 0, gtin=SECOND_GTIN)
    assert facts.absent == ("product",) and facts.product is None and facts.batch is None
    assert judge(trade, facts).code == "UNKNOWN_PRODUCT"
    assert look(trade, "A", 0, gtin=None).absent == ("product",)


def test_no_lot_is_printed(trade: Trade) -> None:
    found, nowhere = look(trade, None, 0, serial="A000005"), look(trade, None, 0, serial="NOBODY")
    assert found.slot == 5 and found.batch is not None and found.batch.lot == "A"
    assert nowhere.absent == ("serial",) and nowhere.batch is None


def test_a_node_without_the_mark_list_says_that_it_can_not_tell(trade: Trade) -> None:
    source = source_of(trade, "L")
    known, unknown = look(trade, "L", 3, source=source), look(trade, "A", 3, source=source)
    assert known.slot == 3
    assert unknown.absent == () and unknown.slot is None
    assert judge(trade, unknown).code == "NOT_SHOWN"
    nowhere = look(trade, None, 0, serial="NOBODY", source=source)
    assert nowhere.absent == () and nowhere.slot is None
    assert is_known(source, GTIN, "L", "L000003") and is_known(source, GTIN, None, "L000003")
    assert not is_known(source, GTIN, "A", "A000003") and not is_known(source, GTIN, "Z", "A000003")


def test_a_mark_list_that_was_changed_shows_nothing(trade: Trade) -> None:
    class Liar(PackStore):
        """Answers with the list of another batch under the root that was asked for."""

        def tree(self, root: bytes, digest: str | None = None) -> Any:
            tree = PackList.of_serials(GTIN, [f"A{slot:06d}" for slot in range(200, 400)]).tree
            tree.root = root
            return tree

    for serial in ("A000003", "A000203"):
        facts = look(trade, "A", 3, serial=serial, source=Source(trade.world.view, Liar(MemoryBlobs())))
        assert facts.slot is None and "serial" not in facts.absent


# --- recalls, keys, blocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "code"),
    [({}, "RECALLED_PRODUCT"), ({"lot": "A"}, "RECALLED_BATCH"), ({"lot": "A", "ranges": [[5, 9]]}, "RECALLED_PACK")],
)
def test_recalls_of_every_scope(trade: Trade, scope: dict[str, Any], code: str) -> None:
    changed: dict[str, Any] = {"class": 1, "depth": "patient"}
    trade.recall("R-1", scope, **changed)
    facts = look(trade, "A", 7, BRIDGE)
    assert [(recall.number, recall.recall_class, recall.depth) for recall in facts.recalls] == [("R-1", 1, "patient")]
    found = judge(trade, facts, place=BRIDGE)
    assert (found.code, found.light, dict(found.reasons[0].params)) == (code, "red", {"class": 1, "number": "R-1"})
    assert found.refused == trade.refuse_sale(BRIDGE, "A", 7).code


def test_a_key_that_was_stolen_before_it_signed(trade: Trade) -> None:
    body = {"public": signing_key("maker/line").text, "reason": "compromised", "compromised_since": trade.world.time - 30 * DAY_MS}
    trade.do("parties.revoke", body, "maker/admin")
    facts = look(trade, "A", 7, BRIDGE)
    found = judge(trade, facts, place=BRIDGE)
    assert found.code == "ISSUER_REVOKED"
    assert found.refused == trade.refuse_sale(BRIDGE, "A", 7).code


def test_what_the_verdict_says_is_what_the_till_is_told(trade: Trade) -> None:
    """The refusal in the verdict is the code of the rule, pack by pack (DOMAIN §7.4 and §10.2 have one order)."""
    trade.dispense(BRIDGE, "A", 3)
    trade.ship((NORTH, BRIDGE), line("A", (60, 70)))
    trade.ship((NORTH, STATION), line("A", (70, 75)))
    trade.send_back((BRIDGE, NORTH), line("A", (20, 22)), purpose="damaged")
    for slot, state in enumerate(sorted(ENDED), 25):
        copy = trade.copy()
        copy.change_run("A", slot, state=state)
        facts = look(copy, "A", slot, BRIDGE)
        assert judge(copy, facts, place=BRIDGE).refused == copy.refuse_sale(BRIDGE, "A", slot).code, state
    for block in ("suspect", "quality", "returned"):
        copy = trade.copy()
        copy.change_run("A", 5, block={"why": block, "by": NORTH})
        assert judge(copy, look(copy, "A", 5, BRIDGE), place=BRIDGE).refused == copy.refuse_sale(BRIDGE, "A", 5).code, block
    for lot, slot, place in REFUSED:
        facts = look(trade, lot, slot, place)
        assert judge(trade, facts, place=place).refused == trade.refuse_sale(place, lot, slot).code, (lot, slot, place)
    for lot, slot, place in (("A", 7, BRIDGE), ("A", 45, STATION), ("L", 4, HILLSIDE)):
        found = judge(trade, look(trade, lot, slot, place), place=place)
        assert (found.light, found.refused) == ("green", None)
        trade.dispense(place, lot, slot)


def test_product_facts_without_a_serial(trade: Trade) -> None:
    batch, product = gather(source_of(trade), Sought(GTIN, "A")), gather(source_of(trade), Sought(GTIN))
    assert batch.batch is not None and batch.run is None and batch.absent == ()
    assert product.product is not None and product.batch is None and product.market is None
    assert gather(source_of(trade), Sought(GTIN, None, None, PLANT)).market is not None
    assert gather(source_of(trade), Sought(None)).absent == ()
