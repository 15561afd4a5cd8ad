"""The verdict: hand-written cases, the vector file, the table of DOMAIN, and what must hold for any facts (P3)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.drugs import verdict_cases
from tests.trace.drugs.verdict_cases import ASKED, FACTS, LIGHTS, PRINTED, Vector, patched
from tests.trace.drugs.verdict_table import CASES
from trace.drugs import words
from trace.drugs.case import STATES, VIEWERS, Asked, Printed, months_later
from trace.drugs.facts import Facts
from trace.drugs.lines import LINES, line
from trace.drugs.phrases import PHRASES
from trace.drugs.plain import dump, load
from trace.drugs.verdict import Verdict, verdict

DOMAIN = Path(__file__).resolve().parents[3] / "docs" / "DOMAIN.md"
NEEDED = ("market", "product", "batch", "slot", "run", "holder", "place", "stock", "shipment")
"""Facts that may be dropped whole; `keys`, `recalls`, `sources`, `absent` lose their members one by one."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Vector) -> None:
    found = case.run()
    assert (found.code, found.light) == (case.code, case.light), found.reasons
    assert found.reasons[0].code == found.code
    if case.also is not None:
        assert tuple(reason.code for reason in found.reasons[1:]) == case.also
    values = found.as_json()
    for name, value in case.expect.items():
        assert values[name] == value, name


def test_the_vector_file_is_what_the_cases_say() -> None:
    assert verdict_cases.FILE.read_text("utf-8") == verdict_cases.encode(), "run python -m tests.trace.drugs.verdict_cases"


def test_the_vector_file_by_itself() -> None:
    """As another implementation reads it: nothing but the file."""
    content = json.loads(verdict_cases.FILE.read_text("utf-8"))
    assert len(content["cases"]) >= 150
    for case in content["cases"]:
        facts = load(Facts, patched(content["facts"], case.get("facts", {})))
        printed = load(Printed, {**content["printed"], **case.get("printed", {})})
        asked = load(Asked, {**content["asked"], **case.get("asked", {})})
        assert verdict(facts, printed, asked).as_json() == case["verdict"], case["name"]


def test_every_line_and_every_viewer_of_it_is_in_the_cases() -> None:
    seen = {(reason.code, case.asked.get("viewer", "consumer")) for case in CASES for reason in case.run().reasons}
    columns = {"consumer": 0, "pharmacy": 1, "distributor": 2, "regulator": 1}
    wanted = {(one.code, viewer) for one in LINES for viewer, column in columns.items() if one.lights[column] != "-"}
    late = {("EXPIRY_EXTENDED", "distributor"), ("EXPIRY_EXTENDED", "regulator")}
    assert wanted - seen <= late


# --- the document -------------------------------------------------------------------------------------------------------------


def table_rows() -> Iterator[list[str]]:
    text = DOMAIN.read_text("utf-8")
    table = text[text.index("### 10.2 Table") : text.index("### 10.3")]
    for match in re.finditer(r"^\| (\d+) \|(.*)\|$", table, re.MULTILINE):
        yield [match[1], *(cell.strip() for cell in match[2].split("|"))]


def test_the_table_is_that_of_the_document() -> None:
    """Ranks, codes, lights, alert levels and the other systems' codes; cells with several values stand for several lines."""
    documented = {}
    for rank, codes, _, consumer, pharmacist, distributor, refused, level, cbv, emvs, dscsa in table_rows():
        for code in codes_of(codes):
            documented[code, int(rank)] = (consumer, pharmacist, distributor, refused, level, cbv, emvs, dscsa)
    assert {(one.code, one.rank) for one in LINES} == set(documented)
    for one in LINES:
        *lights, refused, level, cbv, emvs, dscsa = documented[one.code, one.rank]
        for cell, letter in zip(lights, one.lights, strict=True):
            assert letter in re.sub(r"[^GARB-]", "", cell.replace("here", "")), (one.code, cell)
        levels = [int(number) for number in re.findall(r"\d", level.split(",")[0])] or [0]
        assert one.level in levels, one.code
        assert cell_has(refused, one.refused), (one.code, refused)
        for cell, value in ((cbv, one.cbv), (emvs, one.emvs), (dscsa, one.dscsa)):
            assert cell_has(cell, value), (one.code, cell, value)


def codes_of(cell: str) -> list[str]:
    return re.findall(r"[A-Z][A-Z_]+", cell)


def cell_has(cell: str, value: str | None) -> bool:
    """Does the cell allow the value? `-` and a remark in brackets are none; `a, .b`, `a / b` and `a_*` stand for several."""
    options = re.split(r"\s*[,/]\s*", cell.replace('"', ""))
    if value is None:
        return any(option == "-" or option.startswith("(") for option in options)
    stem = options[0].rpartition(".")[0]
    full = [stem + option if option.startswith(".") else option for option in options]
    return any(re.fullmatch(re.escape(option).replace(r"\*", "[a-z_]+"), value) for option in full)


# --- what holds for any facts ---------------------------------------------------------------------------------------------------


