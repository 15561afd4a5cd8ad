"""What the pages and the API say while a sale is provisional, and when it lost against another (DOMAIN §4; PROTOCOL §6, words)."""

import json
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from chain.transactions import Transaction
from tests.trace.tills import Street, code_of, make_street, sold_twice
from tests.trace.world import BRIDGE, HILLSIDE
from tests.web.pages import Page
from trace import carrier
from trace.web import create_app
from trace.web.apidocument import document

LANGUAGES = ("zh", "en")
PACK = {"code": code_of("L", 3)}
SAID = {
    "zh": {
        "twice": "同一码多次售出", "own": "仅本节点所知", "accepted": "本节点当时已受理(暂定)", "only": "账本只记录了",
        "none": "本节点没有这样的记录", "title": "同一盒售出两次",
    },
    "en": {
        "twice": "The same code was sold more than once", "own": "Known to this node only",
        "accepted": "this node had accepted it (provisional)",
        "only": "The ledger records only", "none": "This node knows of none", "title": "The same pack was sold twice",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def healed() -> tuple[Street, Transaction, Transaction, int]:
    return sold_twice()


def client_of(street: Street, number: int) -> FlaskClient:
    return create_app({"LEDGER": street.ledger(number)}).test_client()


def page(client: FlaskClient, path: str, **query: str) -> Page:
    answer = client.get(path, query_string=query, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    found = Page(answer.text)
    assert not found.inline and found.headings[0]
    return found


def as_json(client: FlaskClient, path: str, **query: Any) -> Any:
    answer = client.get(path, query_string=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json


def fits(value: Any, name: str) -> None:
    schemas = document()["components"]["schemas"]
    jsonschema.validate(value, {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_verdict_page_attributes_both_sales(healed: tuple[Street, Transaction, Transaction, int], lang: str) -> None:
    street, won, lost, loser = healed
    found = page(client_of(street, loser), "/scan", lang=lang, **PACK)
    for said in ("twice", "own", "accepted", "only"):
        assert SAID[lang][said] in found.text
    assert lost.by in found.text and won.by in found.text
    assert {"zh": "示例river shop", "en": "Example river shop"}[lang] in found.text
    assert {"zh": "示例hillside shop", "en": "Example hillside shop"}[lang] in found.text
    links = {link.partition("?")[0] for link in found.links}
    assert {f"/transactions/{lost.id.hex()}", f"/transactions/{won.id.hex()}", "/alerts"} <= links


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_winner_s_node_says_that_it_came_later(healed: tuple[Street, Transaction, Transaction, int], lang: str) -> None:
    street, _, lost, loser = healed
    found = page(client_of(street, 1 - loser), "/scan", lang=lang, **PACK)
    assert SAID[lang]["twice"] in found.text and SAID[lang]["accepted"] not in found.text
    assert lost.by in found.text


def test_the_verdict_as_json(healed: tuple[Street, Transaction, Transaction, int]) -> None:
    street, won, lost, loser = healed
    told = as_json(client_of(street, loser), "/scan", **PACK)
    fits(told, "Answer")
    assert told["verdict"]["code"] == "SOLD_MORE_THAN_ONCE"
    (one,) = told["incidents"]
    assert (one["lost"]["signature"]["transaction"], one["winner"]["signature"]["transaction"]) == (lost.id.hex(), won.id.hex())
    assert (one["source"], one["settled"], one["acknowledged"], one["winner"]["level"]) == ("node", True, True, "final")
    assert as_json(client_of(street, loser), "/scan", code=code_of("L", 4))["incidents"] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_of_alerts(healed: tuple[Street, Transaction, Transaction, int], lang: str) -> None:
    street, won, lost, loser = healed
    client = client_of(street, loser)
    for query in ({}, {"site": BRIDGE}, {"site": HILLSIDE}):
        found = page(client, "/alerts", lang=lang, **query)
        assert SAID[lang]["title"] in found.text
        assert lost.by in found.text and won.by in found.text
    assert SAID[lang]["none"] in page(client, "/alerts", lang=lang, site="9521004000014").text
    assert client.get("/alerts?site=x").status_code == 400


def test_the_list_as_json(healed: tuple[Street, Transaction, Transaction, int]) -> None:
    street, _, lost, loser = healed
    client = client_of(street, loser)
    told = as_json(client, "/api/alerts")
    fits(told, "Alerts")
    assert [one["lost"]["signature"]["key"] for one in told["alerts"]] == [lost.by]
    assert as_json(client, "/api/alerts", site="9521004000014")["alerts"] == []


def test_the_lost_transaction_answers_conflicted(healed: tuple[Street, Transaction, Transaction, int]) -> None:
    street, won, lost, loser = healed
    for number in (0, 1):
        client = client_of(street, number)
        told = as_json(client, f"/api/transactions/{lost.id.hex()}")
        fits(told, "Found")
        assert (told["level"], told["hand_over"], told["conflict"]["code"]) == ("conflicted", "stop", "drugs.pack.dispensed_elsewhere")
        assert told["conflict"]["winner"]["signature"]["transaction"] == won.id.hex()
        assert told["conflict"]["acknowledged"] == (number == loser)
        assert carrier.from_json(told["transaction"]).id == lost.id, "the evidence itself, with its signature"
        kept = as_json(client, f"/api/transactions/{won.id.hex()}")
        fits(kept, "Found")
        assert (kept["level"], kept["hand_over"]) == ("final", "now") and "conflict" not in kept


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_the_lost_transaction(healed: tuple[Street, Transaction, Transaction, int], lang: str) -> None:
    street, _, lost, loser = healed
    found = page(client_of(street, loser), f"/transactions/{lost.id.hex()}", lang=lang)
    assert {"zh": "未入账:另一笔在先", "en": "not on the ledger: another came first"}[lang] in found.text
    assert SAID[lang]["title"] in found.text


def test_sending_it_again_is_refused_with_the_reason(healed: tuple[Street, Transaction, Transaction, int]) -> None:
    street, _, lost, loser = healed
    answer = post(client_of(street, loser), lost)
    assert answer.status_code == 422 and answer.json["code"] == "drugs.pack.dispensed_elsewhere"


# --- while it is provisional -------------------------------------------------------------------------------------------------


def post(client: FlaskClient, item: Transaction, **query: Any) -> Any:
    body = json.dumps(carrier.to_json(item))
    return client.post("/api/transactions", data=body, content_type="application/json", query_string=query)


@pytest.fixture(scope="module")
def street() -> Street:
    return make_street()


def test_a_receipt_says_what_it_promises(street: Street) -> None:
    """Accepted (provisional), in a block (can still change), final; depth is never called final."""
    street.cut()
    client = client_of(street, 0)
    item = street.sale(0, BRIDGE, "L", 5)
    answer = post(client, item)
    assert answer.status_code == 202
    fits(answer.json, "Receipt")
    assert answer.json["level"] == "stored"
    assert answer.json["words"] == {"zh": "已受理(暂定)", "en": "accepted (provisional)"}
    street.run(4)
    again = post(client, item)
    assert again.status_code == 200 and again.json["level"] == "in_block"
    assert again.json["words"] == {"zh": "已入块(仍可能变动)", "en": "in a block (can still change)"}
    street.heal()
    settled = post(client, item).json
    assert settled["level"] == "final" and settled["words"]["zh"] in ("已终局", "由Example Operator记录")


@pytest.mark.parametrize(
    ("lot", "slot", "query", "answer"),
    [("A", 6, {}, "now"), ("L", 6, {}, "wait_block"), ("L", 7, {"value": 50_001}, "wait_block"), ("L", 8, {"value": 50_000}, "now")],
)
def test_the_till_is_told_when_to_hand_over(street: Street, lot: str, slot: int, query: dict[str, int], answer: str) -> None:
    told = post(client_of(street, 0), street.sale(0, BRIDGE, lot, slot), **query).json
    assert told["hand_over"] == answer and set(told["hand_over_words"]) == {"zh", "en"}
    street.run(6)


def test_a_price_that_is_none_sells_nothing(street: Street) -> None:
    item = street.sale(0, BRIDGE, "A", 9)
    answer = post(client_of(street, 0), item, value="dear")
    assert answer.status_code == 400 and answer.json["code"] == "web.parameter"
    assert street.nodes[0].transaction(item.id) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_say_how_settled_it_is(street: Street, lang: str) -> None:
    client = client_of(street, 0)
    slot = 2 + LANGUAGES.index(lang)
    item = street.sell(0, BRIDGE, "A", slot)
    path, scanned = f"/transactions/{item.id.hex()}", {"code": code_of("A", slot), "as": "pharmacy", "at": BRIDGE}
    words = {"zh": ("已受理(暂定)", "已入块(仍可能变动)"), "en": ("accepted (provisional)", "in a block (can still change)")}[lang]
    assert words[0] in page(client, path, lang=lang).text
    assert words[0] in page(client, "/scan", lang=lang, **scanned).text
    street.cut()
    street.run(4)
    depth = {"zh": "深度再大也不是终局", "en": "depth is never final"}[lang]
    assert depth in page(client, path, lang=lang).text
    assert words[1] in page(client, "/scan", lang=lang, **scanned).text
    street.heal()
    assert depth not in page(client, path, lang=lang).text
