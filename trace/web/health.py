"""For whoever watches the service: /healthz, and /metrics in the text format of Prometheus."""

import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from chain.errors import ChainError
from chain.keys import key_text
from chain.node import Node
from chain.scrub import Scrub
from trace.ledger import Ledger
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.replies import reply
from trace.web.sentences import sentence_of

bp = Blueprint("health", __name__)

METRICS = "pharmatrace.metrics"
"""Our place in `app.extensions` for the metrics."""
TWINS_SHOWN = 8
"""Pairs of blocks by one miner on one parent that are shown."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0)
"""Seconds; 0.3 is the limit of the European rule for a scan."""


class NodeMetrics(Collector):
    """What the node is at the moment of asking. Absent while no ledger is open."""

    def collect(self) -> Iterator[Metric]:
        """Reads the node's numbers."""
        try:
            node = ledger().node
        except (ChainError, Problem):
            return
        header = node.tip.header
        yield GaugeMetricFamily("pharmatrace_height", "Height of the best block", header.height)
        yield GaugeMetricFamily("pharmatrace_final_height", "Height of the last final block", node.final_height)
        yield GaugeMetricFamily("pharmatrace_tip_time_seconds", "Time of the best block", header.time / 1000)
        yield GaugeMetricFamily("pharmatrace_waiting_transactions", "Transactions that wait for a block", node.waiting)
        yield GaugeMetricFamily("pharmatrace_read_only", "1 while the disk cannot be written", node.read_only is not None)
        yield GaugeMetricFamily("pharmatrace_double_seals", "Pairs of blocks by one miner on one parent, since the start", node.twins.seen)
        scrub = ledger().scrub
        if scrub is not None:
            yield GaugeMetricFamily("pharmatrace_scrub_alarm", "1 while the background check finds a fault", scrub.alarm is not None)
            yield GaugeMetricFamily("pharmatrace_scrub_passes", "Whole passes of the background check since the start", scrub.passes)
            yield GaugeMetricFamily("pharmatrace_scrub_height", "Blocks replayed by its present pass", scrub.height)

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not open the ledger."""
        return iter(())


class WebMetrics:
    """What this process has answered. Labels are names of views and statuses; never an address or a serial."""

    def __init__(self, readers: str | None) -> None:
        """`readers`: the folder where processes that answer beside this one keep what they count; they have counted every request then."""
        self.registry = CollectorRegistry(auto_describe=False)
        own = self.registry if readers is None else None
        self.requests = Counter("pharmatrace_requests", "Answers", ("view", "status"), registry=own)
        self.seconds = Histogram("pharmatrace_request_seconds", "Time to answer", ("view",), buckets=BUCKETS, registry=own)
        self.verdicts = Counter("pharmatrace_verdicts", "Verdicts given", ("code", "light"), registry=own)
        self.submitted = Counter("pharmatrace_submitted", "Transactions submitted", ("outcome",), registry=self.registry)
        self.registry.register(NodeMetrics())
        if readers is not None:
            collect: Any = MultiProcessCollector  # has no types
            collect(self.registry, readers)


def metrics() -> WebMetrics:
    """The metrics of the present application."""
    found: WebMetrics = current_app.extensions[METRICS]
    return found


def status_of(found: Ledger) -> str:
    """One word for the state of the ledger, the gravest first."""
    if found.scrub is not None and found.scrub.alarm is not None:
        return "damaged"
    return "ok" if found.node.read_only is None else "read_only"


def disk_of(node: Node) -> dict[str, Any] | None:
    """Why nothing is written, in both languages; None while all is well. Names of files stay in the log."""
    if node.read_only is None:
        return None
    words = sentence_of("node.read_only")
    return {
        "code": "node.read_only",
        "cause": node.read_only.code,
        "sentence": {"zh": words.zh, "en": words.en},
        "next": {"zh": words.next_zh, "en": words.next_en},
    }


def scrub_of(scrub: Scrub | None) -> dict[str, Any] | None:
    """How far the background check is and what it found; None where it does not run."""
    if scrub is None:
        return None
    alarm = scrub.alarm
    place = alarm and {"height": alarm.height, "transaction": alarm.transaction, "field": alarm.field, "code": alarm.error.code}
    return {"passes": scrub.passes, "height": scrub.height, "checked": scrub.checked, "bare": scrub.bare, "alarm": place}


def twins_of(node: Node) -> dict[str, Any]:
    """Miners that sealed two blocks on one parent: how often since the start, and the newest pairs with headers and seals as evidence."""
    newest = [
        {
            "miner": key_text(each.miner), "parent": each.parent.hex(), "height": each.height,
            "blocks": [each.first.as_json(), each.second.as_json()],
        }
        for each in node.twins.all()[:TWINS_SHOWN]
    ]  # fmt: skip
    return {"seen": node.twins.seen, "newest": newest}


@bp.get("/healthz")
def healthz() -> Response:
    """200 and where the ledger stands, or 503 through the error handler when it cannot be read.

    `status` is `ok`; `read_only` while the disk refuses (scans are answered all the same); `damaged` while the background check finds a
    fault, with its height, transaction and field.
    """
    found = ledger()
    node = found.node
    body = {"status": status_of(found), "chain": node.chain_hex, "height": node.tip.header.height, "final_height": node.final_height}
    body |= {"waiting": node.waiting, "time": node.tip.header.time, "disk": disk_of(node), "scrub": scrub_of(found.scrub)}
    body["double_seals"] = twins_of(node)
    response = reply(body)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/metrics")
def exposition() -> Response:
    """All metrics."""
    response = Response(generate_latest(metrics().registry), content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    view = request.endpoint or "none"
    metrics().requests.labels(view, response.status_code).inc()
    if "started" in g:
        metrics().seconds.labels(view).observe(time.perf_counter() - g.started)
    return response


def init_app(app: Flask) -> None:
    """Counts every answer."""
    app.extensions[METRICS] = WebMetrics(app.config["READERS"])
    app.before_request(_start)
    app.after_request(_count)
