"""A head with too few witnesses, one witness twice, or a witness whose key everybody can sign for."""

from typing import Any

import pytest

from chain import notes
from chain.keys import SigningKey
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put
from tests.trace.world import signing_key

KEYS = [notes.NoteKey(f"w{number}.example", notes.COSIGNATURE, signing_key(f"witness {number}").public) for number in range(3)]


@pytest.fixture
def strict(phone: Phone) -> Phone:
    """A phone whose anchor asks for two of three witnesses."""
    phone.anchor = {**phone.anchor, "witnesses": {"k": 2, "keys": [key.text for key in KEYS]}}
    return phone


def signed_by(phone: Phone, *signers: tuple[str, SigningKey]) -> Any:
    """The head with further lines."""
    seconds = phone.goods.ledger.clock.now() // 1000
    lines = [notes.cosign(phone.goods.ledger.head.text, name, key, seconds) for name, key in signers]
    return put(phone.goods.bundles["active"]["checkpoint"] + (notes.encode_lines(lines) if lines else ""), "checkpoint")


def test_one_is_too_few(strict: Phone) -> None:
    one = ("w0.example", signing_key("witness 0"))
    assert_refused(strict.judge("active", signed_by(strict)), "evidence.checkpoint.witnesses", 3)
    assert_refused(strict.judge("active", signed_by(strict, one)), "evidence.checkpoint.witnesses", 3)
    assert strict.judge("active", signed_by(strict, one, ("w2.example", signing_key("witness 2")))).verdict.light == "green"


def test_one_twice_is_one(strict: Phone) -> None:
    one = ("w0.example", signing_key("witness 0"))
    assert_refused(strict.judge("active", signed_by(strict, one, one)), "evidence.checkpoint.witnesses", 3)
    assert_refused(strict.judge("active", signed_by(strict, one, ("w1.example", one[1]))), "evidence.checkpoint.witnesses", 3)


@pytest.mark.parametrize("key", [bytes([1]) + bytes(31), bytes(32), bytes([0xEC]) + bytes([0xFF]) * 30 + bytes([0x7F])])
def test_a_key_of_small_order_is_no_witness(phone: Phone, key: bytes) -> None:
    bad = notes.NoteKey("w0.example", notes.COSIGNATURE, key)
    phone.anchor = {**phone.anchor, "witnesses": {"k": 1, "keys": [bad.text]}}
    assert_refused(phone.judge("active"), "evidence.anchor.format", 1)
