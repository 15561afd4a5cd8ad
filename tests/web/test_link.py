"""The page behind a code: the verdict that the demonstration promises, as a page in both languages and as JSON."""

from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Example
from tests.web.pages import Page
from trace.demo.examples import EXAMPLES
from trace.demo.world import BRIDGE, EXAMPLAMOL

WORDS = {
    "zh": {"green": "正常", "amber": "请留意", "red": "停止", "blue": "提示"},
    "en": {"green": "Good", "amber": "Take care", "red": "Stop", "blue": "Note"},
}
PAGE = {"Accept": "text/html"}
PLACES = range(len(EXAMPLES))
IDS = [f"{example.number}-{example.verdict}" for example in EXAMPLES]


def as_json(client: FlaskClient, path: str, **query: str) -> dict[str, Any]:
    answer = client.get(path, query_string=query or None, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_an_example_as_json(client: FlaskClient, examples: list[Example], place: int) -> None:
    example = examples[place]
    found = as_json(client, example["path"])
    assert (found["verdict"]["code"], found["verdict"]["light"]) == (example["verdict"], example["light"])
    assert {"code", "light", "reasons", "custody", "question", "next"} <= set(found["verdict"])
    assert {"verdict", "item", "journey", "finality", "evidence"} <= set(found)
    assert found["evidence"]["age_s"] is not None
    assert found["evidence"]["assurance"] == "operator"


def test_enough_attesters_are_a_consortium(client: FlaskClient, examples: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace.web.operating.CONSORTIUM", 1)
    found = as_json(client, examples[0]["path"])
    assert found["evidence"]["assurance"] == "consortium"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_an_example_as_a_page(client: FlaskClient, examples: list[Example], place: int, lang: str) -> None:
    example = examples[place]
    answer = client.get(f"{example['path']}&lang={lang}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert f'class="verdict {example["light"]}"' in answer.text, "colour"
    assert WORDS[lang][example["light"]] in page.text, "and word"
    assert not page.inline
    assert page.headings[0]


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_the_same_by_the_scan_page(client: FlaskClient, examples: list[Example], place: int) -> None:
    example = examples[place]
    query = {"code": example["scan"], "as": example["as"], "at": example["at"]}
    found = as_json(client, "/scan", **{name: value for name, value in query.items() if value is not None})
    assert (found["verdict"]["code"], found["verdict"]["light"]) == (example["verdict"], example["light"])


def number(examples: list[Example], name: str) -> Example:
    return examples[next(place for place, example in enumerate(EXAMPLES) if example.number == name)]


def test_the_question_leads_on(client: FlaskClient, examples: list[Example]) -> None:
    path = number(examples, "2")["path"]
    assert as_json(client, f"{path}&answer=yes")["verdict"]["code"] == "GENUINE_NOT_YET_SOLD"
    assert as_json(client, f"{path}&answer=no")["verdict"]["light"] != "green"


def test_the_question_is_answered_by_a_form(client: FlaskClient, examples: list[Example]) -> None:
    for path in (number(examples, "2")["path"], "/scan?" + urlencode({"code": number(examples, "2")["scan"]})):
        text = client.get(path, headers=PAGE).text
        action = unescape(text.partition('<form class="answers" method="post" action="')[2].partition('"')[0])
        assert 'class="verdict amber"' in text
        assert 'class="verdict green"' in client.post(action, data={"answer": "yes"}, headers=PAGE).text
        assert 'class="verdict green"' not in client.post(action, data={"answer": "no"}, headers=PAGE).text
        assert client.post(path, data={"answer": "maybe"}, headers=PAGE).status_code == 400


def test_a_place_can_be_chosen(client: FlaskClient, examples: list[Example]) -> None:
    """Loose packs are at no known place: the page asks where the reader is, with a plain form."""
    path = number(examples, "16")["path"].partition("&as=")[0] + "&as=consumer"
    text = client.get(path, headers={"Accept": "text/html"}).text
    assert f'<option value="{BRIDGE}">' in text


def test_the_way_shows_both_signatures(client: FlaskClient, examples: list[Example]) -> None:
    text = Page(client.get(number(examples, "1")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    for words in ("Handed over, signed by:", "Taken over, signed by:"):
        assert text.count(words) == 2, "from the plant to the distributor, from there to the shop"
    assert "recorded by Example Medicines Agency" in text


def test_links_of_the_trade_are_not_named_to_the_public(client: FlaskClient, examples: list[Example]) -> None:
    text = Page(client.get(number(examples, "2")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    assert "distributor, North" in text
    assert "North Distribution" not in text


def test_the_recall_is_explained(client: FlaskClient, examples: list[Example]) -> None:
    text = Page(client.get(number(examples, "13")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    assert "R-2026-001" in text and "recall@example.com" in text


def test_an_undo_that_is_too_late_says_so(client: FlaskClient, examples: list[Example]) -> None:
    early = Page(client.get(number(examples, "7")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    late = Page(client.get(number(examples, "9")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    assert "Undo the sale" in early and "Undo the sale would be refused" not in early
    assert "Undo the sale would be refused" in late and "drugs.undo.too_late" in late


def test_a_repair_is_said(client: FlaskClient, examples: list[Example]) -> None:
    text = Page(client.get(number(examples, "27")["path"] + "&lang=en", headers={"Accept": "text/html"}).text).text
    assert "The scan was repaired" in text


def test_a_foreign_host_is_said(client: FlaskClient, examples: list[Example]) -> None:
    code = "https://elsewhere.example" + number(examples, "2")["path"].partition("&as=")[0]
    assert "不属于本账本" in client.get("/scan", query_string={"code": code, "lang": "zh"}, headers={"Accept": "text/html"}).text


def test_a_page_says_that_it_cannot_vouch_for_itself(client: FlaskClient, examples: list[Example]) -> None:
    text = client.get(examples[0]["path"] + "&lang=en", headers={"Accept": "text/html"}).text
    assert "it cannot vouch for itself" in text


def test_product_and_batch_pages(client: FlaskClient) -> None:
    product = Page(client.get(f"/01/{EXAMPLAMOL}?lang=en", headers={"Accept": "text/html"}).text).text
    assert "About this medicine" in product and "EX2601A" in product and "20 tablets" in product
    batch = Page(client.get(f"/01/{EXAMPLAMOL}/10/EX2602R?lang=en", headers={"Accept": "text/html"}).text).text
    assert "Recall R-2026-001" in batch and "recalled" in batch
    assert as_json(client, f"/01/{EXAMPLAMOL}/10/EX2602R")["verdict"]["code"] == "BATCH_CODE"
    assert as_json(client, f"/01/{EXAMPLAMOL}/10/EX2601A")["verdict"]["light"] == "blue"


@pytest.mark.parametrize("accepted", ["application/json", "application/json;q=0.9, text/html;q=0.1"])
def test_json_by_accept(client: FlaskClient, examples: list[Example], accepted: str) -> None:
    assert client.get(examples[0]["path"], headers={"Accept": accepted}).mimetype == "application/json"


@pytest.mark.parametrize("accepted", ["*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""])
def test_a_page_by_accept(client: FlaskClient, examples: list[Example], accepted: str) -> None:
    answer = client.get(examples[0]["path"], headers={"Accept": accepted})
    assert answer.mimetype == "text/html"
    assert "Accept" in answer.headers["Vary"]


def test_json_by_parameter(client: FlaskClient, examples: list[Example]) -> None:
    assert client.get(examples[0]["path"] + "&format=json").mimetype == "application/json"
