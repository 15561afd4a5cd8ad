"""The node: the one stateful class of the ledger that others talk to. It holds a store, and takes transactions, blocks and votes to it
through the rules.

Order of every step: judge (pure rules), persist (one commit), publish. What a crash leaves behind stands at each commit. When a commit
fails, memory is thrown away and read again from the store: recovery runs the same code as a start.

    Reader -> Acceptance -> Growth -> Mining -> Node: what may be asked; transactions; the tree of blocks and votes; sealing; the network.
"""

import threading

from chain import base, codec, genesis, keys, voting
from chain.acceptance import Operator, Receipt
from chain.branches import Branches
from chain.checking import Checker
from chain.errors import ChainError, Fault, InvalidBlock, Malformed, NotYet
from chain.interfaces import Application, Clock, Commit, Store, Value, Wire
from chain.mining import Mining


class Node(Mining):
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
        self._checker = Checker()
        self._reload = self._load
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

    def restored(self) -> None:
        """To be called once after the store was put back from a copy: this node may have signed more than it remembers, and votes again
        only as PROTOCOL §6 allows. Durable on return. A crash before the commit leaves a node that must be told again."""
        with self.lock:
            self._recovery = voting.Recovery(self.clock.now())
            self._commit(Commit(self._tip.id, meta=self._finality_meta()))

    def pump(self) -> list[ChainError]:
        """Handles every message that has arrived; returns the errors of those that were bad."""
        errors: list[ChainError] = []
        while self.wire is not None and (message := self.wire.receive()) is not None:
            kind, body = message[:2]
            try:
                if kind == "transaction":
                    errors += [answer for answer in self.submit([body], own=False) if isinstance(answer, ChainError)]
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


__all__ = ["Node", "Operator", "Receipt"]
