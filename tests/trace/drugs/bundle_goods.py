"""Goods whose evidence the cases are made of: packs in every state that this version knows, on a ledger of one operator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chain import codec
from tests.trace.drugs.goods import GTIN, line, loose, product_body, recall_body, return_body, ship_body
from tests.trace.drugs.ledgers import OneLedger, anchor_value, code, make_ledger
from tests.trace.world import BRIDGE, HILLSIDE, NORTH, PLANT, signing_key
from trace.drugs.scanning import receipt_hash
from trace.gs1.digitallink import path_of
from trace.gs1.item import Item

RECEIPT = receipt_hash(signing_key("receipt").public)
"""What the ledger keeps of the receipt key of the pack that was sold."""


@dataclass
class Goods:
    """A ledger, and evidence from it by name."""

    ledger: OneLedger
    pinned: str = "one"
    """The anchor that a device has pinned."""
    early: str = "early"
    """One from before: attesters who lie have signed another head of the size of the newer one."""
    anchors: dict[str, Any] = field(default_factory=dict)
    bundles: dict[str, Any] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)

    def add(self, name: str, item: Item, place: str | None = None) -> None:
        """Evidence for an item."""
        self.items[name], self.places[name] = item, place
        self.bundles[name] = codec.decode(self.ledger.bundle(item, place), 12)

    def ask(self, name: str | None = None, **changed: Any) -> Mapping[str, Any]:
        """A question now; `name`: the scan is the code of that evidence, with the expiry of the batch."""
        item = None if name is None else self.items[name]
        scan = None if item is None else item.cn_code or path_of(item)
        parts = {
            "now": self.ledger.clock.now(), "scan": scan, "viewer": "consumer", "place": None, "receipt": None, "answer": None,
            "remembered": None,
        }  # fmt: skip
        return {**parts, **changed}


class Market:
    """Steps that settle one by one, so that every event has a block of its own."""

    def __init__(self, ledger: OneLedger) -> None:
        self.ledger, self.trade = ledger, ledger.trade

    def do(self, kind: str, body: Mapping[str, Any], *signers: str, **changed: Any) -> str:
        """A transaction in a block of its own; its id."""
        item = self.trade.world.do(kind, body, *signers, **changed)
        self.ledger.settle()
        return item.id.hex()

    def make(self, lot: str, count: int, *, release: bool = True) -> None:
        """A batch, released unless told."""
        self.ledger.keep(lot, count)
        self.trade.commission(lot, count, release=False)
        self.ledger.settle()
        if release:
            self.do("drugs.release", {"gtin": GTIN, "lot": lot, "as": "qp", "decision": "released"}, "maker/qp")

    def send(self, way: tuple[str, str], signer: str, *items: Mapping[str, Any]) -> str:
        """Goods leave."""
        return self.do("drugs.ship", ship_body(way), signer, items=items)

    def take(self, shipment: str, signer: str, *items: Mapping[str, Any], final: bool = False, checked: bool = True, **more: Any) -> None:
        """Goods arrive."""
        self.do("drugs.receive", {"shipment": shipment, "checked": checked, "final": final}, signer, items=items, **more)


def make_goods() -> Goods:
    """The market, and one bundle for each thing that the cases need."""
    ledger = make_ledger()
    market = Market(ledger)
    market.do("drugs.product", product_body(), "maker/line")
    for lot, count in (("A", 100), ("B", 40), ("L", 40), ("P", 40)):
        market.make(lot, count)
    market.make("C", 10, release=False)
    _deliver(market)
    _sell(market)
    goods = Goods(ledger)
    goods.anchors["one"] = anchor_value(ledger.anchor())
    goods.anchors["early"] = anchor_value(ledger.anchor(checkpoint=ledger.head_at(2)))
    _gather(goods)
    return goods


def _deliver(market: Market) -> None:
    first = market.send((PLANT, NORTH), "maker/line", line("A", (0, 80)), line("B", (0, 20)), line("L", (0, 40)), line("P", (0, 20)))
    market.take(first, "north/desk", line("A", (0, 80)), line("B", (0, 20)), line("L", (0, 40)), line("P", (0, 20)))
    second = market.send((NORTH, BRIDGE), "north/desk", line("A", (0, 30)), line("B", (0, 10)), line("P", (0, 10)))
    market.take(second, "bridge/till", line("A", (0, 28)), line("B", (0, 10)), line("P", (0, 10)), final=True)
    market.send((NORTH, HILLSIDE), "north/desk", line("A", (30, 40)))
    market.do("drugs.loosen", {"site": NORTH, "gtin": GTIN, "lot": "L", "ranges": [[0, 40]]}, "north/desk")
    third = market.send((NORTH, HILLSIDE), "north/desk", loose("L", 10))
    market.take(third, "hillside/till", loose("L", 10))
    fourth = market.send((NORTH, HILLSIDE), "north/desk", line("A", (60, 70)))
    market.do("drugs.refuse", {"shipment": fourth, "reason": "not_ordered"}, "hillside/till")
    fifth = market.send((NORTH, HILLSIDE), "north/desk", line("A", (70, 80)))
    market.do("drugs.cancel", {"shipment": fifth, "reason": "mistake"}, "north/desk")
    market.do("drugs.return", return_body((BRIDGE, NORTH)), "bridge/till", items=[line("A", (20, 25))])


def _sell(market: Market) -> None:
    trade = market.trade
    for site, lot, slot, receipt in ((BRIDGE, "A", 3, RECEIPT), (BRIDGE, "A", 5, None), (HILLSIDE, "L", 7, None)):
        trade.dispense(site, lot, slot, receipt=receipt)
        market.ledger.settle()
    trade.do(**trade.undoing(BRIDGE, "A", 5))
    market.ledger.settle()
    trade.name(HILLSIDE, "L", 8)
    market.ledger.settle()
    market.do("drugs.recall", recall_body("R-1", {"lot": "B"}, depth="patient"), "maker/qp")
    market.do("drugs.recall", recall_body("R-2", {"lot": "P", "ranges": [[2, 6]]}), "maker/qp")


def _gather(goods: Goods) -> None:
    for name, lot, slot, place in (
        ("active", "A", 4, BRIDGE), ("sold", "A", 3, BRIDGE), ("undone", "A", 5, BRIDGE), ("lost", "A", 29, BRIDGE),
        ("moving", "A", 35, HILLSIDE), ("refused", "A", 65, NORTH), ("cancelled", "A", 75, NORTH), ("returned", "A", 22, NORTH),
        ("factory", "A", 90, BRIDGE), ("recalled", "B", 1, BRIDGE), ("recalled_pack", "P", 3, BRIDGE), ("unreleased", "C", 1, BRIDGE),
        ("loose", "L", 9, HILLSIDE), ("loose_sold", "L", 7, HILLSIDE), ("named_again", "L", 8, HILLSIDE),
        ("loose_elsewhere", "L", 9, BRIDGE),
    ):  # fmt: skip
        goods.add(name, code(lot, slot, expiry="2027-12-31"), place)
    goods.add("nowhere", code("A", 4, expiry="2027-12-31"))
    goods.add("lotless", code(None, 4, made_as="A"), BRIDGE)
    goods.add("unknown_serial", code("A", 0, serial="0000000000000000"), BRIDGE)
    goods.add("other_lot", code("B", 4, made_as="A"), BRIDGE)
    goods.add("unknown_batch", code("Z", 4, expiry="2039-12-31"), BRIDGE)
    goods.add("unknown_product", code("Z", 4, gtin="09521009009906"), BRIDGE)
    goods.add("batch_code", Item("batch", gtin=GTIN, lot="A"), BRIDGE)
    goods.add("product_code", Item("product", gtin=GTIN), BRIDGE)
