"""The tree of RFC 9162 as a chain that grows needs it: its root, and where the next leaf goes, from a logarithmic number of hashes."""

from chain.merkle import EMPTY_ROOT, node_hash


class CompactRange:
    """What must be remembered of a tree to append to it and to know its root: the hashes of its complete subtrees, at most 64."""

    __slots__ = ("_peaks", "size")

    size: int
    """Number of leaves."""

    def __init__(self) -> None:
        """An empty tree."""
        self._peaks: list[bytes] = []
        self.size = 0

    def copy(self) -> "CompactRange":
        """A range that grows on its own."""
        other = CompactRange()
        other._peaks, other.size = list(self._peaks), self.size
        return other

    def append(self, leaf: bytes) -> None:
        """Appends one leaf hash."""
        number = self.size
        while number & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            number >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            found = node_hash(peak, found)
        return found

    def next_leaf_path(self) -> tuple[bytes, ...]:
        """Inclusion path of the leaf that is appended next, in the tree that it completes: all its siblings lie to the left."""
        return tuple(reversed(self._peaks))


# --- proofs over a list of leaf hashes -----------------------------------------------------------------------------------------
