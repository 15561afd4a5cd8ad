"""Bad input: a sentence in both languages with a stable code, never a stack trace, never a 500 (P8)."""

import string
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.errors import Fault
from tests.web.pages import Page
from trace.demo.world import EXAMPLAMOL
from trace.web import create_app
from trace.web.sentences import WEB

MISSING = (
    "/nothing",
    "/blocks/999999999",
    "/blocks/-1",
    "/blocks/1e3",
    "/blocks/" + "0" * 64,
    "/blocks/" + "f" * 64,
    "/transactions/" + "0" * 64,
    "/transactions/x",
    "/transactions/" + "A" * 64,
    "/parties/0000000000000",
    "/parties/../../etc/passwd",
    "/parties/%2e%2e",
    "/batches/00000000000000/X",
    f"/batches/{EXAMPLAMOL}/NOPE",
    f"/batches/{EXAMPLAMOL}/" + "L" * 500,
    f"/journeys/{EXAMPLAMOL}/NOPE?slot=0",
    "/recalls/none",
    "/recalls/" + "9" * 300,
    "/problems/no.such.code",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
)
REFUSED = (
    "/finality?share=2",
    "/finality?share=abc",
    "/finality?share=0.1e5",
    "/finality?depth=501",
    "/finality?depth=-1",
    "/finality?depth=%EF%BC%91",
    "/blocks?before=abc",
    "/blocks?before=99999999999999999999",
    "/blocks/1?page=0",
    f"/journeys/{EXAMPLAMOL}/EX2601A?slot=1000",
    f"/journeys/{EXAMPLAMOL}/EX2601A?slot=x",
    "/state?key=%00",
    "/state?key=" + "a" * 301,
    "/state?key=<script>",
    f"/01/{EXAMPLAMOL}?as=nobody",
    f"/01/{EXAMPLAMOL}?at=123",
    f"/01/{EXAMPLAMOL}?answer=maybe",
    "/scan?code=x&as=%00",
)
HOSTILE = (
    "",
    "\x00",
    "\x1d",
    "]d2\x1d\x1d",
    "(01)" * 400,
    "<script>alert(1)</script>",
    "https://elsewhere.example/01/09521001001014/21/%3Cscript%3E",
    "https://[::1/01/09521001001014",
    "//////",
    "{{7*7}}",
    "%(x)s %s",
    "';DROP TABLE blocks;--",
    "🧪" * 500,
    "\u202e0952100",
    "9" * 5000,
    "01" + "0" * 14,
    "(01)09521001001014(10)" + "%" * 40,
)


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404, path
    validate_page(answer.text)


@pytest.mark.parametrize("path", REFUSED)
def test_a_parameter_that_does_not_fit(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 400, path
    validate_page(answer.text)
    assert "web.parameter" in answer.text
    again = client.get(path, headers={"Accept": "application/json"})
    assert again.mimetype == "application/problem+json"
    validate_problem(again.get_json(), 400)


def validate_page(text: str) -> None:
    page = Page(text)
    assert not page.inline
    assert "Traceback" not in text and 'File "/' not in text
    assert "/problems" in text or page.headings, "it says what happened"
    assert page.headings[0]


def validate_problem(body: dict[str, Any], status: int) -> None:
    """RFC 9457 §3, and our members."""
    assert body["status"] == status
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"] and body["detail"]
    assert set(body["sentence"]) == set(body["next"]) == {"zh", "en"}
    assert all(body["sentence"].values())


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_hostile_scan_gets_an_answer(client: FlaskClient, code: str, accept: str) -> None:
    answer = client.get("/scan", query_string={"code": code}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert not Page(answer.text).inline if accept == "text/html" else answer.is_json or not code


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_address_gets_an_answer(client: FlaskClient, code: str) -> None:
    answer = client.get("/01/" + quote(code, safe=""), headers={"Accept": "text/html"})
    assert answer.status_code in (200, 404)
    assert "<script>alert" not in answer.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    st.dictionaries(
        st.sampled_from(["as", "at", "lang", "format", "17", "answer", "receipt", "key", "before"]), st.text(max_size=20), max_size=3
    ),
    st.sampled_from(
        ["/", "/01/", "/01/09521001001014/", "/blocks/", "/batches/", "/parties/", "/recalls/", "/journeys/", "/state/", "/api/"]
    ),
)
def test_any_address_is_answered(app: Flask, path: str, query: dict[str, str], start: str) -> None:
    address = f"http://localhost{start}{quote(path)}"  # whole: two slashes at its start would name a host
    answer = app.test_client().get(address, query_string=query, headers={"Accept": "text/html"})
    assert answer.status_code < 500, (start, path, query)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=string.printable, max_size=40), st.text(max_size=30))
def test_any_header_is_answered(app: Flask, accept: str, language: str) -> None:
    headers = {"Accept": accept.replace("\n", " ").replace("\r", " "), "Accept-Language": quote(language)}
    assert app.test_client().get("/01/09521001001014", headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_method_that_is_not_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open("/blocks", method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "web.method" in answer.text


def test_a_body_that_is_too_large(client: FlaskClient) -> None:
    answer = client.post("/scan", data=b"x" * 13_000_000, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "web.too_large" in answer.text


def test_an_internal_error_says_nothing_about_the_pack(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("trace.web.blocks.newest", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = app.test_client().get("/blocks", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert WEB["web.internal"].zh in answer.text and WEB["web.internal"].en in answer.text
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text, "the cause is in the log"


def test_a_fault_of_the_disk_is_503(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Fault("store.io", "a readable file", "/secret/path: Input/output error")

    monkeypatch.setattr("trace.web.blocks.newest", fail)
    answer = app.test_client().get("/blocks", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    validate_problem(answer.get_json(), 503)
    assert "secret" not in answer.text


def test_without_a_ledger_every_page_says_so(tmp_path: Any) -> None:
    client = create_app({"DATA": str(tmp_path / "nothing")}).test_client()
    for path in ("/", "/blocks", "/01/09521001001014", "/healthz", "/api/chain"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "nothing" not in answer.text, "no path of this machine"
    assert client.get("/metrics").status_code == 200
    assert not (tmp_path / "nothing").exists()


def test_only_trusted_hosts_are_answered(app: Flask, ledger: Any) -> None:
    client = create_app({"LEDGER": ledger, "TRUSTED_HOSTS": ["trace.example"]}).test_client()
    assert client.get("/healthz", base_url="http://trace.example").status_code == 200
    assert client.get("/healthz", base_url="http://evil.example").status_code in (400, 421)
