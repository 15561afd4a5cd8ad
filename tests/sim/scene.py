"""What a simulation starts from: the members' keys, a ledger in every member's disk, and the application with its clients.

Both applications sit behind `Scene`; a scene is made once a process, and every simulation takes copies of its disks.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from chain import transactions
from chain.interfaces import Application, StateView
from chain.keys import SigningKey
from chain.node import Node
from chain.store.memory import Disk, MemoryStore
from chain.transactions import Draft, Transaction
from tests.chain import toy
from tests.sim.chance import Chance
from tests.trace.world import gln


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of the network."""

    number: int
    """From 0."""
    party: str
    """Its GLN."""
    miner: SigningKey
    """Seals its blocks."""
    vote: SigningKey
    """Signs its votes."""
    note: SigningKey
    """Signs the checkpoints."""


@cache
def seats(count: int) -> tuple[Seat, ...]:
    """The members of a network of `count`."""
    return tuple(_seat(number) for number in range(count))


def _seat(number: int) -> Seat:
    return Seat(number, gln(f"95219990{number:04d}"), *(_key(f"{purpose} {number}") for purpose in ("miner", "vote", "note")))


def _key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(b"simulation " + name.encode()).digest())


def founding(count: int) -> dict[str, Any]:
    """The chain's part of a genesis document for `count` members."""
    members = seats(count)
    return {
        "parameters": {"interval_ms": 1_000, "floor": toy.FLOOR, "vote_every": 1},
        "attesters": [{"party": seat.party, "vote": seat.vote.text, "note": seat.note.text} for seat in members],
        "miners": [{"party": seat.party, "key": seat.miner.text} for seat in members],
    }


def copy_disk(disk: Disk) -> Disk:
    """A backup: what lies on a disk now."""
    return Disk(
        blocks=dict(disk.blocks), arrival=dict(disk.arrival), best=list(disk.best), deltas=dict(disk.deltas), pool=dict(disk.pool),
        waiting=disk.waiting, meta=dict(disk.meta), flushed=disk.flushed, entries=dict(disk.entries), keys=list(disk.keys),
        tiles=dict(disk.tiles), positions={name: list(places) for name, places in disk.positions.items()}, trails=dict(disk.trails),
    )  # fmt: skip


class Clients(Protocol):
    """Those who send transactions. Stateful: they count their numbers."""

    def next(self, view: StateView, now: int) -> Iterator[Transaction]:
        """Transactions that conflict with one another or stand alone; `view` is what the asked node has accepted."""


class Scene(Protocol):
    """An application with a ledger that has begun."""

    application: Application
    """The rules."""
    start: int
    """Time at which simulations begin, ms."""
    conflicts: bool
    """Whether clients send transactions that exclude each other, so that one of them may be refused later."""

    def disks(self) -> list[Disk]:
        """A fresh disk for every member."""

    def clients(self, chance: Chance) -> Clients:
        """Fresh clients."""

    def validate(self, view: StateView) -> None:
        """The application's invariants. Raises Fault."""


class CounterScene:
    """The counters of `tests.chain.toy`."""

    application: Application = toy.Counters()
    start = toy.START + 1_000
    conflicts = False

    def __init__(self, count: int) -> None:
        store = MemoryStore()
        document = {**toy.document(), **founding(count)}
        self._chain = Node.create(store, document, self.application)
        self._disk, self._count = store.disk, count

    def disks(self) -> list[Disk]:
        """As Scene.disks."""
        return [copy_disk(self._disk) for _ in range(self._count)]

    def clients(self, chance: Chance) -> Clients:
        """As Scene.clients."""
        return CounterClients(self._chain.hex(), chance)

    def validate(self, view: StateView) -> None:
        """No counter is above its limit."""
        assert all(value["n"] <= 100 for _, value in view.scan("counter/"))


class CounterClients:
    """Three users whose transactions never exclude each other: whatever is acknowledged must stay."""

    def __init__(self, chain: str, chance: Chance) -> None:
        self._chain, self._chance = chain, chance
        self._users = [_key(f"user {number}") for number in range(3)]
        self._numbers = [0, 0, 0]

    def next(self, view: StateView, now: int) -> Iterator[Transaction]:
        """One transaction, as Clients.next."""
        user = self._chance.below(len(self._users))
        self._numbers[user] += 1
        body = {"name": f"c{self._chance.below(60)}", "by": 1}
        salt = self._numbers[user].to_bytes(16, "big")
        yield transactions.sign(Draft(self._chain, "toy.raise", body, self._numbers[user], now, salt), self._users[user])


@cache
def counter_scene(count: int) -> CounterScene:
    """The counters among `count` members."""
    return CounterScene(count)
