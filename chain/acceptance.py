"""The half of a node that takes transactions: judged, executed in the next block while it grows, durable before anybody is told."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chain import blocks, keys, pool, rules, state, transactions
from chain.branch import Branch
from chain.candidate import Candidate
from chain.checking import Checked, Checker, Gate
from chain.contests import Contests
from chain.errors import ChainError, Refusal
from chain.interfaces import BlockContext, Commit, StateView, Wire
from chain.transactions import Transaction

SUBMIT_SLICE = 1_000
"""Transactions of a bulk submission that are made durable together."""
SLICES_AHEAD = 4
"""Slices that are being checked while one is executed: a block's worth, so that the workers go on while a block is sealed."""
TOLD_AT_ONCE = 16
"""Contradicting transactions of which the others are told when a head refuses them: each costs the sender a point there."""


USED_CODES = ("chain.seq.used", "chain.seq.old")
"""Refusals of a transaction that may be in the chain already."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The keys of a node that mines and attests. Nothing else can be signed here (P6)."""

    miner: keys.SigningKey
    """Seals blocks."""
    vote: keys.SigningKey | None = None
    """Votes, where this node's party is an attester."""
    note: keys.SigningKey | None = None
    """Signs checkpoints, where this node's party is an attester: the `note` key of its entry in the set."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to an accepted transaction. `level` says what it promises (P1)."""

    id: bytes
    """Transaction id."""
    level: str
    """`stored` (on this node's disk), `in_block`, `final`, or `conflicted`: accepted, but the present head refuses it."""
    position: int | None = None
    """height << 24 | index, once it is in a block of the best chain."""
    known: bool = False
    """It had been accepted before; nothing was done now."""


@dataclass(slots=True)
class _Slice:
    """What a slice of transactions does to the stored pool."""

    own: bool
    """Given to this node itself."""
    added: list[tuple[bytes, bytes]]
    """(id, carrier) accepted."""
    removed: list[bytes]
    """Ids that gave way."""


