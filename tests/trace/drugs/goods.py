"""A market at work, for tests of the rules of medicines: one product, four batches, goods at several sites.

trade.ship((NORTH, BRIDGE), line("A", (60, 70)))       # the shipment's id; signed by the site's key
trade.refuse_ship((NORTH, BRIDGE), line("A", (0, 1)))  # the Refusal
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chain.errors import Refusal
from chain.interfaces import Value
from chain.transactions import Transaction
from tests.trace import world as places
from tests.trace.world import BRIDGE, HILLSIDE, MAKER, MAKER_PREFIX, NORTH, OTHER_MAKER, PLANT, STATION, World, names, scratch_copy
from trace.drugs.entries import BatchName, batch_name, find_shipment
from trace.drugs.packs import PackList
from trace.drugs.runs import find_run
from trace.drugs.shapes import Run, Shipment
from trace.gs1.checkdigit import check_digit

SIGNERS: Mapping[str, str] = {
    PLANT: "maker/line", OTHER_MAKER: "other/line", NORTH: "north/desk", places.SOUTH: "south/desk", BRIDGE: "bridge/till",
    STATION: "station/till", HILLSIDE: "hillside/till", places.HOSPITAL_PHARMACY: "hospital/desk", places.WARD: "hospital/desk",
    places.FOREIGN: "foreign/desk",
}  # fmt: skip
"""Site -> key that signs for it."""


def gtin(payload: str) -> str:
    """A GTIN from its first thirteen digits."""
    return payload + check_digit(payload)


GTIN, SECOND_GTIN, CASE_GTIN = gtin(f"0{MAKER_PREFIX}00101"), gtin(f"0{MAKER_PREFIX}00102"), gtin(f"5{MAKER_PREFIX}00101")
HASH = "ab" * 32
"""Some hash."""


def product_body(**changed: Any) -> dict[str, Any]:
    """Body of `drugs.product`."""
    body: dict[str, Any] = {
        "gtin": GTIN, "names": names("tablets"), "units": 20, "unit": "tablet",
        "markets": [{"market": "CN", "authorisation": "DEMO-H1"}, {"market": "XE", "authorisation": "DEMO-X1"}],
        "makers": [MAKER, OTHER_MAKER], "release": ["qp"], "joined": "2025-01-01", "prescription": True, "shelf_months": 36,
    }  # fmt: skip
    return {**body, **changed}


def batch_body(lot: str, count: int = 100, **changed: Any) -> dict[str, Any]:
    """Body of `drugs.batch`."""
    body: dict[str, Any] = {
        "gtin": GTIN, "lot": lot, "site": PLANT, "count": count, "root": pack_list(lot, count).root.hex(), "made": "2026-01-01",
        "expiry": "2027-12-31", "market": "CN",
    }  # fmt: skip
    return {**body, **changed}


_LISTS: dict[tuple[str, int], PackList] = {}


def pack_list(lot: str, count: int) -> PackList:
    """The packs of a batch; serials are made from lot and slot."""
    if (lot, count) not in _LISTS:
        _LISTS[lot, count] = PackList.of_serials(GTIN, [f"{lot}{slot:06d}" for slot in range(count)])
    return _LISTS[lot, count]


def line(lot: str, *ranges: tuple[int, int], **changed: Any) -> dict[str, Any]:
    """A line of named packs."""
    return {"t": "line", "gtin": GTIN, "lot": lot, "ranges": [list(pair) for pair in ranges], **changed}


def loose(lot: str, count: int, **changed: Any) -> dict[str, Any]:
    """A line of packs by number."""
    return {"t": "line", "gtin": GTIN, "lot": lot, "loose": count, **changed}


def difference(what: str, lot: str, *ranges: tuple[int, int], **changed: Any) -> dict[str, Any]:
    """A difference of named packs; of loose ones with `loose=n`, of scanned ones with `packs=[...]`."""
    named = {"ranges": [list(pair) for pair in ranges]} if ranges else {}
    return {"t": "difference", "what": what, "gtin": GTIN, "lot": lot, **named, **changed}


def ship_body(way: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """Body of `drugs.ship`."""
    return {"from": way[0], "to": way[1], "purpose": "delivery", "title": "passes", **changed}


def return_body(way: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """Body of `drugs.return`."""
    return {"from": way[0], "to": way[1], "purpose": "misdelivery", "of": None, **changed}


def recall_body(number: str, scope: Value, **changed: Any) -> dict[str, Any]:
    """Body of `drugs.recall`; `scope` without the GTIN."""
    body: dict[str, Any] = {
        "number": number, "scope": {"gtin": GTIN, **scope}, "class": 2, "depth": "pharmacy", "markets": ["CN"], "reason": "quality",
        "text": {"zh": "演示召回", "en": "Demonstration recall"}, "contact": "recall@example.com",
    }  # fmt: skip
    return {**body, **changed}


@dataclass
class Trade:
    """A world with goods in it."""

    world: World
    """State, clock and keys."""
    counts: dict[str, int] = field(default_factory=dict)
    """Lot -> packs."""

    def copy(self) -> "Trade":
        """One that starts here and changes nothing here."""
        return Trade(scratch_copy(self.world), dict(self.counts))

    def do(self, kind: str, body: Value, signer: str, **changed: Any) -> Transaction:
        """As World.do."""
        return self.world.do(kind, body, signer, **changed)

    def refuse(self, kind: str, body: Value, signer: str, **changed: Any) -> Refusal:
        """As World.refuse."""
        return self.world.refuse(kind, body, signer, **changed)

    # --- making ---

    def commission(self, lot: str, count: int = 100, *, release: bool = True, **changed: Any) -> Transaction:
        """A batch at the plant, released unless told."""
        self.counts[lot] = count
        transaction = self.do("drugs.batch", batch_body(lot, count, **changed), "maker/line")
        if release:
            self.release(lot)
        return transaction

    def release(self, lot: str, **changed: Any) -> Transaction:
        """The quality person's decision."""
        return self.do("drugs.release", {"gtin": GTIN, "lot": lot, "as": "qp", "decision": "released", **changed}, "maker/qp")

    # --- moving ---

    def ship(self, way: tuple[str, str], *items: Value, **changed: Any) -> str:
        """Goods leave; returns the shipment's id."""
        return self.do("drugs.ship", ship_body(way, **changed), SIGNERS[way[0]], items=items).id.hex()

    def refuse_ship(self, way: tuple[str, str], *items: Value, **changed: Any) -> Refusal:
        """They may not."""
        return self.refuse("drugs.ship", ship_body(way, **changed), SIGNERS[way[0]], items=items)

    def send_back(self, way: tuple[str, str], *items: Value, **changed: Any) -> str:
        """Goods go back; returns the shipment's id."""
        return self.do("drugs.return", return_body(way, **changed), SIGNERS[way[0]], items=items).id.hex()

    def refuse_return(self, way: tuple[str, str], *items: Value, **changed: Any) -> Refusal:
        """They may not."""
        return self.refuse("drugs.return", return_body(way, **changed), SIGNERS[way[0]], items=items)

    def receive(self, shipment: str, *items: Value, checked: bool = True, final: bool = False, **changed: Any) -> Transaction:
        """Goods arrive, signed by the receiving site."""
        body = {"shipment": shipment, "checked": checked, "final": final}
        return self.do("drugs.receive", body, SIGNERS[self.shipment(shipment)["to"]], items=items, **changed)

    def refuse_receipt(self, shipment: str, *items: Value, signer: str | None = None, **changed: Any) -> Refusal:
        """They cannot be received like this."""
        body = {"shipment": shipment, "checked": True, "final": changed.pop("final", False)}
        return self.refuse("drugs.receive", body, signer or SIGNERS[self.shipment(shipment)["to"]], items=items, **changed)

    def deliver(self, way: tuple[str, str], *items: Value) -> str:
        """Goods leave and arrive."""
        shipment = self.ship(way, *items)
        self.receive(shipment, *items)
        return shipment

    def turn_away(self, shipment: str) -> str:
        """The receiver refuses; returns the id of the reverse shipment."""
        body = {"shipment": shipment, "reason": "not_ordered"}
        return self.do("drugs.refuse", body, SIGNERS[self.shipment(shipment)["to"]]).id.hex()

    # --- choosing and selling ---

    def loosen(self, site: str, lot: str, *ranges: tuple[int, int]) -> Transaction:
        """Packs are counted from now on."""
        body = {"site": site, "gtin": GTIN, "lot": lot, "ranges": [list(pair) for pair in ranges]}
        return self.do("drugs.loosen", body, SIGNERS[site])

    def scanned(self, lot: str, *slots: int) -> tuple[list[dict[str, Any]], tuple[Any, ...]]:
        """`{slot, tag}` of packs, and their paths."""
        packs = pack_list(lot, self.counts[lot])
        return [{"slot": slot, "tag": packs.pack(slot).tag.hex()} for slot in slots], tuple(packs.path(slot) for slot in slots)

    def naming(self, lot: str, *slots: int) -> dict[str, Any]:
        """Items and proofs of `drugs.name`."""
        packs, proofs = self.scanned(lot, *slots)
        return {"items": [{"t": "pack", **pack} for pack in packs], "proofs": proofs}

    def name(self, site: str, lot: str, *slots: int) -> Transaction:
        """Packs were scanned."""
        return self.do("drugs.name", {"site": site, "gtin": GTIN, "lot": lot}, SIGNERS[site], **self.naming(lot, *slots))

    def sale(self, site: str, lot: str, slot: int, **changed: Any) -> dict[str, Any]:
        """Arguments of `do` for a dispense."""
        (pack,), proofs = self.scanned(lot, slot)
        body = {"site": site, "gtin": GTIN, "lot": lot, **pack, "receipt": None, "use": "retail", **changed}
        return {"kind": "drugs.dispense", "body": body, "signer": SIGNERS[site], "proofs": proofs}

    def dispense(self, site: str, lot: str, slot: int, **changed: Any) -> Transaction:
        """A pack is sold."""
        return self.do(**self.sale(site, lot, slot, **changed))

    def refuse_sale(self, site: str, lot: str, slot: int, **changed: Any) -> Refusal:
        """A pack may not be sold."""
        return self.refuse(**self.sale(site, lot, slot, **changed))

    def undoing(self, site: str, lot: str, slot: int, **changed: Any) -> dict[str, Any]:
        """Arguments of `do` for an undo."""
        body = {"site": site, "gtin": GTIN, "lot": lot, "slot": slot, "reason": "till_error", "not_supplied": True, **changed}
        return {"kind": "drugs.undo", "body": body, "signer": SIGNERS[site]}

    def recall(self, number: str, scope: Value, signer: str = "maker/qp", **changed: Any) -> Transaction:
        """A recall opens."""
        return self.do("drugs.recall", recall_body(number, scope, **changed), signer)

    # --- reading ---

    def run(self, lot: str, slot: int) -> Run:
        """The run that covers a slot."""
        found = find_run(self.world.view, self.name_of(lot), slot)
        assert found is not None
        return found[1]

    def run_key(self, lot: str, slot: int) -> str:
        """Its key."""
        found = find_run(self.world.view, self.name_of(lot), slot)
        assert found is not None
        return self.name_of(lot).run_key(found[0])

    def name_of(self, lot: str) -> BatchName:
        """The keys of a batch."""
        return batch_name(GTIN, lot)

    def stock(self, lot: str, site: str) -> tuple[int, int]:
        """(named, loose) at a site."""
        entry = self.world.view.get(self.name_of(lot).stock_key(site)) or {"named": 0, "loose": 0}
        return entry["named"], entry["loose"]

    def batch(self, lot: str) -> Value:
        """A batch."""
        return self.world.get(self.name_of(lot).batch_key)

    def shipment(self, shipment: str) -> Shipment:
        """A shipment."""
        found = find_shipment(self.world.view, shipment)
        assert found is not None
        return found

    def change(self, key: str, **changed: Any) -> None:
        """Puts fields into an entry that no kind of this version can write (stolen, sample, withdrawn, ...)."""
        self.world.view.put({key: {**self.world.get(key), **changed}})

    def change_run(self, lot: str, slot: int, **changed: Any) -> None:
        """As `change`, for the run of a slot."""
        self.change(self.run_key(lot, slot), **changed)


def make_trade(world: World) -> Trade:
    """Batch A: [0,40) at Bridge, [40,60) at Station, [60,120) at North, [120,200) at the plant. Batch L: loose, 30 at Bridge, 20 at
    Hillside, 50 at North. Batch Q: at the plant, not released."""
    trade = Trade(scratch_copy(world))
    trade.do("drugs.product", product_body(), "maker/line")
    trade.commission("A", 200)
    trade.deliver((PLANT, NORTH), line("A", (0, 120)))
    trade.deliver((NORTH, BRIDGE), line("A", (0, 40)))
    trade.deliver((NORTH, STATION), line("A", (40, 60)))
    trade.commission("L", 100)
    trade.deliver((PLANT, NORTH), line("L", (0, 100)))
    trade.loosen(NORTH, "L", (0, 100))
    trade.deliver((NORTH, BRIDGE), loose("L", 30))
    trade.deliver((NORTH, HILLSIDE), loose("L", 20))
    trade.commission("Q", 50, release=False)
    return trade
