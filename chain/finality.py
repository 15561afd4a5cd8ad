"""Votes and offences: their bytes, and which votes no honest attester gives (PROTOCOL §4, §6). What votes lead to: `chain.tally`.

A vote is a signed link from a justified source to a later target.
"""

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

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


IN_ORDER = attrgetter("target_height", "target_id", "source_height", "source_id", "voter", "epoch", "signature")
"""Sorting key of votes: the same order as votes compared with each other, found several times as fast."""


def _link(epoch: int, source: Point, target: Point) -> bytes:
    return _LINK.pack(epoch, *source, *target)


def sign_vote(chain: bytes, epoch: int, source: Point, target: Point, signer: keys.SigningKey) -> Vote:
    """A vote by `signer`. Whoever calls this has already written down that it will be given."""
    signature = signer.sign(codec.domain("vote/v1") + chain + _link(epoch, source, target))
    return Vote(*target, *source, signer.public, epoch, signature)


def validate_vote(vote: Vote, chain: bytes, members: Collection[bytes]) -> None:
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
    return b"".join(_link(v.epoch, v.source, v.target) + v.voter + v.signature for v in sorted(set(votes), key=IN_ORDER))


def decode_votes(section: bytes, limit: int = SECTION_LIMIT) -> tuple[Vote, ...]:
    """The votes in a section. Raises Malformed `vote.section` where they are not in order, not single or more than `limit`."""
    if len(section) % VOTE_BYTES or len(section) > limit * VOTE_BYTES:
        raise Malformed("vote.section", f"at most {limit} votes of {VOTE_BYTES} bytes", f"{len(section)} bytes")
    votes = []
    for start in range(0, len(section), VOTE_BYTES):
        epoch, source_height, source_id, target_height, target_id = _LINK.unpack_from(section, start)
        voter, signature = section[start + 84 : start + 116], section[start + 116 : start + VOTE_BYTES]
        votes.append(Vote(target_height, target_id, source_height, source_id, voter, epoch, signature))
    if any(first >= second for first, second in pairwise(votes)):
        raise Malformed("vote.section", "votes in order, each once", "another order")
    return tuple(votes)


def is_offence(first: Vote, second: Vote) -> bool:
    """Two votes that no honest attester gives: different votes for one height, or one link around the other. A second signature over the
    same link and epoch is no other vote."""
    same = (first.epoch, first.source, first.target) == (second.epoch, second.source, second.target)
    if first.voter != second.voter or same:
        return False
    if first.target_height == second.target_height:
        return True
    inner, outer = (first, second) if first.target_height < second.target_height else (second, first)
    return outer.source_height < inner.source_height
