"""Two shops' nodes over the in-process wire: the real application, a small market, a network that can be cut.

street = make_street()
street.cut(); first = street.sell(0, BRIDGE, "L", 3); second = street.sell(1, HILLSIDE, "L", 3); street.heal()
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from chain import transactions
from chain.clock import SetClock
from chain.errors import ChainError
from chain.interfaces import Value
from chain.node import Node, Operator, Receipt
from chain.store.blobs import MemoryBlobs
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from chain.wire.local import Network
from tests.trace.drugs.goods import GTIN, Trade, line, loose, pack_list, product_body
from tests.trace.world import (
    BRIDGE,
    HILLSIDE,
    MAKER,
    NORTH,
    PLANT,
    RIVER,
    START,
    World,
    genesis_document,
    key_body,
    make_world,
    signing_key,
)
from trace.drugs.packstore import PackStore
from trace.ledger import Ledger
from trace.parties.possession import prove_possession
from trace.registry import Application

INTERVAL_MS = 1_000
STEP_MS = 500
SECOND_TILL = "bridge/second"
"""Key of the other till of the shop at the bridge."""


def founding() -> dict[str, Any]:
    """Two operators, each attester and miner: without both nothing becomes final."""
    parties = (NORTH, RIVER)
    attesters = [
        {"party": party, "vote": signing_key(f"vote {number}").text, "note": signing_key(f"vote {number}").text}
        for number, party in enumerate(parties)
    ]
    miners = [{"party": party, "key": signing_key(f"miner {number}").text} for number, party in enumerate(parties)]
    parameters = {"interval_ms": INTERVAL_MS, "floor": 0x207FFFFF, "vote_every": 1}
    return {**genesis_document(), "parameters": parameters, "attesters": attesters, "miners": miners}


class LedgerWorld(World):
    """A world whose state is that of a node: what is done is submitted to it, and waits for a block."""

    node: Node

    def draft(self, kind: str, body: Value, signer: str, **changed: Any) -> transactions.Draft:
        return super().draft(kind, body, signer, **{"chain": self.node.chain_hex, "at": self.node.clock.now(), **changed})

    def do(self, kind: str, body: Value, *signers: str, same_block: bool = False, **changed: Any) -> Transaction:
        item = self.sign(kind, body, *signers, **changed)
        (answer,) = self.node.submit([item])
        assert isinstance(answer, Receipt), answer
        return item

    def get(self, key: str) -> Value:
        value = self.node.pending_view().get(key)
        assert value is not None, key
        return value

    def proof(self, name: str, party: str, seal: str | None = None) -> str:
        return prove_possession(signing_key(name), self.node.chain, party, seal)


@dataclass
class Street:
    """Both nodes, their disks and the network between them."""

    network: Network = field(default_factory=Network)
    clock: SetClock = field(default_factory=lambda: SetClock(START + INTERVAL_MS))
    stores: list[MemoryStore] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)

    @cached_property
    def packs(self) -> PackStore:
        store = PackStore(MemoryBlobs())
        for lot in ("A", "L"):
            store.add(pack_list(lot, 20).tree)
        return store

    def open(self, number: int) -> Node:
        """A node on its disk."""
        vote, miner = signing_key(f"vote {number}"), signing_key(f"miner {number}")
        return Node(self.stores[number], Application(), self.clock, operator=Operator(miner, vote), wire=self.network.join(f"n{number}"))

    def restart(self, number: int) -> Node:
        """Kills a node; what is on its disk stays."""
        self.network.join(f"n{number}").inbox.clear()
        self.stores[number] = self.stores[number].reopen()
        self.nodes[number] = self.open(number)
        return self.nodes[number]

    def run(self, steps: int) -> None:
        """Time passes; who may seals a block."""
        for _ in range(steps):
            self.clock.advance(STEP_MS)
            self.network.advance(1)
            self.settle()
            for node in self.nodes[:: 1 if self.clock.now() // STEP_MS % 2 else -1]:
                if node.should_mine():
                    node.mine()
                    self.settle()  # who hears of this block waits with its own

    def settle(self) -> None:
        """Everything that is under way arrives."""
        for _ in range(50):
            for node in self.nodes:
                node.pump()
            if not any(self.network.join(f"n{number}").inbox for number in range(len(self.nodes))):
                return

    def cut(self) -> None:
        """The nodes do not hear each other any more."""
        self.network.partition(["n0"], ["n1"])

    def heal(self, steps: int = 16) -> None:
        """They do again, and time passes."""
        self.network.heal()
        self.run(steps)
        assert self.nodes[0].tip.id == self.nodes[1].tip.id

    def world(self, number: int) -> LedgerWorld:
        """What a node's users do."""
        world = LedgerWorld(seqs=self.seqs)
        world.node, world.time = self.nodes[number], self.clock.now()
        return world

    def sale(self, number: int, site: str, lot: str, slot: int, signer: str | None = None) -> Transaction:
        """A signed sale, not sent yet."""
        arguments = Trade(self.world(number), {"A": 20, "L": 20}).sale(site, lot, slot)
        kind, body = arguments["kind"], arguments["body"]
        return self.world(number).sign(kind, body, signer or arguments["signer"], proofs=arguments["proofs"])

    def submit(self, number: int, item: Transaction) -> Receipt | ChainError:
        """What a node answers."""
        (answer,) = self.nodes[number].submit([item])
        return answer

    def sell(self, number: int, site: str, lot: str, slot: int, signer: str | None = None) -> Transaction:
        """A sale that the node accepts."""
        item = self.sale(number, site, lot, slot, signer)
        answer = self.submit(number, item)
        assert isinstance(answer, Receipt) and answer.level == "stored", answer
        return item

    def placed(self, *items: Transaction) -> tuple[Transaction, ...]:
        """Those that are on the ledger, by each node the same."""
        found = [tuple(item for item in items if (known := node.transaction(item.id)) and known[1] is not None) for node in self.nodes]
        assert found[0] == found[1]
        return found[0]

    def ledger(self, number: int) -> Ledger:
        """A node as the web application wants it."""
        return Ledger(Path(), self.nodes[number], MemoryBlobs(), self.packs, "Example Operator", ("localhost",))


