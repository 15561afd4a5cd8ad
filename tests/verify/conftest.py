"""Fixtures: a real browser whose clock a test can set, and the cases of evidence."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from chain import anchor as anchors
from tests.serving import serving
from tests.trace.drugs import bundle_cases
from tests.verify.scene import Liar, Scene
from tests.web.conftest import Example, examples, folder, ledger
from tests.web.test_browser import CHROMIUM, DRIVER, FLAGS
from trace.ledger import Ledger

__all__ = ["examples", "folder", "ledger"]


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """tests/vectors/bundles.json."""
    return bundle_cases.read()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own."""
    if not (Path(CHROMIUM).exists() and Path(DRIVER).exists()):
        if os.environ.get("CI") == "true":
            pytest.fail("chromium and chromedriver are missing")
        pytest.skip("chromium is not installed")
    folder = tmp_path_factory.mktemp("profile")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def stage(browser: webdriver.Chrome, ledger: Ledger, examples: list[Example]) -> Iterator[Scene]:
    """The demonstration served to a browser."""
    made, certified = ledger.anchors.renew(ledger.node), ledger.node.certified
    assert made is not None and certified is not None
    now = max(int.from_bytes(line.body[:8], "big") for line in certified.lines if len(line.body) == 72) * 1000
    liar = Liar(ledger, anchors.encode(made))
    with serving(liar.app) as address:
        yield Scene(browser, liar, address, now, examples, json.loads(anchors.encode(made)))


@pytest.fixture
def scene(stage: Scene) -> Iterator[Scene]:
    """An honest server and a device that has seen nothing."""
    stage.fresh()
    yield stage
    stage.liar.tamper = stage.liar.says = None
