"""Replaying the whole ledger and comparing it with what lies in the store (P5, S-02, S-07).

Every block is judged again from genesis by the same rules, and everything else that the store holds (state entries, tiles, indexes, waiting
transactions, blocks of losing branches, votes) is computed again and compared. The first difference is named by height, transaction and
field. Nothing that the store says is believed: not its ids, not its indexes, not its deltas.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chain import base, blocks, codec, finality, genesis, merkle, rules, state, statetiles, transactions, work
from chain.blocks import Block
from chain.errors import ChainError, Fault, InvalidBlock, Malformed
from chain.interfaces import Application, BlockContext, BlockRecord, Store, Value
from chain.voting import VOTES_LIMIT

POINT_BYTES = 40
"""Bytes of a point as it is stored: u64 height, 32 bytes id."""
Progress = Callable[[int, int], None]
"""Told (blocks done, blocks in all)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is not as it must be."""

    height: int | None
    """Height of the block; None for what belongs to no block."""
    transaction: int | None
    """Number of the transaction in the block."""
    field: str
    """Which field, entry or index row."""
    error: ChainError
    """What was expected and found."""

    def __str__(self) -> str:
        where = "no block" if self.height is None else f"height {self.height}"
        line = "" if self.transaction is None else f", transaction {self.transaction}"
        return f"{where}{line}, field {self.field}: {self.error}"


@dataclass(slots=True)
class _Replay:
    """What has been recomputed so far."""

    overlay: state.Overlay
    tree: statetiles.StateTree
    history: merkle.CompactRange
    block: Block | None = None
    chain: bytes = b""
    work: int = 0
    miners: tuple[bytes, ...] = ()
    entries: dict[str, bytes] = field(default_factory=dict)
    ids: dict[bytes, int] = field(default_factory=dict)
    trails: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)


def audit(store: Store, application: Application, progress: Progress | None = None) -> Finding | None:
    """Replays everything; None when all is as it must be, else the first finding."""
    place: list[int | None] = [None]
    try:
        _audit(store, application, place, progress or (lambda done, total: None))
    except ChainError as error:
        return Finding(place[0], error.line, error.field or error.code, error)
    return None


def _audit(store: Store, application: Application, place: list[int | None], progress: Progress) -> None:
    tip = store.tip()
    if tip is None:
        raise Fault("node.empty", "a ledger", "none")
    replay = _Replay(state.Overlay(), statetiles.StateTree(0, (), lambda number: b""), merkle.CompactRange())
    flushed, _ = store.flushed()
    _expect(flushed <= tip[0], "flushed", f"a height up to {tip[0]}", flushed)  # else nothing would be compared with what was flushed
    deltas = dict(store.deltas())
    for height in range(tip[0] + 1):
        place[0] = height
        record = _record(store, height)
        delta = _replay_genesis(replay, record, application) if height == 0 else _replay_block(replay, record, application)
        _expect(record.work == replay.work, "work", replay.work, record.work)
        if height > flushed:
            _compare_delta(deltas.pop(record.id, b""), delta)
        if height == flushed:
            _compare_flushed(store, replay)
        progress(height + 1, tip[0] + 1)
    place[0] = None
    _expect(replay.block is not None and replay.block.header.id == tip[1], "tip", tip[1].hex(), "another block")
    _audit_rest(store, replay, deltas)


def _record(store: Store, height: int) -> BlockRecord:
    block_id = store.best(height)
    record = None if block_id is None else store.block(block_id)
    if record is None or block_id is None:
        raise Fault("store.damaged", f"a block at height {height}", "no such row", field="block")
    header = blocks.decode_header(record.header)
    _expect(header.height == height, "height", height, header.height)
    _expect(header.id == block_id == record.id, "id", header.id.hex(), record.id.hex())
    _expect(record.parent == header.previous and record.height == height, "previous", header.previous.hex(), record.parent.hex())
    return record


def _expect(good: bool, name: str, expected: object, found: object) -> None:
    if not good:
        raise Fault("audit.difference", expected, found, field=name)


def _replay_genesis(replay: _Replay, record: BlockRecord, application: Application) -> base.Delta:
    document = codec.decode(record.transactions[0])
    expected, encoded = genesis.found(document, application)
    found = blocks.decode_header(record.header)
    for name in ("transactions_root", "state_root", "time", "target", "count", "previous", "miner", "nonce"):
        wanted = getattr(blocks.decode_header(expected.header), name)
        _expect(getattr(found, name) == wanted, name, wanted, getattr(found, name))
    _expect(expected == record, "genesis", expected.id.hex(), record.id.hex())
    replay.chain = record.id
    delta = base.Delta(encoded, ())
    _take(replay, Block(found, b"", (), b"", b""), delta, {key: codec.load(body) for key, body in encoded.items()})
    return delta


def _replay_block(replay: _Replay, record: BlockRecord, application: Application) -> base.Delta:
    """Judges one block as the node does, but first looks where a difference lies, so that a flipped byte is named closely."""
    assert replay.block is not None  # noqa: S101 (block 0 came first)
    parent = rules.Parent(replay.block.header, replay.chain, replay.history.root(), replay.miners)
    header = blocks.decode_header(record.header)
    rules.validate_link(header, parent)
    block = blocks.from_record(record)
    rules.validate_signatures(block.transactions)
    rules.validate_roots(block)
    rules.validate_header(header, parent, replay.overlay)
    rules.validate_seal(block, replay.chain)
    rules.validate_votes(block, replay.chain, replay.overlay)
    context = BlockContext(replay.chain, header.height, header.time)
    changed, trails = rules.apply_transactions(replay.overlay, block.transactions, context, application)
    delta = base.Delta(rules.encode_changes(changed.values), trails)
    replay.work += work.work_of_target(work.target_of(header.target))
    _take(replay, block, delta, changed.values)
    rules.validate_state_root(header, replay.tree.root(None))
    return delta


def _take(replay: _Replay, block: Block, delta: base.Delta, values: dict[str, Value]) -> None:
    version = replay.tree.update(None, rules.tree_changes(dict(delta.values)))
    replay.tree.fold(version)
    replay.overlay.put(values)
    replay.entries.update(delta.values)
    height = block.header.height
    replay.ids.update({item.id: height << 24 | line for line, item in enumerate(block.transactions)})
    replay.trails.update({(trail.key, trail.number): (height << 24 | line, trail.origin) for line, trail in delta.trails})
    replay.history.append(merkle.leaf_hash(block.header.encode()))
    replay.miners = (block.header.miner, *replay.miners[:31])
    replay.block = block


def _compare_delta(stored: bytes, delta: base.Delta) -> None:
    found = base.decode_delta(stored)
    for key in sorted(set(found.values) | set(delta.values)):
        _expect(found.values.get(key) == delta.values.get(key), f"delta of {key}", delta.values.get(key), found.values.get(key))
    _expect(found.trails == delta.trails, "trails of the delta", len(delta.trails), "others")


def _pages(store: Store) -> Iterator[tuple[str, bytes]]:
    after = ""
    while page := store.scan("", after, base.SCAN_PAGE):
        yield from page
        after = page[-1][0]


def _compare_flushed(store: Store, replay: _Replay) -> None:
    """State entries, tiles and indexes as they were written at this height."""
    found = dict(_pages(store))
    for key in sorted(set(found) | set(replay.entries)):
        _expect(found.get(key) == replay.entries.get(key), key, replay.entries.get(key), found.get(key))
    _compare_tiles(store, replay)
    for transaction_id, position in replay.ids.items():
        _expect(position in store.positions(transaction_id), "index of ids", position, "no such row")
    for (key, number), place in replay.trails.items():
        _expect(store.trail(key, number) == place, f"index of events of {key}", place, store.trail(key, number))


def _compare_tiles(store: Store, replay: _Replay) -> None:
    """The tiles hold exactly the hashes of the entries, each in its place."""
    _, bits = store.flushed()
    expected = sorted((state.key_hash(key), state.value_hash(body)) for key, body in replay.entries.items())
    found = []
    for number, body in store.tiles():
        records = statetiles.records(body)
        _expect(
            all(statetiles.tile_number(path, bits) == number for path, _ in records), f"tile {number}", "records of this tile", "others"
        )
        found += records
    if found != expected:
        missing = next((f"{a[0].hex()}" for a, b in zip(expected, found, strict=False) if a != b), "the last")
        raise Fault("audit.difference", "the hash of every entry", f"a difference at {missing}", field="tiles")


def _audit_rest(store: Store, replay: _Replay, deltas: dict[bytes, bytes]) -> None:
    """Waiting transactions, losing branches, votes: nothing here decides a verdict, but nothing may be other than it says."""
    for transaction_id, carrier in store.pool():
        item = transactions.parse(carrier, with_proofs=True)
        _expect(item.id == transaction_id, "waiting transaction", item.id.hex(), transaction_id.hex())
        transactions.validate_signatures(item)
    for block_id, parent, height, total in store.leaves():
        record = store.block(block_id)
        _expect(record is not None and (record.id, record.parent, record.height, record.work) == (block_id, parent, height, total),
                "block row", block_id.hex(), "another")  # fmt: skip
        if record is not None and height > 0:
            _audit_side_block(record)
    for body in deltas.values():
        base.decode_delta(body)
    _audit_meta(store, replay)


def _audit_side_block(record: BlockRecord) -> None:
    block = blocks.from_record(record)
    _expect(block.header.id == record.id, "id", block.header.id.hex(), record.id.hex())
    rules.validate_roots(block)


def _audit_meta(store: Store, replay: _Replay) -> None:
    """What the node remembers of finality. Its own promises cannot be computed again; that they make sense can be seen."""
    try:
        for name in ("votes", "owed"):
            for vote in finality.decode_votes(store.meta(name) or b"", VOTES_LIMIT):
                finality.validate_vote(vote, replay.chain, {vote.voter})
        conflict = store.meta("conflict") or b""
        finality.decode_votes(conflict[2 * POINT_BYTES :], VOTES_LIMIT)
    except Malformed as error:
        raise Fault("audit.difference", error.expected, error.found, field="votes") from error
    _expect(not conflict or len(conflict) > 2 * POINT_BYTES, "conflict", "two points and votes", len(conflict))
    final = store.meta("final") or b""
    points = [*_points(final, "final"), *_points(store.meta("justified") or b"", "justified")]
    _expect(bool(final) or replay.block is None or replay.block.header.height == 0, "final", "a final block", "none")
    for height, block_id in points:
        record = store.block(block_id)
        _expect(record is not None and record.height == height, "justified", f"a block at height {height}", block_id.hex())
    for height, block_id in points[:1]:
        _expect(store.best(height) == block_id, "final", block_id.hex(), (store.best(height) or b"").hex())
    _audit_promise(store)


def _points(body: bytes, name: str) -> list[finality.Point]:
    _expect(len(body) % POINT_BYTES == 0, name, f"points of {POINT_BYTES} bytes", f"{len(body)} bytes")
    places = range(0, len(body), POINT_BYTES)
    return [(int.from_bytes(body[at : at + 8], "big"), body[at + 8 : at + POINT_BYTES]) for at in places]


def _audit_promise(store: Store) -> None:
    numbers = {name: store.meta(name) or b"" for name in ("own_source", "own_target", "restored")}
    for name, body in numbers.items():
        _expect(len(body) in (0, 8), name, "a number of 8 bytes", f"{len(body)} bytes")
    _expect(numbers["own_source"] <= numbers["own_target"], "own_target", "above own_source", numbers["own_target"].hex())


__all__ = ["Finding", "InvalidBlock", "audit"]
