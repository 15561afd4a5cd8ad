"""What every answer carries: a strict policy, no cookies, no referrer, nothing kept by others."""

import pytest
from flask.testing import FlaskClient

PATHS = ("/", "/scan", "/01/09521001001014", "/nothing", "/api/chain", "/api/nothing", "/healthz", "/metrics", "/static/img/mark.svg")


@pytest.mark.parametrize("path", PATHS)
def test_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "object-src 'none'" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


def test_pages_are_not_kept_by_others(client: FlaskClient) -> None:
    assert "private" in client.get("/").headers["Cache-Control"]
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_health(client: FlaskClient) -> None:
    body = client.get("/healthz").get_json()
    assert body["status"] == "ok" and body["height"] >= body["final_height"] > 0


def test_metrics_count_answers_and_verdicts_without_serials(client: FlaskClient, examples: list[dict[str, str]]) -> None:
    client.get(examples[0]["path"])
    text = client.get("/metrics").text
    assert 'pharmatrace_verdicts_total{code="GENUINE_SALEABLE",light="green"}' in text
    assert "pharmatrace_height " in text and "pharmatrace_final_height " in text
    assert 'pharmatrace_requests_total{status="200",view="link.show"}' in text
    assert "MYT1HH3KFWJ71BPR" not in text
