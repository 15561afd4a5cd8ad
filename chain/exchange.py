"""The half of a node that talks to other nodes: every message that arrives is judged here, its sender answers for it (PROTOCOL §6).

A bad message never stops the node and never changes it; its error is counted against the sender and returned by `pump`.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice

from chain import blocks, finality, messages, transactions
from chain.errors import ChainError, Fault, InvalidBlock, Malformed, NotYet
from chain.fetching import Fetching
from chain.finality import Point, Vote
from chain.messages import Status

SEEN_KEPT = 4_096
"""Digests of messages handled lately, so that repetitions cost one hash."""
SEEN_MS = 5_000
"""How long a repetition is ignored: shorter than the time after which nodes send their own things again."""
BATCH = 1_000
"""Transactions that arrived one after the other and are made durable together."""
ANSWERED_VOTES = 8
"""Messages of 512 votes that answer one question: all that are kept of sixteen attesters."""
ANSWERED_TRANSACTIONS = 1_000
"""Waiting transactions that answer one question."""
ANSWERED_BYTES = 8 * 1024 * 1024
"""Their bytes: one block."""
TELL_MS = 1_000
"""A peer that lacks something is told so at most this often."""
LATER_VOTES = 512
"""Votes of a coming attester set kept until its block is here: one section."""

RELAY_AHEAD = 64
"""Votes for blocks this far above the head are passed on to the others; those above are of somebody who makes noise, or this node has to
catch up and the others know them."""


class Exchange(Fetching):
    """Messages from other nodes."""

    _seen: OrderedDict[bytes, int]
    _later: OrderedDict[Vote, None]

    def _start_exchange(self) -> None:
        self._start_fetching()
        self._seen, self._later = OrderedDict(), OrderedDict()
        self._handlers: dict[str, Callable[[bytes, str], None]] = {
            "block": self._on_block, "body": self._on_body, "vote": self._on_vote, "votes": self._on_votes, "status": self._on_status,
            "get_headers": self._on_get_headers, "headers": self._on_headers, "get_body": self._on_get_body,
            "get_votes": self._on_get_votes, "checkpoint": self._on_checkpoint, "get_transactions": self._on_get_transactions,
        }  # fmt: skip

    # --- what arrives ---

    def _handle_all(self) -> list[ChainError]:
        """Every message that has arrived. Transactions that follow each other are accepted together."""
        errors: list[ChainError] = []
        waiting: list[tuple[bytes, str]] = []
        while self.wire is not None and (message := self.wire.receive()) is not None:
            kind, body, peer = (*message, "")[:3]
            try:
                if not self._admit(kind, body, peer):
                    continue
                if kind == "transaction":
                    waiting.append((body, peer))
                if waiting and (kind != "transaction" or len(waiting) >= BATCH):
                    errors += self._take_transactions(waiting)
                    waiting = []
                if kind != "transaction":
                    self._handlers[kind](body, peer)
                    self._remember(kind, body)
            except (InvalidBlock, Malformed, NotYet) as error:
                self._blame(peer, error)
                errors.append(error)
            except Fault as fault:
                if fault.code != "finality.conflict":
                    raise
                errors.append(fault)
        return errors + self._take_transactions(waiting)

    def _admit(self, kind: str, body: bytes, peer: str) -> bool:
        """Whether a message is worth looking at. Raises Malformed `peer.kind`, `peer.size`, `peer.flood` or `peer.unasked`."""
        now = self.clock.now()
        if self.peers.is_banned(peer, now):
            return False
        messages.validate_size(kind, body)
        digest = hashlib.sha256(kind.encode() + b"\0" + body).digest()
        if now < self._seen.get(digest, 0) + SEEN_MS and kind in ("transaction", "block", "body", "vote", "checkpoint"):
            return False
        awaited = self._awaited(kind, body, peer)
        if not awaited:
            self.peers.hear(peer, kind, len(body), now)
        if awaited is None:
            raise Malformed("peer.unasked", "an answer to a question", kind)
        return True

    def _awaited(self, kind: str, body: bytes, peer: str) -> bool | None:
        """True for the first answer to a question, None for an answer to none, False for everything else."""
        if kind == "body":
            return self._sync.answer(kind, peer, hashlib.sha256(body[: blocks.HEADER_BYTES]).digest())
        return self._sync.answer(kind, peer) if kind in ("headers", "votes") else False

    def _remember(self, kind: str, body: bytes) -> None:
        self._seen[hashlib.sha256(kind.encode() + b"\0" + body).digest()] = self.clock.now()
        while len(self._seen) > SEEN_KEPT:
            self._seen.popitem(last=False)

    def _take_transactions(self, waiting: list[tuple[bytes, str]]) -> list[ChainError]:
        errors = []
        answers = self.submit([body for body, _ in waiting], own=False) if waiting else []
        for (body, peer), answer in zip(waiting, answers, strict=True):
            if isinstance(answer, ChainError):
                self._blame(peer, answer)
                errors.append(answer)
            else:
                self._remember("transaction", body)
        return errors

    # --- votes ---

    def _on_vote(self, body: bytes, peer: str) -> None:
        self._take_votes(body)

    def _take_votes(self, body: bytes) -> None:
        """Counts votes; those of a coming set are kept until it is known. New ones go on to the others, unless their voter cheats or they
        are for blocks far ahead."""
        votes, epoch, known = finality.decode_votes(body), self._newest_epoch(), self._voters()
        now = [vote for vote in votes if vote.voter in known or vote.epoch == epoch]
        for vote in votes:
            if vote.voter not in known and vote.epoch > epoch:
                self._later[vote] = None
        while len(self._later) > LATER_VOTES:
            self._later.popitem(last=False)
        fresh = self.receive_vote(finality.encode_votes(now))
        highest = self._tip.header.height + RELAY_AHEAD
        relayed = [vote for vote in fresh if vote.voter not in self._tally.offences and vote.target_height <= highest]
        self._publish("vote", [finality.encode_votes(relayed)] if relayed else [])

    def _newest_epoch(self) -> int:
        regime = self._branches.regime(self._tip.point)
        return regime.epoch if regime else 0

    def _on_votes(self, body: bytes, peer: str) -> None:
        height, votes = messages.decode_known(body)
        self._take_votes(votes)
        if self._recovery is not None:
            now = self.clock.now()
            self._recovery = self._recovery.answered(peer, height, now).believing(self._shown_height(), now)

    def _shown_height(self) -> int:
        """The greatest height that a header with its work, or votes of more than a third of the attesters, have shown."""
        highest = self._tally.highest()
        counts = [sorted((highest.get(voter, 0) for voter in members), reverse=True) for members in self._sets()]
        voted = [heights[len(heights) // 3] for heights in counts if heights]
        return max(self._tip.header.height, self._sync.height, *voted)

    def _on_get_votes(self, body: bytes, peer: str) -> None:
        found = self.votes()[::-1][: ANSWERED_VOTES * finality.SECTION_LIMIT]
        height = self._tip.header.height
        for start in range(0, max(len(found), 1), finality.SECTION_LIMIT):
            section = finality.encode_votes(found[start : start + finality.SECTION_LIMIT])
            self._answer("votes", messages.encode_known(height, section), peer)

    # --- status and transactions ---

    def status(self) -> Status:
        """What this node tells the others."""
        return Status(self.chain, self._tip.point, self._tip.work, self._tally.final)

    def _on_status(self, body: bytes, peer: str) -> None:
        found = messages.decode_status(body)
        if found.chain != self.chain:
            raise Malformed("peer.chain", self.chain.hex(), found.chain.hex())
        known = self.peers.get(peer, self.clock.now())
        first, known.status = known.status is None, found
        if first:
            self._publish("get_transactions", [b""], peer)
        if not self._has(found.tip):
            self._ask_headers(peer)
        elif found.final[0] > self._tally.final[0]:
            self._ask_votes(peer)
        behind = found.work < self._tip.work or found.final[0] < self._tally.final[0]
        if behind and (known.told is None or self.clock.now() >= known.told + TELL_MS):
            known.told = self.clock.now()
            self._publish("status", [messages.encode_status(self.status())], peer)

    def _has(self, point: Point) -> bool:
        return self._branches.get(point[1]) is not None or self._sync.get(point[1]) is not None or self.store.best(point[0]) == point[1]

    def _on_get_transactions(self, body: bytes, peer: str) -> None:
        size = 0
        for item in islice(self._pool, ANSWERED_TRANSACTIONS):
            carrier = transactions.encode(item, with_proofs=True)
            size += len(carrier)
            self._answer("transaction", carrier, peer)
            if size >= ANSWERED_BYTES:
                return
