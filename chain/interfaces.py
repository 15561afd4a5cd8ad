"""The seams of the ledger. Each Protocol's contract (durability, concurrency, which error) stands in its docstring.

`Application` is the boundary to what the ledger is about; the others are what a node needs of the machine. A memory implementation of
each ships in the package, so that a whole node runs in a test without a disk or a clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from chain.transactions import Transaction

Value = Mapping[str, Any]
"""A state value: a canonical JSON object. Whoever receives one must not change it; a change is a new object."""

MerklePath = tuple[int, tuple[bytes, ...]]
"""A leaf's index and its RFC 9162 inclusion path, bottom up; the proof a transaction brings along (PROTOCOL §3, proof section)."""


class StateView(Protocol):
    """Reading the state at one block. Pure: two reads of a view that nobody writes to give the same answer."""

    def get(self, key: str) -> Value | None:
        """The value at `key`, or None."""

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """The entry with the greatest key <= `key` (bytewise order) in the folder `prefix`, which ends with `/` and has no folders below;
        None where there is none."""

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """All entries whose key begins with `prefix` and is > `after`, in bytewise order of their keys; lazy."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What a rule may know of the block it is applied in."""

    chain: bytes
    """Id of the genesis header, 32 bytes."""
    height: int
    """Height of the block."""
    time: int
    """Block time, milliseconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One event in the history of a thing, for the node's own index (never part of the state root)."""

    key: str
    """State key of the thing after the event."""
    number: int
    """`n` of the history after this event, from 1."""
    origin: str
    """State key under which events 1 .. number-1 are found: `key` itself, or the run it was split from."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a transaction changes: new values by state key. Entries of things are never deleted."""

    values: Mapping[str, Value]
    """State key -> whole new value, `history` included."""
    trails: tuple[Trail, ...] = ()
    """The histories that got an event by this transaction."""


class Application(Protocol):
    """What the ledger is about: pure rules over the state. No clock, no random numbers, no floats, nothing outside the arguments."""

    def genesis(self, document: Value) -> Mapping[str, Value]:
        """The state that a genesis document founds, without the `consensus/` entries. Raises Malformed."""

    def knows(self, kind: str) -> bool:
        """Whether `kind` is a transaction kind of these rules."""

    def is_urgent(self, kind: str) -> bool:
        """Whether attesters withhold their votes from blocks that leave transactions of this `kind` out (PROTOCOL §6): recalls, holds."""

    def owner(self, view: StateView, key: str) -> str | None:
        """Who answers for a key's transactions in the pool (its party); None for a key that may send nothing."""

    def contested(self, view: StateView, transaction: "Transaction", code: str) -> str | None:
        """State key of the one thing whose newest event made the transaction impossible, where the refusal `code` says that it was such an
        event; else None. Only for what a node tells its users (DOMAIN §4): no rule depends on it."""

    def prepare(self, transaction: "Transaction") -> tuple[bytes, ...] | None:
        """The part of `apply` that no state is needed for, so that it can be done beforehand in another process: `apply` uses
        `transaction.prepared` where it is there, and gives the same answer where it is None. None: there is nothing, or `apply` is to
        refuse the transaction in its turn."""

    def apply(self, view: StateView, transaction: "Transaction", block: BlockContext) -> Changes:
        """What the transaction changes, or raises Refusal (DOMAIN §5 rows 6-12). Envelope, signatures and `seq` are already checked."""


class Clock(Protocol):
    """Local time. Only the node reads it; rules never do."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""


class Blobs(Protocol):
    """Content-addressed bytes beside the chain (mark lists, captured documents)."""

    def put(self, body: bytes) -> str:
        """Stores and returns the lower-case hex SHA-256. Durable on return. Raises Fault."""

    def get(self, digest: str) -> bytes | None:
        """The bytes whose SHA-256 is `digest`, or None; never other bytes."""

    def path(self, digest: str) -> str | None:
        """A local file that holds the blob (for memory mapping), or None."""


class Wire(Protocol):
    """Carries messages between nodes. Nobody trusts it: it may lose, repeat, delay and reorder; whoever receives checks everything."""

    def publish(self, kind: str, body: bytes, to: str | None = None) -> None:
        """Sends to all others, or only to the node named `to`; returns at once. The kinds are those of `chain.messages`."""

    def receive(self) -> tuple[str, bytes, str] | None:
        """The next message that has arrived, (kind, body, name of the sender), or None. The name is the carrier's word: whoever keeps a
        score of senders needs a carrier that does not let one write under another's name; a carrier that cannot tell gives ``""``."""


