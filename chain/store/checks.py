"""What every store checks of a step before it writes it: mistakes of the caller that would make the stored chain contradict itself."""

from collections.abc import Callable
from typing import NamedTuple

from chain.errors import Fault
from chain.interfaces import Commit, Flush

INDEX_BITS = 24
"""Bits of a position that hold the transaction's index in its block; the rest is the height."""
INDEX_MASK = (1 << INDEX_BITS) - 1
"""Selects the index of a position."""
ABOVE_ALL = "\U0010ffff"
"""Greater than every character of a state key, in Python's order as in that of UTF-8 bytes."""


class Link(NamedTuple):
    """How a stored block hangs in the tree of blocks."""

    height: int
    """Its height."""
    parent: bytes
    """Id of the block before it."""


class Chain(NamedTuple):
    """What a check needs to know of the stored chain."""

    tip: tuple[int, bytes] | None
    """(height, id) of the best block."""
    flushed: int
    """Height of the flushed state, which no reorganisation may undo."""
    link: Callable[[bytes], Link | None]
    """The link of a stored block."""
    best: Callable[[int], bytes | None]
    """Id of the best block at a height."""


def validate_tip(commit: Commit, tip: tuple[int, bytes] | None) -> None:
    """The caller saw the tip that is there. Raises Fault `store.tip.moved`."""
    found = tip[1] if tip else None
    if commit.expected_tip != found:
        raise Fault("store.tip.moved", _name(commit.expected_tip), _name(found))


def validate_best(commit: Commit, chain: Chain) -> None:
    """The new best blocks are known and follow each other and the one they fork from, above the flush. Raises Fault `store.commit`."""
    if not commit.best:
        return
    added = {block.id: Link(block.height, block.parent) for block in commit.blocks}
    first = commit.best[0][0]
    height = chain.tip[0] if chain.tip else -1
    if not chain.flushed < first <= height + 1:
        raise Fault("store.commit", f"a fork above {chain.flushed} and at most at {height + 1}", first, field="best")
    before = chain.best(first - 1) if first else bytes(32)
    for expected, (number, block_id) in enumerate(commit.best, first):
        link = chain.link(block_id) or added.get(block_id)
        if link is None or number != expected or link != (expected, before):
            raise Fault("store.commit", f"block {expected} on {_name(before)}", f"{number} {_name(block_id)} {link}", field="best")
        before = block_id


def validate_deltas(commit: Commit, link: Callable[[bytes], Link | None]) -> None:
    """Every delta belongs to a block that is stored or comes along. Raises Fault `store.commit`."""
    added = {block.id for block in commit.blocks}
    for block_id, _ in commit.deltas:
        if block_id not in added and link(block_id) is None:
            raise Fault("store.commit", "a known block", _name(block_id), field="deltas")


def validate_flush(flush: Flush, flushed: int, tip: tuple[int, bytes] | None) -> None:
    """A flush never goes back and never beyond the best chain. Raises Fault `store.commit`."""
    height = tip[0] if tip else -1
    if not flushed <= flush.height <= height:
        raise Fault("store.commit", f"a height from {flushed} to {height}", flush.height, field="height")


def folder_end(prefix: str, key: str) -> str | None:
    """The greatest key that a floor search in `prefix` may find; None when every key of the folder is above `key`."""
    if key.startswith(prefix):
        return key
    return None if key < prefix else prefix + ABOVE_ALL


def _name(block_id: bytes | None) -> str:
    return block_id.hex() if block_id else "no block"
