"""Addresses of static files that carry a hash of their content, so that a browser may keep them for a year."""

import hashlib
from functools import cache

from flask import Flask, g, url_for

from trace.web.settings import ROOT


@cache
def version(filename: str) -> str:
    """First ten hex digits of the file's SHA-256; empty for a file that is not there."""
    path = ROOT / "static" / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""


def asset(filename: str) -> str:
    """The address of a file below `static/`; made once for a request, as a page names its icons many times."""
    made: dict[str, str] = g.setdefault("assets", {})
    if filename not in made:
        made[filename] = url_for("static", filename=filename, v=version(filename))
    return made[filename]


def init_app(app: Flask) -> None:
    """Gives `asset` to templates."""
    app.jinja_env.globals["asset"] = asset
