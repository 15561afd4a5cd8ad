"""The node: the one stateful class of the ledger that others talk to. It holds a store, and takes transactions, blocks and votes to it
through the rules.

Order of every step: judge (pure rules), persist (one commit), publish. What a crash leaves behind stands at each commit. When a commit
fails, memory is thrown away and read again from the store: recovery runs the same code as a start.

    Reader -> Durability -> Contests -> Acceptance -> Growth -> Mining -> Published -> Attesting -> Exchange -> Upkeep -> Node
    what may be asked; commits; what lost; transactions; the tree of blocks and votes; sealing; checkpoints; messages; what time demands
"""

import contextlib
import threading

from chain import base, codec, genesis, keys, snapshot, voting
from chain.acceptance import Operator, Receipt
from chain.branches import Branches
from chain.checking import Checker
from chain.errors import ChainError, Fault
from chain.histories import Past
from chain.interfaces import Application, Clock, Commit, Store, Value, Wire
from chain.twins import TwinBook
from chain.upkeep import Upkeep


class Node(Upkeep):
    """One node of the ledger. Writing methods take a lock; `view` and what builds on it may be read from any thread."""

    def __init__(
        self, store: Store, application: Application, clock: Clock, *, operator: Operator | None = None, wire: Wire | None = None
    ) -> None:
        """Opens the ledger in `store`. Raises Fault `node.empty` when there is none: `Node.create` founds one."""
        codec.self_test()
        keys.self_test()
        self.store, self.application, self.clock, self.operator, self.wire = store, application, clock, operator, wire
        self.lock = threading.RLock()
        self.flush_fault: Fault | None = None
        self._checker, self.twins = Checker(), TwinBook()
        self._reload = self._load
        self._past = Past()
        self._load()
        self._start_exchange()
        self._start_upkeep()

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

    def _load(self) -> None:
        """Reads everything from the store: flushed state, blocks above it with their deltas, votes, waiting transactions."""
        tip, genesis_id = self.store.tip(), self.store.best(0)
        if tip is None or genesis_id is None:
            raise Fault("node.empty", "a ledger in the data folder", "none")
        snapshot.validate_whole(self.store)
        self.chain = genesis_id
        self._branches = Branches(self.store, self.application)
        found = self._branches.get(tip[1])
        if found is None or found.header.height != tip[0]:
            raise Fault("store.damaged", f"the best block {tip[0]} {tip[1].hex()}", "no such block", field="tip")
        self._tip = self._shown = found
        self._shown_final = self._branches.root.point
        self._load_finality()
        self._show()
        self._fold()
        self._load_pool()

    @property
    def leads(self) -> bool:
        """Whether this node makes the blocks itself: its head is then the newest that there is."""
        return self.operator is not None

    def moment(self) -> contextlib.AbstractContextManager[None]:
        """What is asked within is answered from one state where another process writes the store; here every question sees the newest."""
        return contextlib.nullcontext()

    def restored(self) -> None:
        """To be called once after the store was put back from a copy: this node may have signed more than it remembers, and votes again
        only as PROTOCOL §6 allows. Durable on return. Raises Fault when this cannot be written: then the running node obeys all the same,
        but must be told again after a crash."""
        with self.lock:
            self._recovery = voting.Recovery(self.clock.now())
            self._commit(Commit(self._tip.id, meta=self._finality_meta()))

    def pump(self) -> list[ChainError]:
        """Handles every message that has arrived and does what time demands; returns the errors of messages that were bad, and the Fault
        `finality.conflict` once when two finals are seen. To be called several times an interval. Raises Fault when the disk fails."""
        errors = self._handle_all()
        return errors + self._keep_up()

    def close(self) -> None:
        """Flushes the final state and releases the store. Raises Fault when the flush fails; the deltas on disk then stand for it, and all
        is released nevertheless."""
        with self.lock:
            try:
                if self._branches.base.pending:
                    self._branches.flush()
            finally:
                self._checker.close()
                self.store.close()


__all__ = ["Node", "Operator", "Receipt"]
