"""The tree over a batch's marks (DOMAIN §2): proves that a pack is in the batch, and that one is not, with little work a proof.

A mark list is 36 bytes a pack, `mark | slot`, sorted by mark; it may be a file mapped into memory. Of the RFC 9162 tree only the upper
levels are kept: a proof hashes at most 16 leaves again and reads the rest. Every proof is checked against the root before anybody believes
it, so a damaged file can make a proof fail and never lie.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from chain import merkle
from chain.errors import Malformed
from chain.interfaces import MerklePath
from trace.drugs.marks import LEAF_BYTES, MARK_BYTES

Buffer = bytes | bytearray | memoryview
"""Bytes in memory or in a mapped file."""
KEPT_LEVEL = 4
"""Lowest level that is kept; a proof hashes 2^4 leaves, 1,000,000 packs keep 4 MB of nodes."""
_BLOCK = 1 << KEPT_LEVEL
_HASH = merkle.HASH_BYTES
_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One leaf of a proof of absence."""

    leaf: bytes
    """Mark and slot."""
    path: MerklePath
    """Its index and path."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A mark is not in the tree: its neighbours stand side by side and it would have to lie between them."""

    before: Neighbour | None
    """The last leaf with a smaller mark; None where the mark lies before the first leaf."""
    after: Neighbour | None
    """The first leaf with a greater mark; None where it lies after the last."""


