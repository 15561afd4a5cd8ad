"""What the votes in a replayed chain make justified and final, concluded again from their signatures: by it an audit can tell that the
final block that a node remembers was not moved (PROTOCOL §6). A vote for a block beside the best chain may have made one on it final, so
the stored branches are known by their links.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chain import attesters, rules
from chain.finality import Point, Vote
from chain.interfaces import StateView
from chain.tally import Regime, Tally


class Conclusions:
    """The blocks replayed so far as `chain.tally.Tree`, and the tally of their votes."""

    def __init__(self) -> None:
        self._points: dict[int, tuple[bytes, Regime]] = {}
        self._beside: dict[bytes, tuple[int, bytes]] = {}
        self._lowest = 0
        self.changes = 0
        """As `chain.tally.Tree.changes`."""
        self._regime: Regime | None = None
        self._promised: dict[bytes, tuple[int, int]] = {}
        self.tally: Tally | None = None
        """None before block 0."""

    def take(self, point: Point, view: StateView, changed: Mapping[str, Any], votes: Iterable[Vote]) -> None:
        """The next block: its state, the keys that it changed, the votes in it."""
        if self._regime is None or attesters.ENTRY in changed:
            self._regime = attesters.regime(view)
        self._points[point[0]] = (point[1], self._regime)
        self.changes += 1
        if self.tally is None:
            self.tally = Tally(rules.parameters(view).vote_every, point, {point})
        self.count(votes)
        while self._lowest < self.tally.final[0]:
            del self._points[self._lowest]
            self._lowest += 1

    def branch(self, point: Point, parent: bytes) -> None:
        """A stored block beside the chain."""
        self.changes += 1
        self._beside[point[1]] = (point[0], parent)

    def count(self, votes: Iterable[Vote]) -> None:
        """Counts votes and concludes what follows."""
        if self.tally is None:
            return
        for vote in votes:
            target, source = self._promised.get(vote.voter, (0, 0))
            self._promised[vote.voter] = (max(target, vote.target_height), max(source, vote.source_height))
            self.tally.add(vote)
        self.tally.settle(self)

    def promised(self, voter: bytes) -> tuple[int, int]:
        """(highest target, highest source) of all votes of a voter that were counted."""
        return self._promised.get(voter, (0, 0))

    # --- as chain.tally.Tree ---

    def is_ancestor(self, source: Point, target: Point) -> bool:
        """As `Tree.is_ancestor`."""
        while target[0] > source[0] and self._beside.get(target[1], (None,))[0] == target[0]:
            target = target[0] - 1, self._beside[target[1]][1]
        return source == target or (source[0] < target[0] and self._has(source) and self._has(target))

    def regime(self, point: Point) -> Regime | None:
        """As `Tree.regime`."""
        return self._points[point[0]][1] if self._has(point) else None

    def is_beside(self, point: Point) -> bool:
        """As `Tree.is_beside`; two finals are for the node to prove."""
        return False

    def _has(self, point: Point) -> bool:
        found = self._points.get(point[0])
        return found is not None and found[0] == point[1]