def variants(facts: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts with one of them not shown."""
    for name in NEEDED:
        if facts[name] is not None:
            yield name, {**facts, name: None}
    for name in ("absent", "keys", "recalls", "sources"):
        for place in range(len(facts[name])):
            yield f"{name}[{place}]", {**facts, name: [*facts[name][:place], *facts[name][place + 1 :]]}
    yield "evidence", {**facts, "evidence": "none"}


def test_dropping_a_fact_never_makes_a_case_green() -> None:
    for case in CASES:
        facts, printed, asked = case.input()
        green = verdict(facts, printed, asked).light == "green"
        for name, fewer in variants(dump(facts)):
            found = verdict(load(Facts, fewer), printed, asked)
            assert green or found.light != "green", (case.name, name)


def test_dropping_a_needed_fact_never_leaves_a_case_green() -> None:
    """Not needed for green: a shipment or stock that the pack's state does not ask for, and a recall that does not count anyway."""
    for case in CASES:
        facts, printed, asked = case.input()
        if verdict(facts, printed, asked).light != "green":
            continue
        state = facts.run.state if facts.run else None
        for name, fewer in variants(dump(facts)):
            spare = {"shipment"} | ({"stock"} if state != "loose" else set())
            spare |= {"place"} if facts.place is not None and asked.place is None else set()
            if name in spare:
                continue
            found = verdict(load(Facts, fewer), printed, asked)
            assert found.light != "green", (case.name, name, found.reasons)
        for changed in ({"day": None}, {"age_s": None}, {"place": None, "answer": None, "receipt": None}):
            assert verdict(facts, printed, load(Asked, {**dump(asked), **changed})).light != "green", (case.name, changed)


SOME_RECALLS = [verdict_cases.recall(), verdict_cases.recall("R-2", depth="wholesale", markets=["XE"])]
maybe_site = st.sampled_from([None, verdict_cases.AT_BRIDGE, verdict_cases.AT_STATION, verdict_cases.AT_NORTH, verdict_cases.AT_PLANT])
some_gln = st.sampled_from([None, verdict_cases.BRIDGE, verdict_cases.STATION, verdict_cases.NORTH])
changes = st.fixed_dictionaries(
    {},
    optional={
        "evidence": st.sampled_from(["verified", "inconsistent", "none", "?"]),
        "absent": st.lists(st.sampled_from(["product", "batch", "serial", "stock", "place"]), unique=True, max_size=2),
        "market": st.none(),
        "market.custody": st.sampled_from(["named", "batch"]),
        "product": st.none(),
        "product.recalls": st.lists(st.sampled_from(["R-1", "R-2"]), unique=True),
        "product.withdrawn": st.lists(st.sampled_from(["CN", "XE"]), unique=True),
        "batch": st.none(),
        "batch.status": st.sampled_from(["made", "released", "rejected", "?"]),
        "batch.recalls": st.lists(st.sampled_from(["R-1", "R-2"]), unique=True),
        "batch.expiry": st.sampled_from(["2026-03-01", "2026-03-02", "2029-01-01"]),
        "batch.market": st.sampled_from(["CN", "XE"]),
        "batch.loose_missing": st.integers(0, 2),
        "batch.sources": st.sampled_from([[], ["g/l"]]),
        "slot": st.sampled_from([None, 0, 3, 49, 50]),
        "other_lot": st.sampled_from([None, "EX2602R"]),
        "run": st.none(),
        "run.state": st.sampled_from(sorted(STATES | {"?"})),
        "run.site": some_gln,
        "run.block": st.sampled_from([None, "returned", "suspect", "quality"]),
        "run.recalls": st.lists(st.sampled_from(["R-1", "R-2"]), unique=True),
        "run.receipts": st.sampled_from([[], [verdict_cases.RECEIPT]]),
        "run.attempts": st.integers(0, 1),
        "run.alerts": st.integers(0, 1),
        "way": st.sampled_from([None, "named", "boxed", "batch"]),
        "recalls": st.lists(
            st.sampled_from([verdict_cases.recall(), verdict_cases.recall("R-2", depth="wholesale", markets=["XE"])]), max_size=2
        ),
        "sources": st.sampled_from([[], [{"batch": "g/l", "recalls": ["R-1"]}]]),
        "keys": st.sampled_from([[], FACTS["keys"], FACTS["keys"][:1]]),
        "stock": st.sampled_from([None, {"named": 0, "loose": 0}, {"named": 0, "loose": 5}]),
        "holder": maybe_site,
        "place": maybe_site,
        "shipment": st.sampled_from([None, verdict_cases.MOVING["shipment"]]),
    },
)
some_printed = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["none", "product", "batch", "pack", "box"]),
        "lot": st.none(),
        "expiry": st.sampled_from([None, "2027-12-30", "2027-12-31"]),
        "expiry_month_only": st.booleans(),
        "repairs": st.sampled_from([[], ["caps_lock"]]),
        "unique": st.booleans(),
    },
)
some_asked = st.fixed_dictionaries(
    {},
    optional={
        "viewer": st.sampled_from(VIEWERS),
        "place": some_gln,
        "receipt": st.sampled_from([None, verdict_cases.RECEIPT]),
        "answer": st.sampled_from([None, "yes", "no"]),
        "day": st.none(),
        "age_s": st.sampled_from([None, 0, 1_000_000]),
    },
)


