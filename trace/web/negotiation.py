"""Page or document: what form of an answer the client wants."""

from flask import request

HTML = "text/html"
"""The form for people."""
JSON_TYPES = ("application/json", "application/problem+json")
"""Forms for machines."""


def wants_json() -> bool:
    """`?format=json`, any address under /api, or an Accept header that prefers JSON; `*/*` gets the page."""
    if request.path.startswith("/api/") or request.args.get("format") == "json":
        return True
    accepted = request.accept_mimetypes
    best = max(accepted.quality(name) for name in JSON_TYPES)
    return best > 0 and best > accepted.quality(HTML)
