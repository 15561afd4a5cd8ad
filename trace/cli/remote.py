"""Talking to a server: small, without redirects, with a limit on everything that it may answer."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import orjson

from chain.errors import Fault, Refusal

ANSWER_LIMIT = 8 * 1024 * 1024
"""Bytes of an answer that are read."""
TIMEOUT_SECONDS = 30
"""How long a server may be silent."""
CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}
"""How a scheme is spoken."""


def get_json(url: str) -> Any:
    """The JSON at an address. Raises Refusal with the server's code, Fault `cli.server`."""
    return _ask(url, "GET", None)


def post_transaction(url: str, transaction: Mapping[str, Any]) -> str:
    """Submits a transaction to a server; returns its id. Raises Refusal with the server's code, Fault `cli.server`."""
    answer = _ask(url.rstrip("/") + "/api/transactions", "POST", orjson.dumps(transaction))
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        raise Fault("cli.server", "an id", answer)
    return str(answer["id"])


def _ask(url: str, method: str, body: bytes | None) -> Any:
    status, content = _exchange(url, method, body)
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Fault("cli.server", "JSON", f"HTTP {status}: {content[:60]!r}") from error
    if status < 400:
        return answer
    if isinstance(answer, dict) and isinstance(answer.get("code"), str):
        raise Refusal(answer["code"], answer.get("expected", ""), answer.get("found", ""), field=answer.get("field"))
    raise Fault("cli.server", "an answer", f"HTTP {status}")


def _exchange(url: str, method: str, body: bytes | None) -> tuple[int, bytes]:
    """Status and content of one request."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Fault("cli.server", "an address", error, field="url") from error
    if parts.scheme not in CONNECTIONS or not host:
        raise Fault("cli.server", "an address that begins with http:// or https://", url, field="url")
    connection = CONNECTIONS[parts.scheme](host, port, timeout=TIMEOUT_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"Accept": "application/json", "Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT)
    except (OSError, HTTPException, ValueError) as error:
        raise Fault("cli.server", "an answer", error, field="url") from error
    finally:
        connection.close()