def judge(facts: dict[str, Any], printed: dict[str, Any], asked: dict[str, Any]) -> Verdict:
    return verdict(load(Facts, facts), load(Printed, {**PRINTED, **printed}), load(Asked, {**ASKED, **asked}))


@settings(max_examples=300)
@given(changes, some_printed, some_asked)
def test_any_facts_give_a_verdict_that_keeps_the_rules(changed: dict[str, Any], printed: dict[str, Any], asked: dict[str, Any]) -> None:
    facts = patched(FACTS, changed)
    found = judge(facts, printed, asked)
    codes = [reason.code for reason in found.reasons]
    ranks = {reason.code: line(reason.code).rank for reason in found.reasons}
    assert found.code == codes[0] and len(set(codes)) == len(codes)
    assert found.light in LIGHTS.values()
    if found.light == "green":
        assert all(rank >= 70 for rank in ranks.values()) and found.level == 0 and found.refused is None
        assert facts["evidence"] == "verified" and facts["run"] is not None and facts["market"] is not None
    recalls = [code for code in codes if code.startswith("RECALL")]
    assert not recalls or recalls[0] in codes[:2]
    rest = [code for code in codes if code not in (recalls[:1] if codes[0] not in recalls else [])]
    ordered = [ranks[code] for code in rest if code not in ("EXPIRY_EXTENDED", "NOT_SHOWN")]
    assert ordered == sorted(ordered)
    assert found == judge(facts, printed, asked)
    for reason in found.reasons:
        said = words.headline(reason, asked.get("viewer", "consumer"))
        assert set(said) == {"zh", "en"} and all(said.values()) and not any("{" in text or text == "?" for text in said.values())


@settings(max_examples=300)
@given(changes, some_printed, some_asked)
def test_dropping_any_fact_never_makes_green(changed: dict[str, Any], printed: dict[str, Any], asked: dict[str, Any]) -> None:
    facts = patched(FACTS, changed)
    if judge(facts, printed, asked).light == "green":
        return
    for name, fewer in variants(facts):
        assert judge(fewer, printed, asked).light != "green", name


def test_facts_that_lack_a_field_are_refused() -> None:
    for path in ("evidence", "run.recalls", "batch.recalls", "product.withdrawn", "run.block", "batch.expiry"):
        folder, _, last = path.rpartition(".")
        facts = patched(FACTS, {})
        del (facts[folder] if folder else facts)[last]
        with pytest.raises(Exception, match=r"drugs\.facts\.field"):
            load(Facts, facts)
    with pytest.raises(Exception, match=r"drugs\.facts\.field"):
        load(Facts, {**FACTS, "slot": True})
    with pytest.raises(Exception, match=r"drugs\.facts\.field"):
        load(Facts, {**FACTS, "extra": 1})


# --- words ----------------------------------------------------------------------------------------------------------------------


def test_every_line_has_words() -> None:
    assert set(PHRASES) == {one.code for one in LINES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_words_are_filled_in(case: Vector) -> None:
    found = case.run()
    said = words.words_of(found, case.asked.get("viewer", "consumer"), {"left": 7, "received": 30})
    texts = [text for value in flatten(said) for text in value.values()]
    assert texts and all(texts)
    assert not any("{" in text or text.endswith(" ?") for text in texts)


def flatten(said: Any) -> Iterator[dict[str, str]]:
    if isinstance(said, list):
        for item in said:
            yield from flatten(item)
    elif isinstance(said, dict) and "zh" in said:
        yield said
    elif isinstance(said, dict):
        for item in said.values():
            yield from flatten(item)


def test_the_words_are_those_of_the_document() -> None:
    """Every headline of DOMAIN §10.3 is (the beginning or a part of) a phrase of its code; X, D, N, n stand for values."""
    text = DOMAIN.read_text("utf-8")
    table = text[text.index("### 10.3") : text.index("### 10.4")]
    rows = re.findall(r"^\| ([A-Z][A-Z_… /]+) \| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE)
    assert len(rows) > 35
    for codes, zh, en in rows:
        for code in re.findall(r"[A-Z][A-Z_]+", codes):
            full = "RECALLED_BATCH" if code == "RECALLED_" else code
            said = [values_as_letters(text) for phrase in PHRASES[full] for text in (phrase.zh, phrase.en.replace("{age}", "N hours"))]
            for headline in (zh.strip(), en.strip()):
                variants = {headline, *headline.split(" / ")}
                assert any(variant.lower() in text.lower() for variant in variants for text in said), (code, headline, said)


def values_as_letters(text: str) -> str:
    for name, letter in (("site", "X"), ("day", "D"), ("class", "N"), ("left", "n"), ("age", "N 小时")):
        text = text.replace("{" + name + "}", letter)
    return text


def test_months_later() -> None:
    assert months_later("2026-01-31", 1) == "2026-02-28"
    assert months_later("2024-01-31", 1) == "2024-02-29"
    assert months_later("2026-12-15", 1) == "2027-01-15"
    assert months_later("2026-01-01", 120) == "2036-01-01"
