"""The attacker writes a name twice, so that two readers see two values. Bytes that differ from their own encoding are refused."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"\\u0061":1}',
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
