"""RFC 8785 vectors of others. Our codec is the part of RFC 8785 without floats, with names `[a-z0-9_]` and eight levels."""

import hashlib
import json
from typing import Any

import orjson
import pytest

from chain import codec
from chain.errors import Malformed
from tests.conformance import ROOT, folder

JCS = folder("jcs")

EXPLAINED = {
    "arrays": None,
    "french": "codec.name",  # names beyond ASCII
    "structures": "codec.name",  # upper-case and empty names, floats
    "values": "codec.float",
}
"""Document -> why our subset refuses it, or None where it must agree."""


@pytest.mark.parametrize("name", EXPLAINED)
def test_documents(name: str) -> None:
    value = json.loads((JCS / "input" / f"{name}.json").read_bytes())
    expected = (JCS / "output" / f"{name}.json").read_bytes()
    assert expected == bytes.fromhex((JCS / "outhex" / f"{name}.txt").read_text())
    if EXPLAINED[name] is None:
        assert codec.encode(value) == expected
        assert codec.decode(expected) == value
        return
    for refused in (lambda: codec.encode(value), lambda: codec.decode(expected)):
        with pytest.raises(Malformed) as caught:
            refused()
        assert caught.value.code == EXPLAINED[name]


def _floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_floats, value.values()))
    if isinstance(value, list):
        return any(map(_floats, value))
    return isinstance(value, float)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """The document with names of our form in the same order, so that only the names differ."""
    if isinstance(value, dict):
        return {names[name]: _renamed(item, names) for name, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _collect_names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_collect_names, value.values()))
    return set().union(*map(_collect_names, value)) if isinstance(value, list) else set()


def _rows() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((JCS / "document_digests.json").read_bytes())["cases"]
    return cases


def test_document_digests() -> None:
    """Whole EPCIS and FHIR documents: refused for floats, names or depth, and, renamed, spelt as two other implementations spell them."""
    floats = deep = agreed = 0
    for row in _rows():
        value = json.loads((ROOT / row["file"]).read_bytes())
        with pytest.raises(Malformed) as caught:
            codec.encode(value)
        assert caught.value.code in ("codec.name", "codec.float", "codec.depth"), row["file"]
        if _floats(value):
            floats += 1
            continue
        originals = sorted(_collect_names(value), key=lambda name: name.encode("utf-16-be"))
        names = {original: f"n{number:05d}" for number, original in enumerate(originals)}
        try:
            spelt = codec.encode(_renamed(value, names))
        except Malformed as error:
            assert error.code == "codec.depth"
            deep += 1
            continue
        for original, name in names.items():
            spelt = spelt.replace(f'"{name}":'.encode(), orjson.dumps(original) + b":")
        assert (len(spelt), hashlib.sha256(spelt).hexdigest()) == (row["canonical_bytes"], row["sha256"]), row["file"]
        agreed += 1
    assert (floats, floats + deep + agreed) == (92, 348)
    assert agreed > 200


def test_numbers() -> None:
    """Of the 1,000 doubles of RFC 8785's sequence the whole ones within ±(2^53-1) are ours; all others are spelt as no integer of ours."""
    whole = 0
    for line in (JCS / "es6_numbers_1_1000.txt").read_text().splitlines():
        text = line.split(",")[1]
        try:
            value = codec.decode(text.encode())
        except Malformed as error:
            assert error.code in ("codec.float", "codec.integer"), line
        else:
            assert type(value) is int
            assert codec.encode(value).decode() == text
            whole += 1
    assert whole > 0
