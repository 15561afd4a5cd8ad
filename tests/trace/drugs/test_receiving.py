"""Receive with its differences, and refuse: every refusal of DOMAIN §7.2 and what is written."""

from typing import Any

import pytest

from tests.trace.drugs.goods import GTIN, HASH, Trade, difference, line, loose
from tests.trace.world import BRIDGE, HILLSIDE, MAKER, NORTH, PLANT, RIVER, SOUTH, STATION, names, role
from trace.drugs.entries import line_key, product_key, shipment_key
from trace.drugs.invariants import validate_invariants
from trace.drugs.kinds import KINDS
from trace.parties.occupancy import occupancy
from trace.parties.queries import party_key

WAY = (NORTH, BRIDGE)


def sent(trade: Trade) -> str:
    """[60, 80) of batch A and 10 loose packs of batch L are on their way to Bridge."""
    return trade.ship(WAY, line("A", (60, 80)), loose("L", 10))


# --- receive: effect ---------------------------------------------------------------------------------------------------------


def test_parts_arrive_and_the_last_one_closes_the_shipment(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(shipment, line("A", (60, 65), (70, 72)), loose("L", 4))
    entry = trade.shipment(shipment)
    assert (entry["status"], entry["open"], entry["touched"]) == ("open", 19, True)
    assert (trade.stock("A", BRIDGE), trade.stock("L", BRIDGE)) == ((47, 0), (0, 34))
    assert trade.world.get(line_key(shipment, 1))["loose"] == 6
    run = trade.run("A", 60)
    assert (run["state"], run["site"], run["shipment"], run["title"], run["block"]) == ("active", BRIDGE, None, RIVER, None)
    assert trade.run("A", 65)["state"] == "moving"
    trade.receive(shipment, line("A", (65, 70), (72, 80)), loose("L", 6))
    entry = trade.shipment(shipment)
    assert (entry["status"], entry["open"], entry["history"]["n"]) == ("closed", 0, 3)
    assert occupancy(trade.world.view, BRIDGE)["shipments"] == 0
    assert trade.world.get(trade.name_of("A").tally_key)["moving"] == 0
    assert trade.world.get(trade.name_of("L").stock_key(BRIDGE))["history"]["n"] == 3


def test_title_stays_where_the_shipment_says_so(trade: Trade) -> None:
    shipment = trade.ship(WAY, line("A", (60, 70)), title="stays")
    trade.receive(shipment, line("A", (60, 70)))
    assert trade.run("A", 60)["title"] == NORTH


def test_final_turns_the_rest_into_missing(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(shipment, line("A", (60, 78)), loose("L", 7), final=True)
    assert trade.shipment(shipment)["status"] == "closed"
    run = trade.run("A", 78)
    assert (run["state"], run["site"], run["shipment"], run["end"]) == ("missing", None, shipment, 80)
    assert trade.batch("L")["loose_missing"] == 3
    assert trade.batch("L")["history"]["n"] == 3
    assert trade.world.get(trade.name_of("A").tally_key)["ended"] == {"missing": 2}
    assert trade.world.get(trade.name_of("L").tally_key)["ended"] == {"missing": 3}


def test_nothing_arrived_at_all(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(shipment, final=True)
    assert (trade.run("A", 60)["state"], trade.batch("L")["loose_missing"]) == ("missing", 10)


def test_differences(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(
        shipment,
        line("A", (60, 70)),
        loose("L", 5),
        difference("missing", "A", (70, 72)),
        difference("missing", "L", loose=2, note="short"),
        difference("damaged", "A", (72, 73)),
        difference("seal_broken", "A", (73, 74)),
        difference("excursion", "A", (74, 75)),
        difference("extra", "A", (1, 2)),
        difference("wrong_item", "X", loose=3),
        difference("extra", "A", (1, 2), note=None),
    )
    assert trade.run("A", 70)["state"] == "missing"
    found = [(trade.run("A", slot)["state"], trade.run("A", slot)["block"]) for slot in (72, 73, 74)]
    assert found == [("active", {"why": why, "by": RIVER}) for why in ("damaged", "seal_broken", "excursion")]
    assert (trade.shipment(shipment)["open"], trade.batch("L")["loose_missing"]) == (8, 2)
    assert trade.run("A", 1)["site"] == BRIDGE


def test_loose_packs_may_be_named_as_damaged(trade: Trade) -> None:
    shipment = sent(trade)
    packs, proofs = trade.scanned("L", 3, 4, 9)
    trade.receive(shipment, loose("L", 7), difference("damaged", "L", packs=packs), proofs=proofs)
    run = trade.run("L", 3)
    assert (run["end"], run["state"], run["site"], run["block"]) == (5, "active", BRIDGE, {"why": "damaged", "by": RIVER})
    assert (trade.stock("L", BRIDGE), trade.shipment(shipment)["open"]) == ((3, 37), 20)
    assert trade.world.get(line_key(shipment, 1))["loose"] == 0


def test_remarks_alone_do_not_touch_a_shipment(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(shipment, difference("extra", "A", (1, 2)))
    assert trade.shipment(shipment)["touched"] is False
    trade.do("drugs.cancel", {"shipment": shipment, "reason": "mistake"}, "north/desk")


def test_receipt_is_never_refused_for_what_is_wrong_with_goods_or_receiver(trade: Trade) -> None:
    shipment = sent(trade)
    trade.recall("R1", {"lot": "A"})
    trade.recall("R2", {"lot": "A", "ranges": [[61, 62]]})
    trade.change_run("A", 62, block={"why": "suspect", "by": MAKER})
    trade.change(product_key(GTIN), withdrawn=["CN"])
    trade.change(trade.name_of("A").batch_key, expiry="2025-12-31")
    trade.change(party_key(RIVER), roles=[role("pharmacy", until="2025-12-31")])
    trade.do("parties.suspend", {"party": RIVER, "roles": None, "reason": names("why")}, "agency/admin")
    trade.receive(shipment, line("A", (60, 80)), loose("L", 10))
    assert trade.run("A", 61)["recalls"] == ["R2"]
    assert trade.run("A", 62)["block"] == {"why": "suspect", "by": MAKER}


# --- receive: by purpose -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "checked", "block"),
    [
        ("misdelivery", False, "returned"),
        ("misdelivery", True, None),
        ("saleable", False, "returned"),
        ("saleable", True, None),
        ("recall", True, "recall"),
        ("expired", True, "expired"),
        ("damaged", True, "damaged"),
        ("destruction", True, "destruction"),
    ],
)
def test_returns_arrive_by_purpose(trade: Trade, purpose: str, checked: bool, block: str | None) -> None:
    delivery = trade.deliver(WAY, line("A", (60, 80)))
    shipment = trade.send_back((BRIDGE, NORTH), line("A", (60, 80)), purpose=purpose, of=delivery)
    trade.receive(shipment, line("A", (60, 80)), checked=checked)
    assert trade.run("A", 60)["block"] == ({"why": block, "by": NORTH} if block else None)
    assert trade.run("A", 60)["title"] == (RIVER if purpose == "destruction" else NORTH)
    if block:
        assert trade.refuse_ship((NORTH, SOUTH), line("A", (60, 61))).code == "drugs.pack.blocked"
        trade.send_back((NORTH, PLANT), line("A", (60, 61)), purpose="destruction")


def test_receipt_lifts_no_block_but_returned(trade: Trade) -> None:
    shipment = trade.send_back((BRIDGE, NORTH), line("A", (0, 10)))
    trade.receive(shipment, line("A", (0, 10)), checked=False)
    trade.change_run("A", 0, block={"why": "returned", "by": NORTH})
    shipment = trade.send_back((NORTH, PLANT), line("A", (0, 10)))
    trade.change_run("A", 0, block={"why": "returned", "by": NORTH})
    trade.receive(shipment, line("A", (0, 5)), checked=True)
    assert trade.run("A", 0)["block"] is None
    trade.change_run("A", 5, block={"why": "suspect", "by": NORTH})
    trade.receive(shipment, line("A", (5, 10)), checked=True)
    assert trade.run("A", 5)["block"] == {"why": "suspect", "by": NORTH}


def test_loose_packs_come_back_without_a_block(trade: Trade) -> None:
    shipment = trade.send_back((BRIDGE, NORTH), loose("L", 5), purpose="damaged")
    trade.receive(shipment, loose("L", 5))
    assert trade.stock("L", NORTH) == (0, 55)


# --- receive: refusals -------------------------------------------------------------------------------------------------------


def test_whose_shipment_it_is(trade: Trade) -> None:
    shipment = sent(trade)
    body = {"shipment": HASH, "checked": True, "final": True}
    assert trade.refuse("drugs.receive", body, "bridge/till").code == "drugs.shipment.unknown"
    assert trade.refuse_receipt(shipment, final=True, signer="hillside/till").code == "drugs.shipment.not_receiver"
    assert trade.refuse_receipt(shipment, final=True, signer="north/desk").code == "drugs.shipment.not_receiver"
    assert trade.refuse_receipt(shipment, final=True, signer="station/till").code == "parties.key.site"
    trade.receive(shipment, final=True)
    assert trade.refuse_receipt(shipment, final=True).code == "drugs.shipment.closed"


def test_forms_of_a_receipt(trade: Trade) -> None:
    shipment = sent(trade)
    assert trade.refuse_receipt(shipment).code == "drugs.lines.empty"
    refusal = trade.refuse_receipt(shipment, line("A", (60, 61)), difference("melted", "A", (61, 62)))
    assert (refusal.code, refusal.line) == ("drugs.receive.difference", 1)
    assert trade.refuse_receipt(shipment, line("A", (60, 61)), line("A", (61, 62))).code == "drugs.lines.duplicate"
    assert trade.refuse_receipt(shipment, loose("L", 1), loose("L", 1)).code == "drugs.lines.duplicate"
    for what in ("missing", "damaged"):
        refusal = trade.refuse_receipt(shipment, line("A", (60, 70)), difference(what, "A", (69, 71)))
        assert (refusal.code, refusal.found) == ("drugs.lines.overlap", "slot 69 of lot A twice")
    assert (
        trade.refuse_receipt(shipment, difference("missing", "A", (60, 62)), difference("missing", "A", (61, 63))).code
        == "drugs.lines.overlap"
    )


@pytest.mark.parametrize(
    ("item", "slot"),
    [
        (line("A", (59, 61)), "slot 59"),
        (line("A", (60, 61), (79, 81)), "slot 80"),
        (line("A", (79, 80), (300, 301)), "slot 300"),
        (line("X", (4, 9)), "slot 4"),
        (line("L", (4, 9)), "slot 4"),
        (difference("damaged", "A", (0, 1)), "slot 0"),
        (loose("A", 1), "lot A"),
        (loose("X", 1), "lot X"),
        (difference("missing", "A", loose=1), "lot A"),
    ],
)
def test_what_is_not_in_the_shipment(trade: Trade, item: dict[str, Any], slot: str) -> None:
    refusal = trade.refuse_receipt(sent(trade), loose("L", 1), item)
    assert (refusal.code, refusal.found, refusal.line) == ("drugs.receive.not_in_shipment", slot, 1)


def test_what_is_no_longer_open(trade: Trade) -> None:
    shipment, other = sent(trade), trade.ship(WAY, line("A", (80, 90)))
    trade.receive(shipment, line("A", (60, 70)))
    assert trade.refuse_receipt(shipment, line("A", (69, 71))).found == "slot 69"
    assert trade.refuse_receipt(shipment, line("A", (79, 81))).found == "slot 80"
    assert trade.refuse_receipt(other, line("A", (79, 81))).found == "slot 79"


def test_numbers_of_loose_packs(trade: Trade) -> None:
    shipment = sent(trade)
    refusal = trade.refuse_receipt(shipment, loose("L", 8), difference("missing", "L", loose=3))
    assert (refusal.code, refusal.expected, refusal.found, refusal.line) == ("drugs.receive.too_many", "10", "11", 1)
    packs, proofs = trade.scanned("L", 3)
    refusal = trade.refuse_receipt(shipment, loose("L", 10), difference("damaged", "L", packs=packs), proofs=proofs)
    assert refusal.code == "drugs.receive.too_many"
    trade.receive(shipment, loose("L", 4))
    assert trade.refuse_receipt(shipment, loose("L", 7)).expected == "6"


def test_batch_sent_both_by_name_and_by_number(trade: Trade) -> None:
    trade.name(NORTH, "L", 1, 2)
    shipment = trade.ship(WAY, loose("L", 5), line("L", (1, 3)))
    trade.receive(shipment, loose("L", 4), line("L", (1, 2)), difference("missing", "L", (2, 3)))
    assert (trade.stock("L", BRIDGE), trade.shipment(shipment)["open"]) == ((1, 34), 1)


@pytest.mark.parametrize("what", ["damaged", "seal_broken", "excursion"])
def test_blocked_packs_have_to_be_named(trade: Trade, what: str) -> None:
    shipment = sent(trade)
    refusal = trade.refuse_receipt(shipment, line("A", (60, 61)), difference(what, "L", loose=1))
    assert (refusal.code, refusal.line) == ("drugs.receive.must_name", 1)


def test_packs_named_out_of_loose_ones_are_proven(trade: Trade) -> None:
    shipment = sent(trade)
    packs, proofs = trade.scanned("L", 3, 5)
    item = difference("damaged", "L", packs=packs)
    assert trade.refuse_receipt(shipment, item, proofs=proofs[:1]).code == "drugs.pack.not_in_batch"
    assert trade.refuse_receipt(shipment, item, proofs=proofs[::-1]).code == "drugs.pack.not_in_batch"
    assert trade.refuse_receipt(shipment, line("A", (60, 61)), proofs=proofs[:1]).code == "drugs.pack.not_in_batch"
    trade.dispense(HILLSIDE, "L", 5)
    refusal = trade.refuse_receipt(shipment, item, proofs=proofs)
    assert (refusal.code, refusal.found) == ("drugs.pack.not_loose", "slot 5: dispensed")


def test_a_scanned_pack_is_named_once_in_a_whole_receipt(trade: Trade) -> None:
    """Otherwise one pack would be booked twice: a phantom in the stock, and a loose pack less that nobody lost."""
    shipment = sent(trade)
    packs, proofs = trade.scanned("L", 3)
    items = difference("damaged", "L", packs=packs), difference("excursion", "L", packs=packs)
    refusal = trade.refuse_receipt(shipment, *items, proofs=proofs * 2)
    assert (refusal.code, refusal.found) == ("drugs.lines.overlap", "slot 3 of lot L twice")
    several, proofs = trade.scanned("L", 4, 5)
    trade.receive(shipment, *(difference("damaged", "L", packs=[pack]) for pack in several), proofs=proofs)
    validate_invariants(trade.world.view)


def test_checks_of_a_receipt_come_in_order(trade: Trade) -> None:
    shipment = sent(trade)
    packs, _ = trade.scanned("L", 3)
    items: list[Any] = [
        difference("melted", "A", (60, 61)),
        line("A", (60, 61)),
        line("A", (62, 63)),
        difference("missing", "A", (60, 61)),
        line("L", (1, 2)),
        loose("L", 99),
        difference("damaged", "L", loose=1),
        difference("damaged", "L", packs=packs),
    ]
    better = {0: None, 2: None, 3: difference("missing", "A", (64, 65)), 4: None, 5: loose("L", 2), 6: None, 7: None}
    codes = []
    for place, item in better.items():
        codes.append(trade.refuse_receipt(shipment, *filter(None, items)).code.removeprefix("drugs."))
        items[place] = item
    assert codes == [
        "receive.difference", "lines.duplicate", "lines.overlap", "receive.not_in_shipment", "receive.too_many", "receive.must_name",
        "pack.not_in_batch",
    ]  # fmt: skip
    trade.receive(shipment, *filter(None, items))


def test_too_many_runs_in_a_receipt(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = trade.ship(WAY, line("A", (60, 61), (70, 71), (80, 81)))
    monkeypatch.setattr("trace.drugs.claims.PARTS_LIMIT", 2)
    monkeypatch.setattr("trace.drugs.receiving.PARTS_LIMIT", 2)
    assert trade.refuse_receipt(shipment, line("A", (60, 61), (70, 71), (80, 81))).code == "drugs.range.too_many"
    assert trade.refuse_receipt(shipment, line("A", (60, 61)), final=True).code == "drugs.range.too_many"
    trade.receive(shipment, line("A", (60, 61), (70, 71)))


# --- refuse ------------------------------------------------------------------------------------------------------------------


def refusal_body(shipment: str) -> dict[str, Any]:
    return {"shipment": shipment, "reason": "recalled"}


def test_what_is_refused_goes_back_in_a_reverse_shipment(trade: Trade) -> None:
    shipment = sent(trade)
    trade.receive(shipment, line("A", (65, 70)), loose("L", 4))
    before = (trade.stock("A", BRIDGE), trade.stock("L", BRIDGE), trade.world.get(trade.name_of("A").tally_key))
    reverse = trade.turn_away(shipment)
    assert before == (trade.stock("A", BRIDGE), trade.stock("L", BRIDGE), trade.world.get(trade.name_of("A").tally_key))
    old, new = trade.shipment(shipment), trade.shipment(reverse)
    assert (old["status"], old["open"], old["touched"]) == ("refused", 0, True)
    assert (new["from"], new["to"], new["purpose"], new["title"], new["of"]) == (BRIDGE, NORTH, "refusal", "stays", shipment)
    assert (new["status"], new["open"], new["touched"], new["lines"]) == ("open", 21, True, 2)
    assert trade.world.get(line_key(reverse, 0))["ranges"] == [[60, 65], [70, 80]]
    assert (trade.world.get(line_key(reverse, 1))["loose"], trade.world.get(line_key(shipment, 1))["loose"]) == (6, 0)
    assert (trade.run("A", 60)["shipment"], trade.run("A", 60)["title"]) == (reverse, NORTH)
    trade.receive(reverse, line("A", (60, 65), (70, 75)), loose("L", 6), checked=False)
    assert trade.run("A", 60)["block"] == {"why": "returned", "by": NORTH}
    trade.receive(reverse, line("A", (75, 80)), checked=True)
    assert (trade.run("A", 75)["block"], trade.run("A", 75)["title"]) == (None, NORTH)


def test_fragments_of_a_refused_line_are_joined_and_chunked(trade: Trade) -> None:
    trade.commission("B", 1_000)
    shipment = trade.ship((PLANT, NORTH), line("B", (0, 1_000)))
    trade.recall("R1", {"lot": "B", "ranges": [[500, 600]]})
    arrived = [(3 * place, 3 * place + 1) for place in range(160)]
    trade.receive(shipment, line("B", *arrived))
    reverse = trade.turn_away(shipment)
    assert trade.shipment(reverse)["lines"] == 2
    ranges = [pair for number in range(2) for pair in trade.world.get(line_key(reverse, number))["ranges"]]
    assert ranges == [[3 * place + 1, 3 * place + 3] for place in range(159)] + [[478, 1_000]]
    trade.receive(reverse, final=True)


def test_refuse_is_refused(trade: Trade) -> None:
    shipment = sent(trade)
    assert trade.refuse("drugs.refuse", refusal_body(HASH), "bridge/till").code == "drugs.shipment.unknown"
    assert trade.refuse("drugs.refuse", refusal_body(shipment), "north/desk").code == "drugs.shipment.not_receiver"
    assert trade.refuse("drugs.refuse", refusal_body(shipment), "station/till").code == "parties.key.site"
    reverse = trade.turn_away(shipment)
    assert trade.refuse("drugs.refuse", refusal_body(shipment), "bridge/till").code == "drugs.shipment.closed"
    assert trade.refuse("drugs.refuse", refusal_body(reverse), "north/desk").code == "drugs.refuse.reverse"


def test_suspended_party_may_refuse(trade: Trade) -> None:
    shipment = sent(trade)
    trade.do("parties.suspend", {"party": RIVER, "roles": None, "reason": names("why")}, "agency/admin")
    trade.turn_away(shipment)
    assert KINDS["drugs.refuse"].demand.while_suspended
    assert trade.refuse_sale(BRIDGE, "A", 0).code == "parties.party.suspended"


def test_return_can_be_refused_too(trade: Trade) -> None:
    shipment = trade.send_back((STATION, NORTH), line("A", (40, 60)), purpose="damaged")
    reverse = trade.turn_away(shipment)
    trade.receive(reverse, line("A", (40, 60)), checked=True)
    assert (trade.run("A", 40)["site"], trade.run("A", 40)["block"]) == (STATION, None)
    assert trade.world.get(shipment_key(reverse))["status"] == "closed"
