"""The attacker sends integers that browsers cannot hold exactly. 2^53 - 1 is the last."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b"9007199254740992",
        b"9007199254740993",
        b"-9007199254740993",
        b"18446744073709551616",
        b"9" * 5_000,
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
