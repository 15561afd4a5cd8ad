"""The code on a copied pack answers the question that its buyer is to be asked: `?answer=yes` is printed with it, or another site sends it.

A page, and the device's check on it, take an answer only from the page's own button. Software that asks for JSON speaks for itself.
"""

import pytest
from flask.testing import FlaskClient
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.verify.conftest import browser, examples, folder, ledger, scene, stage
from tests.verify.scene import WAIT_S, Scene, clock

__all__ = ["browser", "examples", "folder", "ledger", "scene", "stage"]

ASKING = ("SOLD_ONCE", "GENUINE_CHECK_PLACE")
"""Verdicts on packs about which a buyer is asked."""


@pytest.fixture(params=ASKING)
def path(request: pytest.FixtureRequest, scene: Scene) -> str:
    return scene.path(request.param)


@pytest.fixture
def client(scene: Scene) -> FlaskClient:
    return scene.liar.honest.test_client()


def lights(page: str) -> tuple[str, str]:
    """The light of a page, and the answer that its device's check goes by."""
    light, answer = (page.partition(before)[2].partition('"')[0] for before in ('<section class="verdict ', 'data-answer="'))
    return light, answer


def test_an_address_answers_nothing(scene: Scene, path: str) -> None:
    card = scene.device(f"{path}&answer=yes")
    assert card.get_attribute("data-light") == "amber" and "amber" in scene.light()
    with clock(scene.browser, scene.now):
        scene.browser.find_element(By.CSS_SELECTOR, ".answers .yes").click()
        by_tap = (By.CSS_SELECTOR, "#device > [data-light=green]")
        WebDriverWait(scene.browser, WAIT_S).until(lambda driver: driver.find_elements(*by_tap))
    assert "green" in scene.light() and "answer" not in scene.browser.current_url


def test_nor_one_that_an_answer_is_sent_to(client: FlaskClient, path: str) -> None:
    light, answer = lights(client.post(f"{path}&answer=yes", data={"answer": "no"}).text)
    assert light in ("amber", "red") and answer == "no"


@pytest.mark.parametrize("sender", ["cross-site", "same-site", "none"])
def test_nor_does_another_site(client: FlaskClient, path: str, sender: str) -> None:
    assert lights(client.post(path, data={"answer": "yes"}, headers={"Sec-Fetch-Site": sender}).text) == ("amber", "")
