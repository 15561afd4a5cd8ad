"""The short way of a till's question gives the answer of the view, to the byte and the header."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chain.clock import SetClock
from tests.web.conftest import Example
from trace.drugs.bundle import MEDIA_TYPE
from trace.ledger import Ledger
from trace.web import shortway
from trace.web.shortway import ShortWay, question_in

JSON = {"Accept": "application/json"}
VIEWED = {"Accept": "application/json, */*;q=0.1"}
"""Means the same, but is not written as tills write it."""


@pytest.fixture
def still(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers carry their age: the clock stands."""
    monkeypatch.setattr(ledger.node, "clock", SetClock(ledger.node.clock.now()))


def asked(client: FlaskClient, path: str, headers: dict[str, str]) -> Any:
    return client.get(path, headers=headers, environ_overrides={"REQUEST_URI": path})


@pytest.mark.usefixtures("still")
def test_both_ways_say_the_same(client: FlaskClient, app: Flask, examples: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    short = 0
    answer_shortly = ShortWay._answer

    def count(self: ShortWay, question: Any) -> bytes:
        nonlocal short
        short += 1
        return answer_shortly(self, question)

    monkeypatch.setattr(ShortWay, "_answer", count)
    for example in examples:
        path = example["path"]
        quick, viewed = asked(client, path, JSON), asked(client, path, VIEWED)
        assert quick.data == viewed.data
        assert sorted(quick.headers) == sorted(viewed.headers)
        assert quick.status_code == viewed.status_code == 200
    assert short > len(examples) // 2


@pytest.mark.parametrize("packing", [{}, {"Accept-Encoding": "gzip, deflate, br"}, {"Accept-Encoding": "br, identity"}])
@pytest.mark.usefixtures("still")
def test_evidence_is_the_same_on_both_ways(
    client: FlaskClient, examples: list[Example], monkeypatch: pytest.MonkeyPatch, packing: dict[str, str]
) -> None:
    short, build = [0], shortway.evidence

    def counted(*given: Any) -> bytes:
        short[0] += 1
        return build(*given)

    monkeypatch.setattr(shortway, "evidence", counted)
    for example in examples:
        path = example["path"]
        quick = asked(client, path, {"Accept": MEDIA_TYPE, **packing})
        viewed = asked(client, path, {"Accept": f"{MEDIA_TYPE}, */*;q=0.1", **packing})
        assert (quick.status_code, quick.data) == (viewed.status_code, viewed.data)
        assert sorted(quick.headers) == sorted(viewed.headers)
    assert short[0] > len(examples) // 2


@pytest.mark.parametrize(
    "more", [{"HTTP_ACCEPT_ENCODING": "gzip;q=0"}, {"HTTP_ACCEPT_ENCODING": "*"}, {"REQUEST_URI": "/01/1?since=7"}], ids=str
)
def test_evidence_that_is_asked_for_otherwise_takes_the_view(more: dict[str, str]) -> None:
    environ = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": MEDIA_TYPE, "REQUEST_URI": "/01/1", "PATH_INFO": "/01/1", "HTTP_HOST": "a"}
    found = question_in(environ, None)
    assert found is not None and found.evidence
    assert question_in({**environ, **more}, None) is None


@pytest.mark.parametrize(
    "path",
    [
        "/01/09521001001014?as=nobody", "/01/09521001001014?at=12", "/01/%ff?as=consumer", "/01/x",
        "/01/09521001001014?as=pharmacy&as=consumer", "/01/09521001001014?answer=maybe", "/01/09521001001014/10/%2F%2F/21/%00",
        "/01/09521001001014?%61s=pharmacy", "/01/09521001001014?a+s=1",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("still")
def test_what_is_out_of_the_ordinary_is_answered_by_the_view(client: FlaskClient, path: str) -> None:
    quick, viewed = asked(client, path, JSON), asked(client, path, VIEWED)
    assert (quick.status_code, quick.data) == (viewed.status_code, viewed.data)


def test_hosts_that_are_not_ours_take_the_view() -> None:
    environ = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT": "application/json", "REQUEST_URI": "/01/1", "PATH_INFO": "/01/1", "HTTP_HOST": "a"}
    assert question_in(environ, None) is not None and question_in(environ, ["a"]) is not None
    assert question_in(environ, ["b"]) is None


@pytest.mark.usefixtures("still")
def test_a_failure_on_the_short_way_is_said_by_the_view(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: ShortWay, question: Any) -> bytes:
        raise OSError

    monkeypatch.setattr(ShortWay, "_answer", fail)
    assert asked(client, "/01/09521001001014", JSON).status_code == 200
