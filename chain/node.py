"""The node: the one stateful class of the ledger. It holds a store, and takes transactions, blocks and votes to it through the rules.

Order of every step: judge (pure rules), persist (one commit), publish. What a crash leaves behind stands at each commit. When a commit
fails, memory is thrown away and read again from the store: recovery runs the same code as a start.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chain import base, blocks, codec, finality, genesis, keys, pool, rules, transactions, work
from chain.blocks import Block, Header
from chain.branches import Branch, Branches, Executed
from chain.candidate import Candidate
from chain.checking import Checked, Checker
from chain.errors import ChainError, Fault, InvalidBlock, Malformed, NotYet
from chain.interfaces import Application, BlockContext, Clock, Commit, StateView, Store, Value, Wire
from chain.reader import Reader
from chain.transactions import Transaction

BLOCK_TRANSACTIONS = 4_000
"""Waiting transactions at which a miner seals a block without waiting for the interval."""
FLUSH_ENTRIES = 40_000
"""State entries that may wait in memory before they are flushed: about a second of re-reading after a crash."""
HEARTBEAT_MS = 6 * 3600 * 1000
"""An idle chain gets a block this often."""
SUBMIT_SLICE = 1_000
"""Transactions of a bulk submission that are made durable together."""
SEARCH_TRIES = 1 << 20
"""Nonces tried between two looks at whether the search should stop."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The keys of a node that mines and attests. Nothing else can be signed here (P6)."""

    miner: keys.SigningKey
    """Seals blocks."""
    vote: keys.SigningKey | None = None
    """Votes, where this node's party is an attester."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to an accepted transaction. `level` says what it promises (P1)."""

    id: bytes
    """Transaction id."""
    level: str
    """`stored` (on this node's disk), `in_block` or `final`."""
    position: int | None = None
    """height << 24 | index, once it is in a block of the best chain."""
    known: bool = False
    """It had been accepted before; nothing was done now."""