# --- the store ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """A block as it lies on disk. Blocks of losing branches are kept too."""

    id: bytes
    """SHA-256 of the header."""
    parent: bytes
    """Id of the previous block; 32 zero bytes for block 0."""
    height: int
    """Height, 0 for genesis."""
    work: int
    """Cumulative work up to and including this block (PROTOCOL §6)."""
    header: bytes
    """240 bytes."""
    seal: bytes
    """The miner's signature, 64 bytes; empty for genesis."""
    transactions: tuple[bytes, ...]
    """Carriers without their proofs (`transactions.encode`); for genesis the document."""
    proofs: bytes
    """The proof section."""
    votes: bytes
    """The votes section."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that one step of the node makes durable, all or nothing."""

    expected_tip: bytes | None
    """Id of the tip that the caller saw; None on an empty store. Another tip: Fault `store.tip.moved`, nothing is written."""
    blocks: tuple[BlockRecord, ...] = ()
    """Blocks to add; a block that is there already is left as it is."""
    best: tuple[tuple[int, bytes], ...] = ()
    """(height, id) ascending: the best chain from the fork point on; higher old entries are dropped. Empty: the chain stays. The blocks are
    known or come along, hang together, and lie above the flushed height; otherwise Fault `store.commit`."""
    deltas: tuple[tuple[bytes, bytes], ...] = ()
    """(block id, encoded changes): what each block changed, kept until the state flush that contains it."""
    pool_add: tuple[tuple[bytes, bytes], ...] = ()
    """(transaction id, carrier with proofs) accepted and waiting."""
    pool_remove: tuple[bytes, ...] = ()
    """Transaction ids no longer waiting; removed before `pool_add` is added."""
    meta: tuple[tuple[str, bytes], ...] = ()
    """Named small values (votes, finality, miner state); replaces."""


@dataclass(frozen=True, slots=True)
class Flush:
    """The state of a final block, written in one sorted sweep. Everything above it is rebuilt from the deltas."""

    height: int
    """The final height that entries and tiles stand for after this flush."""
    entries: Sequence[tuple[str, bytes | None]]
    """(state key, canonical value), sorted by key; None deletes."""
    tiles: Iterable[tuple[int, bytes]]
    """(tile number, body), sorted; an empty body deletes. Where they are all tiles they can be gone through once, and reading one may read
    this store as it was before the flush."""
    tile_bits: int
    """Depth of the tiles; when it differs from the stored one, `tiles` are all tiles and replace the table."""
    ids: Sequence[tuple[bytes, int]]
    """(transaction id, position), position = height << 24 | index."""
    trails: Sequence[tuple[str, int, int, str]]
    """(key, number, position, origin)."""


@dataclass(frozen=True, slots=True)
class Census:
    """What a store holds in all, for an audit: by it nothing can lie there unseen."""

    rows: Mapping[str, int]
    """Rows by what they are: blocks, best, deltas, pool, entries, tiles, ids, trails."""
    strays: tuple[bytes, ...]
    """Ids of the blocks that are not on the best chain, at any height."""
    names: tuple[str, ...]
    """Names of the small values, sorted."""
    waiting: int
    """Waiting transactions by the sums of all commits."""


