"""JSON answers."""

from typing import Any

import orjson
from flask import Response

JSON = "application/json"
"""Media type of answers."""
PROBLEM = "application/problem+json"
"""Media type of RFC 9457 problem documents."""


def reply(body: Any, status: int = 200, mimetype: str = JSON) -> Response:
    """A JSON answer in UTF-8."""
    return Response(orjson.dumps(body), status, mimetype=mimetype)
