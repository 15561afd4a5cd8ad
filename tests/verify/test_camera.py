"""A pack before the camera of a real browser: the picture is read, the page opens, and the device checks the evidence."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.chromium import chromium
from tests.verify.scene import WAIT_S, Scene, clock
from trace import labels

SIZE = (1280, 720)
"""Pixels of the camera's picture."""
FRAMES = 10
"""Pictures in the film; the camera shows it over and over."""
DETECTOR = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["data_matrix", "qr_code"]; }
  async detect(video) { return video.videoWidth > 0 ? [{ rawValue: %r }] : []; }
};
"""
"""A browser that reads codes itself; Chromium does not on every system."""


class Camera:
    """The fake camera of a browser."""

    def __init__(self, browser: webdriver.Chrome, film: Path) -> None:
        self.browser, self.film = browser, film

    def show(self, text: str | None) -> None:
        """Holds a pack with this code before it, not quite straight; None: an empty table."""
        picture = Image.new("L", SIZE, 200)
        if text is not None:
            code = Image.open(io.BytesIO(labels.qr_png(text))).convert("L").rotate(5, expand=True, fillcolor=200)
            picture.paste(code, ((SIZE[0] - code.width) // 2, (SIZE[1] - code.height) // 2))
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=90)
        self.film.write_bytes(out.getvalue() * FRAMES)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    """A browser that lets every page have its camera, which shows a film."""
    film = tmp_path_factory.mktemp("film") / "pack.mjpeg"
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with chromium(tmp_path_factory.mktemp("profile"), *flags) as driver:
        yield Camera(driver, film)


@pytest.fixture(scope="module")
def browser(camera: Camera) -> webdriver.Chrome:
    return camera.browser


def scan(scene: Scene) -> Any:
    """Presses the button of the scan page; the device's card on the page that it leads to."""
    browser = scene.browser
    with clock(browser, scene.now):
        browser.get(f"{scene.address}/scan?as=pharmacy&at={scene.examples[0]['at']}&lang=en")
        browser.find_element(By.CSS_SELECTOR, "[data-camera] button").click()
        WebDriverWait(browser, WAIT_S).until(lambda driver: "code=" in driver.current_url)
        return WebDriverWait(browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "#device > *"))


def address_of(scene: Scene, verdict: str) -> str:
    """What is printed on the pack of an example: its address at this server."""
    return scene.address + scene.path(verdict).partition("&as=")[0]


@pytest.mark.parametrize("verdict", ["GENUINE_SALEABLE", "RECALLED_BATCH"])
def test_a_pack_before_the_camera_is_checked_on_this_device(scene: Scene, camera: Camera, verdict: str) -> None:
    camera.show(address_of(scene, verdict))
    card = scan(scene)
    assert card.get_attribute("data-device") == verdict and "Checked on this device" in card.text
    assert ("green" if verdict == "GENUINE_SALEABLE" else "red") in scene.light()
    assert not scene.complaints()


def test_false_evidence_of_a_scanned_pack_turns_red(scene: Scene, camera: Camera) -> None:
    camera.show(address_of(scene, "GENUINE_SALEABLE"))
    scene.liar.tamper = lambda bundle: {**bundle, "transactions": [{**each, "sigs": ["A" * 86]} for each in bundle["transactions"]]}
    card = scan(scene)
    assert "evidence.event.signature" in card.text and "red" in scene.light()


def test_a_browser_that_reads_codes_itself_sends_no_picture_and_no_secret(scene: Scene, camera: Camera) -> None:
    camera.show(None)
    browser = scene.browser
    source = DETECTOR % (address_of(scene, "GENUINE_SALEABLE") + "#r=" + "A" * 43)
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    card = scan(scene)
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert card.get_attribute("data-device") == "GENUINE_SALEABLE"
    assert browser.current_url.endswith("#r=" + "A" * 43)
    asked = scene.liar.asked
    assert asked and not any(each.startswith("POST") or "A" * 43 in each for each in asked)


def test_a_camera_that_is_refused_is_said(scene: Scene) -> None:
    browser = scene.browser
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    browser.get(f"{scene.address}/scan?lang=en")
    browser.execute_script(refuse)
    browser.find_element(By.CSS_SELECTOR, "[data-camera] button").click()
    WebDriverWait(browser, WAIT_S).until(
        lambda driver: "cannot be used" in driver.find_element(By.CSS_SELECTOR, "[data-camera] [role=status]").text
    )
