"""The attacker spells one value in many ways, to have one content under many ids. There is one spelling."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b" 1",
        b'"\\/"',
        b'"\\u0041"',
        b'{"b":1,"a":1}',
        b"01",
        b"+1",
        b'{"A":1}',
        b'{"":1}',
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
