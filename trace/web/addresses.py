"""Addresses of this very page with other parameters; the path stays as it was sent, percent signs included."""

from urllib.parse import quote, unquote, urlencode

from flask import request


def raw_path() -> str:
    """The request's path as it was sent: a lot may contain `/`, which the decoded path no longer shows."""
    sent = str(request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or "")
    path = sent.partition("?")[0]
    if not path.startswith("/") or unquote(path, errors="replace") != request.root_path + request.path:
        return quote(request.root_path + request.path, safe="/~!$&'()*+,;=:@")
    return path


def raw_query() -> str:
    """The query as it was sent."""
    return request.query_string.decode("latin-1")


def here_with(**changes: str | None) -> str:
    """This address with some parameters replaced; None takes one away."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    added = [(name, value) for name, value in changes.items() if value is not None]
    query = urlencode([*kept, *added])
    return raw_path() + (f"?{query}" if query else "")
