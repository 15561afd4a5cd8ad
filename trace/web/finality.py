"""Finality: who votes, which blocks are final, and the paper's attacker table for the time before (PROTOCOL §6; S-12, S-13)."""

import re
from dataclasses import dataclass
from fractions import Fraction

from flask import Blueprint, render_template

from chain import work
from trace.web.access import ledger
from trace.web.blocks import attesters, newest
from trace.web.parameters import matching, number

bp = Blueprint("finality", __name__)

BLOCKS_SHOWN = 8
"""Newest blocks on the page."""
TWINS_SHOWN = 8
"""Newest pairs of blocks of one miner on one parent on the page."""
DEPTHS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
"""Depths of the table."""
SHARES = tuple(Fraction(percent, 100) for percent in (10, 15, 20, 25, 30, 35, 40, 45))
"""Attacker's shares of the table, those of the paper and beyond."""
RISK = Fraction(1, 1000)
"""The paper's risk: P < 0.001."""
DEPTH_LIMIT = 500
"""Greatest depth that a reader may ask for."""
DECIMAL = re.compile(r"(?:0?\.[0-9]{1,6}|0|1)")
"""A share as a reader may write it."""


@dataclass(frozen=True, slots=True)
class AttackerRow:
    """One share of the hash power."""

    share: Fraction
    """The attacker's share."""
    odds: tuple[str, ...]
    """Probability at each of DEPTHS, seven digits."""
    depth: int
    """Blocks to wait for P < 0.001."""

    @property
    def percent(self) -> str:
        """The share in per cent."""
        return f"{float(self.share) * 100:g} %"


def attacker_table() -> list[AttackerRow]:
    """The paper's table, computed anew."""
    return [
        AttackerRow(share, tuple(work.catch_up_text(share, depth) for depth in DEPTHS), work.depth_for(share, RISK)) for share in SHARES
    ]


def asked_share() -> str:
    """`?share=` as a decimal fraction. Raises Problem 400."""
    return matching("share", DECIMAL, "a decimal fraction from 0 to 1, such as 0.1", "0.1")


@bp.get("/finality")
def show() -> str:
    """Votes, final blocks and the attacker table."""
    node = ledger().node
    share, depth = asked_share(), number("depth", 5, (0, DEPTH_LIMIT))
    return render_template(
        "explorer/finality.html",
        node=node,
        members=attesters(node),
        votes=node.votes(),
        rows=newest(node, node.tip.header.height, BLOCKS_SHOWN),
        depths=DEPTHS,
        table=attacker_table(),
        share=share,
        depth=depth,
        answer=work.catch_up_text(share, depth),
        twins=node.twins.all()[:TWINS_SHOWN],
        twins_seen=node.twins.seen,
    )
