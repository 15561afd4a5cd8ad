"""What votes make justified and final (PROTOCOL §6, finality). No clock, no disk: the tree of blocks answers through `Tree`.

A link with more than two thirds of the attesters and a justified source that is an ancestor of the target justifies the target; where the
target follows the source directly, the source and everything before it are final and never left.
"""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chain.finality import IN_ORDER, Point, Vote, is_offence

VOTES_KEPT = 256
"""Votes kept of one voter, those with the highest targets. An honest one gives one vote a height, and a vote for a block 256 heights back
cannot complete a link any more that others have not completed; a dishonest one pushes out nobody's votes but its own."""
JUSTIFIED_KEPT = 256
"""Justified blocks kept above the final one, the highest: sources that votes under way may name."""

Link = tuple[Point, Point, int]
"""Target, source and epoch of a vote: votes count together where all three agree."""


@dataclass(frozen=True, slots=True)
class Regime:
    """Who judges the links that begin at a block, as the state after that block says."""

    epoch: int
    """The epoch that the votes must name."""
    sets: tuple[frozenset[bytes], ...]
    """Vote keys of each set that has to carry the link: one set, or the present and the next while a change is under way."""

    def carries(self, voters: Mapping[bytes, Vote]) -> bool:
        """Whether more than two thirds of every set are among the voters: 3 * votes > 2 * n."""
        if any(3 * len(voters) <= 2 * len(members) for members in self.sets):
            return False  # too few, whoever they are
        return all(3 * len(voters.keys() & members) > 2 * len(members) for members in self.sets)


class Tree(Protocol):
    """What the votes are about."""

    changes: int
    """Grows with everything that may change an answer below."""

    def is_ancestor(self, source: Point, target: Point) -> bool:
        """Whether both blocks are executed and `source` lies on the way from `target` down."""

    def regime(self, point: Point) -> Regime | None:
        """Who judges the links that begin at an executed block; None for another block."""

    def is_beside(self, point: Point) -> bool:
        """Whether a block is known not to be on the chain of the last final block."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Proof that more than a third of the attesters have lied: two finals that exclude each other."""

    kept: Point
    """The final block that this node keeps."""
    other: Point
    """The final block beside it."""
    votes: tuple[Vote, ...]
    """The votes of the link that makes `other` final."""


