"""The state of the last final block: what is flushed to the store, under what has become final since.

Final changes gather in memory and are written in one sorted sweep (`Flush`); until then the deltas committed with their blocks stand for
them on disk. So an append writes only the block, and a kill at any moment loses nothing: a start reads the deltas above the flush.
"""

import contextlib
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chain import codec, state, statetiles, statetree
from chain.errors import Fault
from chain.interfaces import Flush, Store, Trail, Value

CACHE_ENTRIES = 16_000
"""Decoded values kept of what was read or changed last, about 20 MB: two full blocks, and what everybody reads."""
SCAN_PAGE = 500
"""Entries that a scan reads at a time."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What a block changed, as it is committed beside the block."""

    values: Mapping[str, bytes]
    """State key -> canonical value."""
    trails: tuple[tuple[int, Trail], ...]
    """(number of the transaction in the block, trail)."""


def encode_delta(delta: Delta) -> bytes:
    """u32 count of values, each u16 key, u32 value; then u32 count of trails, each u32 line, u64 number, u16 key, u16 origin."""
    parts = [struct.pack(">I", len(delta.values))]
    for key, body in delta.values.items():
        parts += [struct.pack(">HI", len(key), len(body)), key.encode(), body]
    parts.append(struct.pack(">I", len(delta.trails)))
    for line, trail in delta.trails:
        parts += [struct.pack(">IQHH", line, trail.number, len(trail.key), len(trail.origin)), trail.key.encode(), trail.origin.encode()]
    return b"".join(parts)


def decode_delta(body: bytes) -> Delta:
    """The delta in bytes. Raises Malformed `store.delta`."""
    reader = codec.Reader(body, "store.delta")
    values = {}
    for _ in range(reader.number(4)):
        key_length, length = reader.number(2), reader.number(4)
        key = reader.take(key_length).decode("ascii", "replace")
        values[key] = reader.take(length)
    trails = []
    for _ in range(reader.number(4)):
        line, number, key_length, origin_length = reader.number(4), reader.number(8), reader.number(2), reader.number(2)
        key, origin = reader.take(key_length).decode("ascii", "replace"), reader.take(origin_length).decode("ascii", "replace")
        trails.append((line, Trail(key, number, origin)))
    reader.finish()
    return Delta(values, tuple(trails))


