"""In a process that only answers: what concerns the process that writes is handed on to it, over a socket between the two.

Taking transactions in is the writer's; so are its health and the sums of all metrics. Everything else is answered here.
"""

import http.client
import socket
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request

from trace import carrier
from trace.web.addresses import raw_path
from trace.web.errors import Problem

WRITERS = frozenset({"api.submit", "health.healthz", "health.exposition", "finality.show"})
"""Views that only the writing process can answer: what they show lies in its memory."""
PATIENCE_S = 120
"""Seconds to wait for its answer: a bulk of transactions takes a few."""
TOLD = ("Content-Type", "Accept", "Accept-Language", "Host")
"""Headers that are handed on."""
ANSWERED = ("Content-Type", "Retry-After", "Allow", "Cache-Control")
"""Headers of the answer that are handed back; the others are this process's own."""
AS_SENT = "".join(map(chr, range(0x21, 0x7F)))
"""Characters of a query that are handed on as they are; control characters and others are percent-encoded on the way."""


class WriterConnection(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        """Raises OSError where nobody listens."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def hand_on() -> Response | None:
    """The writer's answer to the present request; None for what is answered here. Raises Problem 503 where the writer is away."""
    path: Any = current_app.config["WRITER"]
    if path is None or request.endpoint not in WRITERS:
        return None
    if request.endpoint == "api.submit":
        request.max_content_length = carrier.BULK_LIMIT
    return _ask(WriterConnection(path), request.get_data())


def _ask(writer: WriterConnection, body: bytes) -> Response:
    query = quote(request.query_string.decode("latin-1"), safe=AS_SENT, encoding="latin-1")
    headers = {name: request.headers[name] for name in TOLD if name in request.headers}
    try:
        writer.request(request.method, raw_path() + (f"?{query}" if query else ""), body, headers)
        found = writer.getresponse()
        answer = Response(found.read(), found.status)
    except (OSError, http.client.HTTPException) as error:
        raise Problem(503, "web.unavailable", "the process that writes this ledger", type(error).__name__) from error
    finally:
        writer.close()
    for name in ANSWERED:
        value = found.headers.get(name)
        if value is not None:
            answer.headers[name] = value
    return answer


def init_app(app: Flask) -> None:
    """Looks at every request before its view does."""
    app.before_request(hand_on)
