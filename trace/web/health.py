"""For whoever watches the service: /healthz, and /metrics in the text format of Prometheus."""

import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chain.errors import ChainError
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.replies import reply

bp = Blueprint("health", __name__)

METRICS = "pharmatrace.metrics"
"""Our place in `app.extensions` for the metrics."""
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

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not open the ledger."""
        return iter(())


class WebMetrics:
    """What this process has answered. Labels are names of views and statuses; never an address or a serial."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter("pharmatrace_requests", "Answers", ("view", "status"), registry=self.registry)
        self.seconds = Histogram("pharmatrace_request_seconds", "Time to answer", ("view",), buckets=BUCKETS, registry=self.registry)
        self.verdicts = Counter("pharmatrace_verdicts", "Verdicts given", ("code", "light"), registry=self.registry)
        self.submitted = Counter("pharmatrace_submitted", "Transactions submitted", ("outcome",), registry=self.registry)
        self.registry.register(NodeMetrics())


def metrics() -> WebMetrics:
    """The metrics of the present application."""
    found: WebMetrics = current_app.extensions[METRICS]
    return found


@bp.get("/healthz")
def healthz() -> Response:
    """200 and where the ledger stands, or 503 through the error handler when it cannot be read."""
    node = ledger().node
    body = {"status": "ok", "chain": node.chain_hex, "height": node.tip.header.height, "final_height": node.final_height}
    response = reply({**body, "waiting": node.waiting, "time": node.tip.header.time})
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
    app.extensions[METRICS] = WebMetrics()
    app.before_request(_start)
    app.after_request(_count)
