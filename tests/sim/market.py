"""The real application in a simulation: a maker, a distributor and a pharmacy with two tills, who ship, receive and sell through whatever
node they reach. Tills that reach different nodes sell the same pack: P4 says what must come of it.

The ledger begins with everybody enrolled and goods at their places (`tests.trace.drugs.goods`), as real transactions in real blocks.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest.mock import patch

from chain import transactions
from chain.clock import SetClock
from chain.interfaces import Application as Rules
from chain.interfaces import StateView
from chain.node import Node, Operator
from chain.store.memory import Disk, MemoryStore
from chain.transactions import Draft, Transaction
from tests.sim.chance import Chance
from tests.sim.lab import laboratory
from tests.sim.network import CALM, Network
from tests.sim.scene import Clients, copy_disk, founding, seats
from tests.trace import world as places
from tests.trace.drugs.goods import GTIN, SIGNERS, Trade, line, make_trade, ship_body
from tests.trace.world import BRIDGE, NORTH, PLANT, STATION, World, genesis_document, make_world, signing_key
from trace.drugs.entries import batch_name
from trace.drugs.invariants import validate_invariants
from trace.registry import Application

WAYS = ((PLANT, NORTH), (NORTH, BRIDGE), (NORTH, STATION), (BRIDGE, STATION), (STATION, BRIDGE))
"""Where goods go."""
LOT = "A"
"""The batch that is traded."""


class MarketScene:
    """A market among `count` members."""

    application: Rules = Application()
    conflicts = True

    def __init__(self, count: int) -> None:
        self._stores = [MemoryStore() for _ in range(count)]
        document = {**genesis_document(), **founding(count)}
        for store in self._stores:
            self._chain = Node.create(store, document, self.application)
        self._trade, items = self._rehearse()
        self.start = self._trade.world.time + 60_000
        with laboratory():
            self._perform(items)

    def _rehearse(self) -> tuple[Trade, list[Transaction]]:
        """What is enrolled, made and moved before the simulation begins, signed for this chain."""
        items: list[Transaction] = []
        put = World.put

        def note(world: World, item: Transaction) -> Any:
            items.append(item)
            return put(world, item)

        with patch.object(places, "CHAIN", self._chain), patch.object(World, "put", note):
            trade = make_trade(make_world())
        return trade, items

    def _perform(self, items: list[Transaction]) -> None:
        """Members take turns to seal, until everything is final."""
        network, clock = Network(Chance(0, "founding"), CALM), SetClock(self.start - 59_000)
        members = seats(len(self._stores))
        nodes = [
            Node(store, self.application, clock, operator=Operator(seat.miner, seat.vote), wire=network.join(seat.number))
            for seat, store in zip(members, self._stores, strict=True)
        ]
        nodes[0].submit(items)
        for turn in range(4 * len(nodes)):
            clock.advance(2_000)
            network.advance(clock.now())
            for node in nodes:
                node.pump()
            if turn >= 2:  # everybody has everything now
                nodes[turn % len(nodes)].mine()
        assert all(node.final_height and not node.waiting for node in nodes)

    def disks(self) -> list[Disk]:
        """As Scene.disks."""
        return [copy_disk(store.disk) for store in self._stores]

    def clients(self, chance: Chance) -> Clients:
        """As Scene.clients."""
        return MarketClients(self._trade, self._chain.hex(), chance)

    def validate(self, view: StateView) -> None:
        """I1 to I5."""
        validate_invariants(view)


class MarketClients:
    """The market's people. They act on what the node that they reach has accepted."""

    def __init__(self, trade: Trade, chain: str, chance: Chance) -> None:
        self._trade, self._chain, self._chance = trade, chain, chance
        self._numbers = dict(trade.world.seqs)

    def next(self, view: StateView, now: int) -> Iterator[Transaction]:
        """As Clients.next."""
        action = self._chance.pick((self._ship, self._receive, self._receive, self._sell, self._sell, self._undo))
        yield from action(view, now)

    def _sign(self, kind: str, body: Any, signer: str, now: int, **parts: Any) -> Transaction:
        self._numbers[signer] = self._numbers.get(signer, 0) + 1
        number = self._numbers[signer]
        draft = Draft(self._chain, kind, body, number, now, number.to_bytes(16, "big"), **parts)
        return transactions.sign(draft, signing_key(signer))

    def _runs(self, view: StateView, site: str, state: str = "active") -> list[tuple[int, int]]:
        """Slots of the batch at a site, as runs; for `dispensed` those sold there."""
        runs = view.scan(batch_name(GTIN, LOT).run_folder)
        return [(int(key[-8:]), run["end"]) for key, run in runs if run["state"] == state and run["site"] == site]

    def _ship(self, view: StateView, now: int) -> Iterator[Transaction]:
        way = self._chance.pick(WAYS)
        runs = self._runs(view, way[0])
        if runs:
            start, end = self._chance.pick(runs)
            item = line(LOT, (start, min(end, start + self._chance.between(1, 4))))
            yield self._sign("drugs.ship", ship_body(way), SIGNERS[way[0]], now, items=(item,))

    def _receive(self, view: StateView, now: int) -> Iterator[Transaction]:
        waiting = [(key.removeprefix("shipment/"), entry) for key, entry in view.scan("shipment/") if entry["status"] == "open"]
        if waiting:
            shipment, entry = self._chance.pick(waiting)
            lines = [{"t": "line", "gtin": GTIN, "lot": LOT, "ranges": each["ranges"]} for _, each in view.scan(f"line/{shipment}/")]
            body = {"shipment": shipment, "checked": True, "final": False}
            yield self._sign("drugs.receive", body, SIGNERS[entry["to"]], now, items=tuple(lines))

    def _sell(self, view: StateView, now: int) -> Iterator[Transaction]:
        """The first pack on the shelf: whoever reaches another node sells the same one."""
        site = self._chance.pick((BRIDGE, STATION))
        runs = self._runs(view, site)
        if runs:
            sale = self._trade.sale(site, LOT, runs[0][0])
            yield self._sign(sale["kind"], sale["body"], sale["signer"], now, proofs=sale["proofs"])

    def _undo(self, view: StateView, now: int) -> Iterator[Transaction]:
        site = self._chance.pick((BRIDGE, STATION))
        runs = self._runs(view, site, "dispensed")
        if runs:
            undoing = self._trade.undoing(site, LOT, self._chance.pick(runs)[0])
            yield self._sign(undoing["kind"], undoing["body"], undoing["signer"], now)


@cache
def market_scene(count: int) -> MarketScene:
    """The market among `count` members."""
    return MarketScene(count)
