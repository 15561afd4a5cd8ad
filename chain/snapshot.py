"""Starting from the state of a final block instead of from block 0 (PROTOCOL §6, snapshots).

A snapshot holds every header from block 0 on, the state entries after its last header, and the votes that made that block final. Nothing in
it is believed: the headers hang together and have their work, the entries give the state root, and the block is the one that the importer
was told to trust, or the attesters that it was told to trust have carried a link from it. What is missing are the transactions below: their
bodies, and the index of the histories; what they led to is proven.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from chain import attesters, blocks, codec, finality, genesis, merkle, rules, state, statetiles, statetree, work
from chain.blocks import Header
from chain.compactrange import CompactRange
from chain.errors import Fault, Malformed
from chain.finality import Point, Vote
from chain.interfaces import Application, BlockRecord, Commit, Flush, Store, Value
from chain.reader import Reader
from chain.tally import Regime

MAGIC = b"PhTrSnap1"
"""First bytes of a snapshot."""
ENTRY_LIMIT = 100_000_000
"""Entries at most: what the tiles of one disk hold."""
HEADER_LIMIT = 100_000_000
"""Headers at most: six years of blocks every two seconds."""
UNFINISHED = "snapshot"
"""Meta name under which an import that is not whole yet is noted."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the importer believes; one of the two is enough."""

    point: Point | None = None
    """Height and id of a final block, from an anchor or checkpoint."""
    regime: Regime | None = None
    """Attesters whose votes are known to be theirs: those of the genesis document, or of an anchor."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot says, decoded and not judged."""

    document: bytes
    """The genesis document, canonical bytes."""
    headers: tuple[tuple[bytes, bytes], ...]
    """(header, seal) of blocks 0 .. the final one."""
    votes: tuple[Vote, ...]
    """The votes of the link from the final block that made it final."""
    entries: tuple[tuple[str, bytes], ...]
    """(state key, canonical value), sorted by key."""


def export(node: Reader) -> bytes:
    """The snapshot of a node's last final block. Raises Fault `snapshot.trust` where none is final yet but block 0."""
    with node.lock:
        final, votes = node._final(), node._tally.certificate
        if final.header.height == 0 or not votes:
            raise Fault("snapshot.trust", "a final block and the votes that made it so", f"height {final.header.height}")
        document = node.store.block(node.chain)
        headers = tuple((header, seal) for _, header, seal in node.store.headers(0, final.header.height + 1))
        entries = tuple((key, codec.encode(dict(value))) for key, value in node.final_view().scan(""))
    return encode(Snapshot(document.transactions[0] if document else b"", headers, votes, entries))


def encode(snapshot: Snapshot) -> bytes:
    """magic | u32 document | u32 headers, each 240 | u8 length of seal, seal | u32 votes section | u32 entries, each u16 key, u32 value."""
    votes = finality.encode_votes(snapshot.votes)
    parts = [MAGIC, struct.pack(">I", len(snapshot.document)), snapshot.document, struct.pack(">I", len(snapshot.headers))]
    for header, seal in snapshot.headers:
        parts += [header, bytes([len(seal)]), seal]
    parts += [struct.pack(">I", len(votes)), votes, struct.pack(">I", len(snapshot.entries))]
    for key, value in snapshot.entries:
        parts += [struct.pack(">HI", len(key), len(value)), key.encode(), value]
    return b"".join(parts)


def decode(data: bytes) -> Snapshot:
    """Raises Malformed `snapshot.format`."""
    reader = codec.Reader(data, "snapshot.format")
    if reader.take(len(MAGIC)) != MAGIC:
        raise Malformed("snapshot.format", MAGIC.decode(), data[: len(MAGIC)].hex())
    document = reader.take(reader.number(4))
    headers = tuple((reader.take(blocks.HEADER_BYTES), reader.take(reader.number(1, 64))) for _ in range(reader.number(4, HEADER_LIMIT)))
    votes = finality.decode_votes(reader.take(reader.number(4)))
    entries = tuple(_entries(reader))
    reader.finish()
    return Snapshot(document, headers, votes, entries)


def _entries(reader: codec.Reader) -> Iterator[tuple[str, bytes]]:
    last = ""
    for _ in range(reader.number(4, ENTRY_LIMIT)):
        key_length, length = reader.number(2), reader.number(4, statetree.VALUE_LIMIT)
        key = reader.take(key_length).decode("ascii", "replace")
        if key <= last:
            raise Malformed("snapshot.format", "keys in order, each once", key)
        last = key
        yield key, reader.take(length)


# --- judging -----------------------------------------------------------------------------------------------------------------


