"""What verifiers, witnesses and monitors fetch: checkpoint, anchors, handovers, tiles of the header tree (PROTOCOL §7; tlog-tiles)."""

import re
from base64 import b64encode
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template, url_for

from chain import anchor as anchors
from chain import attesters, checkpoint
from chain.anchor import Anchor
from chain.errors import Fault
from chain.headertree import LEVEL_LIMIT, TILE_WIDTH
from trace.labels import qr_png
from trace.ledger import Ledger
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.headers import LASTING
from trace.web.negotiation import wants_json
from trace.web.parameters import NUMBER, hash_in_path

bp = Blueprint("checkpoints", __name__)

NOTE = "text/plain; charset=utf-8"
"""Media type of a checkpoint (tlog-tiles)."""
OCTETS = "application/octet-stream"
"""Media type of tiles and entries (tlog-tiles)."""
SECONDS = 1
"""How long a checkpoint may be kept: it is renewed while one looks."""
TILE = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
"""Number of a tile in groups of three digits, and the width of a partial one."""
LEVEL = re.compile(r"entries|0|[1-9][0-9]?")
"""Level of a tile, or the headers themselves."""


def lasting(body: bytes, mimetype: str) -> Response:
    """An answer that never changes."""
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = LASTING
    return response


def newest_checkpoint(found: Ledger) -> bytes:
    """The published note. Raises Fault `node.checkpoint` before there is one."""
    certified = found.node.certified
    if certified is None:
        raise Fault("node.checkpoint", "a checkpoint", "none yet")
    return certified.note


@bp.after_request
def for_everybody(response: Response) -> Response:
    """Pages of other origins may read all of this: it is public and the same for everybody, and comparing it is what it is for."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/checkpoint")
def newest() -> Response:
    """The newest checkpoint, a signed note."""
    response = Response(newest_checkpoint(ledger()), content_type=NOTE)
    response.cache_control.public, response.cache_control.max_age = True, SECONDS
    return response


# --- anchors -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """An anchor for a page."""

    anchor: Anchor
    """The anchor."""
    digest: str
    """Its hash, hex."""
    words: tuple[str, ...]
    """The ten words of its hash."""


def row(found: Anchor) -> AnchorRow:
    """What a page shows of an anchor."""
    return AnchorRow(found, found.hash.hex(), tuple(anchors.words_of(found.hash).split("-")))


def newest_anchor(found: Ledger) -> Anchor:
    """The anchor that is given out now; the process that writes makes one where there is none. Raises Fault `node.checkpoint`."""
    held = found.anchors.renew(found.node) if found.writing else found.anchors.newest()
    if held is None:
        raise Fault("node.checkpoint", "an anchor", "none yet")
    return held


@bp.get("/anchor")
def anchor() -> Response:
    """The newest anchor: as JSON its canonical bytes, as a page its words and code for print."""
    held = newest_anchor(ledger())
    if wants_json():
        return Response(anchors.encode(held), mimetype="application/json")
    return _page(held)


@bp.get("/anchor/<digest>")
def anchor_by_hash(digest: str) -> Response:
    """An anchor that was given out, by its hash. Raises Problem 404."""
    held = ledger().anchors.get(hash_in_path(digest))
    if held is None:
        raise Problem(404, "web.not_found", "the hash of an anchor of this ledger", digest)
    return lasting(anchors.encode(held), "application/json") if wants_json() else _page(held)


def _page(held: Anchor) -> Response:
    found = ledger()
    shown = row(held)
    origin = current_app.config["PUBLIC_URL"] or ""
    # printed on documents: in no language
    address = origin + url_for(
        "checkpoints.anchor_by_hash", digest=shown.digest, _external=not origin, lang=None
    )  # for print: in no language
    certified = found.node.certified
    support = None
    if certified is not None:
        support = checkpoint.judge(certified.signed, attesters.entry(found.node.view())["members"], held.witnesses)
    return Response(
        render_template(
            "explorer/anchor.html",
            row=shown,
            address=address,
            code="data:image/png;base64," + b64encode(qr_png(address)).decode("ascii"),
            others=[row(other) for other in found.anchors.all() if other.hash != held.hash],
            certified=certified,
            support=support,
            now=found.node.clock.now(),
        )
    )


# --- handovers, tiles ------------------------------------------------------------------------------------------------------------


@bp.get("/handover/<epoch>")
def handover(epoch: str) -> Response:
    """How a verifier gets from the attester set of an epoch to the next. Raises Problem 404."""
    body = ledger().node.handover(int(epoch)) if NUMBER.fullmatch(epoch) else None
    if body is None:
        raise Problem(404, "web.not_found", "an epoch whose attester set has handed over", epoch)
    return lasting(body, "application/json")


@bp.get("/tile/<level>/<path:tile>")
def tile(level: str, tile: str) -> Response:
    """Hashes of the header tree, or headers, 256 at a time. Raises Problem 404."""
    place, node = TILE.fullmatch(tile), ledger().node
    certified = node.certified
    body = None
    if place is not None and LEVEL.fullmatch(level) is not None and certified is not None:
        number, width = int(place[1].replace("x", "").replace("/", "")), int(place[2] or TILE_WIDTH)
        known = tile.split(".")[0] == name_of(number) and width <= TILE_WIDTH and (place[2] is None or width < TILE_WIDTH)
        size = certified.checkpoint.size
        if known and level == "entries":
            headers = node.headers.headers(number, width, size)
            body = None if headers is None else b"".join(len(header).to_bytes(2, "big") + header for header in headers)
        elif known and int(level) <= LEVEL_LIMIT:
            hashes = node.headers.tile(int(level), number, width, size)
            body = None if hashes is None else b"".join(hashes)
    if body is None:
        raise Problem(404, "web.not_found", "a tile below the newest checkpoint", f"{level}/{tile}"[:80])
    return lasting(body, OCTETS)


def name_of(number: int) -> str:
    """The number of a tile as addresses have it: three digits, or groups of three of which all but the last begin with x."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))
