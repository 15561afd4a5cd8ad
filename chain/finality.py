"""Finality: votes, justification, final blocks, offences (PROTOCOL §6; an FFG overlay on the chain of work).

A vote is a link from a justified source to a later target. A link with more than two thirds of the attesters justifies its target; where
the target follows the source directly, the source and everything before it are final and never left.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from chain import codec, keys
from chain.errors import Malformed

VOTE_BYTES = 84 + 32 + 64
"""Bytes of a vote in the votes section: link, voter's public key, signature."""
SECTION_LIMIT = 512
"""Votes in one block: the largest attester set twice over."""

_LINK = struct.Struct(">IQ32sQ32s")

Point = tuple[int, bytes]
"""A block as votes name it: height and id."""


@dataclass(frozen=True, slots=True, order=True)
class Vote:
    """One attester's signed link. Ordered as the votes section orders them: by target, source, voter."""

    target_height: int
    """Height of the block voted for; a multiple of `vote_every`."""
    target_id: bytes
    """Its id."""
    source_height: int
    """Height of the justified block that the vote builds on."""
    source_id: bytes
    """Its id."""
    voter: bytes
    """Vote key, 32 bytes."""
    epoch: int
    """Epoch of the attester set."""
    signature: bytes
    """Signature over `vote/v1` 00 chain and the link."""

    @property
    def source(self) -> Point:
        """Where the link begins."""
        return self.source_height, self.source_id

    @property
    def target(self) -> Point:
        """Where the link ends."""
        return self.target_height, self.target_id


def _link(epoch: int, source: Point, target: Point) -> bytes:
    return _LINK.pack(epoch, *source, *target)


def sign_vote(chain: bytes, epoch: int, source: Point, target: Point, signer: keys.SigningKey) -> Vote:
    """A vote by `signer`. Whoever calls this has already written down that it will be given."""
    signature = signer.sign(codec.domain("vote/v1") + chain + _link(epoch, source, target))
    return Vote(*target, *source, signer.public, epoch, signature)


def validate_vote(vote: Vote, chain: bytes, members: Sequence[bytes]) -> None:
    """Voter in the set, link forwards, signature right. Raises Malformed `vote.member`, `vote.link` or `vote.signature`."""
    if vote.voter not in members:
        raise Malformed("vote.member", "a vote key of the attester set", vote.voter.hex())
    if vote.source_height >= vote.target_height:
        raise Malformed("vote.link", f"a target above height {vote.source_height}", vote.target_height)
    message = codec.domain("vote/v1") + chain + _link(vote.epoch, vote.source, vote.target)
    if not keys.verify(keys.key_text(vote.voter), message, vote.signature):
        raise Malformed("vote.signature", "the voter's signature over the link", "another")


def encode_votes(votes: Iterable[Vote]) -> bytes:
    """The votes section: votes in their order, each once."""
    return b"".join(_link(v.epoch, v.source, v.target) + v.voter + v.signature for v in sorted(set(votes)))


def decode_votes(section: bytes) -> tuple[Vote, ...]:
    """The votes in a section. Raises Malformed `vote.section` where they are not in order, not single or too many."""
    if len(section) % VOTE_BYTES or len(section) > SECTION_LIMIT * VOTE_BYTES:
        raise Malformed("vote.section", f"at most {SECTION_LIMIT} votes of {VOTE_BYTES} bytes", f"{len(section)} bytes")
    votes = []
    for start in range(0, len(section), VOTE_BYTES):
        epoch, source_height, source_id, target_height, target_id = _LINK.unpack_from(section, start)
        voter, signature = section[start + 84 : start + 116], section[start + 116 : start + VOTE_BYTES]
        votes.append(Vote(target_height, target_id, source_height, source_id, voter, epoch, signature))
    if any(first >= second for first, second in pairwise(votes)):
        raise Malformed("vote.section", "votes in order, each once", "another order")
    return tuple(votes)


def is_offence(first: Vote, second: Vote) -> bool:
    """Two votes that no honest attester gives: two targets at one height, or one link around the other."""
    if first.voter != second.voter or (first.source, first.target) == (second.source, second.target):
        return False
    if first.target_height == second.target_height:
        return True
    inner, outer = sorted((first, second), key=lambda vote: vote.target_height)
    return outer.source_height < inner.source_height


@dataclass(slots=True)
class Tally:
    """The votes seen, and what they make justified and final. Starts from a final block that is also justified."""

    members: tuple[bytes, ...]
    """Vote keys of the attester set, one a party."""
    every: int
    """Heights that votes may name are multiples of this (genesis parameter E)."""
    final: Point
    """The highest final block."""
    justified: set[Point]
    """Justified blocks at or above the final one."""
    links: dict[tuple[Point, Point], dict[bytes, Vote]] = field(default_factory=dict)
    """Votes by link and voter, above the final block."""

    @property
    def head(self) -> Point:
        """The highest justified block; of several at one height the smaller id."""
        return min(self.justified, key=lambda point: (-point[0], point[1]))

    def votes(self) -> list[Vote]:
        """All votes kept."""
        return [vote for voters in self.links.values() for vote in voters.values()]

    def add(self, vote: Vote) -> bool:
        """Keeps a valid vote; False where it is known or names nothing above the final block."""
        voters = self.links.setdefault((vote.source, vote.target), {})
        if vote.voter in voters or vote.target_height <= self.final[0] or vote.target_height % self.every:
            return False
        voters[vote.voter] = vote
        return True

    def settle(self, is_ancestor: Callable[[Point, Point], bool]) -> bool:
        """Draws all conclusions from the votes; `is_ancestor(source, target)` asks the block tree. True when a block became final."""
        before = self.final
        changed = True
        while changed:
            changed = False
            for (source, target), voters in sorted(self.links.items()):
                if source not in self.justified or not self._carried(voters) or not is_ancestor(source, target):
                    continue
                if target not in self.justified:
                    self.justified.add(target)
                    changed = True
                if target[0] == source[0] + self.every and source[0] > self.final[0]:
                    self.final = source
                    changed = True
        if self.final != before:
            self.justified = {point for point in self.justified if point[0] >= self.final[0]}
            self.links = {link: voters for link, voters in self.links.items() if link[1][0] > self.final[0]}
        return self.final != before

    def _carried(self, voters: dict[bytes, Vote]) -> bool:
        """More than two thirds of the set."""
        return 3 * len(voters.keys() & set(self.members)) > 2 * len(self.members)
