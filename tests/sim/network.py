"""The network of a simulation: every message to every receiver has a fate of its own, and links may be cut in one direction.

`Link` is a node's end and a `chain.interfaces.Wire`. What arrives at a machine that is down is lost.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.sim.chance import Chance

Tap = Callable[[int, str, bytes], None]
"""Told of every message that a node sends: sender, kind, body; lost ones too."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How badly the network behaves. Unequal delays reorder messages."""

    loss: int = 0
    """Of a thousand deliveries, how many are lost."""
    repetition: int = 0
    """Of a thousand deliveries, how many arrive twice."""
    slow: int = 0
    """Of a thousand deliveries, how many take up to `longest_ms`; the others take up to `usual_ms`."""
    usual_ms: int = 0
    """Delay of most messages, at most."""
    longest_ms: int = 60_000
    """Delay of slow messages, at most."""


CALM = Weather(usual_ms=300)
"""Everything arrives soon and once."""


class Network:
    """Links of one simulation."""

    def __init__(self, chance: Chance, weather: Weather) -> None:
        self.weather = weather
        """May be changed; messages under way keep their fate."""
        self.cuts: set[tuple[int, int]] = set()
        """(sender, receiver): what is sent or arrives there now is lost."""
        self.counts: Counter[str] = Counter()
        """Messages sent, lost, repeated, slow, cut off."""
        self._chance = chance
        self._now = 0
        self._sent = 0
        self._links: dict[int, Link] = {}
        self._taps: list[Tap] = []
        self._under_way: list[tuple[int, int, int, int, str, bytes]] = []

    def join(self, name: int) -> "Link":
        """The end of member `name`."""
        self._links[name] = Link(self, name)
        return self._links[name]

    def listen(self, tap: Tap) -> None:
        """Has every message reported that is published or sent."""
        self._taps.append(tap)

    def advance(self, now: int) -> None:
        """Lets time pass until `now` (ms) and delivers what is due."""
        self._now = now
        while self._under_way and self._under_way[0][0] <= now:
            _, _, sender, receiver, kind, body = heapq.heappop(self._under_way)
            if (sender, receiver) in self.cuts:
                self.counts["cut"] += 1
            else:
                self._links[receiver].arrive(sender, kind, body)

    def send(self, sender: int, receivers: Iterable[int], kind: str, body: bytes) -> None:
        """Sends one message to some members, each delivery with its own fate."""
        for tap in self._taps:
            tap(sender, kind, body)
        for receiver in receivers:
            self.counts["sent"] += 1
            if (sender, receiver) in self.cuts:
                self.counts["cut"] += 1
            elif self._chance.happens(self.weather.loss):
                self.counts["lost"] += 1
            else:
                self._depart(sender, receiver, kind, body)
                if self._chance.happens(self.weather.repetition):
                    self.counts["repeated"] += 1
                    self._depart(sender, receiver, kind, body)

    def others(self, name: int) -> list[int]:
        """Every member but one."""
        return [other for other in sorted(self._links) if other != name]

    def _depart(self, sender: int, receiver: int, kind: str, body: bytes) -> None:
        longest = self.weather.usual_ms
        if self._chance.happens(self.weather.slow):
            self.counts["slow"] += 1
            longest = self.weather.longest_ms
        self._sent += 1
        heapq.heappush(self._under_way, (self._now + self._chance.between(0, longest), self._sent, sender, receiver, kind, body))


class Link:
    """One member's end of the network."""

    def __init__(self, network: Network, name: int) -> None:
        self.network, self.name = network, name
        self.open = True
        """Whether the machine runs."""
        self.inbox: deque[tuple[str, bytes, str]] = deque()
        """What has arrived: kind, body, sender."""

    def publish(self, kind: str, body: bytes, to: str | None = None) -> None:
        """As Wire.publish; names are the numbers of members."""
        others = self.network.others(self.name)
        self.network.send(self.name, [other for other in others if to in (None, str(other))], kind, body)

    def receive(self) -> tuple[str, bytes, str] | None:
        """As Wire.receive."""
        return self.inbox.popleft() if self.inbox else None

    def arrive(self, sender: int, kind: str, body: bytes) -> None:
        """A message is here; lost when the machine is down."""
        if self.open:
            self.inbox.append((kind, body, str(sender)))

    def close(self) -> None:
        """The machine stops: what was not handled is gone."""
        self.open = False
        self.inbox.clear()
