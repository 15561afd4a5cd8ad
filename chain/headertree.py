"""The RFC 9162 tree over the headers of the final chain, in tiles of 256 (PROTOCOL §7; C2SP `tlog-tiles`).

Kept in memory are the roots of whole tiles only, 32 bytes for 256 headers (a year of blocks every two seconds: 2 MB); what lies below is
hashed again from the store when somebody asks. Any thread may ask; it never says anything of headers that are not final.
"""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

from chain import merkle
from chain.interfaces import Store

TILE_WIDTH = 256
"""Hashes of a whole tile (tlog-tiles, merkle tree)."""
LEVEL_LIMIT = 63
"""Greatest level of a tile's address."""
TILES_KEPT = 64
"""Tiles of leaf hashes kept, 16 kB each with the levels above."""


class HeaderTree:
    """Subtrees, tiles and proofs over the headers 0 .. size-1 of a chain of which that many are final."""

    def __init__(self, store: Store) -> None:
        """Reads nothing yet: the first question reads all headers once."""
        self._store = store
        self._lock = threading.Lock()
        self._roots: list[list[bytes]] = [[]]  # [level - 1][number]: root of tile `number` at `level - 1`, whole tiles only
        self._tile: Callable[[int], tuple[bytes, ...]] = lru_cache(maxsize=TILES_KEPT)(self._read_tile)

    def _read_tile(self, number: int) -> tuple[bytes, ...]:
        return self._leaves(number * TILE_WIDTH, (number + 1) * TILE_WIDTH)

    def _leaves(self, start: int, stop: int) -> tuple[bytes, ...]:
        return tuple(merkle.leaf_hash(header) for _, header, _ in self._store.headers(start, stop))

    def _extend(self, size: int) -> None:
        """Makes sure that the roots of all whole tiles below `size` are there."""
        with self._lock:
            while (len(self._roots[0]) + 1) * TILE_WIDTH <= size:
                start = len(self._roots[0]) * TILE_WIDTH
                self._roots[0].append(merkle.root_of_hashes(self._leaves(start, start + TILE_WIDTH)))
            for level, roots in enumerate(self._roots):
                if level + 1 == len(self._roots) and len(roots) >= TILE_WIDTH:
                    self._roots.append([])
                if level + 1 < len(self._roots):
                    above = self._roots[level + 1]
                    for number in range(len(above), len(roots) // TILE_WIDTH):
                        above.append(merkle.root_of_hashes(roots[number * TILE_WIDTH : (number + 1) * TILE_WIDTH]))

    def tile(self, level: int, number: int, width: int, size: int) -> tuple[bytes, ...] | None:
        """`width` hashes of a tile (1 .. 256) of the tree of `size` leaves; None where it has fewer."""
        whole = size // TILE_WIDTH**level if level <= LEVEL_LIMIT else 0
        start = number * TILE_WIDTH
        if start + width > whole:
            return None
        self._extend(size)
        return self._hashes(level, start, start + width)

    def _hashes(self, level: int, start: int, stop: int) -> tuple[bytes, ...]:
        """Hashes start .. stop-1 at a level, all inside one tile."""
        if level:
            return tuple(self._roots[level - 1][start:stop])
        if stop - start == TILE_WIDTH:
            return self._tile(start // TILE_WIDTH)
        return self._leaves(start, stop)

    def headers(self, number: int, width: int, size: int) -> list[bytes] | None:
        """The first `width` headers of tile `number` of the tree of `size` leaves; None where it has fewer."""
        start = number * TILE_WIDTH
        if start + width > size:
            return None
        return [header for _, header, _ in self._store.headers(start, start + width)]

    # --- proofs ---

    def root(self, size: int) -> bytes:
        """Root over the first `size` headers."""
        self._extend(size)
        return self._subtree(0, size) if size else merkle.EMPTY_ROOT

    def inclusion_path(self, index: int, size: int) -> tuple[bytes, ...]:
        """Siblings of header `index` among `size`, bottom up (RFC 9162 §2.1.3.1). Raises IndexError for one that is not there."""
        if not 0 <= index < size:
            raise IndexError(index)
        self._extend(size)
        path: list[bytes] = []
        start, stop = 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            beside = (middle, stop) if index < middle else (start, middle)
            start, stop = (start, middle) if index < middle else (middle, stop)
            path.append(self._subtree(*beside))
        return tuple(reversed(path))

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """That the first `old` of `new` headers are an unaltered beginning (RFC 9162 §2.1.4.1). Raises IndexError."""
        if not 0 < old <= new:
            raise IndexError(old)
        self._extend(new)
        proof: list[bytes] = []
        start, stop, known = 0, new, True
        while old < stop:
            middle = start + _split(stop - start)
            if old <= middle:
                proof.append(self._subtree(middle, stop))
                stop = middle
            else:
                proof.append(self._subtree(start, middle))
                start, known = middle, False
        return tuple(reversed(proof if known else [*proof, self._subtree(start, stop)]))

    def _subtree(self, start: int, stop: int) -> bytes:
        """Hash over headers start .. stop-1, which the splits of RFC 9162 have cut out: start is aligned."""
        level, width = 0, 1
        while (stop - start) % (width * TILE_WIDTH) == 0 and start % (width * TILE_WIDTH) == 0:
            level, width = level + 1, width * TILE_WIDTH
        if level and stop - start == width:
            return self._roots[level - 1][start // width]
        count = stop - start
        if count <= TILE_WIDTH * width and count % width == 0:
            return merkle.root_of_hashes(self._within(level, start // width, stop // width))
        middle = start + _split(count)
        return merkle.node_hash(self._subtree(start, middle), self._subtree(middle, stop))

    def _within(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Hashes start .. stop-1 at a level, all of one tile; those of a whole tile of leaves are remembered."""
        number, offset = divmod(start, TILE_WIDTH)
        if level == 0 and (number + 1) <= len(self._roots[0]):
            return self._tile(number)[offset : offset + stop - start]
        return self._hashes(level, start, stop)


def _split(count: int) -> int:
    """The largest power of two below `count` (> 1)."""
    return 1 << ((count - 1).bit_length() - 1)
