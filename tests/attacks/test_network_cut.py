"""The network is cut right behind the page, so that nothing but the server's word would be left: the device decides all the same."""

from urllib.parse import urlencode

import pytest

from tests.verify.conftest import browser, examples, folder, ledger, scene, stage
from tests.verify.scene import Scene

__all__ = ["browser", "examples", "folder", "ledger", "scene", "stage"]

NO_WEBCRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });"
"""As on a page without https: signatures are checked by a script that is fetched only then."""
PAGE, TYPED, FALLBACK = "/01/", "/scan?code", "/verify/fallback.js"
"""What the server still answers before it is gone."""


@pytest.mark.parametrize("verdict", ["GENUINE_SALEABLE", "RECALLED_BATCH"])
def test_the_device_still_decides(scene: Scene, verdict: str) -> None:
    scene.liar.leaves = PAGE
    card = scene.device(scene.path(verdict))
    assert scene.liar.is_gone
    assert card.get_attribute("data-device") == verdict and "Checked on this device" in card.text


def test_a_lie_is_still_found(scene: Scene) -> None:
    scene.liar.leaves = PAGE
    scene.liar.says = ('data-code="RECALLED_BATCH" data-light="red"', 'data-code="GENUINE_NOT_YET_SOLD" data-light="green"')
    scene.device(scene.path("RECALLED_BATCH"))
    assert scene.liar.is_gone and "red" in scene.light()


def test_a_code_that_a_scanner_changed(scene: Scene) -> None:
    scene.liar.leaves = PAGE
    path = next(each["path"] for each in scene.examples if each["verdict"] == "GENUINE_SALEABLE" and "myt1hh3k" in each["path"])
    card = scene.device(f"{path}&lang=en")
    assert scene.liar.is_gone and card.get_attribute("data-device") == "GENUINE_SALEABLE"


def test_a_code_that_was_typed(scene: Scene) -> None:
    scene.liar.leaves = TYPED
    found = next(each for each in scene.examples if each["verdict"] == "GENUINE_SALEABLE" and each["scan"])
    card = scene.device(f"/scan?{urlencode({'code': found['scan'], 'as': found['as'], 'at': found['at'], 'lang': 'en'})}")
    assert scene.liar.is_gone and card.get_attribute("data-device") == "GENUINE_SALEABLE"


def test_a_browser_without_webcrypto(scene: Scene) -> None:
    script = scene.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBCRYPTO})
    scene.liar.leaves = FALLBACK
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    scene.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert scene.liar.is_gone and any("fallback.js" in each for each in scene.liar.asked)
    assert card.get_attribute("data-device") == "GENUINE_SALEABLE"


def test_cut_before_it_shows_the_server_s_word_as_such(scene: Scene) -> None:
    scene.liar.tamper = lambda bundle: b""
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    assert card.get_attribute("data-device") in (None, "LEDGER_INCONSISTENT") and "Checked on this device" not in card.text


def test_a_part_of_the_verifier_that_is_withheld_is_no_fault_of_the_evidence(scene: Scene) -> None:
    script = scene.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBCRYPTO})
    scene.liar.serves["/verify/fallback.js"] = "<p>none</p>"
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    scene.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert "could not fetch all that checking needs" in card.text and card.get_attribute("data-device") is None
