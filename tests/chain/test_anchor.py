"""Anchors: exact fields, exact bytes, words for print."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import anchor, checkpoint, codec
from chain.anchor import Anchor
from chain.checkpoint import Checkpoint
from chain.errors import ChainError, Malformed
from chain.keys import key_text
from chain.keyvectors import SMALL_ORDER
from tests.chain.test_checkpoint import CHAIN, member, policy, signer

NAME = "Example ledger"
HEAD = Checkpoint(checkpoint.origin_of(NAME, CHAIN), 7, bytes(range(32)))


def sample(members: int = 1, k: int = 2, n: int = 3) -> Anchor:
    return Anchor(NAME, CHAIN, 0, tuple(member(number) for number in range(members)), HEAD, 1_760_000_000_000, policy(k, n))


@pytest.mark.parametrize("members", [1, 3, 4, 16])
def test_an_anchor_survives_its_bytes(members: int) -> None:
    found = sample(members)
    assert anchor.parse(anchor.encode(found)) == found
    assert found.assurance == ("consortium" if members >= 4 else "operator")


def test_the_greatest_anchor_fits() -> None:
    found = sample(16, 17, 32)
    assert anchor.parse(anchor.encode(found)) == found
    assert len(anchor.encode(found)) < anchor.ANCHOR_LIMIT


@pytest.mark.parametrize(("field", "value"), [
    ("v", 2), ("v", True), ("name", ""), ("name", "x" * 61), ("name", "Another"), ("chain", "00" * 32), ("chain", "0"), ("epoch", -1),
    ("epoch", True),
    ("members", []), ("members", [dict(member(0)), dict(member(0))]), ("members", [{**member(0), "vote": "x"}]), ("members", None),
    ("members", [dict(member(0)), {**member(1), "note": member(0)["note"]}]), ("members", [{**member(0), "party": ""}]),
    ("members", [{**member(0), "note": key_text(min(SMALL_ORDER))}]), ("origin", "another/0001020304050607"), ("made_at", 2**53 - 1 + 0.5),
    ("checkpoint", {"size": 0, "root": "00" * 32}), ("checkpoint", {"size": 1, "root": "0"}), ("checkpoint", None), ("trust_days", 0),
    ("witnesses", {"k": 1, "keys": [key.text for key in policy(1, 2).witnesses]}), ("witnesses", None),
    ("witnesses", {"k": "1", "keys": []}),
    ("witnesses", {"k": 1, "keys": ["x"]}), ("witnesses", {"k": 1, "keys": [5]}), ("assurance", "consortium"),
    ("max_age_s", 59), ("more", 1),
])  # fmt: skip
def test_every_wrong_field_is_refused(field: str, value: Any) -> None:
    with pytest.raises(Malformed):
        anchor.from_value({**anchor.as_value(sample()), field: value})


@pytest.mark.parametrize("field", sorted(anchor.as_value(sample())))
def test_every_field_is_needed(field: str) -> None:
    value = anchor.as_value(sample())
    del value[field]
    with pytest.raises(Malformed, match=r"anchor\.field"):
        anchor.from_value(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_anchor_or_refused(data: bytes) -> None:
    with pytest.raises(ChainError):
        anchor.parse(data)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(Malformed, match=r"anchor\.size"):
        anchor.parse(b" " * (anchor.ANCHOR_LIMIT + 1))


def test_the_hash_covers_every_byte_under_its_own_domain() -> None:
    found = sample()
    assert found.hash != sample(k=3).hash
    assert found.hash == hashlib.sha256(b"pharmatrace/anchor/v1\0" + codec.encode(anchor.as_value(found))).digest()


def test_an_anchor_is_trusted_for_its_days() -> None:
    found = sample()
    assert anchor.is_trusted_at(found, found.made_at) and anchor.is_trusted_at(found, found.made_at + 180 * anchor.DAY_MS)
    assert not anchor.is_trusted_at(found, found.made_at + 180 * anchor.DAY_MS + 1)
    assert not anchor.is_trusted_at(found, found.made_at - anchor.DAY_MS - 1)


def test_words_are_the_published_ones() -> None:
    assert anchor.words_of(bytes([127, 0, 0, 1]) * 5).startswith("lusab-babad-lusab")  # the paper's example


@given(st.binary(min_size=20, max_size=20))
def test_words_stand_for_their_bytes(digest: bytes) -> None:
    words = anchor.words_of(digest)
    assert anchor.digest_of_words(words) == anchor.digest_of_words(words.upper().replace("-", " ")) == digest


@pytest.mark.parametrize("text", ["", "lusab", "-".join(["lusab"] * 9 + ["lusax"]), "-".join(["lusab"] * 11)])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(Malformed, match=r"anchor\.words"):
        anchor.digest_of_words(text)


def test_a_witness_must_not_be_an_attester() -> None:
    value = anchor.as_value(sample(1, 0, 0))
    own = checkpoint.attester_key(HEAD.origin, "x", signer("note 0").text)
    with pytest.raises(Malformed, match=r"checkpoint\.policy"):
        anchor.from_value({**value, "witnesses": {"k": 1, "keys": [own.text]}})
