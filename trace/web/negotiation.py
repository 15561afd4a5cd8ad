"""Page or document: what form of an answer the client wants."""

from flask import request

from trace.drugs.bundle import MEDIA_TYPE

HTML = "text/html"
"""The form for people."""
JSON_TYPES = ("application/json", "application/problem+json")
"""Forms for machines."""


def wants_bundle() -> bool:
    """`?bundle`, or an Accept header that names evidence by its media type."""
    return "bundle" in request.args or MEDIA_TYPE in request.headers.get("Accept", "")


def wants_json() -> bool:
    """`?format=json`, any address under /api, or an Accept header that prefers JSON; `*/*` gets the page."""
    if request.path.startswith("/api/") or request.args.get("format") == "json":
        return True
    if wants_bundle():  # whoever asks for evidence is a machine: it reads errors as JSON
        return True
    accepted = request.accept_mimetypes
    best = max(accepted.quality(name) for name in JSON_TYPES)
    return best > 0 and best > accepted.quality(HTML)
