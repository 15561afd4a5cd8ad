"""Static files: read and packed once, under addresses that carry a hash of their content, so that a browser may keep them for a year."""

import hashlib
from dataclasses import dataclass
from functools import cache

from flask import Flask, Response, abort, g, request, url_for

from trace import styles
from trace.web.headers import LASTING
from trace.web.packing import packed
from trace.web.settings import ROOT

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Media types of files; any other one is a text."""
PLAIN = "text/plain; charset=utf-8"
"""Media type of other files: the skeleton of the verifier's page is to be read, not to be shown."""
DIGITS = 10
"""Hex digits of the hash that an address carries."""


@dataclass(frozen=True, slots=True)
class File:
    """A static file as it is sent."""

    data: bytes
    """Its bytes."""
    kind: str
    """Its media type."""
    version: str
    """As `version_of` says."""


@cache
def files() -> dict[str, File]:
    """Path below `static/` -> the file. Read once; what is not in this table is not sent."""
    folder = ROOT / "static"
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = styles.style(path.name).encode("utf-8") if path.parent == styles.FOLDER else path.read_bytes()
            found[path.relative_to(folder).as_posix()] = File(data, TYPES.get(path.suffix, PLAIN), version_of(data))
    return found


def version_of(data: bytes) -> str:
    """What the address of a file carries of its content: first digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def asset(filename: str) -> str:
    """The address of a file below `static/`; made once for a request, as a page names its icons many times."""
    made: dict[str, str] = g.setdefault("assets", {})
    if filename not in made:
        found = files().get(filename)
        made[filename] = url_for("static", filename=filename, v=found.version if found else "")
    return made[filename]


def send(filename: str) -> Response:
    """A static file."""
    found = files().get(filename)
    if found is None:
        abort(404)
    response = packed(found.data, found.kind)
    response.set_etag(found.version)
    is_named = request.args.get("v") == found.version
    response.headers["Cache-Control"] = LASTING if is_named else "public, no-cache"
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """Serves the files, and gives `asset` to templates."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=send)
    app.jinja_env.globals["asset"] = asset
