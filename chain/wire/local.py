"""Nodes of one process joined by a simulated network: seeded loss, repetition, delay and partition, the same in every run.

There are no threads and no clock: time passes in ticks, when somebody calls `advance`. All chance comes from SHA-256 over the seed and a
counter, so that a failure can be replayed from its seed by any version of Python.
"""

import hashlib
import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weather:
    """How badly the network behaves. Messages of unequal delay overtake each other, so a spread of delays also reorders."""

    loss: int = 0
    """Of a thousand deliveries, how many are lost."""
    repetition: int = 0
    """Of a thousand deliveries, how many arrive a second time (after a delay of its own)."""
    least_delay: int = 0
    """Ticks that every message takes at least; 0: it has arrived when `publish` returns."""
    most_delay: int = 0
    """Ticks that a message takes at most."""


CALM = Weather()
"""Everything arrives at once, once, and in order."""


class Network:
    """The network between the wires of one process; made first, then joined by each node."""

    def __init__(self, seed: int = 0, weather: Weather = CALM) -> None:
        self.weather = weather
        """May be changed at any time; messages under way keep the fate that was drawn for them."""
        self._seed = seed
        self._drawn = 0
        self._tick = 0
        self._sent = 0
        self._wires: dict[str, LocalWire] = {}
        self._under_way: list[tuple[int, int, str, str, str, bytes]] = []
        self._groups: dict[str, int] = {}
        self._holding = False
        self._held: list[tuple[str, str, str, bytes]] = []

    def join(self, name: str) -> "LocalWire":
        """The wire of the node `name`; joining again under the same name gives the same wire, so a restarted node keeps its inbox."""
        return self._wires.setdefault(name, LocalWire(self, name))

    def advance(self, ticks: int = 1) -> None:
        """Lets time pass and delivers what has become due, in order of arrival."""
        self._tick += ticks
        while self._under_way and self._under_way[0][0] <= self._tick:
            _, _, sender, receiver, kind, body = heapq.heappop(self._under_way)
            self._arrive(sender, receiver, kind, body)

    def partition(self, *groups: Iterable[str], hold: bool = False) -> None:
        """Cuts the network into groups of names; whoever is in none is alone. What would cross the cut is lost, or with `hold` waits for
        `heal` (a carrier that stores messages)."""
        self._groups = {name: number for number, group in enumerate(groups) for name in group}
        for number, name in enumerate(sorted(set(self._wires) - set(self._groups)), len(groups)):
            self._groups[name] = number
        self._holding = hold
        self._release()

    def heal(self) -> None:
        """Joins all groups again and delivers what was held."""
        self._groups = {}
        self._release()

    def _release(self) -> None:
        """Tries again to deliver what was held."""
        held, self._held = self._held, []
        for message in held:
            self._arrive(*message)

    @property
    def under_way(self) -> int:
        """Messages that are neither delivered nor lost yet; 0 and empty inboxes mean that nothing will happen any more."""
        return len(self._under_way) + len(self._held)

    def send(self, sender: str, kind: str, body: bytes, to: str | None = None) -> None:
        """Sends one message to every other wire, or to one of them, each with a fate of its own."""
        for receiver in sorted(self._wires):
            if receiver != sender and to in (None, receiver) and not self._chance(self.weather.loss):
                self._depart(sender, receiver, kind, body)
                if self._chance(self.weather.repetition):
                    self._depart(sender, receiver, kind, body)
        self.advance(0)

    def _depart(self, sender: str, receiver: str, kind: str, body: bytes) -> None:
        span = self.weather.most_delay - self.weather.least_delay + 1
        due = self._tick + self.weather.least_delay + (self._draw(span) if span > 1 else 0)
        self._sent += 1
        heapq.heappush(self._under_way, (due, self._sent, sender, receiver, kind, body))

    def _arrive(self, sender: str, receiver: str, kind: str, body: bytes) -> None:
        # A name that joined after the cut is in no group: it is alone, like those that were left out.
        if not self._groups or (sender in self._groups and self._groups[sender] == self._groups.get(receiver)):
            self._wires[receiver].inbox.append((kind, body, sender))
        elif self._holding:
            self._held.append((sender, receiver, kind, body))

    def _chance(self, of_a_thousand: int) -> bool:
        return of_a_thousand > 0 and self._draw(1000) < of_a_thousand

    def _draw(self, below: int) -> int:
        """The next number of the seeded sequence, 0 .. below-1."""
        self._drawn += 1
        return int.from_bytes(hashlib.sha256(f"{self._seed}/{self._drawn}".encode()).digest(), "big") % below


class LocalWire:
    """One node's end of a `Network`: `chain.interfaces.Wire`."""

    def __init__(self, network: Network, name: str) -> None:
        self.network = network
        """The network that this wire is part of."""
        self.name = name
        """The node's name in the network."""
        self.inbox: deque[tuple[str, bytes, str]] = deque()
        """What has arrived and was not received yet."""

    def publish(self, kind: str, body: bytes, to: str | None = None) -> None:
        """As Wire.publish."""
        self.network.send(self.name, kind, body, to)

    def receive(self) -> tuple[str, bytes, str] | None:
        """As Wire.receive."""
        return self.inbox.popleft() if self.inbox else None
