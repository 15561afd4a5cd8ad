"""Notes and checkpoints of others: the table of Go's `sumdb/note` and of `transparency-dev/formats`."""

import json
from typing import Any

import pytest

from chain import checkpoint, notes
from chain.errors import Malformed
from chain.keys import SigningKey
from chain.notes import Note
from tests.conformance import folder

MERKLE = folder("merkle")


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MERKLE / f"{name}.json").read_bytes())["cases"]
    return found


@pytest.mark.parametrize("case", [case for case in cases("signed_notes") if "result" in case], ids=lambda case: case["name"])
def test_notes_are_judged_as_by_others(case: dict[str, Any]) -> None:
    known = list(dict.fromkeys(notes.parse_key(text) for text in case["keys"]))
    try:
        note = notes.parse(case["note"].encode())
        found = notes.verify(note, known)
    except Malformed as error:
        assert case["result"].startswith("error"), error
        return
    if case["result"] == "ok":
        assert note.text == case["text"]
        assert sorted(f"{key.name}+{key.id.hex()}" for key in found) == sorted(case["verified"])
    else:
        assert not found


def test_a_note_is_signed_as_by_others() -> None:
    (case,) = cases("signed_note_signing")
    key = notes.from_base64(case["private_key"].split("+", 4)[4], "note.key")
    signer = SigningKey.from_seed(key[1:])
    line = notes.sign(case["text"], "PeterNeumann", signer)
    assert notes.encode(Note(case["text"], (line,))).decode() == case["expected_note"]


@pytest.mark.parametrize("case", cases("tlog_checkpoints"), ids=lambda case: case["name"])
def test_checkpoints_are_no_laxer_than_those_of_others(case: dict[str, Any]) -> None:
    """Ours have 32 bytes of root, an origin without spaces, and no extension: what others refuse is refused, and so is most of theirs."""
    try:
        found = checkpoint.parse_text(case["input"])
    except Malformed:
        expected = case.get("expected", {})
        ours = len(expected.get("hash_utf8", "")) == 32 and not expected.get("rest") and " " not in expected.get("origin", " ")
        assert not case["valid"] or not ours
        return
    assert case["valid"] and (found.origin, found.size) == (case["expected"]["origin"], case["expected"]["size"])
