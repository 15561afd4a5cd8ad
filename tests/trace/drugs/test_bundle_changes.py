"""Every single field of a good bundle changed, dropped, swapped or replayed: refused, or never greener than what is true."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import codec
from chain.errors import Malformed
from tests.trace.drugs import bundle_cases
from tests.trace.drugs.bundle_changes import apply_changes, drop, look, places, put
from trace.drugs.checking import check
from trace.drugs.evidence_codes import CODES
from trace.drugs.outcome import Outcome, Question

VECTORS = bundle_cases.read()
ANCHOR = VECTORS["anchors"]["one"]
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"), max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), inner, max_size=4),
    max_leaves=12,
)
"""Any value that has canonical bytes."""


def question(name: str) -> tuple[Any, Question]:
    """A good bundle, and the question that its case puts."""
    case = next(case for case in VECTORS["cases"] if case["bundle"] == name and not case["change"] and case["expect"]["refused"] is None)
    return VECTORS["bundles"][name], bundle_cases.question_of(case["ask"], ANCHOR["origin"])


def others(value: Any) -> Iterator[Any]:
    """Other values of the same type."""
    if type(value) is bool:
        yield not value
    elif type(value) is int:
        yield from (value + 1, value - 1, 0, 2**53 - 1)
    elif type(value) is str:
        yield from ("", value + "A", value[:-1], value[:-1] + ("A" if value[-1:] != "A" else "B"), "B" + value[1:])
    elif type(value) is list:
        yield from ([], value[1:], value[:-1], value[::-1], [*value, *value[-1:]])
    elif type(value) is dict:
        yield from ({}, {**value, "zzz": 1})
    else:
        yield from (0, "", [], {})


def judge(value: Any, asked: Question) -> Outcome | None:
    """What a changed bundle comes to; None where it has no canonical bytes."""
    try:
        return check(codec.encode(value, 40), ANCHOR, asked)
    except Malformed:
        return None


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    """(what was done, the changed bundle) for every place in it."""
    for at in places(value):
        found = look(value, at)
        if isinstance(at[-1], str):
            yield f"drop {at}", apply_changes(value, [drop(*at)])
        for other in others(found):
            if other != found or type(other) is not type(found):
                yield f"{at} = {str(other)[:40]}", apply_changes(value, [put(other, *at)])


@pytest.mark.parametrize("name", ["active", "unknown_serial"])
def test_every_field_counts(name: str) -> None:
    value, asked = question(name)
    good = judge(value, asked)
    assert good is not None and good.refusal is None
    unnoticed = []
    for what, changed in changes(value):
        outcome = judge(changed, asked)
        if outcome is not None and outcome.refusal is None and outcome.verdict.light == good.verdict.light:
            unnoticed.append(what)
    assert unnoticed == []


@pytest.mark.parametrize("name", ["active", "sold", "recalled", "lost", "unreleased", "loose", "moving"])
def test_parts_of_other_evidence_do_not_fit(name: str) -> None:
    """Replayed: each field, each entry, each history and each transaction of other packs' evidence of the same ledger."""
    value, asked = question(name)
    good = judge(value, asked)
    assert good is not None
    for other, replayed in VECTORS["bundles"].items():
        for at in [(field,) for field in value] + [("state", part) for part in value["state"]] + [("head", part) for part in value["head"]]:
            outcome = judge(apply_changes(value, [put(look(replayed, at), *at)]), asked)
            assert outcome is not None
            same = outcome.facts == good.facts
            assert outcome.refusal is not None or same or outcome.verdict.light in ("amber", "red"), (other, at, outcome.verdict)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | _JSON.map(lambda value: codec.encode(value, 40)))
def test_any_bytes_come_to_a_verdict(data: bytes) -> None:
    _, asked = question("active")
    outcome = check(data, ANCHOR, asked)
    assert outcome.verdict.light in ("red", "amber")
    assert all(step.code is None or step.code in CODES for step in outcome.steps)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_cut_and_spoilt_evidence_comes_to_a_verdict(chance: random.Random, count: int) -> None:
    value, asked = question("active")
    data = bytearray(codec.encode(value, 12))
    for _ in range(count):
        data[chance.randrange(len(data))] = chance.randrange(256)
    spoilt = bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
    outcome = check(spoilt, ANCHOR, asked)
    assert outcome.verdict.light in ("red", "amber") or spoilt == codec.encode(value, 12)
    assert all(step.code is None or step.code in CODES for step in outcome.steps)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), _JSON)
def test_any_value_at_any_place_comes_to_a_verdict(chance: random.Random, other: Any) -> None:
    value, asked = question("active")
    outcome = judge(apply_changes(value, [put(other, *chance.choice(list(places(value))))]), asked)
    assert outcome is None or all(step.code is None or step.code in CODES for step in outcome.steps)


def test_any_anchor_comes_to_a_verdict() -> None:
    value, asked = question("active")
    data = codec.encode(value, 12)
    for what, changed in changes(ANCHOR):  # whoever holds the anchor is believed; a broken one is refused all the same
        assert all(step.code is None or step.code in CODES for step in check(data, changed, asked).steps), what
    nothing: Any
    for nothing in (None, 7, "", [], {}):
        refused = check(data, nothing, asked).refusal
        assert refused is not None and refused.code == "evidence.anchor.format"


def test_a_large_bundle_is_not_read() -> None:
    _, asked = question("active")
    refused = check(b" " * 100_000_000, ANCHOR, asked).refusal
    assert refused is not None and refused.code == "evidence.bundle.size"


def test_every_field_of_a_handover_counts() -> None:
    case = next(case for case in VECTORS["cases"] if case["name"] == "handover: from the set of the anchor to the present one")
    value = apply_changes(VECTORS["bundles"][case["bundle"]], case["change"])
    pinned = apply_changes(VECTORS["anchors"][case["anchor"]], case["anchor_change"])
    asked = bundle_cases.question_of(case["ask"], pinned["origin"])
    for what, changed in changes(value["handovers"][0]):
        refused = check(codec.encode({**value, "handovers": [changed]}, 40), pinned, asked).refusal
        assert refused is not None and refused.code in ("evidence.handover", "evidence.checkpoint.attesters"), what


def test_every_code_of_a_refusal_has_a_case() -> None:
    provoked = {case["expect"]["refused"] for case in VECTORS["cases"]} | {
        code for case in VECTORS["cases"] for code in case["expect"]["gaps"]
    }
    elsewhere = {"evidence.bundle.size", "evidence.none"}  # a megabyte is no vector; the other is the door's
    assert set(CODES) - elsewhere <= provoked
