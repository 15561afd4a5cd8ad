"""Canonical JSON: one encoding a value, one value an encoding, and everything else refused with its code."""

import contextlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chain import codec
from chain.errors import Fault, Malformed

NAMES = st.from_regex(r"[a-z0-9_]{1,32}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-codec.INTEGER_LIMIT, codec.INTEGER_LIMIT) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)

REFUSED = {
    "duplicate name": (b'{"a":1,"a":1}', "codec.canonical"),
    "lone surrogate": (b'"\\ud800"', "codec.json"),
    "lone surrogate in UTF-8": (b'"\xed\xa0\x80"', "codec.json"),
    "trailing space": (b"1 ", "codec.canonical"),
    "leading space": (b" 1", "codec.canonical"),
    "trailing value": (b"1 2", "codec.json"),
    "trailing zero byte": (b"1\x00", "codec.json"),
    "inner space": (b'{"a": 1}', "codec.canonical"),
    "order of names": (b'{"b":1,"a":1}', "codec.canonical"),
    "minus zero": (b"-0", "codec.canonical"),
    "fraction": (b"1.0", "codec.float"),
    "exponent": (b"1e2", "codec.float"),
    "not a number": (b"NaN", "codec.json"),
    "infinity": (b"1e999", "codec.json"),
    "integer of 54 bits": (b"9007199254740992", "codec.integer"),
    "negative integer of 54 bits": (b"-9007199254740992", "codec.integer"),
    "integer of 64 bits": (b"18446744073709551615", "codec.integer"),
    "integer of 65 bits": (b"18446744073709551616", "codec.float"),
    "leading zero": (b"01", "codec.json"),
    "plus sign": (b"+1", "codec.json"),
    "needless escape": (b'"\\u0041"', "codec.canonical"),
    "escaped slash": (b'"\\/"', "codec.canonical"),
    "upper-case escape": (b'"\\u001F"', "codec.canonical"),
    "escape of a pair": (b'"\\ud83d\\udc8a"', "codec.canonical"),
    "raw control character": (b'"\n"', "codec.json"),
    "upper-case name": (b'{"A":1}', "codec.name"),
    "empty name": (b'{"":1}', "codec.name"),
    "name with comma": (b'{"a,b":1}', "codec.name"),
    "name with line end": (b'{"a\\n":1}', "codec.name"),
    "name beyond ASCII": ('{"é":1}'.encode(), "codec.name"),
    "name of 33 characters": (b'{"' + b"a" * 33 + b'":1}', "codec.name"),
    "nine levels": (b"[" * 9 + b"]" * 9, "codec.depth"),
    "nine levels of objects": (b'{"a":' * 9 + b"1" + b"}" * 9, "codec.depth"),
    "a thousand levels": (b"[" * 1000 + b"]" * 1000, "codec.depth"),
    "a million levels": (b"[" * 1_000_000, "codec.json"),
    "byte order mark": (b"\xef\xbb\xbf1", "codec.json"),
    "UTF-16": ("1".encode("utf-16"), "codec.json"),
    "overlong UTF-8": (b'"\xc0\xaf"', "codec.json"),
    "nothing": (b"", "codec.json"),
    "comment": (b"1//", "codec.json"),
    "single quotes": (b"'a'", "codec.json"),
    "trailing comma": (b"[1,]", "codec.json"),
}

UNENCODABLE: dict[str, tuple[Any, str]] = {
    "float": (1.5, "codec.float"),
    "whole float": ([1.0], "codec.float"),
    "bytes": ({"a": b"1"}, "codec.type"),
    "set": ({1}, "codec.type"),
    "number as name": ({1: 2}, "codec.type"),
    "name": ({"Name": 1}, "codec.name"),
    "integer": (2**53, "codec.integer"),
    "huge integer": (-(10**5000), "codec.integer"),
    "surrogate": ("\ud800", "codec.surrogate"),
    "surrogate as name": ({"\ud800": 1}, "codec.name"),
    "depth": ([[[[[[[[[]]]]]]]]], "codec.depth"),
    "subclass": (type("Text", (str,), {})("a"), "codec.type"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_refused_bytes(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        codec.decode(data)
    assert caught.value.code == code


@pytest.mark.parametrize(("value", "code"), UNENCODABLE.values(), ids=UNENCODABLE)
def test_refused_values(value: Any, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        codec.encode(value)
    assert caught.value.code == code


def test_a_value_inside_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(Malformed, match=r"codec\.depth"):
        codec.encode(value)


def test_eight_levels_are_allowed() -> None:
    data = b"[" * 8 + b"1" + b"]" * 8
    assert codec.encode(codec.decode(data)) == data


@given(VALUES)
def test_round_trip_and_oracle(value: Any) -> None:
    try:
        data = codec.encode(value)
    except Malformed as error:
        assert error.code == "codec.depth"
        return
    assert data == rfc8785.dumps(value)
    assert codec.decode(data) == value
    assert codec.load(data) == value


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode()))
def test_any_bytes_give_a_value_that_encodes_to_them_or_malformed(data: bytes) -> None:
    try:
        value = codec.decode(data)
    except Malformed as error:
        assert error.code.startswith("codec.")
    else:
        assert codec.encode(value) == data


@given(VALUES, st.data())
def test_a_changed_byte_is_another_value_or_refused(value: Any, data: st.DataObject) -> None:
    try:
        good = codec.encode(value)
    except Malformed:
        return
    place = data.draw(st.integers(0, len(good) - 1))
    bad = good[:place] + bytes([good[place] ^ 1 << data.draw(st.integers(0, 7))]) + good[place + 1 :]
    with contextlib.suppress(Malformed):
        assert codec.encode(codec.decode(bad)) == bad != good


def test_text_is_never_normalised() -> None:
    assert codec.decode(codec.encode(["é", "e\u0301"])) == ["é", "e\u0301"]


def test_tuples_are_arrays() -> None:
    assert codec.encode((1, (2, None))) == b"[1,[2,null]]"


def test_load_refuses_what_is_no_json() -> None:
    with pytest.raises(Malformed, match=r"codec\.json"):
        codec.load(b"{")


def test_self_test_notices_another_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    codec.self_test()
    monkeypatch.setattr(codec, "encode", lambda value: b"{}")
    with pytest.raises(Fault, match=r"codec\.selftest"):
        codec.self_test()


def test_domains_are_no_prefix_of_each_other() -> None:
    names = ("genesis", "tx", "seal", "vote", "possess", "statekey", "statevalue", "history", "pack", "receipt", "anchor")
    domains = [codec.domain(name) for name in (*(f"{name}/v1" for name in names), "tx/v12")]
    assert codec.domain("tx/v1") == b"pharmatrace/tx/v1\x00"
    assert not any(left is not right and right.startswith(left) for left in domains for right in domains)


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "AAAA=", "é", "A\nA", " AA", "+/8", "A" * 5, "\ud800"])
def test_base64_is_strict(text: str) -> None:
    with pytest.raises(Malformed, match=r"codec\.base64"):
        codec.decode_base64(text)
    assert not any(codec.is_base64(text, size) for size in range(5))


@given(st.binary(max_size=50))
def test_base64_round_trip(data: bytes) -> None:
    text = codec.encode_base64(data)
    assert codec.decode_base64(text) == codec.decode_base64(text, len(data)) == data
    assert codec.is_base64(text, len(data))
    assert not codec.is_base64(text, len(data) + 1)
    with pytest.raises(Malformed, match=r"codec\.base64"):
        codec.decode_base64(text, len(data) + 1)


@given(st.text(max_size=12))
def test_any_text_is_base64_of_what_it_decodes_to_or_malformed(text: str) -> None:
    try:
        assert codec.encode_base64(codec.decode_base64(text)) == text
    except Malformed as error:
        assert error.code == "codec.base64"


def test_hashes_and_kinds() -> None:
    assert codec.is_hash("0a" * 32)
    assert not any(codec.is_hash(value) for value in ("0A" * 32, "0a" * 31, "0a" * 32 + "\n", None, 5, b"0a" * 32))
    assert not codec.is_base64(5, 1)
    assert all(codec.KIND.fullmatch(kind) for kind in ("drugs.ship", "drugs.recall.close"))
    assert not any(codec.KIND.fullmatch(kind) for kind in ("drugs", "Drugs.ship", "drugs.", "drugs.ship\n", "a.b.c.d.e"))


def test_reader() -> None:
    reader = codec.Reader(b"\x00\x02abXY", "test.code")
    assert reader.take(reader.number(2)) == b"ab"
    with pytest.raises(Malformed, match=r"test\.code"):
        reader.finish()
    with pytest.raises(Malformed, match=r"test\.code"):
        reader.take(3)
    with pytest.raises(Malformed, match=r"test\.code"):
        reader.number(1, 10)


def test_reader_ends() -> None:
    reader = codec.Reader(b"\xff", "test.code")
    assert reader.number(1, 255) == 255
    reader.finish()
    with pytest.raises(Malformed, match=r"test\.code"):
        reader.number(1)
