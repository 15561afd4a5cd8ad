"""All chance of a simulation: SHA-256 over the seed, a subject and a counter, so that any Python replays it and subjects do not disturb
each other (turning one kind of fault off leaves the draws of the others as they were)."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Chance:
    """One stream of draws."""

    def __init__(self, seed: int, subject: str) -> None:
        """`subject` names the stream."""
        self._prefix = hashlib.sha256(f"{seed}/{subject}/".encode())
        self._drawn = 0

    def below(self, bound: int) -> int:
        """A number 0 .. bound-1."""
        self._drawn += 1
        attempt = self._prefix.copy()
        attempt.update(self._drawn.to_bytes(8, "big"))
        return int.from_bytes(attempt.digest()[:16], "big") % bound

    def between(self, low: int, high: int) -> int:
        """A number low .. high."""
        return low + self.below(high - low + 1)

    def happens(self, of_a_thousand: int) -> bool:
        """True in so many of a thousand draws."""
        return self.below(1000) < of_a_thousand

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """All items in a drawn order."""
        rest, found = list(items), []
        while rest:
            found.append(rest.pop(self.below(len(rest))))
        return found

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """`count` different items."""
        return self.shuffled(items)[:count]

    def bytes(self, length: int) -> bytes:
        """Drawn bytes."""
        return b"".join(self.below(256).to_bytes(1, "big") for _ in range(length))
