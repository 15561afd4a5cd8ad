"""The API: transactions in, one or many, each with its own answer; reading; problem documents."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from chain import merkle, state
from chain.errors import Fault
from chain.transactions import Transaction
from tests.web.test_errors import validate_problem
from trace import carrier
from trace.demo.keyring import Keyring
from trace.demo.world import EXAMPLAMOL, NORTH, PHARMA
from trace.ledger import Ledger
from trace.signer import Content, Signer

NDJSON = "application/x-ndjson"
Loosen = Callable[[], Transaction]
"""Makes a new acceptable transaction: one more pack of the distributor is only counted from now on."""


@pytest.fixture(scope="session")
def slots() -> Iterator[int]:
    return iter(range(400, 600))


@pytest.fixture
def desk(ledger: Ledger, folder: Path) -> Signer:
    return Signer(ledger.node, Keyring((folder / "demo.secret").read_bytes()).key("north/desk"))


def loosening(slot: int) -> Content:
    body = {"site": NORTH, "gtin": EXAMPLAMOL, "lot": "EX2601A", "ranges": [[slot, slot + 1]]}
    return Content("drugs.loosen", body)


@pytest.fixture
def loosen(desk: Signer, slots: Iterator[int]) -> Loosen:
    return lambda: desk.sign(loosening(next(slots)))


def post(client: FlaskClient, *items: Transaction) -> Any:
    """Sends several, and gives the answer."""
    lines = b"\n".join(json.dumps(carrier.to_json(item)).encode() for item in items)
    return client.post("/api/transactions", data=lines, content_type=NDJSON)


# --- one ---------------------------------------------------------------------------------------------------------------------


def test_a_transaction_is_taken_once(client: FlaskClient, ledger: Ledger, loosen: Loosen) -> None:
    item = loosen()
    first = client.post("/api/transactions", json=carrier.to_json(item))
    words = {"zh": "已受理(暂定)", "en": "accepted (provisional)"}
    assert (first.status_code, first.get_json()) == (202, {"id": item.id.hex(), "status": "accepted", "level": "stored", "words": words})
    again = client.post("/api/transactions", json=carrier.to_json(item))
    assert (again.status_code, again.get_json()["status"]) == (200, "known")
    waiting = client.get(f"/api/transactions/{item.id.hex()}").get_json()
    assert waiting["level"] == "pending"
    ledger.node.mine()
    placed = client.post("/api/transactions", json=carrier.to_json(item)).get_json()
    assert placed["level"] in ("in_block", "final") and placed["height"] == ledger.node.tip.header.height


def test_a_transaction_is_shown_with_its_proof(client: FlaskClient, ledger: Ledger, loosen: Loosen) -> None:
    item = loosen()
    post(client, item)
    ledger.node.mine()
    found = client.get(f"/api/transactions/{item.id.hex()}").get_json()
    proof = found["inclusion"]
    path = tuple(bytes.fromhex(node) for node in proof["path"])
    merkle.validate_inclusion(merkle.leaf_hash(item.leaf), found["index"], proof["size"], path, bytes.fromhex(proof["root"]))
    assert carrier.from_json(found["transaction"]).id == item.id
    page = client.get(f"/transactions/{item.id.hex()}?lang=en").text
    assert "Proof that it is in the block" in page and "North Distribution" in page


def test_spelling_does_not_matter(client: FlaskClient, loosen: Loosen) -> None:
    form = carrier.to_json(loosen())
    text = json.dumps({name: form[name] for name in reversed(form)}, indent=4)
    assert client.post("/api/transactions", data=text, content_type="application/json; charset=utf-8").status_code == 202


def test_a_refusal_names_code_expected_and_found(client: FlaskClient, desk: Signer) -> None:
    answer = client.post("/api/transactions?lang=en", json=carrier.to_json(desk.sign(loosening(700))))
    assert answer.status_code == 422 and answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    validate_problem(problem, 422)
    assert problem["code"] == "drugs.custody.not_holder"
    assert problem["expected"] and problem["found"]
    assert client.get(problem["type"]).status_code == 200


def test_a_broken_signature(client: FlaskClient, loosen: Loosen) -> None:
    form = carrier.to_json(loosen())
    form["sig"] = ("A" if form["sig"][0] != "A" else "B") + form["sig"][1:]
    answer = client.post("/api/transactions", json=form)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "chain.tx.signature")


NOT_TRANSACTIONS: tuple[Any, ...] = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"{}",
    b'{"envelope": 1}',
    b'{"envelope": {}}',
    b'{"envelope": {}, "sig": "x"}',
    b'{"envelope": {"a": 1.5}, "sig": "' + b"A" * 86 + b'"}',
    b'{"envelope": {}, "sig": null, "more": 1}',
    b'{"envelope": {}, "sig": "' + b"A" * 86 + b'", "items": 5}',
    b'{"envelope": {}, "sig": "' + b"A" * 86 + b'", "proofs": [{"index": -1, "path": []}]}',
    b'{"envelope": {}, "sig": "' + b"A" * 86 + b'", "proofs": [{"index": 1, "path": ["zz"]}]}',
    b'{"envelope": {"A": 1}, "sig": "' + b"A" * 86 + b'"}',
    b"\xff\xfe{}",
    b"[" * 2000,
    b'{"envelope": {"n": 99999999999999999999999999}, "sig": "' + b"A" * 86 + b'"}',
    b'{"envelope": {"n": NaN}, "sig": "x"}',
)


@pytest.mark.parametrize("body", NOT_TRANSACTIONS, ids=range(len(NOT_TRANSACTIONS)))
def test_what_is_no_transaction(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/transactions", data=body, content_type="application/json")
    assert answer.status_code in (400, 422), answer.text
    validate_problem(answer.get_json(), answer.status_code)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_other_content_types(client: FlaskClient, kind: str) -> None:
    answer = client.post("/api/transactions", data=b"{}", content_type=kind)
    assert answer.status_code == 415
    validate_problem(answer.get_json(), 415)


# --- many --------------------------------------------------------------------------------------------------------------------


def test_many_each_with_its_own_answer(client: FlaskClient, loosen: Loosen) -> None:
    good, other = loosen(), loosen()
    lines = [
        json.dumps(carrier.to_json(good)),
        "",
        "{",
        json.dumps(carrier.to_json(good)),
        json.dumps({**carrier.to_json(other), "sig": "A" * 86}),
        json.dumps(carrier.to_json(other)),
    ]
    answer = client.post("/api/transactions", data="\n".join(lines) + "\n", content_type=NDJSON)
    assert answer.status_code == 200
    body = answer.get_json()
    assert [(one["line"], one["status"]) for one in body["results"]] == [
        (1, "accepted"),
        (3, "refused"),
        (4, "known"),
        (5, "refused"),
        (6, "accepted"),
    ]
    assert (body["accepted"], body["known"], body["refused"]) == (2, 1, 2)
    broken = body["results"][1]
    assert broken["code"] == "codec.json" and set(broken["sentence"]) == {"zh", "en"}


def test_nothing_at_all(client: FlaskClient) -> None:
    assert client.post("/api/transactions", data=b"\n\n", content_type=NDJSON).get_json() == {
        "accepted": 0,
        "known": 0,
        "refused": 0,
        "results": [],
    }


def test_too_many_lines(client: FlaskClient) -> None:
    answer = client.post("/api/transactions", data=b"1\n" * 20_001, content_type=NDJSON)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "web.too_large")


def test_when_the_disk_is_full_nothing_is_accepted(
    client: FlaskClient, ledger: Ledger, loosen: Loosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Fault("store.full", "room on the disk", "none")

    item = loosen()
    before = ledger.node.waiting
    with monkeypatch.context() as patch:
        patch.setattr(ledger.node.store, "commit", fail)
        answer = post(client, item)
    assert answer.status_code == 503
    validate_problem(answer.get_json(), 503)
    assert ledger.node.waiting == before
    assert post(client, item).get_json()["accepted"] == 1


# --- reading -----------------------------------------------------------------------------------------------------------------


def test_blocks_hang_together(client: FlaskClient) -> None:
    rows = client.get("/api/blocks?limit=500").get_json()["blocks"]
    assert [row["height"] for row in rows] == list(range(rows[0]["height"], -1, -1))
    for row, before in pairwise(rows):
        assert bytes.fromhex(row["header"])[32:64].hex() == before["id"]
    assert client.get("/api/blocks?before=2").get_json()["blocks"][0]["height"] == 1


def test_a_state_entry_and_its_absence(client: FlaskClient) -> None:
    entry = client.get(f"/api/state?key=party/{PHARMA}").get_json()
    assert entry["value"]["names"]["en"] == "Example Pharma"
    assert entry["key_hash"] == state.key_hash(f"party/{PHARMA}").hex()
    header = bytes.fromhex(client.get(f"/api/blocks/{entry['height']}").get_json()["header"])
    assert header[96:128].hex() == entry["root"]
    assert client.get("/api/state?key=party/1").get_json()["value"] is None


def test_parties_batches_recalls(client: FlaskClient) -> None:
    party = client.get(f"/api/parties/{PHARMA}").get_json()
    assert {site["gln"] for site in party["sites"]} and {key["label"] for key in party["keys"]} >= {"packing line 1"}
    batch = client.get(f"/api/batches/{EXAMPLAMOL}/EX2601A").get_json()
    assert batch["count"] == 1000 and batch["runs"][0]["start"] == 0
    recall = client.get("/api/recalls/R-2026-001").get_json()
    assert recall["reach"]["concerned"] == 400
    assert len(client.get("/api/recalls").get_json()["recalls"]) == 2
    first = client.get("/api/parties?limit=1").get_json()["parties"]
    second = client.get(f"/api/parties?limit=1&after={first[0]['gln']}").get_json()["parties"]
    assert first[0]["gln"] < second[0]["gln"]


def test_the_paper_s_odds(client: FlaskClient) -> None:
    assert client.get("/api/finality/attacker?share=0.1&depth=5").get_json()["probability"] == "0.0009137"


@pytest.mark.parametrize("path", ["/api/nothing", "/api/blocks/x", "/api/state", "/api/parties?after=x", "/api/blocks?limit=0"])
def test_errors_are_problem_documents(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.mimetype == "application/problem+json"
    validate_problem(answer.get_json(), answer.status_code)
