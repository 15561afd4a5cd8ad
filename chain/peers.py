"""The other nodes as this one sees them: what they have, how they behave, how much of this machine they may use. Pure but for its memory.

Every bad message has the stable code of its error. A code costs points, points fade, and whoever has too many is ignored for a time. A
carrier that does not name senders (all are then the peer "") has to bound them itself: nobody is ignored for what another one sent.
"""

from collections import Counter
from dataclasses import dataclass, field

from chain.errors import ChainError, InvalidBlock, Malformed, NotYet, Refusal
from chain.messages import Status

BAN_POINTS = 100
"""Points at which a peer is ignored: one block that breaks a rule, or three messages that nobody honest sends."""
BAN_MS = 10 * 60 * 1000
"""How long it is ignored."""
FADE_MS = 1_000
"""One point fades in this time, so that single refusals, which honest nodes cause too, never add up."""
PEERS_LIMIT = 256
"""Peers remembered; the one heard of longest ago gives way. More than any set of operators has nodes."""
SHARE_PER_MS = 500
"""Microseconds of work a millisecond brings to a peer: half of one core."""
SHARE_LIMIT = 10_000 * SHARE_PER_MS
"""Work that a peer may have saved up: ten seconds of its share, enough for the largest block and 5,000 transactions beside it."""
COSTS = {"transaction": 200, "block": 1_000, "vote": 200, "votes": 200, "headers": 500, "get_headers": 1_500, "get_body": 8_000,
         "get_votes": 1_500, "get_transactions": 20_000, "status": 50, "body": 1_000}  # fmt: skip
"""Microseconds that a message of a kind costs at least; measured with the rules of medicine, rounded up."""
ANSWER_COST_PER_KIB = 5
"""Microseconds a KiB of an answer to a peer costs besides: reading, unpacking, sending."""
REFUSALS_LIMIT = 50
"""Points that refusals by the state alone may come to. They never lead to a ban: somebody may give two honest nodes transactions that
exclude each other, and each of them passes on what the other has to refuse."""
COST_PER_KIB = 300
"""Microseconds a KiB of transactions, blocks and votes costs besides: two to six signatures."""

_WRONG, _FALSE = 34, 100
_POINTS = {
    "peer.kind": 20, "peer.size": _WRONG, "peer.frame": 20, "peer.chain": _FALSE, "peer.unasked": 1, "peer.headers": _WRONG,
    "peer.withheld": 10,
    "peer.body": _WRONG,
    "peer.flood": 1, "peer.orphans": 1, "block.final": 2, "block.rules.unknown": 0, "block.seal": _WRONG, "block.invalid": _WRONG,
    "chain.tx.size": _WRONG, "chain.tx.canonical": _WRONG, "chain.tx.field": _WRONG, "chain.tx.signature": _WRONG,
    "chain.tx.cosignature": _WRONG, "chain.key.forbidden": _WRONG, "chain.tx.chain": _WRONG, "finality.conflict": 0,
}  # fmt: skip
"""Points of codes that weigh otherwise than their class does. An answer that was not asked for costs little: a node that has restarted does
not remember what it asked, and must not ignore those who answer."""


def points(error: ChainError) -> int:
    """What a bad message costs its sender. A refusal by the state costs one point (honest nodes on another head cause it), bytes that are
    nothing cost a third of a ban, a block that breaks a rule costs a ban; whoever comes too early costs nothing."""
    if isinstance(error, InvalidBlock) and not error.code.startswith("block."):
        return _FALSE  # the code of a transaction, which alone would cost less
    if error.code in _POINTS:
        return _POINTS[error.code]
    if isinstance(error, InvalidBlock):
        return _FALSE
    if isinstance(error, Malformed):
        return _WRONG
    return 0 if isinstance(error, NotYet) else 1 if isinstance(error, Refusal) else 0


@dataclass(slots=True)
class Peer:
    """One other node."""

    name: str
    """Its name on the wire."""
    heard: int = 0
    """Local time of its last message, ms."""
    score: int = 0
    """Points at `scored`."""
    scored: int = 0
    """Local time at which `score` was brought up to date."""
    banned_until: int = 0
    """Local time until which it is ignored."""
    work: int = SHARE_LIMIT
    """Microseconds of work that it may cause at `worked`."""
    worked: int = 0
    """Local time at which `work` was brought up to date."""
    status: Status | None = None
    """What it said it has."""
    told: int | None = None
    """When it was told this node's status in answer to its own."""
    asked: dict[str, int] = field(default_factory=dict)
    """Kind of answer -> when it was asked for one last."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Code -> how many of its messages earned it."""


class Peers:
    """All peers that were heard of."""

    def __init__(self) -> None:
        self._peers: dict[str, Peer] = {}

    def get(self, name: str, now: int) -> Peer:
        """The peer of that name, from now on remembered."""
        peer = self._peers.get(name)
        if peer is None:
            if len(self._peers) >= PEERS_LIMIT:
                oldest = min(self._peers.values(), key=lambda each: (each.banned_until > now, each.heard, each.name))
                del self._peers[oldest.name]
            peer = self._peers[name] = Peer(name, scored=now, worked=now)
        return peer

    def all(self) -> list[Peer]:
        """Every peer, by name."""
        return [self._peers[name] for name in sorted(self._peers)]

    def is_banned(self, name: str, now: int) -> bool:
        """Whether what it sends is ignored."""
        peer = self._peers.get(name)
        return peer is not None and peer.banned_until > now

    def hear(self, name: str, kind: str, size: int, now: int) -> Peer:
        """Counts a message that nobody asked for. Raises Malformed `peer.flood` when the peer has used up its share of this machine, NotYet
        `peer.transactions` when it has used up what transactions may take of it: others may have flooded a peer that passes on."""
        peer = self.get(name, now)
        if not name:
            return peer
        peer.work = min(SHARE_LIMIT, peer.work + max(0, now - peer.worked) * SHARE_PER_MS)
        peer.heard = peer.worked = now
        cost = COSTS.get(kind, 50) + (size >> 10) * COST_PER_KIB
        if kind == "transaction" and cost > peer.work - SHARE_LIMIT // 2:  # what is left is for blocks and votes
            raise NotYet("peer.transactions", f"at most {SHARE_PER_MS} us of work a ms", f"{kind} of {size} bytes")
        if cost > peer.work:
            raise Malformed("peer.flood", f"at most {SHARE_PER_MS} us of work a ms", f"{kind} of {size} bytes")
        peer.work -= cost
        return peer

    def charge(self, name: str, size: int, now: int) -> None:
        """An answer of `size` bytes was made for a peer: it has that much less of its share, also less than nothing."""
        self.get(name, now).work -= (size >> 10) * ANSWER_COST_PER_KIB

    def blame(self, name: str, error: ChainError, now: int) -> bool:
        """Writes down a bad message; True when the peer is ignored from now on."""
        peer = self.get(name, now)
        peer.reasons[error.code] += 1
        faded = max(0, peer.score - max(0, now - peer.scored) // FADE_MS)
        more = min(points(error), max(0, REFUSALS_LIMIT - faded)) if isinstance(error, Refusal) and points(error) == 1 else points(error)
        peer.score, peer.scored = faded + more, now
        if peer.score < BAN_POINTS or not name:
            return False
        peer.banned_until, peer.score = now + BAN_MS, 0
        return True
