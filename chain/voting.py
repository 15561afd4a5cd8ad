"""When an attester votes, and what it remembers so that it never contradicts itself (PROTOCOL §6). Pure; the node writes it down first."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chain import attesters, tally
from chain.finality import IN_ORDER, Point, Vote

FRESH_MS = 10 * 60 * 1000
"""A block is voted for only if its time was this near to the local clock when it became the head: old branches find no helpers."""
WITHHOLD_INTERVALS = 3
"""Intervals that an urgent transaction may wait before votes are withheld from blocks that leave it out."""
LISTEN_MS = 10 * 60 * 1000
"""A restored node listens this long before it counts what others tell of its votes: longer than any message is under way."""
FORGET_MS = 24 * 3600 * 1000
"""A restored node that nobody answers votes again after this time; the chain has gone on beyond whatever it may have voted for."""
MARGIN = 8
"""Heights beyond all that the others know that a restored node leaves out: a party alone seals one block, then spacing stops it."""
STORED_PER_VOTER = 64
"""Votes of one attester that are written down for a restart, the newest; older ones lie in blocks."""
VOTES_LIMIT = STORED_PER_VOTER * 3 * attesters.ATTESTER_LIMIT + 4 * tally.VOTES_KEPT * attesters.ATTESTER_LIMIT
"""Votes in one stored list at most: those kept for every attester of a changing set, and those owed to blocks."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The highest of what an attester has signed. On disk before the vote is sent."""

    target: int = 0
    """Height of the highest target."""
    source: int = 0
    """Height of the highest source."""
    vote: Vote | None = None
    """The vote with the highest target: its signature shows that so much was promised."""

    def after(self, vote: Vote) -> "Promise":
        """With one more vote of the attester's own, given now or found in the network."""
        newest = vote if self.vote is None or vote.target_height > self.vote.target_height else self.vote
        return Promise(max(self.target, vote.target_height), max(self.source, vote.source_height), newest)

    def allows(self, source: Point, target: Point) -> bool:
        """Targets rise strictly, sources never fall, links lead forwards."""
        return target[0] > max(self.target, source[0]) and source[0] >= self.source


@dataclass(frozen=True, slots=True)
class Recovery:
    """A node that goes on from an old copy of its disk: it may have signed more than it remembers."""

    since: int
    """Local time at which it started from the copy, ms."""
    claims: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name of a node that told what it knows -> (height of its head by its word, when it said so); not believed yet."""
    answers: dict[str, int] = field(default_factory=dict)
    """Name of a node -> height of its head then, as far as it was shown."""

    def answered(self, peer: str, height: int, now: int) -> "Recovery":
        """With a peer's first answer; later ones would raise the floor with the chain for ever, and one that comes while older messages may
        be under way does not count."""
        if now < self.since + LISTEN_MS or peer in self.answers or peer in self.claims:
            return self
        return replace(self, claims={**self.claims, peer: (height, now)})

    def believing(self, shown: int, now: int) -> "Recovery":
        """With the claims up to the height `shown` by headers or votes. One that nothing has shown after `LISTEN_MS` counts as that height:
        whoever lies about its height knows no more than the others."""
        due = [(peer, height) for peer, (height, said) in self.claims.items() if height <= shown or now >= said + LISTEN_MS]
        ripe = {peer: min(height, shown) for peer, height in due}
        left = {peer: claim for peer, claim in self.claims.items() if peer not in ripe}
        return replace(self, claims=left, answers={**self.answers, **ripe}) if ripe else self

    def floor(self, others: int, now: int) -> int | None:
        """The height above which votes may be given again; None while it must not vote. `others`: attesters beside this one."""
        if now >= self.since + FORGET_MS:
            return 0
        if 3 * len(self.answers) <= 2 * others:
            return None
        return max(self.answers.values(), default=0) + MARGIN


def newest(votes: Sequence[Vote]) -> list[Vote]:
    """The votes to write down: of every voter those with the highest targets."""
    count: dict[bytes, int] = {}
    kept = []
    for vote in sorted(votes, key=IN_ORDER, reverse=True):
        count[vote.voter] = count.get(vote.voter, 0) + 1
        if count[vote.voter] <= STORED_PER_VOTER:
            kept.append(vote)
    return kept


def is_fresh(time: int, became_head: int) -> bool:
    """Whether a block of that time may be voted for by somebody whose head it became then."""
    return abs(became_head - time) <= FRESH_MS


def withholds(accepted: Sequence[int], now: int, interval_ms: int) -> bool:
    """Whether one of the urgent transactions that wait, accepted at these times, has waited too long."""
    return any(now - since > WITHHOLD_INTERVALS * interval_ms for since in accepted)
