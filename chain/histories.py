"""Events of things, and what a node remembers of those that are final (S-07, S-09).

Things that were split off one another share their past: the packs of a delivery came by the same events, and differ in the last one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chain import state
from chain.interfaces import BlockContext, Value
from chain.transactions import Transaction

EVENTS_KEPT = 10_000
"""Final events kept in memory, about 30 MB; then all are forgotten, which is simpler than knowing which was used last."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event in the history of a thing."""

    number: int
    """From 1, oldest first."""
    height: int
    """Height of its block."""
    index: int
    """Number in the block."""
    time: int
    """Block time, ms."""
    transaction: Transaction
    """The transaction."""


@dataclass(frozen=True, slots=True)
class Part:
    """A history up to one of its events."""

    events: tuple[Event, ...]
    """Oldest first."""
    head: str
    """Where they lead (S-09), hex."""


NOTHING_YET = Part((), state.NO_HISTORY["head"])
"""The history of a thing to which nothing has happened."""


class Past:
    """Final events read lately, which can never change. Any thread may use it."""

    __slots__ = ("_count", "_parts", "_times", "_transactions")

    def __init__(self) -> None:
        """Nothing yet."""
        self._transactions: dict[int, tuple[int, Transaction]] = {}
        self._times: dict[int, int] = {}
        self._parts: dict[tuple[str, int], Part] = {}
        self._count = 0

    def transaction(self, position: int) -> tuple[int, Transaction] | None:
        """(block time, transaction) at a position."""
        return self._transactions.get(position)

    def keep_transaction(self, position: int, found: tuple[int, Transaction]) -> None:
        """Keeps a transaction of a final block."""
        if len(self._transactions) >= EVENTS_KEPT:
            self._transactions = {}
        self._transactions[position] = found

    def time(self, height: int) -> int | None:
        """Block time of a final block, ms."""
        return self._times.get(height)

    def keep_time(self, height: int, time: int) -> None:
        """Keeps the time of a final block, about 100 bytes."""
        self._times[height] = time

    def part(self, key: str, number: int) -> Part | None:
        """The history at `key` up to event `number`."""
        return self._parts.get((key, number))

    def keep_part(self, key: str, part: Part) -> None:
        """Keeps a history whose events are all final and were checked by their head."""
        if self._count + len(part.events) > EVENTS_KEPT:
            self._parts, self._count = {}, 0
        self._parts[key, len(part.events)] = part
        self._count += len(part.events)


def heads(part: Part, events: Iterable[Event]) -> list[str]:
    """Where a history leads, and where it leads after each of its next events, oldest first."""
    history: Value = {"n": len(part.events), "head": part.head}
    found = [part.head]
    for event in events:
        history = state.advance(history, event.transaction.id, BlockContext(b"", event.height, event.time))
        found.append(history["head"])
    return found