class Base:
    """StateView of the last final block, with the node's indexes beside it. One writer; readers may read at any time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: OrderedDict[str, Value] = OrderedDict()
        self._cache_lock = threading.Lock()
        self._folds = 0
        self._dirty: dict[str, bytes] = {}
        self._keys = state.SortedKeys()
        self._trails: dict[tuple[str, int], tuple[int, str]] = {}
        self._ids: dict[bytes, int] = {}
        self.height, self.tile_bits = store.flushed()

    @property
    def pending(self) -> int:
        """Entries and index rows that wait for a flush."""
        return len(self._dirty) + len(self._trails)

    # --- StateView ---

    def get(self, key: str) -> Value | None:
        """As StateView.get."""
        value = self._cache.get(key)
        if value is not None:
            with contextlib.suppress(KeyError):  # another thread may have dropped it
                self._cache.move_to_end(key)
            return value
        folds = self._folds
        body = self._dirty.get(key) or self._store.entry(key)
        if body is None and self._is_in_tiles(key):
            body = self._dirty.get(key) or self._store.entry(key)  # a flush may have brought both in between
            if body is None:
                raise Fault("store.damaged", f"the entry {key}", "no such row", field=key)
        return None if body is None else self._remember(key, body, folds)

    def _is_in_tiles(self, key: str) -> bool:
        """Whether the flushed state tree has an entry at `key`. A row that damage has made unreachable must never pass for one that is
        proven not to be there."""
        path = state.key_hash(key)
        body = self._store.tile(statetiles.tile_number(path, self.tile_bits))
        place = body.find(path)
        while place % statetree.RECORD_BYTES and place > 0:
            place = body.find(path, place + 1)
        return place >= 0

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """As StateView.floor."""
        value = self._cache.get(key)
        if value is not None:  # nothing can be nearer
            return key, value
        folds = self._folds
        own = self._keys.floor(prefix, key)
        if own == key:
            return own, self._value(own)
        below = self._store.floor(prefix, key)
        if own is not None and (below is None or own >= below[0]):
            return own, self._value(own)
        return None if below is None else (below[0], self._cache.get(below[0]) or self._remember(*below, folds))

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """As StateView.scan."""
        own = {key: self._value(key) for key in self._keys.scan(prefix, after)}
        return state.Overlay(_Flushed(self._store), own).scan(prefix, after)

    def _value(self, key: str) -> Value:
        value = self._cache.get(key)
        if value is not None:
            return value
        folds = self._folds
        body = self._dirty.get(key) or self._store.entry(key)  # a flush may have moved it between the two
        return self._remember(key, body or b"{}", folds)

    def _remember(self, key: str, body: bytes, folds: int) -> Value:
        """Caches what was read, unless a fold has come between reading and now: an old value must never hide a newer one."""
        value: Value = codec.load(body)
        with self._cache_lock:
            if folds == self._folds:
                self._cache[key] = value
                self._trim()
        return value

    def _trim(self) -> None:
        while len(self._cache) > CACHE_ENTRIES:
            self._cache.popitem(last=False)

    # --- indexes ---

    def trail(self, key: str, number: int) -> tuple[int, str] | None:
        """(position, origin) of event `number` in the history at `key`."""
        return self._trails.get((key, number)) or self._store.trail(key, number)

    def positions(self, transaction_id: bytes) -> list[int]:
        """Positions that may hold the transaction."""
        position = self._ids.get(transaction_id)
        return self._store.positions(transaction_id) if position is None else [position]

    # --- folding and flushing ---

    def fold(self, height: int, ids: Iterable[bytes], delta: Delta, values: Mapping[str, Value]) -> None:
        """Makes a block's changes part of the final state, in memory.

        The fold counts when it is done: whoever began to read before may hold an old value, and waits here for the lock to cache it.
        """
        with self._cache_lock:
            self._gather(height, ids, delta)
            self._cache.update(values)
            self._trim()
            self._folds += 1
        self.height = height

    def flush(self, tiles: "Tiles") -> None:
        """Writes everything that waits, with the tiles of the same height. A crash before the store's commit leaves the deltas in force."""
        self._store.flush(
            Flush(
                height=self.height,
                entries=sorted(self._dirty.items()),
                tiles=tiles.bodies,
                tile_bits=tiles.bits,
                ids=sorted(self._ids.items()),
                trails=sorted((key, number, position, origin) for (key, number), (position, origin) in self._trails.items()),
            )
        )
        self.forget_flushed(tiles.bits, ())

    def forget_flushed(self, bits: int, kept: "Iterable[Kept]") -> None:
        """What was folded is in the store now, by this process or by another one, but for the blocks in `kept`, oldest first."""
        self._dirty, self._keys, self._trails, self._ids = {}, state.SortedKeys(), {}, {}
        self.tile_bits = bits
        for each in kept:
            self._gather(each.height, each.ids, each.delta)

    def _gather(self, height: int, ids: Iterable[bytes], delta: Delta) -> None:
        """Adds a block's changes to what waits for a flush."""
        fresh = [key for key in delta.values if key not in self._dirty]
        self._dirty.update(delta.values)
        for key in fresh:
            self._keys.add(key)
        for line, trail in delta.trails:
            self._trails[trail.key, trail.number] = (height << 24 | line, trail.origin)
        for line, transaction_id in enumerate(ids):
            self._ids[transaction_id] = height << 24 | line


@dataclass(frozen=True, slots=True)
class Kept:
    """A final block whose changes are not flushed."""

    height: int
    """Its height."""
    ids: list[bytes]
    """Ids of its transactions."""
    delta: Delta
    """Its changes."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The changed tiles of the state tree, for a flush."""

    bits: int
    """Depth of the tiles."""
    bodies: Iterable[tuple[int, bytes]]
    """(number, body), sorted; all tiles where the depth changed."""


class _Flushed:
    """StateView of the flushed entries alone, for scans."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> Value | None:
        """As StateView.get."""
        body = self._store.entry(key)
        return None if body is None else codec.load(body)

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """As StateView.floor."""
        found = self._store.floor(prefix, key)
        return None if found is None else (found[0], codec.load(found[1]))

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """As StateView.scan, a page at a time."""
        while page := self._store.scan(prefix, after, SCAN_PAGE):
            for key, body in page:
                yield key, codec.load(body)
            after = page[-1][0]
