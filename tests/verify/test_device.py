"""The page of a pack in a real browser: the device judges the evidence in it by itself, with a network and without."""

import json
from itertools import takewhile

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.serving import serving
from tests.verify.scene import DAY_MS, EVIDENCE, KEPT, WAIT_S, Scene, clock
from trace.drugs.bundle import MEDIA_TYPE

VERDICTS = ("GENUINE_SALEABLE", "RECALLED_BATCH", "UNKNOWN_SERIAL", "DISPENSED_TO_YOU", "WRONG_CUSTODY", "EXPIRED")
"""Verdicts of the demonstration that a browser comes to by itself here; node comes to all of them by the vectors."""


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_device_comes_to_the_same_verdict(scene: Scene, verdict: str) -> None:
    card = scene.device(scene.path(verdict))
    assert card.get_attribute("data-device") == verdict, card.text
    assert "Checked on this device" in card.text
    assert not scene.browser.find_elements(By.CSS_SELECTOR, "[data-differs]"), card.text
    assert next(each for each in scene.examples if each["verdict"] == verdict)["light"] in scene.light()
    assert len(card.find_elements(By.CSS_SELECTOR, "[data-step]")) == 13
    assert scene.overflow() <= 0
    assert not scene.complaints()


def test_the_page_carries_what_the_server_gives_to_machines(scene: Scene) -> None:
    client = scene.liar.honest.test_client()
    for example in scene.examples:
        page = client.get(example["path"]).get_data(as_text=True)
        block = EVIDENCE.search(page)
        given = client.get(example["path"], headers={"Accept": MEDIA_TYPE})
        assert (block is not None) == (given.status_code == 200), example["verdict"]
        assert block is None or page[block.end(1) : block.start(2)].replace("\\u003c", "<").encode() == given.data


def test_the_device_decides_with_the_network_cut_right_behind_the_page(scene: Scene) -> None:
    """Nothing but the page itself is ever asked for before the verdict: no style, no picture, no script, no evidence."""
    browser = scene.browser
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/static/*", "*/verify*", "*/sw.js", "*since=*"]})
    asked = len(scene.liar.asked)
    try:
        card = scene.device(scene.path("GENUINE_SALEABLE"))
        assert card.get_attribute("data-device") == "GENUINE_SALEABLE" and "green" in scene.light()
        assert len(card.find_elements(By.CSS_SELECTOR, "[data-state=passed]")) == 13
        before = list(takewhile(lambda each: "/sw.js" not in each, scene.liar.asked[asked:]))  # the service worker comes behind the verdict
        assert len(before) == 1, before
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    scene.complaints()


def test_a_device_that_remembers_another_head_asks_for_a_proof_and_judges_without_it_too(scene: Scene) -> None:
    """A proof that two heads belong together depends on what the device remembers, so no page can carry it."""
    browser, name = scene.browser, f"pharmatrace/head/{scene.anchor['chain']}"
    remembered = {"origin": scene.anchor["origin"], "size": scene.anchor["checkpoint"]["size"] - 1, "root": "00" * 32}
    browser.execute_script("localStorage.setItem(arguments[0], arguments[1])", name, json.dumps(remembered))
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    assert any(f"since={remembered['size']}" in each for each in scene.liar.asked)
    assert "evidence.checkpoint.fork" in card.text and "red" in scene.light()
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*since=*"]})
    try:
        card = scene.device(scene.path("GENUINE_SALEABLE"))
        assert "evidence.checkpoint.unlinked" in card.text and "amber" in scene.light()
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    scene.complaints()


def test_a_code_in_small_letters_is_read_by_the_device_too(scene: Scene) -> None:
    path = next(each["path"] for each in scene.examples if each["verdict"] == "GENUINE_SALEABLE" and "myt1hh3k" in each["path"])
    card = scene.device(f"{path}&lang=en")
    assert card.get_attribute("data-device") == "GENUINE_SALEABLE" and "green" in scene.light()
    assert not scene.complaints()


def test_old_evidence_is_never_green(scene: Scene) -> None:
    card = scene.device(scene.path("GENUINE_SALEABLE"), later=2 * DAY_MS)
    assert card.get_attribute("data-device") == "PROOF_STALE" and "amber" in scene.light()
    assert "2 days" in card.text


def test_a_printed_expiry_that_was_altered(scene: Scene) -> None:
    before, _, rest = scene.path("GENUINE_SALEABLE").partition("17=")
    card = scene.device(f"{before}17=300101{rest[6:]}")
    assert card.get_attribute("data-device") == "EXPIRY_MISMATCH" and "red" in scene.light()


def test_without_a_network_a_known_pack_still_gets_an_answer_with_its_age(scene: Scene) -> None:
    browser, path = scene.browser, scene.path("GENUINE_SALEABLE")
    with serving(scene.liar.app) as address:
        with clock(browser, scene.now):
            browser.get(address + path)
        WebDriverWait(browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "[data-device]"))
        assert browser.execute_async_script(KEPT) >= 1
    with clock(browser, scene.now + 3 * DAY_MS):  # the server is gone
        browser.get(address + path)
    card = WebDriverWait(browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "#result [data-device]"))
    assert card.get_attribute("data-light") == "amber"
    assert any(age in browser.page_source for age in ("3 days", "3 天"))
    scene.complaints()
