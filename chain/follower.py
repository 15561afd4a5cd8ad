"""A node that only answers, beside the one that writes: another process on the same machine, reading the same store.

Nothing travels between the two but the database. Each question is answered from one moment of it: a read transaction is taken, memory
follows to what that moment holds (new blocks by the changes that were committed with them, what became final, what was flushed, what
waits), the answer is made, and the moment is let go. So an answer never mixes two states, and shows nothing that is not durable.

Following costs what has changed since; when more was flushed meanwhile than is known here, all is read anew, as at a start.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from chain import pool, transactions
from chain.errors import ChainError, Fault
from chain.interfaces import Application, Clock, FollowedStore, Moment, StateView
from chain.node import Node


class Follower(Node):
    """`Node` for reading. Ask inside `moment`; from other threads it waits for its turn."""

    store: FollowedStore

    def __init__(self, store: FollowedStore, application: Application, clock: Clock, *, leads: bool = False) -> None:
        """Opens the ledger that another process writes. `leads`: that process makes the blocks itself. Raises Fault as Node."""
        self._leads = leads
        self._moment: Moment | None = None
        self._pool = pool.Pool()
        self._tried: set[bytes] = set()
        self._heard: tuple[bytes | None, ...] = ()
        super().__init__(store, application, clock)
        store.release()

    @property
    def leads(self) -> bool:
        """Whether the writing process makes the blocks itself: its head is then the newest that there is."""
        return self._leads

    @contextmanager
    def moment(self) -> Iterator[None]:
        """One moment of the store, which memory has followed to. Raises Fault when the disk cannot be read."""
        with self.lock:
            found = self.store.renew()
            try:
                if found != self._moment:
                    self._follow_to(found)
                yield
            finally:
                self.store.release()

    def _follow_to(self, found: Moment) -> None:
        before, self._moment = self._moment, None  # a failure on the way makes the next one read all anew
        if before is None or not self._catch_up(flushed=before[1:] != found[1:]):
            self._load()
        self._moment = found

    def _catch_up(self, *, flushed: bool) -> bool:
        """Follows the store by its blocks; False where they do not suffice. What was flushed comes first: what is read from then on lies
        in the store as it was flushed."""
        if flushed and not self._branches.forget_flushed():
            return False
        tip = self.store.tip()
        branch = self._branches.catch_up(tip[1]) if tip else None
        if branch is None:
            return False
        said = self._votes_noted()
        if branch is not self._tip or said != self._heard:
            self._tried = self._tried if branch is self._tip else set()
            self._tip, self._heard = branch, said
            self._load_finality()
            self._show()
            self._fold()
        self._load_pool()
        return True

    def _votes_noted(self) -> tuple[bytes | None, ...]:
        """What the writer last noted about votes and finality."""
        return tuple(self.store.meta(name) for name in ("final", "justified", "votes", "owed", "conflict", "checkpoint"))

    # --- what a reader must not do ---

    def recover(self) -> bool:
        """A follower never writes."""
        return False

    def _validate_writable(self) -> None:
        raise Fault("node.follows", "the process that writes this ledger", "one that reads it")

    def _flush(self) -> None:
        """Flushing is the writer's; what it has flushed is forgotten here."""

    # --- what waits ---

    def _load_pool(self) -> None:
        """What waits at this moment. Nothing is executed before somebody asks for it."""
        rows = self.store.pool()
        if [item.id for item in self._pool] != [item_id for item_id, _ in rows]:
            self._pool = self._gather(rows, self._pool)
        self._load_overruled()
        self._dropped = []

    def _gather(self, rows: list[tuple[bytes, bytes]], known: pool.Pool) -> pool.Pool:
        """The stored waiting transactions; those that were known already are not read again."""
        items = []
        for item_id, carrier in rows:
            item = known.get(item_id) or transactions.parse(carrier, with_proofs=True, checked=True)
            items.append(pool.Waiting(item, "", len(carrier)))
        fresh = pool.Pool()
        fresh.put_back(items)
        if any(item_id not in fresh for item_id in self._tried):
            self._tried = set()  # what was executed here is gone
        return fresh

    def pending_view(self) -> StateView:
        """The state after the best block and what waits, executed here when it is asked for."""
        with self.lock:
            if not self._tried:
                self._candidate = self._new_candidate()
            for item in self._pool:
                if item.id not in self._tried:
                    self._tried.add(item.id)
                    try:
                        self._candidate.add(item, self.application)
                    except ChainError:
                        continue  # the head refuses it: the writer has parked it
            return self._candidate.overlay
