"""From a scanned text to an answer: the demonstration's packs by every form of code, their way, and what waits for a block."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.made import Made
from chain.node import Node
from chain.store.blobs import MemoryBlobs
from tests.trace.drugs.goods import GTIN, Trade, batch_body, line, pack_list
from tests.trace.world import BRIDGE as SHOP
from tests.trace.world import STATION as OTHER_SHOP
from trace.demo.events import BATCHES
from trace.demo.world import BRIDGE, EXAMPLAMOL, HILLSIDE, STATION, serial
from trace.drugs.packs import PackList
from trace.drugs.packstore import PackStore
from trace.drugs.scanning import FINAL, PENDING, Options, ScanResult, evidence_time, receipt_hash, scan
from trace.ledger import Ledger, open_ledger

GS = "\x1d"
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def ledger(built_demo: Path) -> Iterator[Ledger]:
    with open_ledger(built_demo, writing=False) as opened:
        yield opened


def ask(ledger: Ledger, text: str, **options: Any) -> ScanResult:
    now = ledger.node.tip.header.time
    return scan(ledger, text, Options(**{"now": now, "evidence_time": now, **options}))


def element_string(lot: str, slot: int, **changed: str) -> str:
    """`01 17 10 21` of a demonstration pack, as a scanner sends it."""
    gtin = BATCHES[lot].gtin
    values = {"serial": serial(gtin, lot, slot), "lot": lot, **changed}
    return f"01{gtin}10{values['lot']}{GS}21{values['serial']}"


TILL = {"viewer": "pharmacy", "place": BRIDGE}


@pytest.mark.parametrize(
    "text",
    [
        element_string("EX2601A", 3),
        "]d2" + element_string("EX2601A", 3),
        element_string("EX2601A", 3).replace(GS, ""),
        element_string("EX2601A", 3).lower(),
        f"(01){EXAMPLAMOL}(10)EX2601A(21){serial(EXAMPLAMOL, 'EX2601A', 3)}",
        f"https://localhost/01/{EXAMPLAMOL}/10/EX2601A/21/{serial(EXAMPLAMOL, 'EX2601A', 3)}",
        f"https://localhost/01/{EXAMPLAMOL}/21/{serial(EXAMPLAMOL, 'EX2601A', 3)}",
        f"01{EXAMPLAMOL}21{serial(EXAMPLAMOL, 'EX2601A', 3)}\r\n",
    ],
)
def test_every_form_of_a_code_leads_to_the_same_pack(ledger: Ledger, text: str) -> None:
    found = ask(ledger, text, **TILL)
    assert (found.verdict.code, found.verdict.custody, found.facts.slot) == ("GENUINE_SALEABLE", "named", 3)
    assert found.facts.batch is not None and found.facts.batch.lot == "EX2601A"


def test_the_batch_that_was_found_is_named(ledger: Ledger) -> None:
    item = ask(ledger, f"01{EXAMPLAMOL}21{serial(EXAMPLAMOL, 'EX2601A', 3)}").as_json()["item"]
    assert (item["lot"], item["slot"], item["product"]["en"]) == ("EX2601A", 3, "Examplamol 500 mg, 20 tablets")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NOT_A_MEDICINE_CODE"),
        ("hello", "NOT_A_MEDICINE_CODE"),
        ("x" * 5_000, "NOT_A_MEDICINE_CODE"),
        (element_string("EX2601A", 3, serial="NOSUCHSERIAL0"), "UNKNOWN_SERIAL"),
        (element_string("EX2601A", 3, serial="NOSUCHSERIAL0").lower(), "UNKNOWN_BATCH"),
        (element_string("EX2601A", 3, serial="NOSUCHSERIAL0") + "\r\n", "UNKNOWN_SERIAL"),
        (f"01{EXAMPLAMOL}10EX2601A", "BATCH_CODE"),
        (f"01{EXAMPLAMOL}10NONE", "UNKNOWN_BATCH"),
        (EXAMPLAMOL[1:], "NO_SERIAL"),
        ("00095210010000000017", "NO_SERIAL"),
        ("01095210090099062199", "UNKNOWN_PRODUCT"),
        ("89999999000000000017", "UNKNOWN_PRODUCT"),
    ],
)
def test_other_texts(ledger: Ledger, text: str, code: str) -> None:
    found = ask(ledger, text)
    assert found.verdict.code == code, found.verdict.reasons
    assert found.verdict.light != "green"
    json.dumps(found.as_json())


def test_a_wedge_that_turns_letters_over_is_set_right_before_anybody_is_alarmed(ledger: Ledger) -> None:
    text = element_string("EX2601A", 3, serial="NOSUCHSERIAL0").lower()
    fault = ask(ledger, text, **TILL)
    assert (fault.verdict.code, fault.verdict.light, fault.verdict.level, fault.notes) == ("SCANNER_FAULT", "blue", 1, ("caps_lock",))
    assert ask(ledger, text.replace("ex2601a", "nothing"), **TILL).verdict.code == "UNKNOWN_BATCH"


def test_a_foreign_host_is_noted(ledger: Ledger) -> None:
    path = f"/01/{EXAMPLAMOL}/10/EX2601A/21/{serial(EXAMPLAMOL, 'EX2601A', 3)}"
    assert ask(ledger, f"https://fake.example{path}", **TILL).notes == ("unknown_host",)
    assert ask(ledger, f"https://localhost{path}", **TILL).notes == ()
    assert ask(ledger, element_string("EX2601A", 3).lower(), **TILL).as_json()["notes"][0]["words"]["en"].startswith("Caps lock is on")


# --- the way -------------------------------------------------------------------------------------------------------------------


def test_the_way_shows_both_signatures_of_every_hand_over(ledger: Ledger) -> None:
    journey = ask(ledger, element_string("EX2601A", 0), viewer="consumer").journey
    kinds = [passage.kind for passage in journey.passages]
    assert kinds == ["drugs.batch", "drugs.release", *["drugs.ship", "drugs.receive"] * 2, "drugs.dispense"]
    for handed, taken in ((journey.passages[2], journey.passages[3]), (journey.passages[4], journey.passages[5])):
        assert taken.given == handed.signature and taken.signature != handed.signature
        assert (taken.place, taken.to) == (handed.place, handed.to)
    assert [passage.height for passage in journey.passages] == sorted(passage.height for passage in journey.passages)
    assert all(passage.late_ms == 0 for passage in journey.passages)


def test_the_public_sees_links_of_the_trade_as_role_and_region(ledger: Ledger) -> None:
    text = element_string("EX2601A", 0)
    public, member = (ask(ledger, text, member=member).journey.passages[3] for member in (False, True))
    assert public.to is not None and (public.to.gln, public.to.names, public.to.role, public.to.region) == (
        None,
        None,
        "distributor",
        "North",
    )
    assert (public.signature.party, public.signature.names) == (None, None)
    assert public.given is not None and public.given.names is not None
    assert member.to is not None and member.to.names is not None and member.signature.party is not None
    assert "North Distribution" not in json.dumps(ask(ledger, text).as_json(), ensure_ascii=False)


def test_a_pack_that_was_sold_and_brought_back(ledger: Ledger) -> None:
    kinds = [passage.kind for passage in ask(ledger, element_string("EX2601A", 4), **TILL).journey.passages]
    assert kinds[-2:] == ["drugs.dispense", "drugs.undo"]


def test_recalls_belong_to_the_way(ledger: Ledger) -> None:
    found = ask(ledger, element_string("EX2602R", 0))
    recalls = [passage.detail for passage in found.journey.passages if passage.kind == "drugs.recall"]
    assert [(detail["number"], detail["class"]) for detail in recalls] == [("R-2026-001", 1)]
    assert [(number, entry["class"]) for number, entry in found.recalls] == [("R-2026-001", 1)]


def test_a_loose_pack_shows_what_the_place_took_in(ledger: Ledger) -> None:
    found = ask(ledger, element_string("TE2603L", 0), viewer="pharmacy", place=HILLSIDE)
    assert (found.verdict.code, found.verdict.custody, found.facts.received) == ("GENUINE_SALEABLE", "batch", 40)
    said = found.as_json()["verdict"]["words"]["custody"]
    assert said["en"] == "This pharmacy received 40 packs of the batch, 39 are left; which ones is not recorded"
    assert [passage.detail.get("loose") for passage in found.journey.passages][-1] == 40
    assert ask(ledger, element_string("TE2603L", 0)).facts.way == "batch"


def test_without_the_way_nothing_is_said_about_custody(ledger: Ledger) -> None:
    found = ask(ledger, element_string("EX2601A", 3), journey=False, **TILL)
    assert (found.verdict.code, found.verdict.custody, found.journey.passages) == ("GENUINE_SALEABLE", None, ())


def test_the_way_of_a_batch(ledger: Ledger) -> None:
    kinds = [passage.kind for passage in ask(ledger, f"01{EXAMPLAMOL}10EX2602R").journey.passages]
    assert kinds == ["drugs.batch", "drugs.release", "drugs.recall"]


# --- age, day, finality ----------------------------------------------------------------------------------------------------------


def test_age_is_counted_from_the_evidence(ledger: Ledger) -> None:
    text, now = element_string("EX2601A", 3), ledger.node.tip.header.time
    old = ask(ledger, text, now=now + 16 * MINUTE_MS, evidence_time=now, **TILL)
    assert (old.verdict.code, old.asked.age_s) == ("PROOF_STALE", 960)
    assert ask(ledger, text, now=now + 15 * MINUTE_MS, evidence_time=now, **TILL).verdict.code == "GENUINE_SALEABLE"
    assert ask(ledger, text, evidence_time=None, **TILL).verdict.code == "PROOF_STALE"
    assert ask(ledger, text, now=0, evidence_time=now, **TILL).asked.age_s == 0
    assert evidence_time(ledger.node, now + 5) == now


def test_a_clock_set_back_makes_no_expired_pack_green(ledger: Ledger) -> None:
    expired = ask(ledger, element_string("EX2401X", 0), now=0, viewer="pharmacy", place=HILLSIDE)
    assert expired.verdict.code == "EXPIRED"


def test_finality_is_that_of_the_newest_event(ledger: Ledger) -> None:
    finality = ask(ledger, element_string("EX2601A", 0)).finality
    assert finality is not None and finality.level == FINAL and finality.height is not None
    assert finality.height <= finality.final_height and finality.depth == ledger.node.tip.header.height - finality.height
    assert ask(ledger, "hello").finality is None


def test_the_answer_for_machines_has_its_members(ledger: Ledger) -> None:
    values = ask(ledger, element_string("EX2601A", 0)).as_json()
    assert set(values) == {"verdict", "item", "notes", "journey", "finality", "incidents", "evidence"}
    assert {"code", "light", "reasons", "custody", "question", "next"} <= set(values["verdict"])
    assert values["evidence"] == {"age_s": 0}
    assert values["verdict"]["question"]["kind"] == "sold"
    assert values == json.loads(json.dumps(values))


def test_the_receipt_hash_is_that_of_the_ledger(ledger: Ledger) -> None:
    assert receipt_hash(bytes(32)) == "" + receipt_hash(bytes(32)) and len(receipt_hash(bytes(32))) == 64
    found = ask(ledger, element_string("EX2601A", 0), receipt=receipt_hash(bytes(32)))
    assert found.verdict.code == "SOLD_ONCE"
    run = found.facts.run
    assert run is not None and len(run.receipts) == 1
    assert ask(ledger, element_string("EX2601A", 0), receipt=run.receipts[0]).verdict.code == "DISPENSED_TO_YOU"


# --- what waits for a block --------------------------------------------------------------------------------------------------------


def desk(trade: Trade, waiting: Trade) -> Any:
    """A ledger whose best block has one trade's state and whose pool has led to another's."""
    store = PackStore(MemoryBlobs())
    for lot, count in trade.counts.items():
        store.add(pack_list(lot, count).tree)
    node = SimpleNamespace(
        view=lambda: trade.world.view,
        sight=lambda: (trade.world.view, Made()),
        pending_view=lambda: waiting.world.view,
        tip=SimpleNamespace(header=SimpleNamespace(time=trade.world.time, height=trade.world.height)),
        final_height=trade.world.height,
        history=lambda key: [],
        overruled=list,
    )
    return SimpleNamespace(node=cast(Node, node), packs=store, hosts=())


def till(ledger: Any, slot: int, place: str = SHOP) -> ScanResult:
    now = ledger.node.tip.header.time
    return scan(ledger, f"01{GTIN}10A{GS}21A{slot:06d}", Options(now, now, "pharmacy", place))


def test_what_was_sold_a_second_ago_is_not_for_sale(trade: Trade) -> None:
    waiting = trade.copy()
    waiting.dispense(SHOP, "A", 3)
    found = till(desk(trade, waiting), 3)
    assert found.verdict.code == "ALREADY_DISPENSED_HERE"
    assert found.finality is not None and found.finality.level == PENDING
    assert till(desk(trade, waiting), 4).verdict.code == "GENUINE_SALEABLE"


def test_what_was_received_a_second_ago_is_not_green_yet(trade: Trade) -> None:
    shipment = trade.ship((SHOP, OTHER_SHOP), line("A", (3, 5)))
    waiting = trade.copy()
    waiting.receive(shipment, line("A", (3, 5)))
    assert till(desk(trade, waiting), 3, OTHER_SHOP).verdict.code == "IN_TRANSIT_TO_YOU"
    assert till(desk(waiting, waiting), 3, OTHER_SHOP).verdict.code == "GENUINE_SALEABLE"


def test_a_recall_that_waits_is_in_force(trade: Trade) -> None:
    waiting = trade.copy()
    waiting.recall("R-1", {"lot": "A"})
    assert till(desk(trade, waiting), 3).verdict.code == "RECALLED_BATCH"


def test_a_chinese_code_leads_to_its_product_and_batch(trade: Trade) -> None:
    codes = [f"8999001{number:013d}" for number in range(3)]
    packs = PackList.of_serials(GTIN, codes)
    trade.do("drugs.batch", batch_body("C", 3, root=packs.root.hex()), "maker/line")
    trade.world.view.put({"cnid/8999001": {"gtin": GTIN, "history": {"n": 1, "head": "00" * 32}}})
    ledger = desk(trade, trade)
    ledger.packs.add(packs.tree)
    now = trade.world.time
    found = scan(ledger, codes[1], Options(now, now, "pharmacy", SHOP))
    assert found.facts.batch is not None and (found.facts.batch.lot, found.facts.slot) == ("C", 1)
    assert found.verdict.code == "NOT_RELEASED"
    unknown = scan(ledger, "8999001" + "9" * 13, Options(now, now))
    assert unknown.verdict.code == "UNKNOWN_SERIAL"


# --- any text ----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    st.text(max_size=80),
    st.sampled_from(["consumer", "pharmacy", "distributor", "regulator"]),
    st.sampled_from([None, BRIDGE, STATION, "x/y"]),
)
def test_any_text_gets_an_answer_that_is_not_green(built_demo: Path, text: str, viewer: str, place: str | None) -> None:
    with open_ledger(built_demo, writing=False) as opened:
        found = ask(opened, text, viewer=viewer, place=place)
    assert found.verdict.light != "green"
    json.dumps(found.as_json())
    assert replace(found, notes=()) is not found
