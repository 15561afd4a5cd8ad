"""Scans: the shared vector file, and properties of every reading. The vectors are run by the JavaScript twin as well."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.gs1.strategies import days, gtins, items, texts
from trace.gs1 import repairs
from trace.gs1.elements import SEPARATOR, raw_of
from trace.gs1.errors import CODES
from trace.gs1.item import Item, pack
from trace.gs1.scan import LONGEST_SCAN, MOST_CANDIDATES, Candidate, Reading, alternatives, read, resolve
from trace.gs1.splits import MOST_SPLITS, splits

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "scans.json").read_text())
SOURCE = Path(__file__).parents[3] / "trace" / "gs1"
Row = dict[str, Any]

usual_names = st.from_regex(r"[A-Z][A-Z0-9]{5,11}", fullmatch=True)
usual_packs = st.builds(pack, gtins, usual_names, usual_names, days)
"""Packs with lot, serial and expiry as makers print them."""


def as_json(candidates: tuple[Candidate, ...]) -> list[dict[str, object]]:
    return [candidate.item.as_json() for candidate in candidates]


def same(item: Item, row: Row) -> bool:
    return {name: value for name, value in item.as_json().items() if name not in ("host", "repairs")} == row


def read_row(row: Row) -> Reading:
    return read(row["text"], VECTORS["hosts"], VECTORS["reference"])


def test_there_are_enough_rows() -> None:
    assert len(VECTORS["read"]) >= 120
    assert len({row["text"] for row in VECTORS["read"]}) == len(VECTORS["read"])


@pytest.mark.parametrize("row", VECTORS["read"], ids=lambda row: row["why"])
def test_read(row: Row) -> None:
    reading = read_row(row)
    assert reading.diagnosis == row["diagnosis"]
    assert (reading.problem.code if reading.problem else None) == row["problem"]
    assert reading.host_known == row["host_known"]
    assert as_json(reading.candidates) == row["candidates"]
    assert as_json(alternatives(reading)) == row["alternatives"]


@pytest.mark.parametrize("row", VECTORS["resolve"], ids=lambda row: row["why"])
def test_resolve(row: Row) -> None:
    resolution = resolve(read_row(row), lambda item: any(same(item, known) for known in row["known"]))
    assert (resolution.item.as_json() if resolution.item else None) == row["item"]
    assert resolution.diagnosis == row["diagnosis"]


@given(texts)
def test_any_text_gives_a_reading(text: str) -> None:
    reading = read(text)
    assert len(reading.candidates) <= MOST_CANDIDATES
    if not reading.candidates:
        assert reading.diagnosis in ("NOT_A_MEDICINE_CODE", "SCANNER_FAULT")
        assert reading.problem is not None
        assert reading.problem.code in CODES
    elif reading.item is not None:
        assert len(reading.candidates) == 1
    assert len(alternatives(reading)) < MOST_CANDIDATES
    assert {name for one in (*reading.candidates, *alternatives(reading)) for name in one.repairs} <= set(repairs.REPAIRS)
    assert read(text) == reading


@given(st.binary(max_size=300))
def test_any_bytes_give_a_reading(data: bytes) -> None:
    for text in (data.decode("latin-1"), data.decode("utf-8", "replace"), data.decode("utf-8", "surrogateescape")):
        assert read(text).text == text


@given(items)
def test_clean_codes_have_one_candidate_without_repairs(item: Item) -> None:
    reading = read(raw_of(item))
    assert [candidate.item for candidate in reading.candidates] == [item]
    assert resolve(reading, lambda other: other == item).item == item


DAMAGES: dict[str, Callable[[str, Item], str]] = {
    "none": lambda raw, item: raw,
    "edges": lambda raw, item: f"\x02{raw}\r\n",
    "wide": lambda raw, item: raw.translate({narrow: wide for wide, narrow in repairs.WIDE.items()}),
    "shown_separator": lambda raw, item: raw.replace(SEPARATOR, "{GS}"),
    "prefix": lambda raw, item: f"d2{raw}",
    "lost_separator": lambda raw, item: raw.replace(SEPARATOR, ""),
    "doubled": lambda raw, item: raw + raw,
    "appended_ean": lambda raw, item: raw + (item.gtin or "")[1:],
    "keyboard": lambda raw, item: raw.translate(repairs.YZ),
    "caps_lock": lambda raw, item: raw.translate(repairs.CAPS),
    "caps lock and lost separator": lambda raw, item: raw.translate(repairs.CAPS).replace(SEPARATOR, ""),
    "caps lock and exchanged keys": lambda raw, item: raw.translate(repairs.CAPS).translate(repairs.YZ),
    "doubled and Enter": lambda raw, item: f"{raw}\r{raw}\r",
}
"""What happens to codes on their way."""


@pytest.mark.parametrize("damage", DAMAGES)
@given(item=usual_packs)
def test_every_damage_is_repaired_or_named(damage: str, item: Item) -> None:
    if damage == "appended_ean" and (item.gtin or "")[0] != "0":
        return  # a case has no EAN-13 of its own
    reading = read(DAMAGES[damage](raw_of(item), item))
    found = [one.item for one in (*reading.candidates, *alternatives(reading)) if one.item.same_thing(item)]
    assert found, reading
    resolution = resolve(reading, lambda other: other.same_thing(item))
    assert resolution.item == found[0]
    assert resolution.diagnosis is None


@given(st.text("0127EX", max_size=200))
def test_splits_are_bounded(text: str) -> None:
    assert len(splits(text)) <= MOST_SPLITS


def test_too_long_a_text_is_not_kept() -> None:
    reading = read("0" * 10_000_000)
    assert len(reading.text) == LONGEST_SCAN
    assert reading.diagnosis == "NOT_A_MEDICINE_CODE"


def test_host_must_be_ours() -> None:
    link = "https://example.com:443/01/09521001001014/21/A"
    assert read(link, {"example.com"}).host_known
    assert not read(link, {"example.org"}).host_known
    assert not read(link).host_known
    assert read("/01/09521001001014/21/A").host_known


def test_every_repair_and_every_code_has_its_sentence() -> None:
    steps = {name for name, _ in (*repairs.HARMLESS_STEPS, *repairs.DOUBTFUL_STEPS)}
    assert steps | {repairs.LOST_SEPARATOR} == set(repairs.REPAIRS)
    files = [*(file for file in SOURCE.glob("*.py") if file.name != "errors.py"), SOURCE.parent / "images.py"]
    raised = {code for file in files for code in re.findall(r'"((?:gs1|picture)(?:\.[a-z_]+)+)"', file.read_text())}
    assert raised == set(CODES)
    for sentence in (*CODES.values(), *repairs.REPAIRS.values()):
        assert sentence.zh.endswith("。")
        assert sentence.en.endswith(".")
        assert bool(sentence.next_zh) == bool(sentence.next_en)


def test_names_of_repairs_have_sentences() -> None:
    assert [sentence.en for sentence in repairs.sentences(("caps_lock",))] == ["Caps lock is on."]


def test_a_scheme_is_ascii() -> None:
    """A long s is an s to a pattern that ignores case, and to no browser."""
    link = "s://id.example/01/09521001001014"
    assert read("HTTPS" + link[1:]).candidates
    assert not read("http\u017f" + link[1:]).candidates
