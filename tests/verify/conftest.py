"""Fixtures: a real browser whose clock a test can set, and the cases of evidence."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.trace.drugs import bundle_cases
from tests.web.test_browser import CHROMIUM, DRIVER, FLAGS


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
