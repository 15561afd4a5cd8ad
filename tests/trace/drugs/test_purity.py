"""Rules are pure: the same view gives the same changes, and nothing that was read is altered (DESIGN §4)."""

from typing import Any

import pytest

from chain import codec
from chain.state import Overlay
from tests.trace.drugs.goods import GTIN, Trade, difference, line, loose, recall_body, return_body, ship_body
from tests.trace.world import BRIDGE, NORTH
from trace.registry import Application


def frozen(view: Overlay | Any) -> dict[str, bytes]:
    """Every entry of a nest of overlays, as bytes."""
    found: dict[str, bytes] = {}
    while isinstance(view, Overlay):
        found = {**{key: codec.encode(value) for key, value in view.values.items()}, **found}
        view = view.parent
    return found


def calls(trade: Trade) -> list[dict[str, Any]]:
    """One good call of each kind that changes much."""
    shipment = trade.ship((NORTH, BRIDGE), line("A", (60, 80)), loose("L", 10))
    trade.dispense(BRIDGE, "A", 9)
    trade.recall("R0", {"lot": "A", "ranges": [[30, 33]]})
    packs, proofs = trade.scanned("L", 3)
    receipt = [line("A", (60, 62)), difference("damaged", "L", packs=packs), difference("missing", "A", (70, 71))]
    site = {"site": BRIDGE, "gtin": GTIN, "lot": "A"}
    body = {"shipment": shipment, "checked": True, "final": True}
    return [
        {"kind": "drugs.receive", "body": body, "signer": "bridge/till", "items": receipt, "proofs": proofs},
        {"kind": "drugs.refuse", "body": {"shipment": shipment, "reason": "other"}, "signer": "bridge/till"},
        {"kind": "drugs.cancel", "body": {"shipment": shipment, "reason": "mistake"}, "signer": "north/desk"},
        {"kind": "drugs.ship", "body": ship_body((NORTH, BRIDGE)), "signer": "north/desk", "items": [line("A", (90, 95), (99, 100))]},
        {
            "kind": "drugs.return",
            "body": return_body((BRIDGE, NORTH)),
            "signer": "bridge/till",
            "items": [line("A", (0, 9)), loose("L", 2)],
        },
        {"kind": "drugs.loosen", "body": {**site, "ranges": [[1, 3], [5, 6]]}, "signer": "bridge/till"},
        {"kind": "drugs.name", "body": {**site, "lot": "L"}, "signer": "bridge/till", **trade.naming("L", 4, 9)},
        trade.sale(BRIDGE, "A", 5),
        trade.undoing(BRIDGE, "A", 9),
        {"kind": "drugs.recall", "body": recall_body("R1", {"lot": "A", "ranges": [[5, 50]]}), "signer": "maker/qp"},
        {
            "kind": "drugs.recall.close",
            "body": {"number": "R0", "outcome": "issued_in_error", "text": {"en": "Why"}},
            "signer": "agency/desk",
        },
    ]


@pytest.mark.parametrize("number", range(11))
def test_a_rule_changes_nothing_that_it_reads(trade: Trade, number: int) -> None:
    call = calls(trade)[number]
    world = trade.world
    world.advance()
    transaction = world.sign(call.pop("kind"), call.pop("body"), call.pop("signer"), **call)
    before = frozen(world.view)
    first = Application().apply(world.view, transaction, world.block)
    second = Application().apply(world.view, transaction, world.block)
    assert first == second
    assert frozen(world.view) == before
