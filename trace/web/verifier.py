"""The verifier that this server hands out: the page to be saved, the device's own check in pages of packs, the service worker.

A page that comes from the server under test can lie; it says so itself and leads to a second source. Nothing here is needed to verify.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request

from chain import anchor as anchors
from chain.errors import Fault
from trace import verifier
from trace.config import load
from trace.drugs.scanning import ScanResult
from trace.gs1.item import Item
from trace.javascript.modules import FOLDER
from trace.ledger import Ledger
from trace.web import bundles
from trace.web.access import ledger
from trace.web.assets import TYPES, version_of
from trace.web.headers import LASTING, POLICY
from trace.web.packing import packed

bp = Blueprint("verifier", __name__)

SCRIPT_TYPE = TYPES[".js"]
"""Media type of scripts."""
LATER = {"fallback.js": verifier.FALLBACK, "scan.js": verifier.SCANS, "compare.js": verifier.COMPARE}
"""File -> module that is fetched only where needed: signatures without WebCrypto, what scanners do to codes, heads of a second node."""


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
    """What a verdict page carries for its device's own check, so that one navigation suffices."""

    anchor: str
    """The anchor, as it may stand inside a script element."""
    evidence: str
    """The evidence, as it may stand inside a script element; empty where there is none now, and the device asks for it."""
    script: str
    """The check, for the page's own inline script."""
    second: str
    """Address of the node whose heads it compares; empty for none."""


def panel(found: Ledger, result: ScanResult, language: str) -> Panel | None:
    """The device's check for an answer; None for what names no thing that evidence could be about, and where nothing is pinned."""
    pinned = anchor()
    if pinned is None or result.item is None or (result.item.gtin is None and result.item.cn_code is None):
        return None
    return Panel(
        verifier.as_data(pinned.decode("utf-8")),
        evidence(found, result),
        device_script(language, needs_readings(result.item)),
        second_node(),
    )


def needs_readings(item: Item) -> bool:
    """Will the device need what scanners do to codes? Then the page carries that too: what was typed, or what a scanner changed."""
    return request.path == "/scan" or bool(item.repairs)


def evidence(found: Ledger, result: ScanResult) -> str:
    """The evidence for an answer as it may stand inside a script element; empty where the node can give none at this moment.

    `<` is spelt as JSON may spell it; the device puts it back, so that the bytes are those that `?bundle` gives.
    """
    try:
        data = bundles.bundle_about(found, result.item, result.asked.place)
    except Fault:
        return ""
    return "" if data is None else data.decode("utf-8").replace("<", "\\u003c")


def allow(response: Response, carried: Panel) -> None:
    """Lets the page run its own script and no other inline one, and ask the second node."""
    policy = f"{POLICY}; script-src 'self' {source(carried.script)}"
    if carried.second:
        policy = f"{policy}; connect-src 'self' {carried.second}"
    response.headers["Content-Security-Policy"] = policy


def second_node() -> str:
    """Address of the node whose heads devices compare with those of this one, without a slash at the end; empty for none."""
    given: str | None = current_app.config["SECOND_NODE"]
    return (load().text("second_node") if given is None else given).rstrip("/")


@cache
def library(name: str) -> bytes:
    """A module with all that it needs, fetched only where it is needed."""
    return verifier.library(name).encode("utf-8")


@cache
def device_script(language: str, with_readings: bool = False) -> str:
    """The device's check of a verdict page in a language, with what scanners do to codes or without."""
    names = {file: name for file, name in LATER.items() if not (with_readings and name == verifier.SCANS)}
    later = {name: f"/verify/{file}?v={version_of(library(name))}" for file, name in names.items()}
    return verifier.script(verifier.DEVICE, language, later)


@cache
def source(script: str) -> str:
    """An inline script as a source of a Content-Security-Policy."""
    return verifier.source(script)


@bp.get("/verify")
def show() -> Response:
    """The page; its own policy allows exactly its own script and style."""
    data = page()
    response = packed(data, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{verifier.policy_of(data)}; frame-ancestors 'none'"
    response.headers["X-Verifier-SHA256"] = verifier.digest(data)
    return response


@bp.get("/verify/<any(fallback, scan, compare):file>.js")
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
    if request.args.get("v") == version_of(data):
        response.headers["Cache-Control"] = LASTING
    return response
