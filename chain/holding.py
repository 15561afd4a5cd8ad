"""Blocks that cannot be judged yet: their parent is unknown, or their time lies ahead (PROTOCOL §6). Bounded; nothing here is on disk, and
a crash loses nothing that the other nodes do not send again."""

from collections import OrderedDict
from dataclasses import dataclass

HELD_LIMIT = 64
"""Blocks held for one reason: a minute of blocks at the usual interval, twice over."""
HELD_PER_PEER = 16
"""Blocks held of one peer, so that none fills the room of the others."""
HELD_BYTES = 64 * 1024 * 1024
"""Bytes held for one reason: eight of the largest blocks."""
FUTURE_MS = 2 * 3600 * 1000
"""A block further ahead than this is not held: its miner's clock is wrong by more than a time zone is wide."""


@dataclass(frozen=True, slots=True)
class Held:
    """One block that waits."""

    id: bytes
    """Its id."""
    parent: bytes
    """Id of the block before it."""
    time: int
    """Its time, ms."""
    body: bytes
    """The block as it travels."""
    peer: str
    """Who sent it."""


class Holding:
    """Blocks held for one reason, oldest first."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, Held] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, block_id: object) -> bool:
        return block_id in self._held

    def add(self, held: Held) -> bool:
        """Holds a block; the oldest give way. False when its sender has no room left."""
        if held.id in self._held:
            return True
        if sum(other.peer == held.peer for other in self._held.values()) >= HELD_PER_PEER:
            return False
        self._held[held.id] = held
        self._bytes += len(held.body)
        while len(self._held) > HELD_LIMIT or self._bytes > HELD_BYTES:
            _, gone = self._held.popitem(last=False)
            self._bytes -= len(gone.body)
        return True

    def children(self, parent: bytes) -> list[Held]:
        """Takes out the blocks that follow `parent`."""
        return self._take([held for held in self._held.values() if held.parent == parent])

    def due(self, now: int) -> list[Held]:
        """Takes out the blocks whose time is not ahead of `now`, lowest time first."""
        return self._take(sorted((held for held in self._held.values() if held.time <= now), key=lambda held: (held.time, held.id)))

    def drop(self, peer: str) -> None:
        """Forgets what a peer sent."""
        self._take([held for held in self._held.values() if held.peer == peer])

    def _take(self, found: list[Held]) -> list[Held]:
        for held in found:
            del self._held[held.id]
            self._bytes -= len(held.body)
        return found
