"""The first page: what this is, a box to check a pack, and the state of the ledger in a few numbers."""

from flask import Blueprint, render_template

from trace.web.access import ledger
from trace.web.blocks import newest
from trace.web.examples import examples_of

bp = Blueprint("home", __name__)

BLOCKS_SHOWN = 5
"""Newest blocks on the first page."""


@bp.get("/")
def show() -> str:
    """The first page."""
    node = ledger().node
    rows = newest(node, node.tip.header.height, BLOCKS_SHOWN)
    return render_template("home.html", node=node, rows=rows, examples=examples_of(ledger()))