class Store(Protocol):
    """One node's disk. One writer; any number of reading threads, each sees whole commits only. Iterators show the moment of the call.

    `commit` and `flush` are atomic and durable on return (they survive kill -9 and power loss); on an error nothing is written and Fault is
    raised (`store.full`, `store.io`, `store.tip.moved`, `store.busy`: another process holds the lock, `store.commit`: the step contradicts
    what is stored); the store can still be read, and written again when there is room. After `store.io` the bytes of the last step may
    nevertheless have reached the disk: whoever goes on reads `tip` again. Reads raise Fault `store.damaged` when what lies there is no
    longer readable, and every call Fault `store.closed` after `close`.
    """

    def commit(self, commit: Commit) -> None:
        """Applies all parts of the commit, or none."""

    def flush(self, flush: Flush) -> None:
        """Replaces the flushed state; drops the deltas of all blocks at or below `height`, those of losing branches too. Fault
        `store.commit` when `height` is below the last flush or above the tip."""

    def tip(self) -> tuple[int, bytes] | None:
        """(height, id) of the best block, or None for an empty store."""

    def flushed(self) -> tuple[int, int]:
        """(height, tile_bits) of the last flush; (-1, 0) before the first."""

    def block(self, block_id: bytes) -> BlockRecord | None:
        """A whole block of any branch."""

    def height(self, block_id: bytes) -> int | None:
        """Height of a block of any branch, without reading it."""

    def best(self, height: int) -> bytes | None:
        """Id of the best chain's block at `height`."""

    def headers(self, start: int, stop: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """(id, header, seal) of best blocks start .. stop-1, ascending."""

    def leaves(self) -> Iterator[tuple[bytes, bytes, int, int]]:
        """(id, parent, height, work) of every stored block at or above the flushed height, any branch, ascending by height."""

    def transaction(self, position: int) -> bytes | None:
        """The carrier at a position (height << 24 | index) of the best chain, without proofs."""

    def entry(self, key: str) -> bytes | None:
        """Canonical value of a flushed state entry."""

    def floor(self, prefix: str, key: str) -> tuple[str, bytes] | None:
        """As StateView.floor, over flushed entries."""

    def scan(self, prefix: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        """As StateView.scan, over flushed entries, at most `limit` at a time."""

    def tile(self, number: int) -> bytes:
        """Body of a flushed tile; empty where there is none."""

    def tiles(self) -> Iterator[tuple[int, bytes]]:
        """All flushed tiles, ascending."""

    def positions(self, transaction_id: bytes) -> list[int]:
        """Positions of flushed transactions that may have this id (an index by prefix: compare the transaction itself)."""

    def trail(self, key: str, number: int) -> tuple[int, str] | None:
        """(position, origin) of event `number` in a flushed history."""

    def ids(self) -> Iterator[tuple[int, int]]:
        """The whole index behind `positions`: (first 8 bytes of the id as a signed big-endian number, position), ascending."""

    def trails(self) -> Iterator[tuple[str, int, int, str]]:
        """The whole index behind `trail`: (key, number, position, origin), ascending."""

    def delta(self, block_id: bytes) -> bytes | None:
        """The changes that a block above the flushed height made; None where they are not kept any more."""

    def deltas(self) -> Iterator[tuple[bytes, bytes]]:
        """(block id, encoded changes) of all blocks above the flush, ascending by height."""

    def pool(self) -> list[tuple[bytes, bytes]]:
        """(transaction id, carrier) of all waiting transactions, in order of acceptance."""

    def meta(self, name: str) -> bytes | None:
        """A named small value."""

    def census(self) -> Census:
        """Counts everything, and checks what only the store itself can check of its files. Slow. Raises Fault `store.damaged`."""

    def freeze(self) -> "Store":
        """What is stored at this moment, to be read at leisure while this store goes on. To be closed soon: it holds back room on disk."""

    def close(self) -> None:
        """Releases the files; the store cannot be used afterwards."""


Moment = tuple[bytes, int, int]
"""(number of the last commit with its check, flushed height, tile bits) of a store: equal moments hold the same."""


class FollowedStore(Store, Protocol):
    """A store that another process writes, read one moment after the other. Between `release` and `renew` nothing may be read."""

    def renew(self) -> Moment:
        """Takes the present moment; everything is read from it until the next call. Raises Fault as reads do."""

    def release(self) -> None:
        """Lets the moment go, so that the writer's log can be emptied; once more does no harm."""
