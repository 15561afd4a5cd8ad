"""The hashes of the state tree above and at its tiles, as a node keeps them in memory (PROTOCOL §5).

A node here is the hash of a subtree, followed by one byte where the subtree has a single entry: such a subtree stands for every greater one
of which it is the only part, so whoever hashes two nodes together must know.
"""

from collections.abc import Mapping, Sequence

from chain.statetree import EMPTY, HASH_BYTES, leaf_hash, node_hash, subtree

_SINGLE = b"\x01"


def node_of(records: Sequence[bytes], depth: int) -> bytes:
    """The node at `depth` of these sorted records kh | vh."""
    return leaf_hash(records[0]) + _SINGLE if len(records) == 1 else subtree(records, depth)


def is_single(node: bytes) -> bool:
    """Whether the node has exactly one entry."""
    return len(node) > HASH_BYTES


def parent_of(left: bytes, right: bytes) -> bytes:
    """The node over two nodes; an only entry rises as it is."""
    if left == EMPTY:
        if is_single(right) or right == EMPTY:
            return right
    elif right == EMPTY and is_single(left):
        return left
    return node_hash(left[:HASH_BYTES], right[:HASH_BYTES])


class Level:
    """All nodes of one depth: 33 bytes each, in one piece of memory."""

    __slots__ = ("_hashes", "_singles")

    def __init__(self, depth: int) -> None:
        """2^depth empty nodes."""
        self._hashes = bytearray(HASH_BYTES << depth)
        self._singles = bytearray(1 << depth)

    def get(self, index: int) -> bytes:
        """A node."""
        found = bytes(self._hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES])
        return found + _SINGLE if self._singles[index] else found

    def put(self, index: int, node: bytes) -> None:
        """Replaces a node."""
        self._hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES] = node[:HASH_BYTES]
        self._singles[index] = is_single(node)

    def put_all(self, nodes: "Nodes") -> None:
        """Replaces nodes."""
        hashes, singles = self._hashes, self._singles
        for index, node in nodes.items():
            place = index * HASH_BYTES
            hashes[place : place + HASH_BYTES] = node[:HASH_BYTES]
            singles[index] = len(node) > HASH_BYTES

    def parents(self, depth: int) -> "Level":
        """The level above; `depth` is its depth."""
        above = Level(depth)
        for index in range(1 << depth):
            above.put(index, parent_of(self.get(2 * index), self.get(2 * index + 1)))
        return above


Nodes = Mapping[int, bytes]
"""Changed nodes of one depth, by index."""


def look(base: Level, overlays: Sequence[Nodes], index: int) -> bytes:
    """A node as the newest overlay that has it says, else as the base does."""
    for overlay in overlays:
        node = overlay.get(index)
        if node is not None:
            return node
    return base.get(index)


def raise_nodes(changed: Nodes, base: Level, overlays: Sequence[Nodes]) -> dict[int, bytes]:
    """The changed nodes one level above `changed`; neighbours that did not change come from the overlays and the base."""
    above: dict[int, bytes] = {}
    for index, node in changed.items():
        if index & 1:
            if index - 1 not in changed:  # else hashed with its left neighbour
                above[index >> 1] = parent_of(look(base, overlays, index - 1), node)
        else:
            above[index >> 1] = parent_of(node, changed.get(index + 1) or look(base, overlays, index + 1))
    return above
