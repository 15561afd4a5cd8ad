"""Evidence over HTTP: what the demonstration serves, judged elsewhere, comes to the verdict that the node itself gives."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from chain import anchor as anchors
from chain import codec
from tests.web.conftest import Example
from trace.cli.group import cli
from trace.cli.verifying import anchor_of
from trace.drugs.bundle import MEDIA_TYPE
from trace.drugs.checking import check
from trace.drugs.outcome import Outcome, Question
from trace.ledger import Ledger
from trace.web.answering import hash_of, receipt_in


@pytest.fixture(scope="module")
def anchor(ledger: Ledger) -> Any:
    return codec.decode(anchors.encode(anchor_of(str(ledger.path))))


def now_of(ledger: Ledger) -> int:
    """When the newest head was signed."""
    certified = ledger.node.certified
    assert certified is not None
    return max(int.from_bytes(line.body[:8], "big") for line in certified.lines if len(line.body) == 72) * 1000


def judged(client: FlaskClient, example: Example, anchor: Any, now: int) -> Outcome:
    query = {"code": example["scan"], "bundle": "1"} | ({"at": example["at"]} if example["at"] else {})
    response = client.get("/scan", query_string=query)
    assert response.status_code == 200 and response.mimetype == MEDIA_TYPE
    held = hash_of(receipt_in(example["path"]))
    question = Question(now=now, scan=example["scan"], viewer=example["as"], place=example["at"] or None, receipt=held)
    return check(response.data, anchor, question)


def test_every_example_comes_to_its_verdict(client: FlaskClient, ledger: Ledger, examples: list[Example], anchor: Any) -> None:
    now = now_of(ledger)
    for example in examples:
        outcome = judged(client, example, anchor, now)
        assert (outcome.verdict.code, outcome.verdict.light) == (example["verdict"], example["light"]), (example, outcome.steps)
        assert all(step.state == "passed" for step in outcome.steps), (example, outcome.steps)


def test_both_ways_of_asking_and_gzip(client: FlaskClient, examples: list[Example]) -> None:
    path = examples[0]["path"].partition("?")[0]
    plain = client.get(path, headers={"Accept": MEDIA_TYPE})
    packed = client.get(path, query_string={"bundle": ""}, headers={"Accept-Encoding": "gzip"})
    assert plain.mimetype == packed.mimetype == MEDIA_TYPE and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data and len(packed.data) < 16_000


def test_the_proof_from_a_remembered_head(client: FlaskClient, ledger: Ledger, examples: list[Example], anchor: Any) -> None:
    path = examples[0]["path"].partition("?")[0]
    found = json.loads(client.get(path, query_string={"bundle": "1", "since": "5"}).data)
    assert found["consistency"]["size"] == 5
    assert json.loads(client.get(path, query_string={"bundle": "1", "since": "99999999"}).data)["consistency"] is None
    assert client.get(path, query_string={"bundle": "1", "since": "0"}).status_code == 400


def test_a_code_that_names_nothing(client: FlaskClient) -> None:
    for code in ("hello", "00095210010000000017"):
        response = client.get("/scan", query_string={"code": code, "bundle": "1"})
        assert response.status_code == 404 and response.get_json()["code"] == "evidence.none"


def test_the_page_offers_it(client: FlaskClient, examples: list[Example]) -> None:
    page = client.get(examples[0]["path"]).get_data(as_text=True)
    assert "bundle=1" in page


def test_the_command_line_judges_it_alone(client: FlaskClient, folder: Path, examples: list[Example], tmp_path: Path) -> None:
    example = next(one for one in examples if one["verdict"] == "GENUINE_SALEABLE")
    bundle, pinned = tmp_path / "evidence.json", tmp_path / "anchor.json"
    bundle.write_bytes(client.get("/scan", query_string={"code": example["scan"], "bundle": "1", "at": example["at"]}).data)
    run = CliRunner().invoke
    made = run(cli, ["anchor", "--data", str(folder), "--output", str(pinned)])
    assert made.exit_code == 0 and len(made.output.strip().split("-")) == 10
    asked = ["verify", str(bundle), "--anchor", str(pinned), "--as", "pharmacy", "--at", example["at"], "--scan", example["scan"]]
    said = run(cli, [*asked, "--json"])
    outcome = json.loads(said.output)
    assert outcome["assurance"]["signed"] and outcome["assurance"]["complete"] == "operator"
    assert outcome["verdict"]["code"] in ("GENUINE_SALEABLE", "PROOF_STALE") and said.exit_code in (0, 3)
    assert "evidence.code.other" in run(cli, [*asked[:-1], examples[12]["path"]]).output
    bundle.write_bytes(bundle.read_bytes() + b" ")
    refused = run(cli, asked)
    assert refused.exit_code == 1 and "evidence.bundle.canonical" in refused.output
