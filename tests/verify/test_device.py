"""The page of a pack in a real browser: the device fetches the evidence and judges it by itself, with a network and without."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.serving import serving
from tests.verify.scene import DAY_MS, KEPT, WAIT_S, Scene, clock

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
