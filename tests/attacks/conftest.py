"""The stage that every attack begins with."""

from collections.abc import Iterator

import pytest

from chain import keys
from tests.attacks.browserphone import BrowserPhone
from tests.attacks.peer import Stage
from tests.attacks.phone import Phone
from tests.chromium import chromium
from tests.trace.drugs.bundle_goods import Goods, make_goods
from tests.verify.saved import SavedPage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Three honest nodes and a cheat; every signature that is verified from now on is counted."""
    found, verify = Stage(), keys.verify

    def counted(text: str, message: bytes, signature: bytes) -> bool:
        found.verified += 1
        return verify(text, message, signature)

    monkeypatch.setattr(keys, "verify", counted)
    return found


@pytest.fixture(scope="session")
def goods() -> Goods:
    """A market with evidence for a pack in every state."""
    return make_goods()


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedPage]:
    """The verifier page on a disk, in a real browser without a network."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield SavedPage(browser, tmp_path_factory.mktemp("saved"))


@pytest.fixture(params=["python", "chromium"])
def phone(goods: Goods, request: pytest.FixtureRequest) -> Phone:
    """Somebody who holds an anchor of that market: every attack fails under Python's rules, and before the page in a browser."""
    return Phone(goods) if request.param == "python" else BrowserPhone(goods, request.getfixturevalue("page"))
