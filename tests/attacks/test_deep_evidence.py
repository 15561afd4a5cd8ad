"""Evidence nested until a recursive reader falls over."""

import pytest

from chain import codec
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put


@pytest.mark.parametrize("data", [b"[" * 13 + b"]" * 13, b"[" * 400_000 + b"]" * 400_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_it_is_refused(phone: Phone, data: bytes) -> None:
    assert_refused(phone.judge_bytes(data, "active"), "evidence.bundle.canonical", 0)


def test_inside_a_value_eight_levels_are_the_end(phone: Phone) -> None:
    deep: object = 1
    for _ in range(9):
        deep = [deep]
    value = {**phone.goods.bundles["active"]["state"]["entries"][0]["value"], "zz": deep}
    outcome = phone.judge("active", put(value, "state", "entries", 0, "value"))
    assert_refused(outcome, "evidence.bundle.canonical", 0)
    assert codec.DEPTH_LIMIT == 8
