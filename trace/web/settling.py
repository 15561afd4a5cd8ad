"""How settled a block is, in the words of PROTOCOL §6: pending, in a block with its depth, final. Depth is never called final."""

from dataclasses import dataclass
from fractions import Fraction

from chain import work
from chain.node import Node

ASSUMED_SHARE = Fraction(1, 10)
"""Attacker's share of the hash power that pages assume where the reader has not said one (S-13)."""
CONSORTIUM = 4
"""Attesters from which finality is more than one operator's word: with three, one may not even be away (PROTOCOL §6)."""
DEPTH_SHOWN = 60
"""Blocks behind a block beyond which the paper's probability is no longer worth computing."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How settled something is."""

    level: str
    """`pending`, `in_block` or `final`."""
    height: int | None = None
    """Height of its block."""
    depth: int | None = None
    """Blocks on top of it."""
    odds: str = ""
    """Probability that an attacker with the assumed share overtakes it, the paper's model; for `in_block`."""

    @property
    def light(self) -> str:
        """Colour of its chip."""
        return {"final": "green", "in_block": "blue"}.get(self.level, "amber")


def settled(node: Node, height: int | None) -> Settled:
    """How settled the block at a height is; None = not in a block yet."""
    if height is None:
        return Settled("pending")
    depth = max(node.tip.header.height - height, 0)
    if height <= node.final_height:
        return Settled("final", height, depth)
    return Settled("in_block", height, depth, probability(ASSUMED_SHARE, depth))


def probability(share: Fraction, depth: int) -> str:
    """The paper's probability to seven digits."""
    return work.catch_up_text(share, min(depth, DEPTH_SHOWN))
