"""The attacker sends half a character, which has no UTF-8. It is refused."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
