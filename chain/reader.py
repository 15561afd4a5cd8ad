"""What may be asked of a node: the state, blocks, transactions, histories and proofs. Any thread may ask at any time."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from chain import blocks, finality, overruled, pool, state, statetree, tally, transactions
from chain.blocks import Block, Header
from chain.branches import Branch, Branches
from chain.errors import Fault
from chain.interfaces import BlockContext, StateView, Store, Value
from chain.overruled import Overruled
from chain.transactions import Transaction

READINGS = 3
"""How often a history is read when its events do not fit its head: another branch may have become the best one in between."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event in the history of a thing."""

    number: int
    """From 1, oldest first."""
    height: int
    """Height of its block."""
    index: int
    """Number in the block."""
    time: int
    """Block time, ms."""
    transaction: Transaction
    """The transaction."""


EVENTS_KEPT = 10_000
"""Final events kept in memory, about 30 MB; then all are forgotten, which is simpler than knowing which was used last."""


class Reader:
    """The reading half of a node. `chain.node.Node` adds everything that writes."""

    store: Store
    """The node's disk."""
    chain: bytes
    """Id of the genesis header."""
    lock: threading.RLock
    """Held while the node changes."""
    _branches: Branches
    _tip: Branch
    """The best block as the writer sees it; while a step is being made durable it is ahead of `_shown`."""
    _shown: Branch
    """The best block that is durable: what every reader sees (persist, then publish)."""
    _shown_final: finality.Point
    """The highest final block that is durable."""
    _tally: tally.Tally
    _pool: pool.Pool
    _overruled: overruled.Book
    _final_times: dict[int, int]
    """Height -> block time of final blocks that histories have named, about 100 bytes each."""
    _final_events: dict[int, tuple[int, Transaction]]
    """Position -> (block time, transaction) of final events read lately."""

    @property
    def tip(self) -> Branch:
        """The best block."""
        return self._shown

    @property
    def final_height(self) -> int:
        """Height of the last final block."""
        return self._shown_final[0]

    @property
    def chain_hex(self) -> str:
        """The chain's id as transactions name it."""
        return self.chain.hex()

    @property
    def waiting(self) -> int:
        """Number of transactions in the pool."""
        return len(self._pool)

    def view(self) -> StateView:
        """The state after the best block."""
        return self._branches.view(self._shown)

    def context(self) -> BlockContext:
        """The best block as rules know it."""
        return BlockContext(self.chain, self._shown.header.height, self._shown.header.time)

    def votes(self) -> list[finality.Vote]:
        """The votes that are kept: those above the final block, and those that still have to find their way into a block."""
        return self._tally.votes()

    def block(self, height: int) -> Block | None:
        """The best chain's block at `height`; None also where this node has only its header, because it began from a snapshot above it."""
        block_id = self.store.best(height)
        record = None if block_id is None else self.store.block(block_id)
        return None if record is None or blocks.is_bare(record) else blocks.from_record(record)

    def header(self, height: int) -> Header | None:
        """The best chain's header at `height`."""
        for _, body, _ in self.store.headers(height, height + 1):
            return blocks.decode_header(body)
        return None

    def transaction(self, transaction_id: bytes) -> tuple[Transaction, int | None] | None:
        """A transaction and its position; position None while it waits."""
        position = self._position(transaction_id)
        if position is not None:
            return self._at(position), position
        waiting = self._pool.get(transaction_id)
        return None if waiting is None else (waiting, None)

    def overruled(self) -> list[Overruled]:
        """Transactions that lost against others, as far as this node knows, the oldest first: its own knowledge, never state."""
        return self._overruled.all()

    def overruling(self, transaction_id: bytes) -> Overruled | None:
        """What this node remembers of a transaction that lost."""
        return self._overruled.get(transaction_id)

    def is_settled(self, record: Overruled) -> bool:
        """Whether nothing can change any more: what came first is final, or this node has given the transaction up."""
        position = self._position(record.winner) if record.winner else None
        if position is not None and position >> 24 <= self.final_height:
            return True
        return record.acknowledged and record.id not in self._pool

    def _at(self, position: int) -> Transaction:
        carrier = self.store.transaction(position)
        if carrier is None:
            raise self.missing(position >> 24, f"transaction {position >> 24}/{position & 0xFFFFFF}")
        return transactions.parse(carrier, checked=True)

    def missing(self, height: int, what: str) -> Fault:
        """Why something of the history is not here: it lies below the snapshot that this node began from, or the disk is damaged."""
        block_id = self.store.best(height)
        record = None if block_id is None else self.store.block(block_id)
        bare = record is not None and blocks.is_bare(record)
        return Fault("node.body.missing" if bare else "store.damaged", what, "no such row", field="body" if bare else "row")

    def _position(self, transaction_id: bytes) -> int | None:
        for branch in self._branches.chain(self._shown):
            line = branch.ids.get(transaction_id)  # looked at once: a fold may take it away while others read
            if line is not None:
                return branch.header.height << 24 | line
        places = self._branches.base.positions(transaction_id)
        for position in places:
            if self._at(position).id == transaction_id:
                return position
        if places:  # nobody finds another id with the same first 8 bytes
            raise Fault("store.damaged", transaction_id.hex(), "another transaction", field="index of ids")
        return None

    def history(self, key: str) -> list[Event]:
        """All events of the thing at `key`, oldest first, by the node's own index; their head is in the entry (S-07, S-09).

        The index is not believed: the events have to lead to the head that the entry has. Raises Fault `store.damaged` where they do not.
        """
        for _ in range(READINGS):
            entry = self.view().get(key)
            if entry is None:
                return []
            found = self.events(key, entry["history"])
            if _head_of(found) == entry["history"]["head"]:
                return found
        raise Fault("store.damaged", f"the events of {key}", "others", field="trail")

    def events(self, key: str, history: Value) -> list[Event]:
        """The events of a history, as an entry of this chain names it, by the index; the head is not compared. A thing that was split off
        another and had no event since says in `of` where they are. Raises Fault `node.body.missing`, `store.damaged`."""
        number, key = history["n"], history.get("of", key)
        found = []
        while number:
            place = self._trail(key, number)
            if place is None:
                raise self.missing(1, f"event {number} of {key}")
            position, key = place
            found.append(self._event(number, position))
            number -= 1
        return found[::-1]

    def _event(self, number: int, position: int) -> Event:
        place = self._final_events.get(position)
        if place is None:
            place = self._time(position >> 24), self._at(position)
            if position >> 24 <= self._shown_final[0]:
                self._keep_event(position, place)
        time, item = place
        return Event(number, position >> 24, position & 0xFFFFFF, time, item)

    def _time(self, height: int) -> int:
        """Block time of the best chain's block at a height; that of a final block is read once."""
        time = self._final_times.get(height)
        if time is None:
            header = self.header(height)
            time = header.time if header else 0
            if height <= self._shown_final[0] and header is not None:
                self._final_times[height] = time
        return time

    def _keep_event(self, position: int, place: tuple[int, Transaction]) -> None:
        """Keeps a final event, which can never change: many packs share the shipments that brought them."""
        if len(self._final_events) >= EVENTS_KEPT:
            self._final_events = {}
        self._final_events[position] = place

    def _trail(self, key: str, number: int) -> tuple[int, str] | None:
        for branch in self._branches.chain(self._shown):
            place = branch.trails.get((key, number))
            if place is not None:
                return place
        return self._branches.base.trail(key, number)

    def prove(self, names: Sequence[str]) -> tuple[Header, statetree.MultiProof]:
        """The header of the last final block and a proof of what its state holds, or does not hold, at these keys."""
        with self.lock:
            branch = self._final()
            return branch.header, self._branches.tree.prove_many(branch.version, [state.key_hash(name) for name in names])

    def final_view(self) -> StateView:
        """The state after the last final block."""
        return self._branches.view(self._final())

    def _final(self) -> Branch:
        branch = self._branches.get(self._shown_final[1])
        if branch is None:
            raise Fault("store.damaged", "the final block", "no such block", field="final")
        return branch


def _head_of(events: Sequence[Event]) -> str:
    """Where a history leads (S-09)."""
    history = state.NO_HISTORY
    for event in events:
        history = state.advance(history, event.transaction.id, BlockContext(b"", event.height, event.time))
    head: str = history["head"]
    return head