@dataclass(slots=True)
class Tally:
    """The votes seen, and what they make justified and final. Starts from a final block that is also justified."""

    every: int
    """Heights that votes may name are multiples of this (genesis parameter E)."""
    final: Point
    """The highest final block."""
    justified: set[Point]
    """Justified blocks at or above the final one."""
    links: dict[Link, dict[bytes, Vote]] = field(default_factory=dict)
    """Votes by link and voter."""
    owed: set[Vote] = field(default_factory=set)
    """Votes that justified a block and are not in a final block yet: without them nobody who comes later could follow."""
    certificate: tuple[Vote, ...] = ()
    """The votes of the link that made the last final block final."""
    offences: dict[bytes, tuple[Vote, Vote]] = field(default_factory=dict)
    """Voter -> two of its votes that no honest attester gives."""
    conflict: Conflict | None = None
    """Set for good when a final block beside the chain of `final` was seen."""
    _by_voter: dict[bytes, set[Vote]] = field(default_factory=dict)
    _waiting: list[Link] = field(default_factory=list)
    """Links from which nothing has followed yet, in their order."""
    _fresh: set[Link] = field(default_factory=set)
    """Links that have gained a vote since they were looked at."""
    _looked: int | None = None
    """`changes` of the tree when all waiting links were looked at in vain; None: they have to be looked at again."""

    @property
    def head(self) -> Point:
        """The highest justified block; of several at one height the smaller id."""
        return min(self.justified, key=lambda point: (-point[0], point[1]))

    def votes(self) -> list[Vote]:
        """All votes kept, each once, in their order."""
        return sorted({vote for votes in self._by_voter.values() for vote in votes} | self.owed, key=IN_ORDER)

    def highest(self) -> dict[bytes, int]:
        """Voter -> height of its highest target among the votes kept."""
        return {voter: max(vote.target_height for vote in votes) for voter, votes in self._by_voter.items() if votes}

    def knows(self, vote: Vote) -> bool:
        """Whether the very vote is kept, signature and all."""
        return vote in self.owed or vote in self._by_voter.get(vote.voter, ())

    def add(self, vote: Vote) -> bool:
        """Keeps a valid vote; False where it is known, names no checkpoint height, or is older than those kept."""
        own = self._by_voter.setdefault(vote.voter, set())
        if vote in own or vote in self.owed or vote.target_height % self.every:
            return False
        self._accuse(vote, own)
        if len(own) >= VOTES_KEPT:
            oldest = min(own)
            if vote < oldest:
                return False
            self._drop(oldest)
        own.add(vote)
        link = (vote.target, vote.source, vote.epoch)
        if link not in self.links:
            self.links[link] = {}
            insort(self._waiting, link)
        self.links[link][vote.voter] = vote
        self._fresh.add(link)
        return True

    def _accuse(self, vote: Vote, own: set[Vote]) -> None:
        if vote.voter not in self.offences:
            other = min((other for other in own if is_offence(vote, other)), default=None)
            if other is not None:
                self.offences[vote.voter] = (min(vote, other), max(vote, other))

    def _drop(self, vote: Vote) -> None:
        self._by_voter[vote.voter].discard(vote)
        link = (vote.target, vote.source, vote.epoch)
        voters = self.links.get(link, {})
        voters.pop(vote.voter, None)
        if not voters:
            self.links.pop(link, None)
            self._close(link)

    def _close(self, link: Link) -> None:
        if link in self._waiting:
            self._waiting.remove(link)

    def settle(self, tree: Tree) -> bool:
        """Draws all conclusions from the votes. True when a block became final."""
        before, told = self.final, tree.changes
        again = self._waiting if self._looked != told else [link for link in self._waiting if link in self._fresh]
        self._fresh, self._looked = set(), told
        while any(self._conclude(link, tree) for link in again):
            again = self._waiting  # a conclusion may make another one possible, also from a link that was looked at before
        if self.final != before:
            self._forget(tree)
            self._looked = None
        return self.final != before

    def _conclude(self, link: Link, tree: Tree) -> bool:
        """What follows from one link; True when something is new."""
        target, source, epoch = link
        voters = self.links[link]
        if source not in self.justified:
            self._look_for_conflict(link, tree)
            return False
        regime = tree.regime(source)
        if regime is None or regime.epoch != epoch or not regime.carries(voters) or not tree.is_ancestor(source, target):
            return False
        self._close(link)
        if target[0] > self.final[0]:
            self.owed.update(voters.values())
            self.justified.add(target)
        if target[0] == source[0] + self.every and source[0] > self.final[0] and tree.is_ancestor(self.final, source):
            self.final, self.certificate = source, tuple(sorted(voters.values()))
        return True

    def _look_for_conflict(self, link: Link, tree: Tree) -> None:
        """A carried link from a block beside the final chain to the next checkpoint: for those who signed it, that block is final."""
        target, source, epoch = link
        if self.conflict is not None or target[0] != source[0] + self.every or not tree.is_beside(source):
            return
        regime = tree.regime(self.final)
        if regime is not None and regime.epoch == epoch and regime.carries(self.links[link]):
            self.conflict = Conflict(self.final, source, tuple(sorted(self.links[link].values())))

    def _forget(self, tree: Tree) -> None:
        """Drops what lies at or below the final block. Votes for blocks beside it stay: they may prove a conflict."""
        kept = {point for point in self.justified if point == self.final or tree.is_ancestor(self.final, point)}
        self.justified = {self.final, *sorted(kept, reverse=True)[:JUSTIFIED_KEPT]}
        for link, voters in list(self.links.items()):
            if link[0][0] <= self.final[0] and not tree.is_beside(link[0]):
                for vote in list(voters.values()):
                    self._drop(vote)

    def included(self, votes: frozenset[Vote]) -> None:
        """These votes are in a final block: nobody owes them any more."""
        self.owed -= votes
