"""The half of a node that grows the tree of blocks: judges, chooses, votes, makes final (PROTOCOL §6)."""

from chain import attesters, base, blocks, finality, noted, pool, rules, transactions, voting
from chain.acceptance import Acceptance
from chain.blocks import Block, Header
from chain.branch import Branch
from chain.errors import Fault, InvalidBlock, NotYet
from chain.finality import Point, Vote
from chain.garbage import collector
from chain.interfaces import BlockRecord, Commit
from chain.tally import Conflict, Tally
from chain.twins import Sealed, TwinBook, Twins

FLUSH_ENTRIES = 40_000
"""State entries that may wait in memory before they are flushed: about a second of re-reading after a crash."""
FINALITY_NAMES = ("conflict", "final", "justified", "owed", "own_source", "own_target", "own_vote", "restored", "votes")
"""The small values that are written together with every block, sorted."""
UNSIGNED = b"unsigned"
"""Stands for the own newest vote where an attester's promise is of a time when it was not kept."""


class Growth(Acceptance):
    """The tree of blocks and the votes about it."""

    twins: TwinBook
    """Miners that sealed two blocks on one parent, as seen since the start."""
    _head_since: int
    """Local time at which the tip became the head."""
    _promise: voting.Promise
    """The highest that this attester has signed."""
    _recovery: voting.Recovery | None = None
    """Set while this node goes on from an old copy of its disk."""

    @property
    def conflict(self) -> Conflict | None:
        """Proof of two finals that exclude each other; a node that has one neither mines nor votes (`finality.conflict`)."""
        return self._tally.conflict

    @property
    def recovering(self) -> bool:
        """Whether this node was restored and does not vote yet."""
        return self._recovery is not None

    # --- starting ---

    def _load_finality(self) -> None:
        """Final and justified blocks, votes and promises as the last commit left them, and the votes in the blocks above the flush."""
        stored = self.store.meta("final")
        final = noted.decode_points(stored)[0] if stored else self._branches.root.point
        known = [point for point in noted.decode_points(self.store.meta("justified") or b"") if self._branches.get(point[1])]
        self._tally = Tally(rules.parameters(self.view()).vote_every, final, {final, *known})
        self._tally.owed |= set(finality.decode_votes(self.store.meta("owed") or b"", voting.VOTES_LIMIT))
        self._tally.conflict = noted.decode_conflict(self.store.meta("conflict") or b"")
        for vote in finality.decode_votes(self.store.meta("votes") or b"", voting.VOTES_LIMIT):
            self._tally.add(vote)
        for branch in self._branches:
            for vote in sorted(branch.votes):
                self._tally.add(vote)
        self._tally.settle(self._branches)
        self._load_promise()
        since = self.store.meta("restored")
        if self._recovery is None and since:  # after a failed commit what memory knows of a restore is kept: it only forbids
            self._recovery = voting.Recovery(noted.number(since))
        self._head_since = self.clock.now()

    def _load_promise(self) -> None:
        """What this attester has promised: what was written down, and whatever its own votes that lie here say beyond that."""
        own = self.store.meta("own_vote") or b""
        newest = finality.decode_votes(own)[0] if own and own != UNSIGNED else None
        self._promise = voting.Promise(noted.number(self.store.meta("own_target")), noted.number(self.store.meta("own_source")), newest)
        for vote in (*([newest] if newest else []), *self._tally.votes()):
            if self.operator and self.operator.vote and vote.voter == self.operator.vote.public:
                self._promise = self._promise.after(vote)

    # --- blocks from elsewhere ---

    def receive_block(self, data: bytes) -> Header:
        """Judges a block that travelled here and adopts it where it is good. Raises InvalidBlock, Malformed, NotYet or Fault."""
        record = blocks.parse(data)
        with self.lock:
            known = self._branches.get(record.id)
            if known is not None:
                return known.header
            if record.height <= self._branches.root.header.height:
                if self.store.best(record.height) == record.id:
                    return blocks.decode_header(record.header)
                raise InvalidBlock("block.final", f"above the final height {self._branches.root.header.height}", record.height)
            self._validate_writable()
            parent = self._branches.get(record.parent)
            if parent is None:
                raise NotYet("block.parent", "a known parent", record.parent.hex())
            time, limit = blocks.decode_header(record.header).time, self.clock.now() + rules.FUTURE_LIMIT_MS
            if time > limit:
                raise NotYet("block.future", f"time <= {limit}", time)
            self._branches.judge_header(record, parent, self.chain)
            block = blocks.from_record(record)
            waiting = (self._pool.get(item.id) for item in block.transactions)
            branch = self._branches.judge(block, parent, self.chain, frozenset(item.leaf for item in waiting if item is not None))
            self._adopt(block, branch)
            return block.header

    def receive_vote(self, data: bytes) -> list[Vote]:
        """Counts votes that travelled here and returns those that are new. Raises Malformed, and Fault `finality.conflict`."""
        with self.lock:
            known = self._voters()
            fresh = []
            for vote in finality.decode_votes(data):
                if self._tally.knows(vote) or self._is_old(vote):
                    continue
                finality.validate_vote(vote, self.chain, known)
                if self._tally.add(vote):
                    fresh.append(vote)
            if fresh:
                self._advance(None, None, tuple(fresh))
            return fresh

    def _voters(self) -> set[bytes]:
        """Vote keys whose votes may count: of the sets at the final block and at the tip."""
        return {key for view in (self.final_view(), self.view()) for key in attesters.voters(view)}

    def _is_old(self, vote: Vote) -> bool:
        """Whether a vote is for the final chain itself, where nothing is left to decide."""
        return vote.target_height <= self.final_height and self.store.best(vote.target_height) == vote.target_id

    # --- growing ---

    def _adopt(self, block: Block, branch: Branch) -> None:
        """Takes a judged block into the tree and draws all conclusions."""
        record = blocks.to_record(block, branch.work)
        self._branches.add(branch)
        self._advance(record, branch, tuple(sorted(branch.votes)))
        self._look_for_twin(branch, record.seal)
        if self.wire is not None and voting.is_fresh(block.header.time, self.clock.now()):
            self._publish("block", [blocks.encode(record)])

    def _look_for_twin(self, branch: Branch, seal: bytes) -> None:
        """Warns where the miner has sealed another block on the same parent."""
        other = self._branches.twin(branch)
        stored = self.store.block(other.id) if other else None
        if other is None or stored is None:
            return
        header = branch.header
        second = Sealed(branch.id, header.encode(), seal)
        self.twins.note(Twins(header.miner, header.previous, header.height, Sealed(other.id, stored.header, stored.seal), second))

    def _advance(self, record: BlockRecord | None, branch: Branch | None, votes: tuple[Vote, ...]) -> None:
        """After a new block or votes: settles, chooses the head, votes, and makes all of it durable together."""
        self._validate_writable()
        old, own_before = self._tip, self._promise
        for vote in votes:
            self._tally.add(vote)
            self._recognise(vote)
        in_conflict = self.conflict is not None
        moved = self._tally.settle(self._branches)
        self._follow()
        own = self._vote()
        moved = self._tally.settle(self._branches) or moved
        self._follow()
        if record is None and self._tip is old and not moved and self._promise == own_before and (self.conflict is not None) == in_conflict:
            return  # others' votes are sent again by those who gave them
        self._write(record, branch, old)
        self._renew()
        self._publish("vote", [finality.encode_votes([own])] if own else [])
        self._fold()
        if self.conflict is not None and not in_conflict:
            raise self._conflict_fault(self.conflict)

    def _follow(self) -> None:
        """Fork choice: the head is the best tip on the highest justified block."""
        chosen = self._branches.choose(self._tally.head)
        if chosen is not self._tip:
            self._tip, self._head_since = chosen, self.clock.now()

    def _write(self, record: BlockRecord | None, branch: Branch | None, old: Branch) -> None:
        """One commit. A crash before it leaves the old tip and no vote; after it block, vote and what became final stand together."""
        left, joined = self._branches.difference(old, self._tip)
        returned, confirmed = self._move_pool(left, joined)
        self._commit(
            Commit(
                old.id,
                blocks=(record,) if record else (),
                best=tuple(joined_branch.point for joined_branch in reversed(joined)),
                deltas=((branch.id, base.encode_delta(branch.delta)),) if branch else (),
                pool_add=tuple((item.id, transactions.encode(item, with_proofs=True)) for item in returned),
                pool_remove=confirmed,
                meta=self._finality_meta(),
            )
        )
        self._show()
        for item_id in confirmed:
            self._pool.remove(item_id)

    def _show(self) -> None:
        """Lets readers see what has become durable."""
        self._shown, self._shown_final = self._tip, self._tally.final

    def _finality_meta(self) -> tuple[tuple[str, bytes], ...]:
        found = self._tally
        return (
            ("final", noted.encode_points([found.final])),
            ("justified", noted.encode_points(sorted(found.justified))),
            ("votes", finality.encode_votes(voting.newest(found.votes()))),
            ("owed", finality.encode_votes(found.owed)),
            ("own_target", self._promise.target.to_bytes(8, "big")),
            ("own_source", self._promise.source.to_bytes(8, "big")),
            ("own_vote", self._own_vote()),
            ("restored", self._recovery.since.to_bytes(8, "big") if self._recovery else b""),
            ("conflict", noted.encode_conflict(found.conflict)),
        )

    def _own_vote(self) -> bytes:
        vote = self._promise.vote
        return finality.encode_votes([vote]) if vote else UNSIGNED if self._promise.target else b""

    def _fold(self) -> None:
        """Folds what became final into the base; before that, flushes what has gathered there if it is much. So the newest final blocks are
        never flushed at once: whoever follows this store by its deltas (`chain.follower`) has at least the time of a block to read them."""
        if self._branches.base.pending >= FLUSH_ENTRIES:
            self._flush()
        for branch in self._branches.fold(self._fold_point()):
            self._tally.included(branch.votes)

    def _flush(self) -> None:
        """Writes the gathered state. A flush that fails leaves the deltas in force, on disk and in memory, and is tried again with the next
        block."""
        try:
            self._branches.flush()
        except Fault as fault:
            self.flush_fault = fault
        else:
            self.flush_fault = None
            collector.settle()

    def _fold_point(self) -> Point:
        """The block whose state becomes the base: the last final one, or one below it that is still needed."""
        return self._tally.final

    # --- voting ---

    def _vote(self) -> Vote | None:
        """This attester's vote for the head, where it may give one. The caller makes it durable before it sends it."""
        signer = self.operator.vote if self.operator else None
        if signer is None or self.conflict is not None:
            return None
        source = self._tally.head
        regime = self._branches.regime(source)
        target = self._branches.checkpoint(self._tip, self._tally.every)
        if regime is None or not any(signer.public in members for members in regime.sets):
            return None
        if not self._promise.allows(source, target.point) or not voting.is_fresh(target.header.time, self._head_since):
            return None
        if not self._has_recovered(source, target.point) or self._withholds():
            return None
        vote = finality.sign_vote(self.chain, regime.epoch, source, target.point, signer)
        self._promise = self._promise.after(vote)
        self._tally.add(vote)
        return vote

    def _recognise(self, vote: Vote) -> None:
        """An own vote that this node does not remember: it was restored from an old copy, and must not contradict what it signed."""
        signer = self.operator.vote if self.operator else None
        if signer is None or vote.voter != signer.public:
            return
        if vote.target_height > self._promise.target and self._recovery is None:
            self._recovery = voting.Recovery(self.clock.now())
        self._promise = self._promise.after(vote)

    def _has_recovered(self, source: Point, target: Point) -> bool:
        """Whether a restored node may vote again; from then on it is as any other."""
        if self._recovery is None:
            return True
        floor = self._recovery.floor(max(map(len, self._sets())) - 1, self.clock.now())
        if floor is None or target[0] <= floor or source[0] < self._promise.source:
            return False
        self._recovery = None
        return True

    def _sets(self) -> tuple[frozenset[bytes], ...]:
        regime = self._branches.regime(self._tally.final)
        return regime.sets if regime else (frozenset(),)

    def _withholds(self) -> bool:
        """Whether a valid urgent transaction has waited too long for a block (PROTOCOL §6)."""
        urgent = [waiting for waiting in self._pool.waiting() if pool.is_urgent(waiting.transaction.kind, self.application)]
        if not urgent:
            return False
        valid = {item.id for item in self._candidate.items}
        valid -= {item_id for branch in self._branches.chain(self._tip) for item_id in branch.ids}
        since = [waiting.since for waiting in urgent if waiting.transaction.id in valid]
        return voting.withholds(since, self.clock.now(), rules.parameters(self.view()).interval_ms)

    def _conflict_fault(self, conflict: Conflict) -> Fault:
        kept, other = conflict.kept, conflict.other
        found = f"{other[0]} {other[1].hex()} final too, by {len(conflict.votes)} votes"
        return Fault("finality.conflict", f"{kept[0]} {kept[1].hex()} final", found)
