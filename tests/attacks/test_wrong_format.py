"""The attacker sends headers of formats, algorithms and channels that do not exist, or hides bytes in the padding. Unknown worlds are
refused."""

import pytest

from tests.attacks.peer import Stage, travelling


@pytest.mark.parametrize(
    ("place", "code"),
    [(0, "block.header"), (4, "block.format"), (5, "block.suite"), (8, "block.channel"), (10, "block.header"), (229, "block.header")],
)
def test_an_unknown_header_is_refused(stage: Stage, place: int, code: str) -> None:
    body = bytearray(travelling(stage.evil.forge()))
    body[place] ^= 0x55
    stage.assert_refused(code, lambda number: ("block", bytes(body)), signatures=0)
