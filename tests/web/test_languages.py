"""Choosing a language; the catalogue of words is whole and compiled."""

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from tests.web.pages import Page

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "trace" / "web" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("fr, en;q=0.3", "en"),
        ("fr", "zh-Hans"),
        ("", "zh-Hans"),
        ("\u00e9;;;q=x", "zh-Hans"),
    ],
)
def test_the_browser_s_language(client: FlaskClient, accepted: str, language: str) -> None:
    answer = client.get("/scan", headers={"Accept-Language": accepted})
    assert Page(answer.text).language == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers


def test_the_address_wins(client: FlaskClient) -> None:
    assert Page(client.get("/scan?lang=en", headers={"Accept-Language": "zh"}).text).language == "en"
    assert Page(client.get("/scan?lang=xx", headers={"Accept-Language": "en"}).text).language == "en"


def test_the_switch_keeps_path_and_query(client: FlaskClient) -> None:
    page = Page(client.get("/01/09521001001014/10/A%2FB/21/X%25?17=280101&as=pharmacy&lang=zh").text)
    assert "/01/09521001001014/10/A%2FB/21/X%25?17=280101&as=pharmacy&lang=en" in page.links


def messages() -> set[str | tuple[str, ...]]:
    """Everything that pages and views ask the catalogue for."""
    methods = [("**.html", "jinja2"), ("**.py", "python")]
    found: set[str | tuple[str, ...]] = set()
    for folder in ("templates", "trace/web"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, method_map=methods, keywords=KEYWORDS):
            found.add(message)
    return found


def test_every_message_has_chinese_words() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    for message in messages():
        entry = catalogue.get(message if isinstance(message, str) else message[0])
        assert entry is not None, f"not in the catalogue: {message!r}; see trace/web/translations/babel.cfg"
        translated = entry.string if isinstance(entry.string, str) else "".join(entry.string or ())
        assert translated.strip(), f"no Chinese words for {message!r}"
        assert not entry.fuzzy
        assert not list(entry.check(catalogue)), message


def test_no_message_is_left_over() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    wanted = messages()
    assert {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in catalogue if entry.id} <= wanted


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert compiled.getvalue() == CATALOGUE.with_suffix(".mo").read_bytes(), "compile it anew: pybabel compile -d trace/web/translations"
