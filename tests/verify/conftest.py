"""Fixtures: a real browser whose clock a test can set, and the cases of evidence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from selenium import webdriver

from chain import anchor as anchors
from tests.chromium import chromium
from tests.serving import serving
from tests.trace.drugs import bundle_cases
from tests.verify.scene import Liar, Scene
from tests.web.conftest import Example, examples, folder, ledger
from trace.ledger import Ledger

__all__ = ["examples", "folder", "ledger"]


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """tests/vectors/bundles.json."""
    return bundle_cases.read()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own."""
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def stage(browser: webdriver.Chrome, ledger: Ledger, examples: list[Example]) -> Iterator[Scene]:
    """The demonstration served to a browser."""
    with staged(browser, ledger, examples) as found:
        yield found


@contextmanager
def staged(browser: webdriver.Chrome, ledger: Ledger, examples: list[Example], second: str = "") -> Iterator[Scene]:
    """The demonstration served to a browser; `second`: address of the node whose heads its devices compare."""
    made, certified = ledger.anchors.renew(ledger.node), ledger.node.certified
    assert made is not None and certified is not None
    now = max(int.from_bytes(line.body[:8], "big") for line in certified.lines if len(line.body) == 72) * 1000
    liar = Liar(ledger, anchors.encode(made), second)
    with serving(liar.app) as address:
        yield Scene(browser, liar, address, now, examples, json.loads(anchors.encode(made)))


@pytest.fixture
def scene(stage: Scene) -> Iterator[Scene]:
    """An honest server and a device that has seen nothing."""
    stage.liar.honest_again()
    stage.fresh()
    yield stage
    stage.liar.honest_again()
