"""The state tree of a node: the base of the last folded block in tiles, and immutable versions over it (PROTOCOL §5).

The first `bits` bits of a path number a tile: a handful of records kh | vh, one row of the store. The hashes of all tiles and of everything
above them are kept in memory, 66 bytes a tile. A block makes a `Version`: the tiles and hashes that it changes, over the version of its
parent; forks are versions with the same parent. `fold` moves a version into the base. How deep the tiles lie never shows in the root.

Not for several threads at once: whoever shares a tree holds one lock for every call.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from chain.errors import Fault
from chain.statenodes import Level, is_single, look, node_of, raise_nodes
from chain.statetree import EMPTY, HASH_BYTES, RECORD_BYTES, MultiProof, Proof, split, subtree

TILE_MEAN_LIMIT = 6
"""Records of an average tile at which the tiles are halved: fewer hashes a change against more memory for the hashes above."""
BITS_LIMIT = 32
"""Depth of the tiles: 2^32 of them are more than any disk here holds."""
CACHED_TILES = 1 << 13
"""Tiles kept of what was read from the store, about 4 MB; of millions the next one is hardly ever among the last."""

_NUMBER_BITS = 64
_Parts = tuple[list[bytes], list[tuple[int, bytes | None]]]


def tile_number(path: bytes, bits: int) -> int:
    """The tile of a path: its first `bits` bits."""
    return int.from_bytes(path[: _NUMBER_BITS // 8], "big") >> (_NUMBER_BITS - bits)


def records(body: bytes) -> list[tuple[bytes, bytes]]:
    """The (kh, vh) of a tile, in its order."""
    return [(record[:HASH_BYTES], record[HASH_BYTES:]) for record in _records(body)]


def _records(body: bytes) -> list[bytes]:
    return [body[place : place + RECORD_BYTES] for place in range(0, len(body), RECORD_BYTES)]


@dataclass(slots=True, eq=False)
class Version:
    """The tree after a block, as difference to its parent. Only `StateTree` looks inside."""

    root: bytes
    """Root over all entries, 32 bytes."""
    parent: "Version | None"
    """The version that it was made of; None for the first base."""
    tiles: dict[int, bytes]
    """Changed tiles by number."""
    levels: list[dict[int, bytes]]
    """Changed nodes by depth 0 .. bits and index."""
    growth: int
    """Entries more than in the parent."""


@dataclass(frozen=True, slots=True)
class _Way:
    layers: list[Version]
    changed: list[list[dict[int, bytes]]]  # of each depth what the layers changed there, looked up once for all paths
    proof: _Parts


class StateTree:
    """The tree over a store's tiles, with versions above them."""

    def __init__(self, bits: int, tiles: Iterable[tuple[int, bytes]], load: Callable[[int], bytes]) -> None:
        """The base as the store has it: depth and all tiles, and how one of them is read again. Raises Fault `store.damaged`."""
        self._bits = self._stored_bits = bits
        self._load = load
        self._read = lru_cache(maxsize=CACHED_TILES)(self._read_tile)
        self._dirty: dict[int, bytes] = {}
        self._taken: tuple[int, dict[int, bytes]] = bits, {}
        self._head: Version | None = None
        self._count = 0
        self._levels = [Level(bits)]
        for number, body in tiles:
            found = _checked(number, body, bits)
            self._count += len(found)
            self._levels[0].put(number, node_of(found, bits))
        for depth in range(bits - 1, -1, -1):
            self._levels.insert(0, self._levels[0].parents(depth))
        self.grow()

    # --- versions ---

    def root(self, version: Version | None) -> bytes:
        """Root of a version; None is the base."""
        return self._levels[0].get(0)[:HASH_BYTES] if version is None else version.root

    def update(self, parent: Version | None, changes: Mapping[bytes, bytes | None]) -> Version:
        """The version after a block's changes {kh: vh, or None to delete}, applied as one set; `parent` None is the base.

        Raises ValueError for a parent whose branch was forgotten by a fold.
        """
        self.grow(len(changes))
        layers = self._layers(parent)
        tiles: dict[int, bytes] = {}
        nodes: dict[int, bytes] = {}
        growth = 0
        for number, paths in self._by_tile(changes).items():
            found = _records(self._tile(layers, number))
            growth -= len(found)
            for path in paths:
                _replace(found, path, changes[path])
            growth += len(found)
            tiles[number] = b"".join(found)
            nodes[number] = node_of(found, self._bits)
        levels = self._raise(layers, nodes)
        root = levels[0][0][:HASH_BYTES] if nodes else self.root(parent)
        return Version(root, parent or self._head, tiles, levels, growth)

    def _by_tile(self, changes: Mapping[bytes, bytes | None]) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        for path in changes:
            found.setdefault(tile_number(path, self._bits), []).append(path)
        return found

    def _raise(self, layers: list[Version], nodes: dict[int, bytes]) -> list[dict[int, bytes]]:
        """All changed nodes by depth, from those at the depth of the tiles: level by level, so that shared ways are hashed once."""
        levels = [nodes]
        for depth in range(self._bits, 0, -1):
            levels.append(raise_nodes(levels[-1], self._levels[depth], [version.levels[depth] for version in layers]))
        levels.reverse()
        return levels

    def fold(self, version: Version) -> None:
        """Makes a version whose parent is the base the new base. Versions made of it stay good; those of its siblings do not.

        Raises ValueError where its parent is not the base.
        """
        if version.parent is not self._head:
            raise ValueError("a version is folded after its parent")
        self._layers(version)
        for level, nodes in zip(self._levels, version.levels, strict=True):
            level.put_all(nodes)
        self._dirty.update(version.tiles)
        self._count += version.growth
        self._head = version
        version.parent, version.tiles, version.levels = None, {}, []
        self.grow()

    def _layers(self, version: Version | None) -> list[Version]:
        """The versions from `version` down to, not including, the base, each at the depth of the base."""
        layers: list[Version] = []
        while version is not None and version is not self._head:
            while len(version.levels) <= self._bits:
                _deepen(version)
            layers.append(version)
            version = version.parent
        if layers and version is not self._head:
            raise ValueError("a version of a branch that a fold has forgotten")
        return layers

    # --- tiles and their depth ---

    def _tile(self, layers: list[Version], number: int) -> bytes:
        for version in layers:
            body = version.tiles.get(number)
            if body is not None:
                return body
        body = self._dirty.get(number)
        return self._read(number) if body is None else body

    def _read_tile(self, number: int) -> bytes:
        """A tile of the base, cut out of a stored one that lies less deep, or joined from those that another process has halved already."""
        extra = self._bits - self._stored_bits
        if extra < 0:
            parts = range(number << -extra, (number + 1) << -extra)
            return b"".join(record for part in parts for record in _checked(part, self._load(part), self._stored_bits))
        found = _checked(number >> extra, self._load(number >> extra), self._stored_bits)
        return b"".join(record for record in found if tile_number(record, self._bits) == number)

    def grow(self, expected: int = 0) -> bool:
        """Halves the tiles until the average one is small, with so many more entries too; `update` and `fold` do it by themselves. True
        when the depth grew.

        Hashes every entry again, about 3 µs each, each time that their number has doubled.
        """
        before = self._bits
        while self._count + expected > TILE_MEAN_LIMIT << self._bits and self._bits < BITS_LIMIT:
            below = Level(self._bits + 1)
            for number in range(1 << self._bits):
                for half, body in _halves(number, self._tile([], number), self._bits):
                    below.put(half, node_of(_records(body), self._bits + 1))
            self._dirty = dict(half for number, body in self._dirty.items() for half in _halves(number, body, self._bits))
            self._levels.append(below)
            self._bits += 1
            self._read.cache_clear()
        return self._bits != before

    def take_dirty(self) -> tuple[int, Iterable[tuple[int, bytes]]]:
        """(depth, tiles to write, sorted): those that folds have changed, or all where the depth is not the stored one.

        They stay readable here, and are given again, until `flushed`: a write that fails loses nothing. All tiles may be a gigabyte, so
        they are read one by one while they are written: once, before the next fold.
        """
        self._taken = self._bits, dict(self._dirty)
        if self._bits == self._stored_bits:
            return self._bits, sorted(self._dirty.items())
        tiles = ((number, self._tile([], number)) for number in range(1 << self._bits))
        return self._bits, ((number, body) for number, body in tiles if body)

    def flushed(self) -> None:
        """The tiles of the last `take_dirty` are in the store now; to be called right after the write, before anything is read."""
        self._stored_bits, taken = self._taken
        self._taken = self._stored_bits, {}
        self._dirty = {number: body for number, body in self._dirty.items() if taken.get(number) is not body}
        self._read.cache_clear()

    def forget_flushed(self, bits: int, changed: Iterable[bytes]) -> None:
        """Another process has written the tiles at depth `bits`; only those of the paths in `changed` have changed since."""
        kept = {tile_number(path, self._bits) for path in changed}
        self._stored_bits = bits
        self._dirty = {number: body for number, body in self._dirty.items() if number in kept}
        self._read.cache_clear()

    # --- proofs ---

    def prove(self, version: Version | None, path: bytes) -> Proof:
        """What a version holds at one path; None is the base."""
        proof = self.prove_many(version, [path])
        return Proof(proof.siblings, proof.ends[0][1])

    def prove_many(self, version: Version | None, paths: Iterable[bytes]) -> MultiProof:
        """What a version holds at several paths (at least one), shared nodes once; None is the base."""
        proof: _Parts = [], []
        layers = self._layers(version)
        changed = [[layer.levels[depth] for layer in layers] for depth in range(self._bits + 1)]
        self._walk(_Way(layers, changed, proof), (0, 0), sorted(set(paths)))
        return MultiProof(tuple(proof[0]), tuple(proof[1]))

    def _walk(self, way: "_Way", place: tuple[int, int], paths: list[bytes]) -> None:
        """Follows the paths down from the node at (depth, index) as `MultiProof` says."""
        depth, index = place
        siblings, ends = way.proof
        while True:
            node = look(self._levels[depth], way.changed[depth], index)
            if node == EMPTY:
                ends.append((depth, None))
                return
            if is_single(node):
                ends.append((depth, self._only_record(way.layers, depth, index)))
                return
            if depth == self._bits:
                _walk_tile(_records(self._tile(way.layers, index)), depth, paths, way.proof)
                return
            middle = split(paths, depth)
            if 0 < middle < len(paths):
                self._walk(way, (depth + 1, 2 * index), paths[:middle])
                self._walk(way, (depth + 1, 2 * index + 1), paths[middle:])
                return
            depth, index = depth + 1, 2 * index + (not middle)
            siblings.append(look(self._levels[depth], way.changed[depth], index ^ 1)[:HASH_BYTES])

    def _only_record(self, layers: list[Version], depth: int, index: int) -> bytes:
        """The record of a node with one entry."""
        while depth < self._bits:
            depth, index = depth + 1, 2 * index
            index += self._node(layers, depth, index) == EMPTY
        return self._tile(layers, index)

    def _node(self, layers: list[Version], depth: int, index: int) -> bytes:
        return look(self._levels[depth], [version.levels[depth] for version in layers], index)


