"""One executed block above the folded one, with its changes as an overlay and its version of the state tree."""

from dataclasses import dataclass

from chain import base, finality, state, statetiles, tally
from chain.blocks import Header
from chain.compactrange import CompactRange


@dataclass(frozen=True, slots=True)
class Executed:
    """What executing a block gave."""

    overlay: state.Overlay
    """Its changes over its parent's state."""
    delta: base.Delta
    """The same, encoded, with the histories that got events."""
    version: statetiles.Version
    """The state tree after it."""
    votes: tuple[finality.Vote, ...]
    """The votes in its section."""


@dataclass(slots=True)
class Branch:
    """An executed block at or above the last folded one."""

    header: Header
    """Its header."""
    id: bytes
    """Its id."""
    work: int
    """Cumulative work."""
    overlay: state.Overlay | None
    """Its changes over its parent; None for the folded block, whose state is the base."""
    delta: base.Delta
    """The same, encoded, with trails."""
    version: statetiles.Version | None
    """State tree after it; None for the folded block."""
    history: CompactRange
    """Over the headers 0 .. this one."""
    recent: tuple[bytes, ...]
    """Miners of this block and those before it, newest first."""
    ids: dict[bytes, int]
    """Transaction id -> number in the block."""
    votes: frozenset[finality.Vote]
    """Votes in its section."""
    trails: dict[tuple[str, int], tuple[int, str]]
    """(key, number) -> (position, origin)."""
    jump: bytes = b""
    """Id of an ancestor further down, to walk in long steps."""
    regime: tally.Regime | None = None
    """Who judges the links that begin here, once somebody has asked."""

    @property
    def point(self) -> finality.Point:
        """Height and id, as votes name it."""
        return self.header.height, self.id
