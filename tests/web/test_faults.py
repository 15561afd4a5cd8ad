"""What the web says while the disk refuses, and when the background check finds something."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chain.audit import Finding
from chain.errors import Fault
from chain.keys import SigningKey
from chain.scrub import Scrub
from chain.twins import Sealed, TwinBook, Twins
from trace.ledger import Ledger
from trace.web.errors import RETRY_AFTER_S


@pytest.fixture
def full(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Calling it fills the disk until the end of the test."""

    def fail(*_: object) -> None:
        raise Fault("store.full", "room on /secret/disk", "none")

    def fill() -> None:
        monkeypatch.setattr(ledger.node.store, "commit", fail)

    monkeypatch.setattr(ledger.node, "read_only", None)
    monkeypatch.setattr(ledger.node, "_probed", None)
    return fill


def test_a_full_disk_is_said_and_scans_are_answered(
    client: FlaskClient, ledger: Ledger, full: Callable[[], None], examples: list[dict[str, str]]
) -> None:
    full()
    with pytest.raises(Fault):
        ledger.node.mine()
    body = client.get("/healthz").get_json()
    assert (body["status"], body["disk"]["code"], body["disk"]["cause"]) == ("read_only", "node.read_only", "store.full")
    assert body["disk"]["sentence"]["en"] and "/secret" not in json.dumps(body)
    assert "pharmatrace_read_only 1.0" in client.get("/metrics").text
    answer = client.post("/api/transactions", data=b"", content_type="application/x-ndjson")
    assert answer.status_code == 200, "nothing to write"
    scan = client.get(examples[0]["path"], headers={"Accept": "application/json"})
    assert scan.status_code == 200 and scan.get_json()["verdict"]["code"] == examples[0]["verdict"]


def test_a_transaction_is_put_off_with_a_time_to_come_again(
    client: FlaskClient, ledger: Ledger, full: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full()
    monkeypatch.setattr(ledger.node, "read_only", Fault("store.full"))
    found = next(block for height in range(1, 9) if (block := ledger.node.block(height)) and block.transactions)
    carrier = client.get(f"/api/transactions/{found.transactions[0].id.hex()}").get_json()["transaction"]
    answer = client.post("/api/transactions", json=carrier)
    assert answer.status_code == 503 and answer.mimetype == "application/problem+json"
    assert (answer.get_json()["code"], answer.headers["Retry-After"]) == ("node.read_only", str(RETRY_AFTER_S))


def test_an_alarm_of_the_background_check_is_seen(
    client: FlaskClient, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scrub = Scrub(ledger.node.store, ledger.node.application, tmp_path / "scrub.db", 100)
    monkeypatch.setattr(ledger, "scrub", scrub)
    scrub.one_pass(threading.Event())
    body = client.get("/healthz").get_json()
    assert (body["status"], body["scrub"]["passes"], body["scrub"]["alarm"]) == ("ok", 1, None)
    assert body["scrub"]["bare"] is False
    scrub.alarm = Finding(7, 2, "amount", Fault("audit.difference"))
    body = client.get("/healthz").get_json()
    assert body["status"] == "damaged"
    assert body["scrub"]["alarm"] == {"height": 7, "transaction": 2, "field": "amount", "code": "audit.difference"}
    assert "pharmatrace_scrub_alarm 1.0" in client.get("/metrics").text


def test_two_seals_of_one_miner_on_one_parent_are_seen(client: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").get_json()["double_seals"] == {"seen": 0, "newest": []}
    book = TwinBook()
    monkeypatch.setattr(ledger.node, "twins", book)
    miner = SigningKey.from_seed(b"m" * 32)
    book.note(Twins(miner.public, bytes(32), 7, Sealed(b"a" * 32, bytes(240), bytes(64)), Sealed(b"b" * 32, bytes(240), bytes(64))))
    found = client.get("/healthz").get_json()
    assert (found["status"], found["double_seals"]["seen"]) == ("ok", 1)
    (pair,) = found["double_seals"]["newest"]
    assert (pair["miner"], pair["height"], [each["id"] for each in pair["blocks"]]) == (miner.text, 7, ["61" * 32, "62" * 32])
    assert {len(each["header"]) for each in pair["blocks"]} == {320}
    assert "pharmatrace_double_seals 1.0" in client.get("/metrics").text
    for language, title in (("en", "Two blocks sealed by one party on one parent"), ("zh", "同一记账方在同一父区块上的两个区块")):
        page = client.get(f"/finality?lang={language}").text
        assert title in page and "61" * 8 in page and "62" * 8 in page
