"""A hundred megabytes as evidence, and packed ones that swell."""

import gzip

from tests.attacks.phone import Phone, assert_refused


def test_it_is_not_read(phone: Phone) -> None:
    assert_refused(phone.judge_bytes(b"[" * 100_000_000, "active"), "evidence.bundle.size", 0)


def test_packed_it_is_not_even_unpacked(phone: Phone) -> None:
    packed = gzip.compress(bytes(10_000_000))
    assert_refused(phone.judge_bytes(packed, "active"), "evidence.bundle.canonical", 0)
