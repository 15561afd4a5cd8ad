"""Several nodes of different operators over the in-process wire, for tests of consensus: one clock, a step at a time."""

import hashlib
from typing import Any

from chain.clock import SetClock
from chain.errors import ChainError
from chain.interfaces import Store
from chain.keys import SigningKey
from chain.node import Node, Operator
from chain.store.memory import MemoryStore
from chain.wire.local import CALM, LocalWire, Network, Weather
from tests.chain import toy
from tests.chain.store_samples import AnyStore
from tests.chain.toy import START, Counters

STEP_MS = 500


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


def party(number: int) -> str:
    return f"95219990{number:05d}"


def member(number: int) -> dict[str, str]:
    """An attester as the set names it."""
    text = key(f"vote {number}").text
    return {"party": party(number), "vote": text, "note": text}


def document(count: int, miners: int | None = None, **parameters: Any) -> dict[str, Any]:
    numbers = range(count)
    return {
        **toy.document(),
        "parameters": {"interval_ms": 1_000, "floor": toy.FLOOR, "vote_every": 1, **parameters},
        "attesters": [member(number) for number in numbers],
        "miners": [{"party": party(number), "key": key(f"miner {number}").text} for number in range(miners or count)],
    }


class Team:
    """`count` nodes; each is attester and miner."""

    def __init__(self, count: int = 4, weather: Weather = CALM, **parameters: Any) -> None:
        self.count = count
        self.network = Network(1, weather)
        self.clock = SetClock(START + 1_000)
        self.document = document(count, **parameters)
        self.stores: dict[int, MemoryStore] = {}
        self.nodes: dict[int, Node] = {}
        self.errors: list[ChainError] = []
        self.seq = 0
        for number in range(count):
            self.join(number)

    def join(self, number: int, store: AnyStore | None = None) -> Node:
        """Starts a node on an empty or given disk."""
        store = store or MemoryStore()
        if store.tip() is None:
            Node.create(store, self.document, Counters())
        if isinstance(store, MemoryStore):  # of others the test keeps the disk
            self.stores[number] = store
        self.nodes[number] = Node(store, Counters(), self.clock, operator=self.operator(number), wire=self.wire(number))
        return self.nodes[number]

    def operator(self, number: int) -> Operator:
        return Operator(key(f"miner {number}"), key(f"vote {number}"))

    def wire(self, number: int) -> LocalWire:
        return self.network.join(f"n{number}")

    def stop(self, number: int) -> MemoryStore:
        """Kills a node; the disk stays."""
        del self.nodes[number]
        self.wire(number).inbox.clear()
        return self.stores[number].reopen()

    def step(self, mining: bool = True) -> None:
        """Time passes; everybody handles what came, and one who may seals a block."""
        self.clock.advance(STEP_MS)
        self.network.advance(1)
        for node in self.nodes.values():
            self.errors += node.pump()
        if mining:
            for number in sorted(self.nodes, key=lambda each: (each + self.clock.now() // STEP_MS) % self.count):
                if self.nodes[number].should_mine():
                    self.nodes[number].mine()
                    break
        self.settle()

    def settle(self) -> None:
        """Everything that is under way arrives, without time passing."""
        for _ in range(50):
            if not any(self.wire(number).inbox for number in self.nodes):
                return
            for node in self.nodes.values():
                self.errors += node.pump()

    def run(self, steps: int, sending: bool = True) -> None:
        for _ in range(steps):
            if sending:
                self.send()
            self.step()

    def send(self, number: int | None = None, kind: str = "toy.raise") -> Any:
        """A transaction of the one user, given to some node."""
        self.seq += 1
        names = sorted(self.nodes)
        node = self.nodes[names[self.seq % len(names)] if number is None else number]
        item = toy.raising(node, f"c{self.seq % 50}", self.seq, kind=kind)
        (answer,) = node.submit([item])
        assert not isinstance(answer, ChainError), answer
        return item

    @property
    def tips(self) -> set[bytes]:
        return {node.tip.id for node in self.nodes.values()}

    @property
    def finals(self) -> list[int]:
        return [node.final_height for node in self.nodes.values()]

    def codes(self) -> set[str]:
        return {error.code for error in self.errors}

    def validate(self) -> None:
        """No two nodes disagree on a final block."""
        for one in self.nodes.values():
            for other in self.nodes.values():
                height = min(one.final_height, other.final_height)
                assert one.store.best(height) == other.store.best(height)


def vote_key(number: int) -> bytes:
    return key(f"vote {number}").public


def store_of(node: Node) -> Store:
    return node.store
