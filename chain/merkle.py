"""Merkle trees of ordered leaves (RFC 9162 §2.1): roots, inclusion and consistency proofs, a growing tree, the compact range.

A tree of n leaves splits at the largest power of two below n. Leaves are hashed behind a byte 00 and nodes behind 01, so that none passes
for the other. Makers of proofs take leaf hashes and give tuples of hashes; what a stranger sends is checked by `validate_*`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from chain.errors import Malformed

EMPTY_ROOT = hashlib.sha256().digest()
"""Root of a tree without leaves (RFC 9162 §2.1.1)."""
HASH_BYTES = 32
"""Length of every hash."""

_SHARED_LEVELS = 10  # ends of paths that many leaves share: 1,024 of them in a tree
_SHARED_ENDS = 1 << 13  # about 8 MB
_sha256 = hashlib.sha256


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf's bytes (RFC 9162 §2.1.1)."""
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 9162 §2.1.1)."""
    return _sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaves."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def root_of_hashes(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root over leaf hashes, level by level: a last one without a partner rises as it is, which gives the tree of RFC 9162 §2.1.1."""
    level = b"".join(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > HASH_BYTES:
        rest = level[-HASH_BYTES:] if len(level) % (2 * HASH_BYTES) else b""
        level = b"".join(_parents(level, 0)) + rest
    return level


def _parents(level: bytes | bytearray, start: int) -> list[bytes]:
    """Hashes of the whole pairs of a level from pair number `start` on."""
    sha256, pair = _sha256, 2 * HASH_BYTES
    return [sha256(b"\x01" + level[place : place + pair]).digest() for place in range(start * pair, len(level) - pair + 1, pair)]


class Tree:
    """A tree that grows at its end and is cut back on a rollback; gives roots and proofs for every size that it has had, in O(log n).

    Level k holds the hashes of the complete subtrees of 2^k leaves, one after the other: 64 bytes a leaf in all.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        """A tree over these leaf hashes."""
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // HASH_BYTES

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        return self._node(0, index)

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Appends leaf hashes of 32 bytes each."""
        new = b"".join(leaf_hashes)
        for depth in range(64):
            self._levels[depth] += new
            done = len(self._levels[depth + 1]) // HASH_BYTES if depth + 1 < len(self._levels) else 0
            new = b"".join(_parents(self._levels[depth], done))
            if not new:
                return
            if depth + 1 == len(self._levels):
                self._levels.append(bytearray())

    def append(self, leaf: bytes) -> None:
        """Appends one leaf hash."""
        self.extend((leaf,))

    def truncate(self, size: int) -> None:
        """Drops the leaves from number `size` on."""
        for depth, level in enumerate(self._levels):
            del level[(size >> depth) * HASH_BYTES :]

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves; over all where not given. Raises IndexError for more than there are."""
        size = self._checked(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_path(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Siblings of leaf `index` from the bottom up in the tree of `size` leaves (RFC 9162 §2.1.3.1). Raises IndexError."""
        size = self._checked(size)
        if not 0 <= index < size:
            raise IndexError(index)
        path, start, stop = [], 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                path.append(self._subtree(middle, stop))
                stop = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """That the first `old` of `new` leaves are an unaltered beginning (RFC 9162 §2.1.4.1). Raises IndexError."""
        new = self._checked(new)
        if not 0 < old <= new:
            raise IndexError(old)
        path, start, stop, known = [], 0, new, True
        while old != stop:
            middle = start + _split(stop - start)
            if old <= middle:
                path.append(self._subtree(middle, stop))
                stop = middle
            else:
                path.append(self._subtree(start, middle))
                start, known = middle, False
        if not known:
            path.append(self._subtree(start, stop))
        return tuple(reversed(path))

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise IndexError(size)
        return size

    def _node(self, depth: int, number: int) -> bytes:
        return bytes(self._levels[depth][number * HASH_BYTES : (number + 1) * HASH_BYTES])

    def _subtree(self, start: int, stop: int) -> bytes:
        """Hash of the subtree over leaves start .. stop-1, which the splits of RFC 9162 have cut out: start is aligned."""
        count = stop - start
        if count & (count - 1) == 0:
            depth = count.bit_length() - 1
            return self._node(depth, start >> depth)
        middle = start + _split(count)
        return node_hash(self._subtree(start, middle), self._subtree(middle, stop))


def _split(count: int) -> int:
    """The largest power of two below `count` (> 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings of a leaf from the bottom up (RFC 9162 §2.1.3.1). Raises IndexError for a leaf that is not there."""
    return Tree(leaf_hashes).inclusion_path(index)


def last_leaf_path(leaf_hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """The inclusion path of the last leaf. Raises IndexError where there is none."""
    return inclusion_path(leaf_hashes, len(leaf_hashes) - 1)


def consistency_proof(leaf_hashes: Sequence[bytes], old: int, new: int) -> tuple[bytes, ...]:
    """That the first `old` of the first `new` leaves are an unaltered beginning (RFC 9162 §2.1.4.1). Raises IndexError."""
    return Tree(leaf_hashes).consistency_proof(old, new)


def validate_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> None:
    """The leaf hash `leaf` is number `index` of the `size` leaves under the root `expected` (RFC 9162 §2.1.3.2).

    Raises Malformed `merkle.inclusion`.
    """
    if not 0 <= index < size:
        raise Malformed("merkle.inclusion", f"an index below {size}", index)
    _validate_lengths("merkle.inclusion", (leaf, expected, *path))
    found, last = _climb_all(leaf, index, size - 1, path)
    if last:
        raise Malformed("merkle.inclusion", "a path that ends at the root", f"{len(path)} hashes")
    if found != expected:
        raise Malformed("merkle.inclusion", f"root {expected.hex()}", found.hex())


def is_full_way(index: int, size: int, length: int) -> bool:
    """Whether the way from leaf `index` to the root of `size` leaves has `length` siblings, one on each level.

    Then only the bits of the index say on which side they are, not the size. All ways but some near the end of a tree are so.
    """
    last = size - 1
    together = (index ^ last).bit_length()  # from this level on it is also the way of the last leaf, which must be a right child each time
    return 0 <= index <= last and length == last.bit_length() and last >> together == (1 << length - together) - 1


def root_of_full_way(leaf: bytes, index: int, path: Sequence[bytes]) -> bytes:
    """The root to which a path leads where it is a full way: for such, `validate_inclusion` accepts this root and no other.

    Raises Malformed `merkle.inclusion` for an index that no way of this length has.
    """
    if index >> len(path):
        raise Malformed("merkle.inclusion", f"an index below {1 << len(path)}", index)
    _validate_lengths("merkle.inclusion", path)
    return _climb_all(leaf, index, (1 << len(path)) - 1, path)[0]


def _climb_all(leaf: bytes, index: int, last: int, path: Sequence[bytes]) -> tuple[bytes, int]:
    """(node, last place of its level) at the end of a path."""
    low = max(0, len(path) - _SHARED_LEVELS)
    found, place, last = _climb(leaf, index, last, path[:low])
    found, _, last = _climb_shared(found, place, last, tuple(path[low:]))
    return found, last


def _climb(found: bytes, place: int, last: int, path: Sequence[bytes]) -> tuple[bytes, int, int]:
    """(hash, place, last place) of the node above `found` at the end of the path. Raises Malformed `merkle.inclusion`."""
    for sibling in path:
        if last == 0:
            raise Malformed("merkle.inclusion", "a path that ends at the root", f"{len(path)} hashes")
        if place & 1 or place == last:
            found = _sha256(b"\x01" + sibling + found).digest()
            place, last = _skip_levels_without_sibling(place, last)
        else:
            found = _sha256(b"\x01" + found + sibling).digest()
        place, last = place >> 1, last >> 1
    return found, place, last


# Near the root the paths of one tree run together: the same hashes of the same nodes, so the answer is remembered.
_climb_shared = lru_cache(maxsize=_SHARED_ENDS)(_climb)


def validate_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """The tree of `old_size` leaves is the beginning of the one of `new_size` (RFC 9162 §2.1.4.2).

    Raises Malformed `merkle.consistency`. Nothing is consistent with an empty tree: no checkpoint has size 0, so that is a mistake.
    """
    if not 0 < old_size <= new_size:
        raise Malformed("merkle.consistency", f"an old size of 1 .. {new_size}", old_size)
    _validate_lengths("merkle.consistency", (old_root, new_root, *proof))
    if old_size == new_size:
        if proof or old_root != new_root:
            raise Malformed("merkle.consistency", "the same root and no hashes for the same size", f"{len(proof)} hashes, {new_root.hex()}")
        return
    if not proof:
        raise Malformed("merkle.consistency", "hashes", "none")
    found_old, found_new = _roots_by_consistency(old_size, new_size, proof, old_root)
    if found_old != old_root:
        raise Malformed("merkle.consistency", f"old root {old_root.hex()}", found_old.hex())
    if found_new != new_root:
        raise Malformed("merkle.consistency", f"new root {new_root.hex()}", found_new.hex())


def _roots_by_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Both roots as the proof gives them (RFC 9162 §2.1.4.2 steps 2-7)."""
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Malformed("merkle.consistency", "a proof that ends at the root", f"{len(proof)} hashes")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _skip_levels_without_sibling(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Malformed("merkle.consistency", "a proof that ends at the root", f"{len(proof)} hashes")
    return old, new


def _skip_levels_without_sibling(place: int, last: int) -> tuple[int, int]:
    """Rises past the levels on which a last node has no partner, up to where it is a right child."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _validate_lengths(code: str, hashes: Iterable[bytes]) -> None:
    if set(map(len, hashes)) - {HASH_BYTES}:
        raise Malformed(code, f"hashes of {HASH_BYTES} bytes", "another length")
