"""What may be asked of a node: the state, blocks, transactions, histories and proofs. Any thread may ask at any time."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from chain import blocks, finality, overruled, pool, state, statetree, tally, transactions
from chain.blocks import Block, Header
from chain.branch import Branch
from chain.branches import Branches
from chain.errors import Fault
from chain.histories import NOTHING_YET, Event, Part, Past, heads
from chain.interfaces import BlockContext, StateView, Store, Value
from chain.made import Made
from chain.overruled import Overruled
from chain.transactions import Transaction

READINGS = 3
"""How often a history is read when its events do not fit its head: another branch may have become the best one in between."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A history as it was read."""

    key: str
    """State key of the thing that had the last event of `part`; of the thing itself where nothing else was read."""
    part: Part
    """What was remembered of it."""
    newer: list[tuple[str, Event]]
    """The events since, oldest first, each with the key of the thing that had it."""


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
    _past: Past
    """What histories have read of final blocks lately."""
    _made: tuple[bytes, Made] = b"", Made()
    """Id of a block that was the best one lately, and what readers have made of the state after it."""

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

    def sight(self) -> tuple[StateView, Made]:
        """The same with what readers have made of it."""
        shown, (block_id, made) = self._shown, self._made
        if block_id != shown.id:
            made = Made()
            self._made = shown.id, made
        return self._branches.view(shown), made

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
        past = self._past
        for _ in range(READINGS):
            final, entry = self.final_height, self.view().get(key)  # in this order: what is final now can not be of another branch
            if entry is None:
                return []
            walk = self._walk(key, entry["history"], past)
            leads = heads(walk.part, [event for _, event in walk.newer])
            if leads[-1] == entry["history"]["head"]:
                return self._kept(walk, leads, final)
            past = Past()  # the next reading takes nothing from memory
        raise Fault("store.damaged", f"the events of {key}", "others", field="trail")

    def events(self, key: str, history: Value) -> list[Event]:
        """The events of a history, as an entry of this chain names it, by the index; the head is not compared. Raises Fault
        `node.body.missing`, `store.damaged`."""
        walk = self._walk(key, history, self._past)
        return [*walk.part.events, *(event for _, event in walk.newer)]

    def _walk(self, key: str, history: Value, past: Past) -> "Walk":
        """The events of a history by the index, from the newest back to what is remembered. A thing that was split off another and had no
        event since says in `of` where they are."""
        number, key = history["n"], history.get("of", key)
        newer: list[tuple[str, Event]] = []
        while number:
            part = past.part(key, number)
            if part is not None:
                return Walk(key, part, newer[::-1])
            place = self._trail(key, number)
            if place is None:
                raise self.missing(1, f"event {number} of {key}")
            position, origin = place
            newer.append((key, self._event(number, position)))
            key, number = origin, number - 1
        return Walk(key, NOTHING_YET, newer[::-1])

    def _kept(self, walk: "Walk", leads: Sequence[str], final: int) -> list[Event]:
        """The events of a history that is right. Kept of them is what is final and shared: all up to where the thing was split off, or the
        whole where it never was."""
        events = [*walk.part.events, *(event for _, event in walk.newer)]
        own = walk.newer[-1][0] if walk.newer else walk.key
        split = any(key != own for key in (walk.key, *(key for key, _ in walk.newer)))
        for place in range(len(walk.newer), 0, -1):
            key, event = walk.newer[place - 1]
            if event.height <= final and not (split and key == own):
                self._past.keep_part(key, Part(tuple(events[: event.number]), leads[place]))
                break
        return events

    def _event(self, number: int, position: int) -> Event:
        found = self._past.transaction(position)
        if found is None:
            final = self._shown_final[0]
            found = self._time(position >> 24), self._at(position)
            if position >> 24 <= final:
                self._past.keep_transaction(position, found)
        time, item = found
        return Event(number, position >> 24, position & 0xFFFFFF, time, item)

    def _time(self, height: int) -> int:
        """Block time of the best chain's block at a height; that of a final block is read once."""
        time = self._past.time(height)
        if time is None:
            final, header = self._shown_final[0], self.header(height)
            time = header.time if header else 0
            if height <= final and header is not None:
                self._past.keep_time(height, time)
        return time

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
