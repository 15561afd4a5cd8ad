"""Every page in both languages: it is there, whole, labelled, and all its links lead somewhere."""

import gzip
from collections import deque
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.pages import Page
from trace.demo.build import DOCUMENT_FILE
from trace.demo.world import EXAMPLAMOL, PHARMA
from trace.web.examples import first_of_each

LANGUAGES = ("zh", "en")
PAGES = (
    "/anchor",
    "/",
    "/scan",
    "/batches",
    f"/batches/{EXAMPLAMOL}/EX2601A",
    f"/journeys/{EXAMPLAMOL}/EX2601A?slot=700",
    "/recalls",
    "/recalls/R-2026-001",
    "/alerts",
    "/blocks",
    "/blocks/0",
    "/blocks/1",
    "/parties",
    f"/parties/{PHARMA}",
    "/finality",
    "/finality?share=0.3&depth=10",
    "/state",
    f"/state?key=party/{PHARMA}",
    "/state?key=party/0000000000000",
    "/problems",
    "/problems/drugs.stock.insufficient",
    f"/01/{EXAMPLAMOL}",
    f"/01/{EXAMPLAMOL}/10/EX2602R",
)
CRAWLED = 400
"""Pages that the crawl looks at."""
FIRST_PAGE_LIMIT = 50 * 1024
"""Bytes, compressed, of the page of a verdict with everything that it loads."""


def get(client: FlaskClient, path: str, lang: str | None = None) -> Page:
    address = path if lang is None else f"{path}{'&' if '?' in path else '?'}lang={lang}"
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200, (address, answer.status_code)
    assert answer.mimetype == "text/html"
    return Page(answer.text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(client: FlaskClient, path: str, lang: str) -> None:
    page = get(client, path, lang)
    assert page.language == {"zh": "zh-Hans", "en": "en"}[lang]
    assert len(page.headings) >= 1 and page.headings[0]
    assert not page.inline, "no inline scripts or styles: the policy forbids them"
    assert not page.images_without_words
    assert set(page.fields) <= page.labels, "every field has a label"
    assert not any(link.startswith(("http:", "https:", "//", "javascript:")) for link in page.links + page.assets)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_two_languages_differ(client: FlaskClient, lang: str) -> None:
    text = get(client, "/finality", lang).text
    assert ("见证方" in text) == (lang == "zh")
    assert ("Attesters" in text) == (lang == "en")


def fetch(client: FlaskClient, address: str) -> bytes:
    """The whole body; a static file is closed again."""
    with client.get(address.partition("#")[0]) as answer:
        assert answer.status_code == 200, address
        return answer.get_data()


def test_all_links_lead_somewhere(client: FlaskClient) -> None:
    seen = {"/?lang=zh"}
    waiting = deque(seen)
    while waiting and len(seen) < CRAWLED:
        path = waiting.popleft()
        with client.get(path, headers={"Accept": "text/html"}) as answer:
            assert answer.status_code < 400, path
            found = Page(answer.get_data(as_text=True)).internal_links(path) if answer.mimetype == "text/html" else set()
        for link in sorted(found - seen):
            assert "lang=" in link or link.startswith("/static/"), f"{path}: {link} does not keep the language"
            seen.add(link)
            waiting.append(link)
    assert len(seen) >= 150


def test_static_files_are_there_and_may_be_kept(client: FlaskClient) -> None:
    for address in get(client, "/scan").assets:
        with client.get(address.partition("#")[0]) as answer:
            assert answer.status_code == 200, address
            assert answer.cache_control.max_age == 31_536_000
            assert "v=" in address


def test_every_icon_that_is_named_is_drawn(client: FlaskClient) -> None:
    drawn = fetch(client, "/static/img/icons.svg").decode()
    for path in PAGES:
        for address in get(client, path).assets:
            if "#" in address:
                assert f'id="{address.partition("#")[2]}"' in drawn, address


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_page_is_light(client: FlaskClient, examples: list[dict[str, str]], lang: str) -> None:
    for example in examples[:8]:
        body = fetch(client, f"{example['path']}&lang={lang}")
        files = {address.partition("#")[0] for address in Page(body.decode()).assets}
        size = len(gzip.compress(body)) + sum(len(gzip.compress(fetch(client, address))) for address in files)
        assert size <= FIRST_PAGE_LIMIT, (example["path"], size)


def test_find_leads_to_blocks_and_transactions(client: FlaskClient) -> None:
    block = client.get("/api/blocks/1").get_json()
    assert client.get("/find?name=1").location == "/blocks/1"
    assert client.get(f"/find?name={block['id']}").location == "/blocks/1"
    assert client.get(f"/find?name={block['ids'][0]}").location == f"/transactions/{block['ids'][0]}"
    assert client.get("/find?name=nothing").status_code == 404


def test_the_genesis_block_shows_its_document(client: FlaskClient) -> None:
    assert "interval_ms" in get(client, "/blocks/0").text


def test_the_recall_board_adds_up(client: FlaskClient) -> None:
    page = get(client, "/recalls/R-2026-001", "en").text
    assert "The parts add up to all packs concerned." in page
    assert "400 packs concerned" in page


def test_a_state_entry_is_shown_with_its_proof(client: FlaskClient) -> None:
    assert "proven present" in get(client, f"/state?key=party/{PHARMA}", "en").text
    assert "proven absent" in get(client, "/state?key=party/0000000000000", "en").text


def test_the_attacker_table_is_the_paper_s(client: FlaskClient) -> None:
    page = get(client, "/finality?share=0.3&depth=10", "en").text
    for value in ("0.2045873", "0.0509779", "0.1773523", "P = 0.0416605"):
        assert value in page


def test_pages_in_chinese_have_no_codes_for_words(client: FlaskClient, examples: list[dict[str, str]]) -> None:
    assert "批发企业(北部)" in get(client, examples[0]["path"], "zh").text
    assert "工厂, 东部, CN" in get(client, f"/parties/{PHARMA}", "zh").text
    recall = get(client, "/recalls/R-2026-001", "zh").text
    assert "质量问题" in recall and "quality" not in recall and "drugs.recall" not in recall
    assert "机构登记" in get(client, f"/parties/{PHARMA}", "zh").text


def test_documents_are_shown_in_their_own_letters(client: FlaskClient) -> None:
    for path in ("/blocks/0", f"/state?key=party/{PHARMA}"):
        assert "示例" in get(client, path, "en").text and "\\u" not in get(client, path, "en").text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_visitor_of_the_demonstration_is_shown_a_code_for_each_verdict(
    client: FlaskClient, examples: list[dict[str, str]], lang: str
) -> None:
    page = get(client, "/", lang)
    first = {example["verdict"]: example["path"] for example in reversed(examples)}
    assert {f"{path}&lang={lang}" for path in first.values()} <= set(page.links)
    assert {"zh": "正品,尚未售出", "en": "Genuine, not yet sold"}[lang] in page.text


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"examples": 7}', '{"examples": [{"verdict": "X", "path": "//elsewhere.example/"}]}'])
def test_a_damaged_list_of_examples_is_left_out(tmp_path: Path, content: str) -> None:
    (tmp_path / DOCUMENT_FILE).write_text(content)
    with pytest.raises((ValueError, LookupError, TypeError)):
        first_of_each(tmp_path)[0]