def make_street() -> Street:
    """Batch A: named, [0,10) at the bridge. Batch L: loose, 6 at the bridge, 4 at the hillside. All of it final on both nodes."""
    street = Street()
    for number in range(2):
        street.stores.append(MemoryStore())
        Node.create(street.stores[number], founding(), Application())
        street.nodes.append(street.open(number))
    world = street.world(0)
    make_world(("maker", "north", "river", "hillside"), world)
    scope = {"kinds": ["drugs.*"], "sites": [BRIDGE], "daily": None}
    world.do("parties.key", key_body(world, SECOND_TILL, RIVER, scope=scope), "river/admin")
    stock(Trade(world))
    street.run(8)
    assert all(node.waiting == 0 and node.final_height > 0 for node in street.nodes)
    return street


def sold_twice() -> tuple[Street, Transaction, Transaction, int]:
    """A street on which one pack was sold twice: (street, the sale on the ledger, the one that lost, the node that had accepted it)."""
    street = make_street()
    street.cut()
    sales = street.sell(0, BRIDGE, "L", 3), street.sell(1, HILLSIDE, "L", 3)
    street.run(4)
    street.heal()
    (won,) = street.placed(*sales)
    lost = sales[1 - sales.index(won)]
    return street, won, lost, sales.index(lost)


def stock(trade: Trade) -> None:
    """Goods in the shops."""
    trade.do("drugs.product", product_body(makers=[MAKER]), "maker/line")
    for lot in ("A", "L"):
        trade.commission(lot, 20)
    deliver(trade, (PLANT, NORTH), line("A", (0, 20)), line("L", (0, 20)))
    trade.loosen(NORTH, "L", (0, 20))
    deliver(trade, (NORTH, BRIDGE), line("A", (0, 10)), loose("L", 6))
    deliver(trade, (NORTH, HILLSIDE), loose("L", 4))


def deliver(trade: Trade, way: tuple[str, str], *items: Value) -> None:
    """Goods leave and arrive."""
    shipment = trade.ship(way, *items)
    signer = {NORTH: "north/desk", BRIDGE: "bridge/till", HILLSIDE: "hillside/till"}[way[1]]
    trade.do("drugs.receive", {"shipment": shipment, "checked": True, "final": False}, signer, items=items)


def code_of(lot: str, slot: int) -> str:
    """A pack's code as a scanner sends it."""
    return f"01{GTIN}10{lot}\x1d21{lot}{slot:06d}"
