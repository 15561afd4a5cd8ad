"""Signed notes: their bytes, their keys, and that anything else is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import keys, notes
from chain.errors import Malformed
from chain.keyvectors import SMALL_ORDER
from chain.notes import Line, Note, NoteKey

SIGNER = keys.SigningKey.from_seed(bytes(range(32)))
OTHER = keys.SigningKey.from_seed(bytes(range(1, 33)))
TEXT = "example.org/ledger\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
NAMES = st.text(alphabet=[chr(code) for code in range(0x21, 0x7F) if chr(code) != "+"], min_size=1, max_size=40)


def cosignature_key(name: str, signer: keys.SigningKey = SIGNER) -> NoteKey:
    return NoteKey(name, notes.COSIGNATURE, signer.public)


def code_of(data: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        notes.parse(data)
    return caught.value.code


def test_both_types_of_signature_are_told_apart_by_their_ids() -> None:
    plain, timed = NoteKey("example.org/a", notes.ED25519, SIGNER.public), cosignature_key("example.org/a")
    note = Note(TEXT, (notes.sign(TEXT, plain.name, SIGNER), notes.cosign(TEXT, timed.name, SIGNER, 1_700_000_000)))
    assert notes.verify(notes.parse(notes.encode(note)), [plain, timed]) == {plain: 0, timed: 1_700_000_000}
    assert notes.verify(note, []) == {}


def test_the_newest_of_several_lines_of_one_key_counts() -> None:
    key = cosignature_key("example.org/a")
    lines = tuple(notes.cosign(TEXT, key.name, SIGNER, seconds) for seconds in (5, 9, 7))
    assert notes.verify(Note(TEXT, lines), [key]) == {key: 9}


@pytest.mark.parametrize("other", ["text", "time", "length", "signer"])
def test_a_wrong_line_of_a_known_key_spoils_the_note(other: str) -> None:
    key = cosignature_key("example.org/a")
    line = notes.cosign(TEXT, key.name, SIGNER, 5)
    text, body = TEXT, line.body
    if other == "text":
        text = TEXT.replace("7", "8", 1)
    elif other == "time":
        body = (6).to_bytes(8, "big") + body[8:]
    elif other == "length":
        body += b"\0"
    else:
        body = body[:8] + OTHER.sign(b"another")
    good = notes.cosign(text, key.name, SIGNER, 9)
    with pytest.raises(Malformed, match=r"note\.signature"):
        notes.verify(Note(text, (good, Line(line.name, line.id, body))), [key])


def test_a_line_of_an_unknown_key_is_ignored_even_under_a_known_name() -> None:
    key = cosignature_key("example.org/a")
    stranger = notes.cosign(TEXT, key.name, OTHER, 5)
    assert notes.verify(Note(TEXT, (stranger,)), [key]) == {}


def test_times_beyond_the_integers_of_json_are_refused() -> None:
    key = cosignature_key("example.org/a")
    assert notes.verify(Note(TEXT, (notes.cosign(TEXT, key.name, SIGNER, notes.TIME_LIMIT),)), [key])
    with pytest.raises(Malformed, match=r"note\.signature"):
        notes.verify(Note(TEXT, (notes.cosign(TEXT, key.name, SIGNER, notes.TIME_LIMIT + 1),)), [key])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "note.text"),
        (b"\xff\n\n" + "— a AAAAAAA=\n".encode(), "note.text"),
        ("a\tb\n\n— a AAAAAAA=\n".encode(), "note.text"),
        ("a\n— a AAAAAAA=\n".encode(), "note.text"),
        ("a\n\n— a AAAAAAA=".encode(), "note.line"),
        (b"a\n\n", "note.line"),
        (b"a\n\n-- a AAAAAAA=\n", "note.line"),
        ("a\n\n— a+b AAAAAAA=\n".encode(), "note.line"),
        ("a\n\n— a AAAA\n".encode(), "note.line"),
        ("a\n\n— a AAAAAAA\n".encode(), "note.line"),
        ("a\n\n— a AAAAAAB=\n".encode(), "note.line"),
        ("a\n\n— a AAAA AAA=\n".encode(), "note.line"),
        ("a\n\n— ä AAAAAAA=\n".encode(), "note.line"),
        (b"a\n\n" + "— a AAAAAAA=\n".encode() * 65, "note.line"),
        (b"a" * notes.NOTE_LIMIT + "\n\n— a AAAAAAA=\n".encode(), "note.size"),
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused_by_name(data: bytes, code: str) -> None:
    assert code_of(data) == code


@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    try:
        note = notes.parse(data)
    except Malformed:
        return
    assert notes.encode(note) == data


@given(NAMES, st.sampled_from([notes.ED25519, notes.COSIGNATURE]))
def test_a_key_survives_its_text(name: str, kind: int) -> None:
    key = NoteKey(name, kind, SIGNER.public)
    assert notes.parse_key(key.text) == key


@given(st.text(max_size=120))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key = notes.parse_key(text)
    except Malformed as error:
        assert error.code == "note.key"
    else:
        assert key.text == text


@pytest.mark.parametrize("point", sorted(SMALL_ORDER))
def test_keys_of_small_order_are_refused(point: bytes) -> None:
    with pytest.raises(Malformed, match=r"note\.key"):
        notes.parse_key(NoteKey("example.org/a", notes.COSIGNATURE, point).text)


def test_a_key_under_another_id_is_refused() -> None:
    good = cosignature_key("example.org/a").text
    name, identifier, data = good.split("+", 2)
    with pytest.raises(Malformed, match=r"note\.key"):
        notes.parse_key(f"{name}+{'00000000' if identifier != '00000000' else '00000001'}+{data}")
    with pytest.raises(Malformed, match=r"note\.key"):
        notes.parse_key(f"x{good}")
