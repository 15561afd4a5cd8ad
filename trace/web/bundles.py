"""Evidence for a code, to be judged elsewhere: `?bundle`, or by its media type (PROTOCOL §8)."""

from flask import Response, request

from trace.drugs.bundle import MEDIA_TYPE
from trace.drugs.evidence import build
from trace.drugs.evidencedesk import Wanted, handovers, open_desk
from trace.drugs.scanning import item_in
from trace.gs1.item import Item
from trace.ledger import Ledger
from trace.web import parameters
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.packing import compressed_now, takes_gzip

SIZE = (1, 10**12)
"""Sizes of checkpoints that a reader may remember."""


def answer(text: str) -> Response:
    """The bundle for a scanned text; `?at=` the place of the scan, `?since=` the size of a checkpoint that the reader remembers.

    Raises Problem 404 `evidence.none` where the code names no product, 400 `web.parameter`, and Fault `node.checkpoint`.
    """
    data = bundle_of(ledger(), text, parameters.place(), parameters.number("since", 0, SIZE) if "since" in request.args else None)
    if data is None:
        raise Problem(404, "evidence.none", "a code that names a product of this ledger", text[:100])
    response = Response(data, mimetype=MEDIA_TYPE)
    if takes_gzip():
        response.set_data(compressed_now(data))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def bundle_of(found: Ledger, text: str, place: str | None, since: int | None = None) -> bytes | None:
    """The bundle for a scanned text at the newest certified head; None where the text names no product."""
    return bundle_about(found, item_in(found, text), place, since)


def bundle_about(found: Ledger, item: Item | None, place: str | None, since: int | None = None) -> bytes | None:
    """As `bundle_of`, for what a text names. Raises Fault `node.checkpoint`."""
    if item is None:
        return None
    with open_desk(found.node, found.packs) as desk:
        proof = None if since is None else found.node.consistency(since, found.node.certified_state()[0].checkpoint.size)
        known = None if since is None or proof is None else (since, proof)
        return build(desk, Wanted(item, place, known, handovers(found.node)))