class Node(Reader):
    """One node of the ledger. Writing methods take a lock; `view` and what builds on it may be read from any thread."""

    def __init__(
        self, store: Store, application: Application, clock: Clock, *, operator: Operator | None = None, wire: Wire | None = None
    ) -> None:
        """Opens the ledger in `store`. Raises Fault `node.empty` when there is none: `Node.create` founds one."""
        codec.self_test()
        keys.self_test()
        self.store, self.application, self.clock, self.operator, self.wire = store, application, clock, operator, wire
        self.lock = threading.RLock()
        self._checker = Checker()
        self._load()

    @classmethod
    def create(cls, store: Store, document: Value, application: Application) -> bytes:
        """Founds a ledger in an empty store and returns its chain id. Raises Malformed for a bad document, Fault where one is already."""
        if store.tip() is not None:
            raise Fault("node.exists", "an empty store", "a ledger")
        record, encoded = genesis.found(document, application)
        delta = base.encode_delta(base.Delta(encoded, ()))
        # A crash before this commit leaves an empty store, after it a whole ledger of one block.
        store.commit(Commit(None, blocks=(record,), best=((0, record.id),), deltas=((record.id, delta),)))
        return record.id

    # --- starting ---

    def _load(self) -> None:
        """Reads everything from the store: flushed state, blocks above it with their deltas, votes, waiting transactions."""
        tip, genesis_id = self.store.tip(), self.store.best(0)
        if tip is None or genesis_id is None:
            raise Fault("node.empty", "a ledger in the data folder", "none")
        self.chain = genesis_id
        self._branches = Branches(self.store, self.application)
        found = self._branches.get(tip[1])
        if found is None:
            raise Fault("store.damaged", f"the best block {tip[1].hex()}", "no such block", field="tip")
        self._tip = found
        self._load_finality()
        self._fold()
        self._load_pool()

    def _load_finality(self) -> None:
        view = self._branches.view(self._branches.root)
        self._epoch, members = rules.attesters(view)
        body = self.store.meta("final")
        final = self._branches.root.point if body is None else (int.from_bytes(body[:8], "big"), body[8:])
        self._tally = finality.Tally(members, rules.parameters(view).vote_every, final, {final})
        for vote in finality.decode_votes(self.store.meta("votes") or b""):
            self._tally.add(vote)
        for branch in self._branches:
            for vote in branch.votes:
                self._tally.add(vote)
        self._tally.settle(self._branches.is_ancestor)
        self._own_target = int.from_bytes(self.store.meta("own_target") or b"", "big")

    def _load_pool(self) -> None:
        self._pool = pool.Pool()
        self._dropped: list[bytes] = []
        for _, carrier in self.store.pool():
            item = transactions.parse(carrier, with_proofs=True)
            owner = self.application.owner(self.view(), item.by)
            if owner is not None:
                self._pool.add(pool.Waiting(item, owner, len(carrier)))
        self._renew()

    def pending_view(self) -> StateView:
        """The state after the best block and the waiting transactions: what this node itself has accepted."""
        return self._candidate.overlay

    # --- transactions ---

    def submit(self, carriers: Sequence[bytes | Transaction]) -> list[Receipt | ChainError]:
        """Takes transactions (carriers with proofs) in order; each gets a receipt or the error that refused it.

        On return every accepted one is durable. Raises Fault when this node cannot write; then none of the current slice is accepted.
        """
        answers: list[Receipt | ChainError] = []
        slices = [carriers[start : start + SUBMIT_SLICE] for start in range(0, len(carriers), SUBMIT_SLICE)]
        ready = self._checker.start(slices[0], self._preview) if slices else None
        for number, carriers_now in enumerate(slices):
            checked = ready() if ready else []
            if number + 1 < len(slices):
                ready = self._checker.start(slices[number + 1], self._preview)
            answers += self._submit_slice(carriers_now, checked)
        return answers

    def _preview(self, item: Transaction) -> None:
        """Rows 2 and the quotas, before any curve arithmetic."""
        rules.validate_destination(item, self.chain, self.application)
        if item.id not in self._pool:
            self._pool.validate_quota(item.by, self.application.owner(self.pending_view(), item.by) or "")

    def _submit_slice(self, carriers: Sequence[bytes | Transaction], checked: Sequence[Checked]) -> list[Receipt | ChainError]:
        with self.lock:
            answers: list[Receipt | ChainError] = []
            added: list[tuple[bytes, bytes]] = []
            removed: list[bytes] = []
            for item, carrier in zip(checked, carriers, strict=True):
                known = carrier if isinstance(carrier, bytes) else None
                answers.append(item if isinstance(item, ChainError) else self._accept(item, known, added, removed))
            if added:
                # Before this commit a crash forgets the slice, and nobody has been told; after it, `_load_pool` finds it.
                self._commit(Commit(self._tip.id, pool_add=tuple(added), pool_remove=tuple(removed)))
            if self.operator and self._candidate.is_full(BLOCK_TRANSACTIONS):
                self.mine()
        self._publish("transaction", [body for _, body in added])
        return answers

    def _accept(
        self, item: Transaction, carrier: bytes | None, added: list[tuple[bytes, bytes]], removed: list[bytes]
    ) -> Receipt | ChainError:
        """Executes one checked transaction in the candidate and puts it into the pool; the caller commits."""
        known = self._known(item.id)
        if known is not None:
            return known
        carrier = carrier or transactions.encode(item, with_proofs=True)
        try:
            self._freshen()
            self._candidate.add(item, self.application)
            owner = self.application.owner(self._candidate.overlay, item.by) or ""
            gone = self._pool.add(pool.Waiting(item, owner, len(carrier)))
        except ChainError as error:
            if error.code == "chain.pool.full":  # it may have been executed already
                self._renew()
            return error
        added.append((item.id, carrier))
        removed += [victim.id for victim in gone]
        return Receipt(item.id, "stored")

    def _known(self, transaction_id: bytes) -> Receipt | None:
        if transaction_id in self._pool:
            return Receipt(transaction_id, "stored", known=True)
        position = self._position(transaction_id)
        if position is None:
            return None
        level = "final" if position >> 24 <= self.final_height else "in_block"
        return Receipt(transaction_id, level, position, known=True)

    # --- the candidate: the next block, executed as transactions come in ---

    def _new_candidate(self) -> Candidate:
        time = max(self._tip.header.time + 1, self.clock.now())
        return Candidate(BlockContext(self.chain, self._tip.header.height + 1, time), self.view())

    def _freshen(self) -> None:
        """An empty candidate takes the present time; one whose time has fallen behind is executed anew at the present time."""
        late = self.clock.now() - self._candidate.block.time
        if late > 0 and (not self._candidate.items or late > rules.FUTURE_LIMIT_MS // 2):
            self._renew()

    def _renew(self) -> None:
        """Executes the waiting transactions on the present tip. Those that the new state refuses leave the pool."""
        self._candidate = self._new_candidate()
        for item in list(self._pool):
            try:
                self._candidate.add(item, self.application)
            except ChainError as error:
                # One from the future has become so because the clock or the tip went back: it has been acknowledged and waits.
                if error.code not in ("chain.pool.full", "chain.tx.future"):
                    self._pool.remove(item.id)
                    self._dropped.append(item.id)

    # --- mining ---

    def should_mine(self) -> bool:
        """Whether a block is due: transactions wait, a block with transactions is not final yet, or the heartbeat (PROTOCOL §6, when)."""
        now = self.clock.now()
        if self.operator is None or now < self._tip.header.time + rules.parameters(self.view()).interval_ms:
            return False
        unsettled = any(branch.header.count and branch.header.height > self.final_height for branch in self._branches.chain(self._tip))
        return bool(self._candidate.items) or unsettled or now >= self._tip.header.time + HEARTBEAT_MS

    def mine(self) -> Header | None:
        """Seals the candidate as the next block and adopts it; None for a node that does not mine. Raises Fault."""
        if self.operator is None:
            return None
        with self.lock:
            self._freshen()
            candidate, parent = self._candidate, self._tip
            encoded = rules.encode_changes(candidate.overlay.values)
            version = self._branches.tree.update(parent.version, rules.tree_changes(encoded))
            votes = self._uncounted_votes(parent)
            block = self._seal(candidate, parent, self._branches.tree.root(version), votes)
            executed = Executed(candidate.overlay, base.Delta(encoded, tuple(candidate.trails)), version, votes)
            self._adopt(block, self._branches.grow(block, parent, executed))
            return block.header

    def _uncounted_votes(self, parent: Branch) -> tuple[finality.Vote, ...]:
        """The votes that the blocks up to `parent` do not contain yet."""
        counted = {vote for branch in self._branches.chain(self._tip) for vote in branch.votes}
        fresh = [vote for vote in self.votes() if vote not in counted and vote.target_height <= parent.header.height]
        return tuple(fresh[: finality.SECTION_LIMIT])

    def _seal(self, candidate: Candidate, parent: Branch, state_root: bytes, votes: tuple[finality.Vote, ...]) -> Block:
        assert self.operator is not None  # noqa: S101 (callers have looked)
        items = tuple(candidate.items)
        proofs, section = blocks.encode_proofs(items), finality.encode_votes(votes)
        header = Header(
            rules=rules.RULES, count=len(items), height=candidate.block.height, time=candidate.block.time, previous=parent.id,
            transactions_root=blocks.transactions_root(items), state_root=state_root, history_root=parent.history.root(),
            sections_root=blocks.sections_root(proofs, section), miner=self.operator.miner.public,
            target=rules.expected_target(parent.header, len(items), candidate.block.time, self.view()),
        )  # fmt: skip
        header = blocks.with_nonce(header, self._search(header))
        seal = self.operator.miner.sign(blocks.seal_message(self.chain, header.id))
        return Block(header, seal, items, proofs, section)

    def _search(self, header: Header) -> int:
        """Tries nonces until the id lies below the target (S-10)."""
        prefix, target = header.encode()[: blocks.NONCE_OFFSET], work.target_of(header.target)
        start = 0
        while True:
            nonce = work.search(prefix, target, start, SEARCH_TRIES)
            if nonce is not None:
                return nonce
            start += SEARCH_TRIES

    # --- blocks from elsewhere ---

    def receive_block(self, data: bytes) -> Header:
        """Judges a block that travelled here and adopts it where it is good. Raises InvalidBlock, Malformed, NotYet or Fault."""
        record = blocks.parse(data)
        with self.lock:
            known = self._branches.get(record.id)
            if known is not None:
                return known.header
            parent = self._branches.get(record.parent)
            if parent is None:
                raise NotYet("block.parent", "a known parent", record.parent.hex())
            block = blocks.from_record(record)
            if block.header.time > self.clock.now() + rules.FUTURE_LIMIT_MS:
                raise NotYet("block.future", f"time <= {self.clock.now() + rules.FUTURE_LIMIT_MS}", block.header.time)
            self._adopt(block, self._branches.judge(block, parent, self.chain, frozenset(item.id for item in self._pool)))
            return block.header

    def _adopt(self, block: Block, branch: Branch) -> None:
        """Takes a judged block into the tree, chooses the tip, votes, and makes all of it durable together."""
        old, record = self._tip, blocks.to_record(block, branch.work)
        self._branches.add(branch)
        for vote in branch.votes:
            self._tally.add(vote)
        self._tally.settle(self._branches.is_ancestor)
        self._tip = self._branches.choose(self._tally.head)
        own = self._vote()
        self._tally.settle(self._branches.is_ancestor)
        left, joined = self._branches.difference(old, self._tip)
        returned, confirmed = self._move_pool(left, joined)
        # A crash before this commit leaves the old tip and no vote; after it the block, the vote and what became final stand together.
        self._commit(
            Commit(
                old.id,
                blocks=(record,),
                best=tuple(joined_branch.point for joined_branch in reversed(joined)),
                deltas=((branch.id, base.encode_delta(branch.delta)),),
                pool_add=tuple((item.id, transactions.encode(item, with_proofs=True)) for item in returned),
                pool_remove=confirmed,
                meta=self._finality_meta(),
            )
        )
        self._fold()
        self._renew()
        if self.wire is not None:
            self._publish("block", [blocks.encode(record)])
            self._publish("vote", [finality.encode_votes([own])] if own else [])

    def _move_pool(self, left: Sequence[Branch], joined: Sequence[Branch]) -> tuple[list[Transaction], tuple[bytes, ...]]:
        """Keeps the pool true when the tip moves: what the new chain holds leaves it, what only the old one held comes back."""
        new_ids = {item_id for branch in joined for item_id in branch.ids}
        confirmed = tuple(item_id for item_id in new_ids if item_id in self._pool)
        for item_id in confirmed:
            self._pool.remove(item_id)
        returned = []
        for branch in reversed(left):
            record = self.store.block(branch.id)
            items = blocks.from_record(record).transactions if record else ()
            returned += [item for item in items if item.id not in new_ids]
        for item in returned:
            owner = self.application.owner(self.view(), item.by) or ""
            self._pool.add(pool.Waiting(item, owner, len(item.envelope)))
        return returned, confirmed

    # --- finality ---

    def receive_vote(self, data: bytes) -> None:
        """Counts votes that travelled here. Raises Malformed."""
        with self.lock:
            for vote in finality.decode_votes(data):
                finality.validate_vote(vote, self.chain, self._tally.members)
                self._tally.add(vote)
            self._tally.settle(self._branches.is_ancestor)
            self._commit(Commit(self._tip.id, meta=self._finality_meta()))
            self._fold()

    def _vote(self) -> finality.Vote | None:
        """This attester's vote for the tip, where it may give one: its targets rise strictly, its source is the justified head."""
        signer = self.operator.vote if self.operator else None
        target, source = self._tip.point, self._tally.head
        if signer is None or signer.public not in self._tally.members:
            return None
        if target[0] <= max(self._own_target, source[0]) or target[0] % self._tally.every or not self._branches.is_ancestor(source, target):
            return None
        self._own_target = target[0]
        vote = finality.sign_vote(self.chain, self._epoch, source, target, signer)
        self._tally.add(vote)
        return vote

    def _finality_meta(self) -> tuple[tuple[str, bytes], ...]:
        height, block_id = self._tally.final
        return (
            ("final", height.to_bytes(8, "big") + block_id),
            ("votes", finality.encode_votes(self._tally.votes())),
            ("own_target", self._own_target.to_bytes(8, "big")),
        )

    def _fold(self) -> None:
        """Folds what became final into the base, and flushes when much has gathered there."""
        self._branches.fold(self._tally.final)
        if self._branches.base.pending >= FLUSH_ENTRIES:
            self._branches.flush()

    # --- writing ---

    def _commit(self, commit: Commit) -> None:
        """Makes a step durable. When the store refuses, memory is read again from what is there: it must never be ahead of the disk."""
        dropped = tuple(self._dropped)
        try:
            self.store.commit(replace(commit, pool_remove=(*commit.pool_remove, *dropped)))
        except Fault:
            self._load()
            raise
        self._dropped = []

    def _publish(self, kind: str, bodies: Sequence[bytes]) -> None:
        if self.wire is not None:
            for body in bodies:
                self.wire.publish(kind, body)

    def pump(self) -> list[ChainError]:
        """Handles every message that has arrived; returns the errors of those that were bad."""
        errors: list[ChainError] = []
        while self.wire is not None and (message := self.wire.receive()) is not None:
            kind, body = message
            try:
                if kind == "transaction":
                    errors += [answer for answer in self.submit([body]) if isinstance(answer, ChainError)]
                elif kind == "block":
                    self.receive_block(body)
                elif kind == "vote":
                    self.receive_vote(body)
            except (InvalidBlock, Malformed, NotYet) as error:
                errors.append(error)
        return errors

    def close(self) -> None:
        """Flushes the final state and releases the store."""
        with self.lock:
            if self._branches.base.pending:
                self._branches.flush()
            self._checker.close()
            self.store.close()
