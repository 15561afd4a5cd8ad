"""Taking transactions in over HTTP: one JSON object, or many as newline-delimited JSON, each with its own answer.

Idempotent: a transaction that the node knows already is answered with where it stands. On the answer every accepted one is on this node's
disk (P1, level *stored*); nothing is half written.
"""

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from chain.errors import ChainError, Malformed
from chain.node import Node, Receipt
from chain.transactions import Transaction
from trace import carrier
from trace.drugs.handover import WORDS, hand_over
from trace.web import parameters
from trace.web.access import ledger
from trace.web.errors import Problem, report_of, respond
from trace.web.health import metrics
from trace.web.operating import operator_text
from trace.web.replies import JSON, reply
from trace.web.sentences import sentence_of
from trace.web.settings import BULK_LINES
from trace.web.settling import level_text

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
"""Several transactions, one a line."""
VALUE_LIMIT = 10**12
"""Greatest price of a pack, minor units: that of the market parameter (DOMAIN §16)."""


def answer() -> Response:
    """Answers POST /api/transactions by the content type of its body."""
    request.max_content_length = carrier.BULK_LIMIT
    if request.mimetype == JSON:
        return answer_one(ledger().node, request.get_data())
    if request.mimetype in NDJSON:
        return answer_many(ledger().node, request.get_data())
    raise Problem(415, "web.media_type", f"{JSON} or {NDJSON[0]}", request.mimetype or "none")


def read(data: bytes) -> Transaction | ChainError:
    """The transaction in a JSON text, or why it is none."""
    try:
        return carrier.from_json(carrier.loads(data))
    except ChainError as error:
        return error


def answer_one(node: Node, data: bytes) -> Response:
    """202 for a new transaction, 200 for a known one, else a problem document: 400 for what is no transaction, 422 for a refusal."""
    price, item = asked_price(), read(data)
    outcome = submit(node, [item])[0]
    if isinstance(outcome, Malformed):
        problem = report_of(Problem(400, outcome.code, outcome.expected, outcome.found, **_place(outcome)))
        return respond(problem)
    if isinstance(outcome, ChainError):
        return respond(report_of(outcome))
    extra = hand_over_json(node, item, outcome.level, price) if isinstance(item, Transaction) else {}
    return reply({**receipt_json(outcome), **extra}, 200 if outcome.known else 202)


def answer_many(node: Node, data: bytes) -> Response:
    """200 with one result for each line that is not empty, in order."""
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    if len(lines) > BULK_LINES:
        raise Problem(413, "web.too_large", f"at most {BULK_LINES} lines", len(lines))
    outcomes = submit(node, [read(line) for _, line in lines])
    results = [{"line": number, **result_json(outcome)} for (number, _), outcome in zip(lines, outcomes, strict=True)]
    counts = {status: sum(result["status"] == status for result in results) for status in ("accepted", "known", "refused")}
    return reply({**counts, "results": results})


def submit(node: Node, items: Sequence[Transaction | ChainError]) -> list[Receipt | ChainError]:
    """The node's answer to each transaction; what could not be read keeps its error. Raises Fault when the node cannot write."""
    good = [item for item in items if isinstance(item, Transaction)]
    answers = iter(node.submit(good) if good else [])
    outcomes = [next(answers) if isinstance(item, Transaction) else item for item in items]
    for outcome in outcomes:
        metrics().submitted.labels(result_json(outcome)["status"]).inc()
    return outcomes


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """An accepted transaction: its id, what is promised, and its place once it is in a block."""
    form: dict[str, Any] = {"id": receipt.id.hex(), "status": "known" if receipt.known else "accepted", "level": receipt.level}
    form["words"] = dict(level_text(receipt.level, operator_text()))
    if receipt.position is not None:
        form |= {"height": receipt.position >> 24, "index": receipt.position & 0xFFFFFF}
    return form


def asked_price() -> int | None:
    """`?value=`: the price of the pack in minor units, as the till knows it. Raises Problem 400."""
    return parameters.number("value", 0, (0, VALUE_LIMIT)) if "value" in request.args else None


def hand_over_json(node: Node, item: Transaction, level: str, price: int | None) -> dict[str, Any]:
    """For a sale: whether the till may hand the pack over now, and in words (DOMAIN §4)."""
    answer = hand_over(node, item, level, price)
    return {} if answer is None else {"hand_over": answer, "hand_over_words": dict(WORDS[answer])}


def result_json(outcome: Receipt | ChainError) -> dict[str, Any]:
    """One line's result."""
    if isinstance(outcome, Receipt):
        return receipt_json(outcome)
    sentence = sentence_of(outcome.code)
    words = {"sentence": {"zh": sentence.zh, "en": sentence.en}, "next": {"zh": sentence.next_zh, "en": sentence.next_en}}
    return {"status": "refused", **outcome.as_json(), **words}


def _place(error: ChainError) -> dict[str, Any]:
    return {name: value for name, value in (("field", error.field), ("line", error.line)) if value is not None}
