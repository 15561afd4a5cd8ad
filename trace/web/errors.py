"""Every answer that is not what was asked for: a page or an RFC 9457 problem document, in both languages, with a stable code.

Bad input is answered with a sentence; a stack trace is for the log only.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from chain.errors import ChainError, Fault, Sentence
from trace.web.languages import language
from trace.web.negotiation import wants_json
from trace.web.replies import PROBLEM, reply
from trace.web.sentences import find_sentence, sentence_of

LOG = logging.getLogger("pharmatrace.web")
"""Where causes of internal errors go; never a serial together with an address."""

RETRY_AFTER_S = 5
"""Seconds after which a request may be repeated that this machine could not serve: a node tries its disk every second."""
STATUS_CODES = {
    400: "web.request",
    404: "web.not_found",
    405: "web.method",
    406: "web.not_acceptable",
    408: "web.timeout",
    411: "web.length",
    413: "web.too_large",
    414: "web.address",
    415: "web.media_type",
    416: "web.range",
    421: "web.host",
    431: "web.headers",
    503: "web.unavailable",
}
"""HTTP status that the framework raises -> our code."""


class Problem(Exception):
    """A request that is not answered as asked. `facts` become fields of the problem document."""

    def __init__(self, status: int, code: str, expected: object = "", found: object = "", **facts: Any) -> None:
        """`code` is stable and has a sentence; `expected` and `found` are short facts."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.expected = str(expected)[:300]
        self.found = str(found)[:300]
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Report:
    """What is said about a problem."""

    status: int
    """HTTP status."""
    code: str
    """The stable code."""
    sentence: Sentence
    """What happened and what to do next, in both languages."""
    facts: Mapping[str, Any]
    """expected, found, field, line and whatever else is known."""

    def as_json(self) -> dict[str, Any]:
        """RFC 9457 §3: type, title, status, detail, instance is left out; our members follow."""
        chinese = language() == "zh"
        return {
            "type": f"/problems/{self.code}",
            "title": self.sentence.zh if chinese else self.sentence.en,
            "status": self.status,
            "detail": self.sentence.next_zh if chinese else self.sentence.next_en,
            "code": self.code,
            "sentence": {"zh": self.sentence.zh, "en": self.sentence.en},
            "next": {"zh": self.sentence.next_zh, "en": self.sentence.next_en},
            **{name: value for name, value in self.facts.items() if value not in ("", None)},
        }


def status_of(error: ChainError) -> int:
    """503 where this machine is at fault, else 422: understood, and not acceptable."""
    return 503 if isinstance(error, Fault) else 422


def report_of(error: Exception) -> Report:
    """What to say about any exception."""
    if isinstance(error, Problem):
        facts = {"expected": error.expected, "found": error.found, **error.facts}
        return Report(error.status, error.code, sentence_of(error.code), facts)
    if isinstance(error, Fault):  # names of files and disks stay in the log
        LOG.error("fault: %s", error)
        return Report(503, error.code, find_sentence(error.code) or sentence_of("web.unavailable"), {})
    if isinstance(error, ChainError):
        facts = {name: value for name, value in error.as_json().items() if name != "code"}
        return Report(status_of(error), error.code, sentence_of(error.code), facts)
    if isinstance(error, SecurityError):  # a host name that is not ours
        return Report(421, "web.host", sentence_of("web.host"), {})
    if isinstance(error, HTTPException):
        status = error.code or 500
        code = STATUS_CODES.get(status, "web.request" if status < 500 else "web.internal")
        return Report(status, code, sentence_of(code), {})
    return Report(500, "web.internal", sentence_of("web.internal"), {})


def respond(report: Report) -> Response:
    """The report as a page, or as `application/problem+json` for machines."""
    if request_ctx.url_adapter is None:  # the host is not ours, so no address can be made for a page
        return Response(f"{report.sentence.zh}\n{report.sentence.en}\n", report.status, mimetype="text/plain")
    if wants_json():
        response = reply(report.as_json(), report.status, PROBLEM)
    else:
        response = Response(render_template("errors/problem.html", report=report), report.status, mimetype="text/html")
    if report.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def handle(error: Exception) -> Response:
    """Answers for every exception that a view lets through."""
    report = report_of(error)
    if report.code == "web.internal":
        LOG.exception("internal error at %s", request.endpoint, exc_info=error)
        if current_app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
    response = respond(report)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def init_app(app: Flask) -> None:
    """Registers the handler for everything."""
    app.register_error_handler(Exception, handle)
