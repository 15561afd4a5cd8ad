"""The simpler rule that PROTOCOL §6 names and does not take: "two thirds attested is final, else most work", without sources and without
justification. Each block that more than two thirds of the attesters voted for is final, whatever their votes built on."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from chain.finality import Point
from chain.tally import Tally, Tree


@dataclass(slots=True)
class NaiveTally(Tally):
    """Counts votes by target alone."""

    def settle(self, tree: Tree) -> bool:
        """The highest attested block on the chain of the last final one is final."""
        before, regime = self.final, tree.regime(self.final)
        for target, voters in sorted(self._attested().items()):
            carried = regime is not None and all(3 * len(voters & members) > 2 * len(members) for members in regime.sets)
            if carried and target[0] > self.final[0] and tree.is_ancestor(self.final, target):
                self.final = target
        self.justified = {self.final}
        return self.final != before

    def _attested(self) -> dict[Point, set[bytes]]:
        found: dict[Point, set[bytes]] = defaultdict(set)
        for vote in self.votes():
            found[vote.target].add(vote.voter)
        return found


@contextmanager
def naive_rule() -> Iterator[None]:
    """Nodes that are made in here follow the naive rule."""
    with patch("chain.growth.Tally", NaiveTally):
        yield
