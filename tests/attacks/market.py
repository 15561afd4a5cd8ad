"""The stage of attacks on the trade in medicine: the real rules, goods at their places, the same four members."""

from functools import cache

from chain.clock import SetClock
from chain.errors import ChainError
from chain.node import Node, Operator
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from chain.wire.local import Network
from tests.attacks.peer import Stage
from tests.chain.team import Team
from tests.sim.chance import Chance
from tests.sim.market import LOT, MarketClients, MarketScene
from tests.sim.scene import seats
from tests.trace.world import BRIDGE

MEMBERS = 4
LAST_SLOT = 39
"""The shop has the packs 0 to 39; honest sales begin at the end."""


@cache
def scene() -> MarketScene:
    """The ledger that the stages begin with; each takes copies."""
    return MarketScene(MEMBERS)


class Shops(Team):
    """Four nodes under the rules of medicine, and a shop that sells pack after pack."""

    def __init__(self) -> None:
        self.count, self.errors, self.stores, self.nodes, self.sold = MEMBERS, [], {}, {}, 0
        self.network, self.clock = Network(1), SetClock(scene().start)
        self.clients = MarketClients(scene()._trade, scene()._chain.hex(), Chance(1, "shop"))
        for number, disk in enumerate(scene().disks()):
            self.stores[number] = MemoryStore(disk)
            self.nodes[number] = Node(
                self.stores[number], scene().application, self.clock, operator=self.operator(number), wire=self.wire(number)
            )

    def operator(self, number: int) -> Operator:
        """The keys of a member."""
        seat = seats(MEMBERS)[number]
        return Operator(seat.miner, seat.vote)

    def sale(self, slot: int, proven: int | None = None) -> Transaction:
        """A pack is sold in the shop; `proven`: with the proof of another pack."""
        sold = self.clients._trade.sale(BRIDGE, LOT, slot)
        proofs = sold["proofs"] if proven is None else self.clients._trade.sale(BRIDGE, LOT, proven)["proofs"]
        return self.clients._sign(sold["kind"], sold["body"], sold["signer"], self.clock.now(), proofs=proofs)

    def send(self, number: int | None = None, kind: str = "") -> None:
        """An honest sale, at some node."""
        item = self.sale(LAST_SLOT - self.sold)
        self.sold += 1
        (answer,) = self.nodes[self.sold % 3].submit([item])
        assert not isinstance(answer, ChainError), answer


class MarketStage(Stage):
    """Three honest nodes and a cheat under the rules of medicine."""

    team: Shops

    def __init__(self) -> None:
        super().__init__(Shops())
