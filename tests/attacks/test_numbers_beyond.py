"""Numbers that one language reads exactly and another rounds."""

import pytest

from chain import codec
from tests.attacks.phone import Phone, assert_refused


@pytest.mark.parametrize("number", ["9007199254740992", "-9007199254740992", "1e2", "1.0", "-0", "1" * 400, "NaN", "Infinity"])
def test_it_is_no_canonical_number(phone: Phone, number: str) -> None:
    whole = codec.encode(phone.goods.bundles["active"], 12)
    data = whole.replace(b'"v":1}', f'"v":{number}}}'.encode())
    assert data != whole
    assert_refused(phone.judge_bytes(data, "active"), "evidence.bundle.canonical", 0)
