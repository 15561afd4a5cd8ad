"""The most frequent requests of all, answered without the framework: a till asks for the verdict on a pack as JSON, a device for evidence.

Only a request that is exactly that takes this way; the least thing out of the ordinary, an error included, goes through the view, which
says what is to be said. Both ways call the same functions and give the same answer (`tests/web/test_shortway.py`).
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import orjson
from flask import Flask

from trace.drugs.bundle import MEDIA_TYPE
from trace.drugs.case import CONSUMER, VIEWERS
from trace.drugs.scanning import Options, evidence_time, scan
from trace.ledger import Ledger
from trace.web.access import hosts, ledger
from trace.web.answering import document
from trace.web.bundles import bundle_of
from trace.web.headers import HEADERS, PRIVATE, VARY
from trace.web.health import metrics
from trace.web.packing import compressed_now
from trace.web.parameters import GLN
from trace.web.replies import JSON

Start = Callable[..., Any]
"""WSGI's `start_response`."""
VIEW = "link.show"
"""The view whose place this takes, as metrics name it."""
PREFIX = "/01/"
"""Paths that name a pack, a batch or a product."""
SPECIAL = frozenset({"receipt", "answer", "format", "lang", "bundle"})
"""Parameters that only the view knows."""
FIXED = [("Content-Type", JSON), *HEADERS.items(), ("Cache-Control", PRIVATE), ("Vary", ", ".join(VARY))]
"""Headers of every verdict but its length."""
FIXED_BUNDLE = [("Content-Type", MEDIA_TYPE), *HEADERS.items(), ("Cache-Control", PRIVATE), ("Vary", ", ".join(("Accept-Encoding", *VARY)))]
"""Headers of all evidence but its length and packing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A scan that asks for JSON, or for evidence."""

    address: str
    """Path and query as they were sent."""
    viewer: str
    """Who looks."""
    place: str | None
    """GLN of the place."""
    evidence: bool = False
    """Is the bundle asked for, not the verdict?"""
    packed: bool = False
    """Does the client take gzip?"""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Headers of the answer but its length."""
        if not self.evidence:
            return FIXED
        return [*FIXED_BUNDLE, ("Content-Encoding", "gzip")] if self.packed else FIXED_BUNDLE


class ShortWay:
    """A WSGI application before another one."""

    def __init__(self, app: Flask) -> None:
        self._app, self._view = app, app.wsgi_app

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """WSGI."""
        asked = question_in(environ, self._app.config["TRUSTED_HOSTS"])
        if asked is None:
            return self._view(environ, start)
        try:
            body = self._answer(asked)
        except Exception:  # the view meets it again, and says it in its form
            return self._view(environ, start)
        start("200 OK", [*asked.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, asked: Question) -> bytes:
        begun = time.perf_counter()
        with self._app.app_context():
            found, own, counted = ledger(), hosts(), metrics()
            text = f"https://{own[0] if own else 'localhost'}{asked.address}"
            body = evidence(found, text, asked) if asked.evidence else verdict(found, text, asked)
        counted.requests.labels(VIEW, 200).inc()
        counted.seconds.labels(VIEW).observe(time.perf_counter() - begun)
        return body


def verdict(found: Ledger, text: str, asked: Question) -> bytes:
    """The verdict as JSON."""
    now = found.node.clock.now()
    options = Options(now=now, evidence_time=evidence_time(found.node, now), viewer=asked.viewer, place=asked.place)
    result = scan(found, text, options)
    body = orjson.dumps(document(found, result))
    metrics().verdicts.labels(result.verdict.code, result.verdict.light).inc()
    return body


def evidence(found: Ledger, text: str, asked: Question) -> bytes:
    """The bundle. Raises LookupError where the code names no product, which the view says."""
    data = bundle_of(found, text, asked.place)
    if data is None:
        raise LookupError(text[:100])
    return compressed_now(data) if asked.packed else data


def question_in(environ: dict[str, Any], trusted: list[str] | None) -> Question | None:
    """The question in a request; None for whatever is to go through the view."""
    accept, packings = environ.get("HTTP_ACCEPT"), environ.get("HTTP_ACCEPT_ENCODING", "")
    if environ["REQUEST_METHOD"] != "GET" or accept not in (JSON, MEDIA_TYPE) or environ.get("SCRIPT_NAME"):
        return None
    if accept == MEDIA_TYPE and (";" in packings or "*" in packings):
        return None
    address = str(environ.get("REQUEST_URI") or "")
    path, _, query = address.partition("?")
    if not path.startswith(PREFIX) or "#" in address or unquote(path, errors="replace") != environ["PATH_INFO"]:
        return None
    if trusted is not None and environ.get("HTTP_HOST") not in trusted:
        return None
    asked = _asked(path, query)
    if asked is None or accept == JSON:
        return asked
    takes_gzip = "gzip" in (each.strip() for each in packings.split(","))
    return None if "since=" in query else replace(asked, evidence=True, packed=takes_gzip)


def _asked(path: str, query: str) -> Question | None:
    given: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name in SPECIAL or name in given or "%" in name or "+" in name:
            return None
        given[name] = value
    viewer, place = given.get("as", CONSUMER), given.get("at")
    if viewer not in VIEWERS or (place is not None and GLN.fullmatch(place) is None):
        return None
    return Question(f"{path}?{query}", viewer, place)


def init_app(app: Flask) -> None:
    """Puts the short way before the application."""
    vars(app)["wsgi_app"] = ShortWay(app)  # the instance's own, as Flask documents for middleware
