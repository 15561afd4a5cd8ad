"""The server hands out a verifier that calls everything good. What is beyond its reach still refuses: the saved file, the page that was
installed before, the command line. (A service worker comes from the same server: docs/THREATS.md says what that means.)"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chain import codec
from tests.verify.conftest import browser, examples, folder, ledger, scene, stage
from tests.verify.saved import SavedPage
from tests.verify.scene import KEPT, WAIT_S, Scene, clock
from trace import verifier
from trace.cli.group import cli
from trace.drugs.bundle import DEPTH_LIMIT

__all__ = ["browser", "examples", "folder", "ledger", "scene", "stage"]

LIE = '<!doctype html><title>Verifier</title><p data-device="GENUINE_SALEABLE" data-light="green">Checked on this device</p>'
"""What the server calls a verifier."""


@pytest.fixture
def forged(scene: Scene) -> bytes:
    """Evidence of a recalled batch without its recall."""
    bundle = codec.decode(scene.liar.bundle(scene.path("RECALLED_BATCH")), DEPTH_LIMIT)
    for entry in bundle["state"]["entries"]:
        if entry["key"].startswith("batch/"):
            entry["value"]["recalls"] = []
    return codec.encode(bundle, DEPTH_LIMIT)


@pytest.fixture
def page(scene: Scene, tmp_path: Path) -> Iterator[SavedPage]:
    found = SavedPage(scene.browser, tmp_path)
    yield found
    found.online()


def question(scene: Scene) -> dict[str, Any]:
    example = next(each for each in scene.examples if each["verdict"] == "RECALLED_BATCH")
    return {"scan": example["scan"], "viewer": example["as"], "place": example["at"], "answer": None}


def refusal(card: Any) -> tuple[str | None, str | None, bool]:
    return card.get_attribute("data-device"), card.get_attribute("data-light"), "evidence.state.proof" in card.text


REFUSED = ("LEDGER_INCONSISTENT", "red", True)


def test_the_saved_file_refuses(scene: Scene, page: SavedPage, forged: bytes) -> None:
    scene.liar.serves["/verify"] = LIE
    page.open(scene.anchor, scene.now)
    assert refusal(page.judge(forged, question(scene))) == REFUSED


@pytest.mark.parametrize("path", ["/verify?lang=en", "/%76erify?lang=en", "/verify/?lang=en", "//verify?lang=en", "/verif%79/"])
def test_the_installed_page_refuses(scene: Scene, page: SavedPage, forged: bytes, path: str) -> None:
    """However its address is spelt: browsers show `%76` as a letter."""
    browser = scene.browser
    scene.device(scene.path("GENUINE_SALEABLE"))  # an honest server, once
    assert browser.execute_async_script(KEPT) >= 1
    scene.liar.serves |= dict.fromkeys(("/verify", "/verify/", "//verify"), LIE)
    with clock(browser, scene.now):
        browser.get(f"{scene.address}{path}")
    assert refusal(page.judge(forged, question(scene))) == REFUSED
    honest = verifier.digest(scene.liar.honest.test_client().get("/verify").data)
    WebDriverWait(browser, WAIT_S).until(lambda driver: driver.find_element(By.ID, "hash").text == honest)


def test_its_hash_is_another(scene: Scene) -> None:
    """Whoever has nothing yet gets the lie, and finds it by comparing the hash with one from elsewhere."""
    scene.liar.serves["/verify"] = LIE
    served = scene.liar.app.test_client().get("/verify").data
    assert b"green" in served
    assert verifier.digest(served) != verifier.digest(scene.liar.honest.test_client().get("/verify").data)


def test_the_command_refuses(scene: Scene, forged: bytes, tmp_path: Path) -> None:
    scene.liar.serves["/verify"] = LIE
    (tmp_path / "anchor.json").write_bytes(codec.encode(scene.anchor))
    (tmp_path / "evidence.json").write_bytes(forged)
    asked = question(scene)
    options = ["--scan", asked["scan"], "--as", asked["viewer"], *(["--at", asked["place"]] if asked["place"] else [])]
    done = CliRunner().invoke(cli, ["verify", str(tmp_path / "evidence.json"), "--anchor", str(tmp_path / "anchor.json"), *options])
    assert done.exit_code == 1 and "evidence.state.proof" in done.output
