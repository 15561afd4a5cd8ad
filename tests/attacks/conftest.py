"""The stage that every attack begins with."""

import pytest

from chain import keys
from tests.attacks.peer import Stage
from tests.attacks.phone import Phone
from tests.trace.drugs.bundle_goods import Goods, make_goods


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


@pytest.fixture
def phone(goods: Goods) -> Phone:
    """Somebody who holds an anchor of that market."""
    return Phone(goods)
