"""Talking to a server: small, with a limit on everything that it may answer."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from chain.errors import Fault, Refusal

ANSWER_LIMIT = 8 * 1024 * 1024
"""Bytes of an answer that are read."""
TIMEOUT_SECONDS = 30
"""How long a server may be silent."""


def get_json(url: str) -> Any:
    """The JSON at an address. Raises Fault `cli.server`."""
    return _ask(urllib.request.Request(_checked(url), headers={"Accept": "application/json"}))  # noqa: S310 (the scheme is checked)


def post_transaction(url: str, transaction: Mapping[str, Any]) -> str:
    """Submits a transaction to a server; returns its id. Raises Refusal with the server's code, Fault `cli.server`."""
    request = urllib.request.Request(  # noqa: S310 (the scheme is checked)
        _checked(url).rstrip("/") + "/api/transactions",
        data=orjson.dumps(transaction),
        headers={"Accept": "application/json", "Content-Type": "application/json"},
    )
    answer = _ask(request)
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        raise Fault("cli.server", "an id", answer)
    return str(answer["id"])


def _checked(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Fault("cli.server", "an address that begins with http:// or https://", url, field="url")
    return url


def _ask(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (the scheme is checked)
            return _decode(answer.read(ANSWER_LIMIT))
    except urllib.error.HTTPError as error:
        problem = _decode(error.read(ANSWER_LIMIT))
        if isinstance(problem, dict) and isinstance(problem.get("code"), str):
            raise Refusal(problem["code"], problem.get("expected", ""), problem.get("found", ""), field=problem.get("field")) from error
        raise Fault("cli.server", "an answer", f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise Fault("cli.server", "an answer", error) from error


def _decode(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Fault("cli.server", "JSON", body[:60]) from error
