"""The attacker nests objects until a recursive reader falls over. Eight levels are the end."""

import pytest

from tests.attacks.peer import Stage, resigned


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 9 + b"]" * 9,
        b"[" * 1_500 + b"]" * 1_500,
        b'{"a":' * 700 + b"1" + b"}" * 700,
    ],
)
def test_it_is_refused(stage: Stage, value: bytes) -> None:
    item = stage.evil.transaction()
    envelope = item.envelope.replace(b'"by":1,', b'"by":' + value + b",")
    assert envelope != item.envelope
    stage.assert_refused("chain.tx.canonical", lambda number: resigned(item, envelope), signatures=0)
