"""Two tills sell one pack on two nodes before anything is final (DOMAIN §4, P4): one sale stays, the other is shown and attributed."""

from typing import Any

import pytest

from chain.errors import Refusal
from chain.node import Receipt
from chain.transactions import Transaction
from tests.trace.drugs.goods import GTIN, Trade
from tests.trace.tills import SECOND_TILL, Street, code_of, make_street
from tests.trace.world import BRIDGE, HILLSIDE, signing_key
from trace.drugs.handover import NOW, STOP, WAIT_BLOCK, WAIT_FINAL, hand_over
from trace.drugs.incidents import Incident, incidents
from trace.drugs.invariants import validate_invariants
from trace.drugs.scanning import Options, ScanResult, scan

WAYS = {"two sites, loose": ("L", HILLSIDE, None), "two tills of one site, named": ("A", BRIDGE, SECOND_TILL)}
"""Name -> lot, place of the second sale, its key where it is not that of the place."""
LIMIT = 50_000
"""`hand_over_value` of the market."""


@pytest.fixture
def street() -> Street:
    return make_street()


def sell_twice(street: Street, way: str, slot: int = 3) -> tuple[Transaction, Transaction]:
    """Cut off from each other, both nodes accept a sale of the pack."""
    lot, place, signer = WAYS[way]
    street.cut()
    return street.sell(0, BRIDGE, lot, slot), street.sell(1, place, lot, slot, signer)


def ask(street: Street, number: int, lot: str, slot: int = 3, **options: Any) -> ScanResult:
    now = street.clock.now()
    return scan(street.ledger(number), code_of(lot, slot), Options(**{"now": now, "evidence_time": now, **options}))


def sides(street: Street, sales: tuple[Transaction, Transaction]) -> tuple[Transaction, Transaction, int]:
    """(the sale on the ledger, the one that lost, the node that had accepted the latter)."""
    (won,) = street.placed(*sales)
    lost = sales[1 - sales.index(won)]
    return won, lost, sales.index(lost)


def of(street: Street, number: int) -> Incident:
    """The one incident that a node knows."""
    (found,) = incidents(street.nodes[number])
    return found


@pytest.mark.parametrize("way", WAYS)
def test_one_sale_stays_and_the_other_is_attributed(street: Street, way: str) -> None:
    sales = sell_twice(street, way)
    street.run(6)
    street.heal()
    won, lost, loser = sides(street, sales)
    for number in (0, 1):
        found = of(street, number)
        assert (found.lost.signature.transaction, found.lost.signature.key) == (lost.id.hex(), lost.by)
        assert found.lost.signature.at == lost.at and found.lost.place is not None
        assert found.lost.place.gln == lost.body["site"]
        assert found.winner is not None and found.winner.signature.transaction == won.id.hex()
        assert found.winner.level == "final" and found.winner.height is not None and found.settled
        assert found.acknowledged == (number == loser)
        assert found.code == ("drugs.pack.dispensed_elsewhere" if way.startswith("two sites") else "drugs.pack.dispensed_here")
        assert not found.same_key


@pytest.mark.parametrize("way", WAYS)
def test_the_verdict_says_so_on_both_nodes(street: Street, way: str) -> None:
    sales = sell_twice(street, way)
    lot = WAYS[way][0]
    assert ask(street, 0, lot, viewer="pharmacy", place=BRIDGE).verdict.code == "ALREADY_DISPENSED_HERE"
    street.run(4)
    street.heal()
    won, lost, _ = sides(street, sales)
    for number in (0, 1):
        for viewer, place in (("consumer", None), ("pharmacy", won.body["site"]), ("regulator", None)):
            found = ask(street, number, lot, viewer=viewer, place=place)
            assert (found.verdict.code, found.verdict.light) == ("SOLD_MORE_THAN_ONCE", "red")
            told = found.as_json()["incidents"]
            assert [one["lost"]["signature"]["key"] for one in told] == [lost.by]
            assert told[0]["source"] == "node" and set(told[0]["words"]) == {"zh", "en"}
    assert ask(street, 0, lot, slot=4).verdict.code != "SOLD_MORE_THAN_ONCE"


def test_the_state_is_that_of_one_sale(street: Street) -> None:
    sales = sell_twice(street, "two sites, loose")
    street.run(4)
    street.heal()
    won, _, _ = sides(street, sales)
    roots = {node.tip.header.state_root for node in street.nodes}
    assert len(roots) == 1
    for node in street.nodes:
        view = node.view()
        validate_invariants(view)
        run = next(entry for key, entry in view.scan(f"run/{won.body['gtin']}/L/") if entry["state"] == "dispensed")
        assert (run["site"], run["attempts"]) == (won.body["site"], 0), "what a node knows is not in the state"


def test_a_race_without_a_cut(street: Street) -> None:
    """Both sell in the same second: each node hears of the other's sale and remembers it, whichever is taken."""
    sales = street.sale(0, BRIDGE, "L", 3), street.sale(1, HILLSIDE, "L", 3)
    for number, item in enumerate(sales):
        assert isinstance(street.submit(number, item), Receipt)
    street.run(10)
    won, lost, _ = sides(street, sales)
    assert [of(street, number).lost.signature.key for number in (0, 1)] == [lost.by] * 2
    assert won.by != lost.by