class MarkTree:
    """A mark list with the upper levels of its tree. Never changes; any thread may read."""

    __slots__ = ("_levels", "_rows", "count", "marks", "root")

    def __init__(self, marks: Buffer, levels: Buffer) -> None:
        """`levels` as `hash_levels` gives them. Raises Malformed `drugs.marks.size` when the two do not fit."""
        self.marks = marks
        self.count = len(marks) // LEAF_BYTES
        sizes = _level_sizes(self.count)
        if not self.count or len(marks) % LEAF_BYTES or len(levels) != _HASH * sum(sizes):
            raise Malformed("drugs.marks.size", f"{LEAF_BYTES} bytes a pack and the nodes above", f"{len(marks)} and {len(levels)} bytes")
        self._levels = levels
        self._rows = [(sum(sizes[:level]), size) for level, size in enumerate(sizes)]  # first node and number of nodes of each level
        self.root = bytes(levels[-_HASH:])

    @property
    def levels(self) -> Buffer:
        """The kept levels, one after the other, the root last."""
        return self._levels

    def leaf(self, index: int) -> bytes:
        """Mark and slot of a leaf."""
        return bytes(self.marks[LEAF_BYTES * index : LEAF_BYTES * (index + 1)])

    def slot(self, index: int) -> int:
        """Slot of a leaf."""
        return int.from_bytes(self.leaf(index)[MARK_BYTES:], "big")

    def place(self, mark: bytes) -> int:
        """Number of leaves whose mark is smaller."""
        marks = self.marks
        return bisect_left(range(self.count), mark, key=lambda index: bytes(marks[LEAF_BYTES * index : LEAF_BYTES * index + MARK_BYTES]))

    def find(self, mark: bytes) -> int | None:
        """Index of the leaf with this mark, or None."""
        index = self.place(mark)
        return index if index < self.count and self.leaf(index)[:MARK_BYTES] == mark else None

    def path(self, index: int) -> MerklePath:
        """A leaf's index and RFC 9162 inclusion path. Raises IndexError for a leaf that is not there."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        first = index - index % _BLOCK
        leaves = [merkle.leaf_hash(self.leaf(near)) for near in range(first, min(first + _BLOCK, self.count))]
        return index, (*merkle.inclusion_path(leaves, index - first), *self._upper_siblings(index >> KEPT_LEVEL))

    def _upper_siblings(self, place: int) -> Iterator[bytes]:
        for start, size in self._rows:
            if place ^ 1 < size:
                at = _HASH * (start + (place ^ 1))
                yield bytes(self._levels[at : at + _HASH])
            place >>= 1

    def root_from(self, index: int) -> bytes:
        """The root that these bytes give a leaf: what its path, were it written out, would prove (RFC 9162 §2.1.3.2). A leaf, a neighbour
        or a node that was damaged gives another one than that of the batch."""
        first = index - index % _BLOCK
        near = bytes(self.marks[LEAF_BYTES * first : LEAF_BYTES * (first + _BLOCK)])
        node, place, levels = _root_of(near), index >> KEPT_LEVEL, self._levels
        for start, size in self._rows:
            if place ^ 1 < size:
                at = _HASH * (start + (place ^ 1))
                sibling = levels[at : at + _HASH]
                node = hashlib.sha256(b"\x01" + sibling + node if place & 1 else b"\x01" + node + sibling).digest()
            place >>= 1
        return node

    def absence(self, mark: bytes) -> Absence | None:
        """The proof that no leaf has this mark, or None where one has it."""
        index = self.place(mark)
        if index < self.count and self.leaf(index)[:MARK_BYTES] == mark:
            return None
        return Absence(
            Neighbour(self.leaf(index - 1), self.path(index - 1)) if index else None,
            Neighbour(self.leaf(index), self.path(index)) if index < self.count else None,
        )


def hash_levels(marks: Buffer) -> bytes:
    """The kept levels over a mark list, lowest first; a last node without a partner rises as it is (RFC 9162 §2.1.1)."""
    level = _hash_each(b"\x00", marks, LEAF_BYTES)
    kept, height = [], 0
    while height < KEPT_LEVEL or len(level) > _HASH:
        if height >= KEPT_LEVEL:
            kept.append(level)
        whole = len(level) - len(level) % (2 * _HASH)
        level, height = _hash_each(b"\x01", level[:whole], 2 * _HASH) + level[whole:], height + 1
    return b"".join([*kept, level])


def _hash_each(prefix: bytes, data: Buffer, size: int) -> bytes:
    """SHA-256 of the prefix and each piece of `size` bytes, joined; some thousand at a time, so that few are objects at once."""
    sha256, step = hashlib.sha256, size * _AT_A_TIME
    return b"".join(
        b"".join([sha256(prefix + data[at : at + size]).digest() for at in range(start, min(start + step, len(data)), size)])
        for start in range(0, len(data), step)
    )


def _root_of(leaves: bytes) -> bytes:
    """Root of some leaves, one after the other in `leaves`."""
    sha256 = hashlib.sha256
    level = [sha256(b"\x00" + leaves[at : at + LEAF_BYTES]).digest() for at in range(0, len(leaves), LEAF_BYTES)]
    while len(level) > 1:
        alone = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)] + alone
    return level[0]


def _level_sizes(count: int) -> list[int]:
    """Nodes of the kept levels, lowest first; the last is 1."""
    sizes = [-(-count // _BLOCK)]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def validate_absence(mark: bytes, proof: Absence, size: int, root: bytes) -> None:
    """The proof shows that no leaf of the tree of `size` leaves under `root` has this mark, given that its leaves are sorted by mark.

    Raises Malformed `drugs.marks.absence`, `merkle.inclusion`. That the leaves are sorted is the maker's word: whoever sorts wrongly hides
    packs of its own batch.
    """
    before, after = proof.before, proof.after
    for neighbour in (before, after):
        if neighbour is not None:
            index, hashes = neighbour.path
            merkle.validate_inclusion(merkle.leaf_hash(neighbour.leaf), index, size, hashes, root)
    left = -1 if before is None else before.path[0]
    right = size if after is None else after.path[0]
    if right != left + 1 or size < 1:
        raise Malformed("drugs.marks.absence", "two leaves side by side", f"leaves {left} and {right} of {size}")
    if before is not None and not before.leaf[:MARK_BYTES] < mark:
        raise Malformed("drugs.marks.absence", "a leaf before the mark", before.leaf[:MARK_BYTES].hex())
    if after is not None and not mark < after.leaf[:MARK_BYTES]:
        raise Malformed("drugs.marks.absence", "a leaf after the mark", after.leaf[:MARK_BYTES].hex())
