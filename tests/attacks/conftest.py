"""The stage that every attack begins with."""

import pytest

from chain import keys
from tests.attacks.peer import Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Three honest nodes and a cheat; every signature that is verified from now on is counted."""
    found, verify = Stage(), keys.verify

    def counted(text: str, message: bytes, signature: bytes) -> bool:
        found.verified += 1
        return verify(text, message, signature)

    monkeypatch.setattr(keys, "verify", counted)
    return found
