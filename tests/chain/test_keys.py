"""The one acceptance rule, the forms of keys, and the self-test."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import keys, keyvectors
from chain.errors import Fault, Malformed, Refusal
from tests.chain import ed25519_edges, edwards

CASES = json.loads(ed25519_edges.PATH.read_text())["cases"]
KEY = keys.SigningKey.from_seed(bytes(range(32)))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_edge_vectors(case: dict[str, Any]) -> None:
    """The backend, and RFC 8032 in plain integers, decide each vector as the file says."""
    key, message, signature = (bytes.fromhex(case[name]) for name in ("key", "message", "signature"))
    assert keys.verify(keys.key_text(key), message, signature) is case["valid"]
    assert edwards.accepts(key, message, signature) is case["valid"]


def test_the_file_and_the_embedded_table_are_what_the_builder_builds() -> None:
    built = [ed25519_edges.published(), *ed25519_edges.build()]
    assert built == CASES
    embedded = [
        {"name": edge.name, "key": edge.key.hex(), "message": edge.message.hex(), "signature": edge.signature.hex(), "valid": edge.valid}
        for edge in keyvectors.EDGES
    ]
    assert embedded == [{name: case[name] for name in embedded[0]} for case in CASES]
    assert bytes.fromhex(CASES[0]["seed"]) == keyvectors.PUBLISHED_SEED


def test_the_vectors_cover_every_encoding_of_small_order() -> None:
    refused = {edge.key for edge in keyvectors.EDGES if not edge.valid}
    assert {point.encode() for point in edwards.torsion()} <= keyvectors.SMALL_ORDER
    assert {encoding for encoding in keyvectors.SMALL_ORDER if edwards.decode(encoding)} <= refused
    assert len(keyvectors.SMALL_ORDER) == 10


def test_vectors_named_after_small_order_satisfy_the_equation() -> None:
    """So that it is the block-list that refuses them, not chance: a library without it accepts the keys."""
    for edge in keyvectors.EDGES:
        point, commitment = edwards.decode(edge.key), edwards.decode(edge.signature[:32])
        if "small order, " in edge.name and point is not None and commitment is not None:
            assert edwards.equation_holds(point, edge.key, edge.message, edge.signature, commitment), edge.name


@settings(max_examples=12, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 511), st.booleans())
def test_backend_and_reference_agree_on_altered_signatures(message: bytes, place: int, altered: bool) -> None:
    signature = bytearray(KEY.sign(message))
    if altered:
        signature[place // 8] ^= 1 << place % 8
    assert keys.verify(KEY.text, message, bytes(signature)) is edwards.accepts(KEY.public, message, bytes(signature)) is (not altered)


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_any_bytes_as_key_and_signature_are_decided(key: bytes, signature: bytes) -> None:
    assert keys.verify(keys.key_text(key), b"", signature) is False
    problem = keys.encoding_problem(key)
    assert problem in (None, "not canonical", "small order")


def test_signatures_of_another_length_are_refused() -> None:
    signature = KEY.sign(b"m")
    assert keys.verify(KEY.text, b"m", signature)
    assert not any(keys.verify(KEY.text, b"m", bad) for bad in (signature[:-1], signature + b"\x00", b"", signature * 2))


@pytest.mark.parametrize(
    "text", ["", "ed25519:", KEY.text + "A", KEY.text[:-1] + "B", KEY.text.upper(), "x25519:" + KEY.text[8:], KEY.text + "\n"]
)
def test_what_is_no_key_text(text: str) -> None:
    assert not keys.is_key_text(text)
    assert not keys.verify(text, b"m", KEY.sign(b"m"))
    with pytest.raises(Malformed, match=r"keys\.text"):
        keys.public_bytes(text)
    with pytest.raises(Refusal, match=r"chain\.key\.forbidden"):
        keys.validate_allowed(text)


@given(st.binary(min_size=32, max_size=32))
def test_texts_of_keys(public: bytes) -> None:
    text, seal = keys.key_text(public), keys.seal_text(public)
    assert keys.public_bytes(text) == keys.seal_bytes(seal) == public
    assert keys.is_key_text(text) and keys.is_seal_text(seal)
    assert not keys.is_key_text(seal) and not keys.is_seal_text(text)


@given(st.text(max_size=60) | st.from_regex(r"(ed25519|x25519):[A-Za-z0-9_-]{43}", fullmatch=True))
def test_any_text_is_a_key_that_spells_itself_or_none(text: str) -> None:
    if keys.is_key_text(text):
        assert keys.key_text(keys.public_bytes(text)) == text
    if keys.is_seal_text(text):
        assert keys.seal_text(keys.seal_bytes(text)) == text
    else:
        with pytest.raises(Malformed, match=r"keys\.text"):
            keys.seal_bytes(text)


@pytest.mark.parametrize("value", [None, 5, b"ed25519:", [], {}])
def test_other_types_are_no_keys(value: object) -> None:
    assert not keys.is_key_text(value) and not keys.is_seal_text(value)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_lengths(size: int) -> None:
    with pytest.raises(Malformed, match=r"keys\.text"):
        keys.key_text(bytes(size))
    with pytest.raises(Malformed, match=r"keys\.seed"):
        keys.SigningKey.from_seed(bytes(size))


@pytest.mark.parametrize("encoding", sorted(keyvectors.SMALL_ORDER) + [(keys.PRIME + extra).to_bytes(32, "little") for extra in range(19)])
def test_forbidden_keys(encoding: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        keys.validate_allowed(keys.key_text(encoding))
    assert caught.value.code == "chain.key.forbidden"


def test_ordinary_keys_are_allowed() -> None:
    keys.validate_allowed(KEY.text)
    keys.validate_allowed(keys.key_text((keys.PRIME - 2).to_bytes(32, "little")))


def test_a_key_never_shows_its_secret() -> None:
    key = keys.SigningKey.generate()
    assert key.text in repr(key)
    assert key.seed.hex() not in repr(key) + str(key)
    assert keys.SigningKey.from_seed(key.seed).public == key.public


def test_self_test_accepts_this_library() -> None:
    keys.self_test()


def test_self_test_refuses_a_library_that_accepts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "verify", lambda text, message, signature: True)
    with pytest.raises(Fault, match=r"keys\.selftest"):
        keys.self_test()


def test_self_test_refuses_a_library_that_signs_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.SigningKey, "sign", lambda self, message: bytes(64))
    with pytest.raises(Fault, match="published signature"):
        keys.self_test()
