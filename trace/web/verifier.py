"""The verifier that this server hands out: the page to be saved, the scripts of the device's own check, the service worker.

A page that comes from the server under test can lie; it says so itself and leads to a second source. Nothing here is needed to verify.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request

from chain import anchor as anchors
from chain.errors import Fault
from trace import verifier
from trace.config import load
from trace.drugs.scanning import ScanResult
from trace.javascript.modules import FOLDER
from trace.web.access import ledger
from trace.web.headers import POLICY

bp = Blueprint("verifier", __name__)

SCRIPT_TYPE = "text/javascript; charset=utf-8"
"""Media type of scripts."""
LATER = {"fallback.js": verifier.FALLBACK, "scan.js": verifier.SCANS}
"""File -> module that is fetched only where it is needed: signatures without WebCrypto, what scanners do to codes."""
YEAR_S = 31_536_000
"""How long a script may be kept whose address carries its hash."""


@cache
def configured_anchor() -> bytes | None:
    """The anchor that the setting names, canonical JSON; None where none is set. Raises Malformed `anchor.*`."""
    path = load().text("anchor")
    if not path:
        return None
    found = Path(path).read_bytes().strip()
    anchors.parse(found)
    return found


def anchor() -> bytes | None:
    """The anchor that pages of this server pin, canonical JSON; None where there is none."""
    given: bytes | None = current_app.config["ANCHOR"]
    if given is not None and not given:
        return None
    pinned = configured_anchor() if given is None else given
    return own_anchor() if pinned is None else pinned


def own_anchor() -> bytes | None:
    """The newest anchor that this node has made; None where it has none, or no ledger is open."""
    try:
        found = ledger().anchors.newest()
    except Fault:
        return None
    return None if found is None else anchors.encode(found)


def page() -> bytes:
    """The page that can be saved."""
    return verifier.page(anchor(), load().text("second_origin"))


@dataclass(frozen=True, slots=True)
class Panel:
    """What a verdict page gives its device's own check."""

    anchor: str
    """The anchor, as it may stand inside a script element."""
    script: str
    """Address of the check."""


def panel(result: ScanResult) -> Panel | None:
    """The device's check for an answer; None for what names no thing that evidence could be about, and where nothing is pinned."""
    pinned = anchor()
    if pinned is None or result.item is None or (result.item.gtin is None and result.item.cn_code is None):
        return None
    return Panel(verifier.as_data(pinned.decode("utf-8")), device_address())


@cache
def library(name: str) -> bytes:
    """A module with all that it needs, fetched only where it is needed."""
    return verifier.library(name).encode("utf-8")


@cache
def device_script() -> bytes:
    """The device's check of a verdict page."""
    later = {name: f"/verify/{file}?v={verifier.digest(library(name))[:10]}" for file, name in LATER.items()}
    return verifier.script(verifier.DEVICE, None, later).encode("utf-8")


def device_address() -> str:
    """Address of the device's check, with its hash."""
    return f"/verify/device.js?v={verifier.digest(device_script())[:10]}"


@bp.get("/verify")
def show() -> Response:
    """The page; its own policy allows exactly its own script and style."""
    data = page()
    response = packed(data, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{verifier.policy_of(data)}; frame-ancestors 'none'"
    response.headers["X-Verifier-SHA256"] = verifier.digest(data)
    return response


@bp.get("/verify/device.js")
def device() -> Response:
    """The device's check of a verdict page."""
    return script(device_script())


@bp.get("/verify/<any(fallback, scan):file>.js")
def later(file: str) -> Response:
    """What the device's check fetches only where it needs it."""
    return script(library(LATER[f"{file}.js"]))


@bp.get("/sw.js")
def worker() -> Response:
    """The service worker; at the root, so that it may answer for the addresses of packs."""
    response = packed(FOLDER.joinpath(verifier.WORKER).read_bytes(), SCRIPT_TYPE)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


def script(data: bytes) -> Response:
    """A script that may be kept as long as its address stays the same."""
    response = packed(data, SCRIPT_TYPE)
    if request.args.get("v") == verifier.digest(data)[:10]:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def packed(data: bytes, kind: str) -> Response:
    """The bytes, packed where the client takes that: a phone on a slow line waits for every kilobyte."""
    if request.accept_encodings.quality("gzip") <= 0:
        response = Response(data, content_type=kind)
    else:
        response = Response(compressed(data), content_type=kind)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


@cache
def compressed(data: bytes) -> bytes:
    """The bytes as gzip; the same input gives the same output."""
    return gzip.compress(data, 9, mtime=0)