def test_before_anything_is_final_it_is_provisional(street: Street) -> None:
    sales = sell_twice(street, "two sites, loose")
    street.run(4)
    for node in street.nodes:
        node.operator = None
    street.heal(12)
    _, lost, loser = sides(street, sales)
    found = of(street, loser)
    assert not found.settled and found.winner is not None and found.winner.level == "in_block"
    answer = street.submit(loser, lost)
    assert isinstance(answer, Receipt) and answer.level == "conflicted"
    assert ask(street, loser, "L").verdict.code == "SOLD_MORE_THAN_ONCE"


def test_a_restart_keeps_the_record(street: Street) -> None:
    sales = sell_twice(street, "two sites, loose")
    street.run(4)
    street.heal()
    _, _, loser = sides(street, sales)
    before = of(street, loser)
    street.restart(loser)
    assert of(street, loser) == before
    assert ask(street, loser, "L").verdict.code == "SOLD_MORE_THAN_ONCE"


def test_an_undo_of_the_first_leaves_a_loss_but_no_second_sale(street: Street) -> None:
    """An undo names the pack at the site that sold it, so the other site's sale still does not fit; but the pack counts as unsold."""
    sales = sell_twice(street, "two sites, loose")
    street.run(4)
    operators = [node.operator for node in street.nodes]
    for node in street.nodes:
        node.operator = None
    street.heal(12)
    won, lost, loser = sides(street, sales)
    body = {name: won.body[name] for name in ("site", "gtin", "lot", "slot")}
    undone = {**body, "reason": "till_error", "not_supplied": True}
    signer = "bridge/till" if won.body["site"] == BRIDGE else "hillside/till"
    street.world(1 - loser).do("drugs.undo", undone, signer)
    for node, operator in zip(street.nodes, operators, strict=True):
        node.operator = operator
    street.run(16)
    assert street.placed(*sales) == (won,)
    found = of(street, loser)
    assert (found.lost.signature.transaction, found.code) == (lost.id.hex(), "drugs.custody.not_holder")
    assert ask(street, loser, "L").verdict.code == "SUSPECT_CLONE", "not sold any more, but somebody has bought it"


def test_one_key_that_repeats_itself_accuses_nobody(street: Street) -> None:
    """A till that lost its first node and sent the sale anew to another: listed, but no second sale."""
    street.cut()
    street.sell(0, BRIDGE, "A", 3)
    street.sell(1, BRIDGE, "A", 3)
    street.run(4)
    street.heal()
    for number in (0, 1):
        assert of(street, number).same_key
        assert ask(street, number, "A", viewer="pharmacy", place=BRIDGE).verdict.code == "ALREADY_DISPENSED_HERE"


def test_a_till_that_is_refused_at_once_makes_no_alert(street: Street) -> None:
    street.sell(0, BRIDGE, "A", 3)
    assert isinstance(street.submit(0, street.sale(0, BRIDGE, "A", 3, SECOND_TILL)), Refusal)
    assert incidents(street.nodes[0]) == []


# --- may it be handed over? --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lot", "value", "answer"),
    [("A", None, NOW), ("A", LIMIT + 1, NOW), ("L", LIMIT, NOW), ("L", LIMIT + 1, WAIT_BLOCK), ("L", None, WAIT_BLOCK)],
)
def test_what_the_till_is_told(street: Street, lot: str, value: int | None, answer: str) -> None:
    item = street.sell(0, BRIDGE, lot, 3)
    node = street.nodes[0]
    assert hand_over(node, item, "stored", value) == answer
    street.run(2)
    assert hand_over(node, item, "in_block", value) == NOW
    assert hand_over(node, item, "final", value) == NOW
    assert hand_over(node, item, "conflicted", value) == STOP


def test_a_block_is_no_comfort_while_nothing_becomes_final(street: Street) -> None:
    street.cut()
    items = {lot: street.sell(0, BRIDGE, lot, 3) for lot in ("A", "L")}
    street.run(30)
    node = street.nodes[0]
    assert node.tip.header.height - node.final_height > 8
    assert hand_over(node, items["L"], "in_block", None) == WAIT_FINAL
    assert hand_over(node, items["L"], "in_block", 1) == NOW
    assert hand_over(node, items["A"], "in_block", None) == NOW
    assert hand_over(node, street.sell(0, BRIDGE, "L", 4), "stored", None) == WAIT_FINAL


def test_a_pack_that_was_named_at_the_counter(street: Street) -> None:
    trade = Trade(street.world(0), {"L": 20})
    trade.do("drugs.name", {"site": BRIDGE, "gtin": GTIN, "lot": "L"}, "bridge/till", **trade.naming("L", 3))
    early = street.sell(0, BRIDGE, "L", 3)
    assert hand_over(street.nodes[0], early, "stored", None) == WAIT_BLOCK, "the naming itself is in no block yet"
    street.run(4)
    assert hand_over(street.nodes[0], early, "in_block", None) == NOW
    other = street.nodes[0].transaction(early.id)
    assert other is not None and other[1] is not None


def test_other_kinds_have_no_hand_over(street: Street) -> None:
    body = {"key": signing_key(SECOND_TILL).text, "reason": "lost", "compromised_since": None}
    item = street.world(0).sign("parties.revoke", body, "river/admin")
    assert hand_over(street.nodes[0], item, "stored", None) is None