def _walk_tile(found: Sequence[bytes], depth: int, paths: list[bytes], proof: _Parts) -> None:
    """As `StateTree._walk`, among the sorted records of a tile."""
    if len(found) <= 1:
        proof[1].append((depth, found[0] if found else None))
        return
    middle, place = split(paths, depth), split(found, depth)
    if middle in (0, len(paths)):
        proof[0].append(subtree(found[place:] if middle else found[:place], depth + 1))
    if middle:
        _walk_tile(found[:place], depth + 1, paths[:middle], proof)
    if middle < len(paths):
        _walk_tile(found[place:], depth + 1, paths[middle:], proof)


def _checked(number: int, body: bytes, bits: int) -> list[bytes]:
    """The records of a tile that comes from a store. Raises Fault `store.damaged` where they are not whole, sorted and in their place."""
    found = _records(body)
    in_order = all(left[:HASH_BYTES] < right[:HASH_BYTES] for left, right in pairwise(found))
    in_place = 0 <= number < 1 << bits and all(tile_number(record, bits) == number for record in found)
    if len(body) % RECORD_BYTES or not in_order or not in_place:
        raise Fault("store.damaged", f"sorted records of tile {number} at depth {bits}", "others", field="tiles")
    return found


def _replace(found: list[bytes], path: bytes, value: bytes | None) -> None:
    """Puts, replaces or removes a record in a sorted list."""
    place = bisect_left(found, path)
    there = place < len(found) and found[place].startswith(path)
    found[place : place + there] = [] if value is None else [path + value]


def _halves(number: int, body: bytes, bits: int) -> Iterator[tuple[int, bytes]]:
    """The two tiles of depth `bits` + 1 that a tile becomes."""
    place = split(_records(body), bits) * RECORD_BYTES
    yield 2 * number, body[:place]
    yield 2 * number + 1, body[place:]


def _deepen(version: Version) -> None:
    """Halves the tiles of a version, as `StateTree.grow` does those of the base."""
    bits = len(version.levels) - 1
    version.tiles = dict(half for number, body in version.tiles.items() for half in _halves(number, body, bits))
    version.levels.append({number: node_of(_records(body), bits + 1) for number, body in version.tiles.items()})
