"""The pages in a real browser: nothing overflows, nothing is blocked by the policy, contrast, the scanner's separator, no script needed."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.chromium import chromium
from tests.serving import serving
from tests.trace.tills import code_of, sold_twice
from tests.web.conftest import Example
from tests.web.test_pages import PAGES
from trace.web import create_app

WIDTHS = (360, 1280)
"""A small phone and a desk, CSS pixels."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2 AA for text."""
SHOTS = os.environ.get("PHARMATRACE_SHOTS")
"""Folder for pictures of the pages; none are kept where it is not set."""

CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = parse(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0.99) return colour;
  }
  return [255, 255, 255];
};
const poor = [];
for (const element of document.querySelectorAll("main *, header *, footer *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const [a, b] = [luminance(parse(style.color)), luminance(ground(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < arguments[0]) poor.push(`${element.tagName}.${element.className}: ${ratio.toFixed(2)} "${element.textContent.trim()}"`);
}
return poor;
"""
"""Texts whose contrast with what is behind them is too small."""

LENGTHEN = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) walker.currentNode.nodeValue = walker.currentNode.nodeValue.replaceAll(arguments[0], arguments[1]);
"""
"""Replaces a word wherever the page shows it."""


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def twice() -> Iterator[tuple[str, str]]:
    """(address of the node whose sale lost, id of that sale)."""
    street, _, lost, loser = sold_twice()
    with serving(create_app({"LEDGER": street.ledger(loser)})) as url:
        yield url, lost.id.hex()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def show(browser: webdriver.Chrome, address: str, *, width: int = 360, dark: bool = False) -> None:
    """Opens a page as wide as a phone or a desk, and looks at what the browser complained about."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    browser.get(address)
    untyped: Any = browser
    complaints = [entry for entry in untyped.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not complaints, complaints


def keep(browser: webdriver.Chrome, name: str) -> None:
    """Keeps a picture of the whole page where somebody wants to look at them."""
    if SHOTS:
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
        Path(SHOTS, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


def overflow(browser: webdriver.Chrome) -> int:
    """CSS pixels by which the page is wider than the window."""
    return int(browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def slug(path: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in path).strip("-") or "home"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_fits(browser: webdriver.Chrome, address: str, width: int, lang: str) -> None:
    for path in PAGES:
        show(browser, f"{address}{path}{'&' if '?' in path else '?'}lang={lang}", width=width)
        keep(browser, f"{slug(path)}-{lang}-{width}")
        assert overflow(browser) <= 0, path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_verdict_fits(browser: webdriver.Chrome, address: str, examples: list[Example], width: int, lang: str) -> None:
    for place, example in enumerate(examples, 1):
        show(browser, f"{address}{example['path']}&lang={lang}", width=width)
        keep(browser, f"example-{place:02}-{lang}-{width}")
        assert overflow(browser) <= 0, example
        light = browser.find_element(By.CSS_SELECTOR, ".verdict")
        assert example["light"] in str(light.get_attribute("class"))
        if width < 700:
            assert light.location["y"] + light.size["height"] <= 800, "the verdict is on the first screen"


def test_names_without_a_space_fit(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    """Names come from outside: 120 characters need not have a place to break."""
    for path in [*PAGES, examples[0]["path"]]:
        show(browser, f"{address}{path}{'&' if '?' in path else '?'}lang=en")
        browser.execute_script(LENGTHEN, "Example", "X" * 120)
        assert overflow(browser) <= 0, path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_pack_that_was_sold_twice(browser: webdriver.Chrome, twice: tuple[str, str], width: int, lang: str) -> None:
    address, lost = twice
    for path in (f"/scan?code={quote(code_of('L', 3))}&", "/alerts?", f"/transactions/{lost}?"):
        show(browser, f"{address}{path}lang={lang}", width=width)
        keep(browser, f"twice-{slug(path)[:14]}-{lang}-{width}")
        assert overflow(browser) <= 0, path
        assert not browser.execute_script(CONTRAST, LEAST_CONTRAST), path
        assert {"zh": "同一盒售出两次", "en": "The same pack was sold twice"}[lang] in browser.find_element(By.TAG_NAME, "main").text


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast(browser: webdriver.Chrome, address: str, examples: list[Example], dark: bool) -> None:
    lights = {example["light"]: example["path"] for example in examples}
    for path in [*lights.values(), *PAGES]:
        show(browser, address + path, width=1280, dark=dark)
        poor = browser.execute_script(CONTRAST, LEAST_CONTRAST)
        assert not poor, (path, poor)


def test_the_separator_of_a_scanner_reaches_the_server(browser: webdriver.Chrome, address: str) -> None:
    show(browser, f"{address}/scan?lang=en", width=1280)
    field = browser.find_element(By.ID, "code")
    assert browser.switch_to.active_element == field, "ready for the next scan"
    field.send_keys("0109521001001014", "10EX2601A", Keys.CONTROL + "]", Keys.NULL, "21MYT1HH3KFWJ71BPR")
    assert browser.execute_script("return arguments[0].value", field) == "010952100100101410EX2601A\x1d21MYT1HH3KFWJ71BPR"
    field.submit()
    assert "%1D" in browser.current_url
    assert browser.find_element(By.CSS_SELECTOR, ".verdict.amber")


def test_the_question_is_answered_by_a_tap(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    show(browser, f"{address}{examples[1]['path']}&lang=en")
    browser.find_element(By.CSS_SELECTOR, ".answers .yes").click()
    assert browser.find_element(By.CSS_SELECTOR, ".verdict.green")
    assert "lang=en" in browser.current_url


def test_all_of_it_works_without_scripts(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, f"{address}{examples[0]['path']}&lang=en")
        assert browser.find_element(By.CSS_SELECTOR, ".verdict.green")
        browser.find_element(By.CSS_SELECTOR, ".menu summary").click()
        assert browser.find_element(By.CSS_SELECTOR, ".menu nav").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_targets_are_large_enough_for_a_finger(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    show(browser, f"{address}{examples[1]['path']}&lang=en")
    for element in browser.find_elements(By.CSS_SELECTOR, "button, .button, .top a, .top summary"):
        if element.is_displayed():
            assert element.size["height"] >= 44, element.get_attribute("outerHTML")


def test_forced_colours_keep_words_and_outlines(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "forced-colors", "value": "active"}]})
    browser.get(f"{address}{examples[0]['path']}&lang=en")
    keep(browser, "forced-colours")
    disc = browser.find_element(By.CSS_SELECTOR, ".lamp .disc")
    assert disc.value_of_css_property("border-top-style") == "solid"
    assert "Good" in browser.find_element(By.CSS_SELECTOR, ".lamp").text


def test_no_page_asks_another_host(browser: webdriver.Chrome, address: str, examples: list[Example]) -> None:
    show(browser, address + examples[0]["path"])
    names = json.loads(browser.execute_script("return JSON.stringify(performance.getEntriesByType('resource').map((entry) => entry.name))"))
    assert names and all(name.startswith(address) for name in names)