def validate(snapshot: Snapshot, trust: Trust, application: Application) -> tuple[BlockRecord, ...]:
    """Everything that can be known of a snapshot; the block records without bodies. Raises Malformed `snapshot.*`, `genesis.*`,
    InvalidBlock where a header breaks a rule."""
    first, founded = genesis.found(codec.decode(snapshot.document), application)
    headers = [blocks.decode_header(body) for body, _ in snapshot.headers]
    if not headers or headers[0].encode() != first.header:
        raise Malformed("snapshot.trust", first.id.hex(), headers[0].id.hex() if headers else "no header")
    tree = {state.key_hash(key): state.value_hash(value) for key, value in snapshot.entries}
    root = statetree.root_of(tree)
    if root != headers[-1].state_root:
        raise Malformed("snapshot.root", headers[-1].state_root.hex(), root.hex())
    every = codec.load(founded["consensus/parameters"])["vote_every"]  # not yet from the entries: nothing vouches for them before the votes
    _validate_trust(headers[-1], snapshot.votes, trust, first.id, every)
    view = state.Overlay(values={key: codec.decode(value) for key, value in snapshot.entries})
    return _validate_headers(snapshot, headers, first, view)


def _validate_trust(last: Header, votes: tuple[Vote, ...], trust: Trust, chain: bytes, every: int) -> None:
    """The last header is the block that the importer trusts, or those whom it trusts have made it final."""
    if trust.point == (last.height, last.id):
        return
    judges = trust.regime
    links = {(vote.source, vote.target, vote.epoch) for vote in votes}
    if judges is None or len(links) != 1 or votes[0].source != (last.height, last.id) or votes[0].target_height != last.height + every:
        raise Malformed("snapshot.trust", "the trusted block, or votes that make the last one final", last.id.hex())
    for vote in votes:
        finality.validate_vote(vote, chain, frozenset().union(*judges.sets))
    if votes[0].epoch != judges.epoch or not judges.carries({vote.voter: vote for vote in votes}):
        raise Malformed("snapshot.trust", f"more than two thirds of epoch {judges.epoch}", f"{len(votes)} votes of {votes[0].epoch}")


def _validate_headers(snapshot: Snapshot, headers: list[Header], first: BlockRecord, view: state.Overlay) -> tuple[BlockRecord, ...]:
    """The headers hang together, each with its work and the root over all before it."""
    history, total = CompactRange(), 0
    records = [first]
    history.append(merkle.leaf_hash(first.header))
    for parent, header, (body, seal) in zip(headers, headers[1:], snapshot.headers[1:], strict=False):
        rules.validate_link(header, rules.Parent(parent, first.id, history.root(), ()))
        rules.validate_target(header, rules.Parent(parent, first.id, b"", ()), view)
        rules.validate_work(header)
        history.append(merkle.leaf_hash(body))
        total += work.work_of_target(work.target_of(header.target))
        records.append(BlockRecord(header.id, header.previous, header.height, total, body, seal, (), b"", b""))
    return tuple(records)


# --- importing ---------------------------------------------------------------------------------------------------------------


def import_snapshot(store: Store, data: bytes, application: Application, trust: Trust) -> Point:
    """Founds a node's disk from a snapshot; the final block that it stands on. Raises as `validate`, and Fault `node.exists` where there is
    a ledger already."""
    found = decode(data)
    records = validate(found, trust, application)
    last = records[-1]
    started = store.meta(UNFINISHED) == last.id
    if store.tip() is not None and not started:
        raise Fault("node.exists", "an empty store", "a ledger")
    if not started:
        _write_headers(store, found, records)
    # A crash before this flush leaves headers and the note that the import is not whole; importing the same snapshot goes on here.
    tiles = statetiles.StateTree(0, (), lambda number: b"")
    tiles.fold(tiles.update(None, {state.key_hash(key): state.value_hash(value) for key, value in found.entries}))
    bits, bodies = tiles.take_dirty()
    store.flush(Flush(last.height, found.entries, bodies, bits, (), ()))
    # A crash before this commit leaves a whole state with that note; importing again writes the same once more.
    store.commit(Commit(last.id, meta=((UNFINISHED, b""),)))
    return last.height, last.id


def _write_headers(store: Store, found: Snapshot, records: tuple[BlockRecord, ...]) -> None:
    """All headers, and what is final. A crash before the commit leaves an empty store."""
    last = records[-1]
    point = last.height.to_bytes(8, "big") + last.id
    meta = (("final", point), ("justified", point), ("votes", finality.encode_votes(found.votes)), (UNFINISHED, last.id))
    store.commit(Commit(None, blocks=records, best=tuple((record.height, record.id) for record in records), meta=meta))


def trusted_at_genesis(document: Value) -> Trust:
    """Trust in the attesters of a genesis document: enough while the set of epoch 0 is in force."""
    return Trust(regime=Regime(0, (frozenset(attesters.vote_keys(document["attesters"])),)))


def validate_whole(store: Store) -> None:
    """No import was interrupted. Raises Fault `snapshot.unfinished`."""
    if store.meta(UNFINISHED):
        raise Fault("snapshot.unfinished", "a whole snapshot", "an interrupted import")