class Acceptance(Contests):
    """The pool, the candidate, and what moves between them."""

    operator: Operator | None
    """The keys of a node that mines or attests."""
    wire: Wire | None
    """The other nodes."""
    _checker: Checker

    def pending_view(self) -> StateView:
        """The state after the best block and the waiting transactions: what this node itself has accepted."""
        return self._candidate.overlay

    def submit(self, carriers: Sequence[bytes | Transaction], *, own: bool = True) -> list[Receipt | ChainError]:
        """Takes transactions (carriers with proofs) in order; each gets a receipt or the error that refused it.

        On return every accepted one is durable. Raises Fault when this node cannot write (`node.read_only` while its disk refuses); then
        none of the current slice is accepted. With `own` this node sends them again until they are final; what other nodes bring is
        theirs to send.
        """
        with self.lock:
            self._validate_writable()
        answers: list[Receipt | ChainError] = []
        slices = [carriers[start : start + SUBMIT_SLICE] for start in range(0, len(carriers), SUBMIT_SLICE)]
        coming: deque[Callable[[], list[Checked]]] = deque()
        for number, carriers_now in enumerate(slices):
            coming += [self._checker.start(later, self._gate()) for later in slices[number + len(coming) : number + SLICES_AHEAD + 1]]
            checked = coming.popleft()()
            answers += self._submit_slice(carriers_now, checked, own)
        return answers

    def _owner(self, view: StateView, key: str) -> str:
        return pool.owner(view, key, self.application) or ""

    def _gate(self) -> Gate:
        """Row 2 and the quotas, before any curve arithmetic; while nobody is at a quota none needs to be looked up."""
        return Gate(self.chain, self.application, self._validate_quota if self._pool.is_quota_used_up() else None)

    def _validate_quota(self, item: Transaction) -> None:
        if item.id not in self._pool:
            self._pool.validate_quota(item.by, self._owner(self.pending_view(), item.by))

    def _submit_slice(self, carriers: Sequence[bytes | Transaction], checked: Sequence[Checked], own: bool) -> list[Receipt | ChainError]:
        with self.lock:
            self._validate_writable()
            answers: list[Receipt | ChainError] = []
            found = _Slice(own, [], [])
            for item, carrier in zip(checked, carriers, strict=True):
                known = carrier if isinstance(carrier, bytes) else None
                answers.append(item if isinstance(item, ChainError) else self._accept(item, known, found))
            if found.added:
                # Before this commit a crash forgets the slice, and nobody has been told; after it, `_load_pool` finds it.
                self._commit(Commit(self._tip.id, pool_add=tuple(found.added), pool_remove=tuple(found.removed)))
        self._publish("transaction", [body for _, body in found.added])
        return answers

    def _accept(self, item: Transaction, carrier: bytes | None, found: _Slice) -> Receipt | ChainError:
        """Executes one checked transaction in the candidate and puts it into the pool; the caller commits."""
        if item.id in self._pool:
            return Receipt(item.id, "conflicted" if item.id in self._overruled else "stored", known=True)
        carrier = carrier or transactions.encode(item, with_proofs=True)
        try:
            owner = self._owner(self.pending_view(), item.by)
            self._pool.validate_quota(item.by, owner)  # again: others of the same sender were accepted since it was checked
            self._freshen()
            self._candidate.add(item, self.application)
            gone = self._pool.add(pool.Waiting(item, owner, len(carrier), self.clock.now(), found.own))
        except ChainError as error:
            if error.code == "chain.pool.full":  # it may have been executed already
                self._renew()
            # A transaction that is in the chain has used its number; only then is the index asked (DOMAIN §5 row 4).
            known = self._known(item.id) if error.code in USED_CODES else None
            if known is None and not found.own:
                self._overhear(item, error)
            return known or error
        self._overruled.lift(item.id)
        found.added.append((item.id, carrier))
        found.removed += [victim.id for victim in gone]
        return Receipt(item.id, "stored")

    def _known(self, transaction_id: bytes) -> Receipt | None:
        """The receipt of a transaction that is in the chain already."""
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
        """Executes the waiting transactions on the present tip. Those that the new state refuses are parked."""
        self._candidate = self._new_candidate()
        contradicting: list[Transaction] = []
        for item in list(self._pool):
            try:
                self._candidate.add(item, self.application)
            except ChainError as error:
                if error.code != "chain.pool.full":
                    contradicting += [item] if self._note(item, error) else []
                    self._park(item)
            else:
                self._pool.unpark(item.id)
                self._overruled.lift(item.id)
        # A signed contradiction is evidence: those who hold the other event are to see it before it is given up here.
        self._publish("transaction", [transactions.encode(item, with_proofs=True) for item in contradicting[:TOLD_AT_ONCE]])

    def _park(self, item: Transaction) -> None:
        """Keeps a refused transaction while it may still fit: it leaves the pool when every head since one that is final by now has refused
        it and the final state itself refuses it. It was acknowledged, and a reorganisation must not lose it."""
        since = self._pool.park(item.id, self._tip.header.height)
        if since > self.final_height:
            return
        final = self._final()
        block = BlockContext(self.chain, final.header.height + 1, self._candidate.block.time)
        try:
            state.validate_sizes(rules.apply_transaction(self._branches.view(final), item, block, self.application).values)
        except Refusal as error:
            if error.code != "chain.tx.future":  # a clock went back: the transaction waits for it
                self._pool.remove(item.id)
                self._dropped.append(item.id)

    # --- the pool ---

    def _load_pool(self) -> None:
        """Every stored transaction waits again: each was acknowledged."""
        self._pool = pool.Pool()
        self._load_overruled()
        self._dropped = []
        found = []
        for _, carrier in self.store.pool():
            item = transactions.parse(carrier, with_proofs=True)
            found.append(pool.Waiting(item, self._owner(self.view(), item.by), len(carrier), self.clock.now(), own=True))
        self._pool.put_back(found)
        self._renew()

    def _move_pool(self, left: Sequence[Branch], joined: Sequence[Branch]) -> tuple[list[Transaction], tuple[bytes, ...]]:
        """Keeps the pool true when the tip moves: what only the old chain held comes back in front; what the new one holds (the second
        answer) leaves it once that is durable."""
        new_ids = {item_id for branch in joined for item_id in branch.ids}
        confirmed = tuple(item_id for item_id in new_ids if item_id in self._pool)
        returned: list[Transaction] = []
        for branch in reversed(left):
            record = self.store.block(branch.id)
            items = blocks.from_record(record).transactions if record else ()
            returned += [item for item in items if item.id not in new_ids]
        for item_id in new_ids:
            self._overruled.lift(item_id)
        now, view = self.clock.now(), self.view()
        self._pool.put_back([pool.Waiting(item, self._owner(view, item.by), len(item.envelope), now, own=True) for item in returned])
        return returned, confirmed

    # --- sending ---

    def _publish(self, kind: str, bodies: Sequence[bytes], to: str | None = None) -> None:
        """Sends messages; whatever they say is on disk already."""
        if self.wire is None:
            return
        for body in bodies:
            if to:
                self.wire.publish(kind, body, to)
            else:
                self.wire.publish(kind, body)
