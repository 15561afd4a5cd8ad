"""The demonstration keeps its word: every example of DOMAIN §17.4 gives the verdict that it promises, and the ledger behind it is sound."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from trace.cli.scanning import receipt_in
from trace.demo.build import DOCUMENT_FILE
from trace.demo.events import BATCHES
from trace.demo.examples import EXAMPLES, Example
from trace.demo.world import BRIDGE, EXAMPLAMOL, HILLSIDE, SOUTH, STATION
from trace.drugs import invariants
from trace.drugs.scanning import Options, ScanResult, scan
from trace.drugs.verdict import Verdict
from trace.ledger import Ledger, open_ledger
from trace.web import create_app

NUMBERS = {example.number: place for place, example in enumerate(EXAMPLES)}


@pytest.fixture(scope="module")
def ledger(built_demo: Path) -> Iterator[Ledger]:
    with open_ledger(built_demo, writing=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def listed(built_demo: Path) -> list[Mapping[str, Any]]:
    examples: list[Mapping[str, Any]] = json.loads((built_demo / DOCUMENT_FILE).read_text("utf-8"))["examples"]
    return examples


@pytest.fixture(scope="module")
def client(ledger: Ledger) -> FlaskClient:
    return create_app({"LEDGER": ledger}).test_client()


def ask(ledger: Ledger, example: Mapping[str, Any], reply: str | None = None) -> ScanResult:
    """The answer to a scan, as the command line asks for it."""
    now = ledger.node.clock.now()
    return scan(ledger, example["scan"], Options(now, now, example["as"], example["at"], receipt_in(example["scan"]), reply))


def judge(ledger: Ledger, example: Mapping[str, Any], reply: str | None = None) -> Verdict:
    """The verdict on a scan."""
    return ask(ledger, example, reply).verdict


# --- the examples ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.number}-{example.verdict}")
def test_an_example_gives_the_verdict_that_it_promises(ledger: Ledger, listed: list[Mapping[str, Any]], example: Example) -> None:
    found = judge(ledger, listed[NUMBERS[example.number]])
    assert (found.code, found.light) == (example.verdict, example.light)


def test_the_document_has_the_fields_that_scripts_rely_on(built_demo: Path, listed: list[Mapping[str, Any]]) -> None:
    document = json.loads((built_demo / DOCUMENT_FILE).read_text("utf-8"))
    assert set(document) == {"genesis", "examples"}
    assert len(listed) == len(EXAMPLES) == 29
    for example in listed:
        assert set(example) == {"verdict", "light", "as", "at", "path", "scan"}
        assert example["path"].startswith("/01/") and f"as={example['as']}" in example["path"]
        assert (example["at"] is None) == ("at=" not in example["path"])


def test_the_words_beside_the_verdicts_of_the_table(ledger: Ledger, listed: list[Mapping[str, Any]]) -> None:
    def of(number: str) -> Verdict:
        return judge(ledger, listed[NUMBERS[number]])

    assert of("16").custody == "batch"
    assert [(step.do, step.refused) for step in of("7").next] == [("undo", None)]
    assert [(step.do, step.refused) for step in of("9").next] == [("undo", "drugs.undo.too_late")]
    assert [step.do for step in of("10").next] == ["receive"]
    assert "RECALLED_BATCH" in [reason.code for reason in of("25").reasons]


def test_the_questions_lead_to_their_answers(ledger: Ledger, listed: list[Mapping[str, Any]]) -> None:
    check, sold = listed[NUMBERS["2"]], listed[NUMBERS["6"]]
    assert judge(ledger, check, "yes").code == "GENUINE_NOT_YET_SOLD"
    assert judge(ledger, sold, "yes").code == "SOLD_AS_YOU_SAY"
    assert judge(ledger, sold, "no").code == "SOLD_NOT_TO_YOU"


def test_the_printed_lot_of_another_batch_is_not_enough(ledger: Ledger, listed: list[Mapping[str, Any]]) -> None:
    printed = EXAMPLES[NUMBERS["25"]].printed
    genuine = EXAMPLES[NUMBERS["1"]].printed
    assert replace(printed, lot=genuine.lot, expiry=genuine.expiry) == genuine


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.number}-{example.verdict}")
def test_its_address_shows_it_to_people_and_machines(client: FlaskClient, listed: list[Mapping[str, Any]], example: Example) -> None:
    path = listed[NUMBERS[example.number]]["path"]
    for language in ("zh", "en"):
        answer = client.get(path, headers={"Accept": "application/json", "Accept-Language": language}).get_json()
        assert (answer["verdict"]["code"], answer["verdict"]["light"]) == (example.verdict, example.light)
        page = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
        parts = re.split("[0-9]{4}-[0-9]{2}-[0-9]{2}", answer["verdict"]["headline"][language])  # the page writes days in its language
        assert page.status_code == 200 and all(html.escape(part) in page.get_data(as_text=True) for part in parts)


def test_the_answer_for_scripts_has_its_fields(client: FlaskClient, listed: list[Mapping[str, Any]]) -> None:
    answer = client.get(listed[0]["path"], headers={"Accept": "application/json"}).get_json()
    assert {"code", "light", "reasons", "custody", "question", "next"} <= set(answer["verdict"])
    assert {"verdict", "item", "journey", "finality", "evidence"} <= set(answer) and "age_s" in answer["evidence"]
    assert len(answer["journey"]) >= 3


# --- the ledger behind them ------------------------------------------------------------------------------------------------------


def test_the_invariants_hold(ledger: Ledger) -> None:
    invariants.validate_invariants(ledger.node.view())


def test_packs_lie_where_the_story_says(ledger: Ledger) -> None:
    view = ledger.node.view()
    stock = {site: view.get(f"stock/{EXAMPLAMOL}/EX2601A/{site}") for site in (BRIDGE, STATION, HILLSIDE)}
    assert {site: entry and entry["named"] for site, entry in stock.items()} == {BRIDGE: 47, STATION: 50, HILLSIDE: 50}
    tally = view.get(f"tally/{EXAMPLAMOL}/EX2601A")
    assert tally is not None and tally["moving"] == 100 and tally["ended"] == {"dispensed": 3}
    assert tally["count"] == BATCHES["EX2601A"].count == tally["at_sites"] + 100 + 3
    short = view.get(f"tally/{EXAMPLAMOL}/EX2603D")
    assert short is not None and short["ended"] == {"missing": 2}


def test_goods_on_the_road_to_the_south_are_open(ledger: Ledger) -> None:
    open_ones = [entry for _, entry in ledger.node.view().scan("shipment/") if entry["status"] == "open"]
    assert sorted((entry["to"], entry["open"]) for entry in open_ones) == sorted([(HILLSIDE, 50), (SOUTH, 50)])


def test_everything_is_final_and_the_tip_is_recent(ledger: Ledger) -> None:
    node = ledger.node
    assert node.waiting == 0 and node.final_height == node.tip.header.height - 1
    assert node.clock.now() - node.tip.header.time < 3_600_000


def test_a_pack_s_history_tells_its_way(ledger: Ledger, listed: list[Mapping[str, Any]]) -> None:
    kinds = [event.transaction.kind for event in ledger.node.history(f"run/{EXAMPLAMOL}/EX2601A/00000004")]
    assert kinds == ["drugs.batch", "drugs.ship", "drugs.receive", "drugs.ship", "drugs.receive", "drugs.dispense", "drugs.undo"]
