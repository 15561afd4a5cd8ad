"""The first page: what this is, a box to check a pack, and the state of the ledger in a few numbers."""

from flask import Blueprint, render_template

from trace.web.access import ledger
from trace.web.blocks import newest

bp = Blueprint("home", __name__)

BLOCKS_SHOWN = 5
"""Newest blocks on the first page."""


@bp.get("/")
def show() -> str:
    """The first page."""
    node = ledger().node
    return render_template("home.html", node=node, rows=newest(node, node.tip.header.height, BLOCKS_SHOWN))
