"""The attacker sends fractions, which machines round differently. There are whole numbers only, spelt in one way."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b"1.5",
        b"1.0",
        b"1e2",
        b"-0",
        b"1e400",
        b"NaN",
        b"Infinity",
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
