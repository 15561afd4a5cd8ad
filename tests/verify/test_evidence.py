"""Evidence is judged in the browser as in Python: every case of tests/vectors/bundles.json, altered bundles, any bytes."""

import json
import random
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chain import codec
from chain.errors import Malformed
from tests.trace.drugs import bundle_cases
from tests.trace.drugs.bundle_changes import apply_changes, drop, look, places, put
from tests.verify.node import ask
from trace.drugs.checking import check
from trace.drugs.kinds import KINDS
from trace.drugs.outcome import Question

MUTATIONS = 700
"""Altered bundles that both sides judge."""
SIGNS = "AZaz09_-"
"""Letters that take the place of others."""


def judged(vectors: Mapping[str, Any], cases: list[Any]) -> list[Any]:
    """What node says about cases."""
    loaded = {"bundles": vectors["bundles"], "anchors": vectors["anchors"]}
    return ask([["load", loaded], *(["evidence", case] for case in cases)])[1:]


def test_every_case_comes_out_as_written(vectors: dict[str, Any]) -> None:
    for case, found in zip(vectors["cases"], judged(vectors, vectors["cases"]), strict=True):
        assert found == case["expect"], case["name"]


def altered(vectors: Mapping[str, Any], chance: random.Random) -> dict[str, Any] | None:
    """A case with one place changed, dropped or swapped; None where the result has no bytes."""
    plain = [case for case in vectors["cases"] if not case["change"] and case["bytes"] is None and not case["anchor_change"]]
    case = chance.choice(plain)
    bundle = vectors["bundles"][case["bundle"]]
    at = chance.choice(list(places(bundle)))
    value = look(bundle, at)
    way = chance.randrange(4)
    if way == 0:
        change = drop(*at)
    elif way == 1:
        change = put(look(bundle, chance.choice(list(places(bundle)))), *at)
    elif isinstance(value, str) and value:
        place = chance.randrange(len(value))
        change = put(value[:place] + chance.choice(SIGNS) + value[place + 1 :], *at)
    elif isinstance(value, int):
        change = put(value + chance.choice([-1, 1, 2, 1000]), *at)
    else:
        change = put(chance.choice([None, 0, "", [], {}, True, codec.INTEGER_LIMIT, "x"]), *at)
    try:
        codec.encode(apply_changes(bundle, [change]), 20)
    except Malformed:
        return None
    return {**case, "change": [change]}


def altered_cases(vectors: Mapping[str, Any], count: int, seed: int) -> list[dict[str, Any]]:
    """Up to so many cases with one place altered."""
    chance = random.Random(seed)
    return [case for case in (altered(vectors, chance) for _ in range(count)) if case is not None]


def test_an_altered_bundle_is_refused_by_both_with_the_same_code(vectors: dict[str, Any]) -> None:
    cases = altered_cases(vectors, MUTATIONS, seed=4)
    expected = [bundle_cases.found(bundle_cases.judge(case, vectors)) for case in cases]
    for case, wanted, found in zip(cases, expected, judged(vectors, cases), strict=True):
        assert found == wanted, case["change"]
    assert len({each["refused"] for each in expected}) >= 12
    assert all(each["light"] != "green" for each, case in zip(expected, cases, strict=True) if each != case["expect"])


@settings(max_examples=5, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), min_size=60, max_size=60))
def test_any_bytes_come_to_a_named_refusal(blobs: list[bytes]) -> None:
    anchors = bundle_cases.read()["anchors"]
    deep = [b"[" * 13 + b"]" * 13, b"[" * 100_000, b'{"v":9007199254740993}', b'{"v":1e400}', b'{"v":2}', b" " * 1_000_001]
    expected = []
    for blob in [*blobs, *deep]:
        expected.append(check(blob, next(iter(anchors.values())), Question(now=0)).steps[-1].code)
    assert ask([["load", {"bundles": {}, "anchors": anchors}], *(["any", blob.hex()] for blob in [*blobs, *deep])])[1:] == expected


def test_the_demands_on_signers_are_those_of_the_rules() -> None:
    expected = {name: [" ".join(kind.demand.roles), kind.demand.while_suspended] for name, kind in KINDS.items()}
    assert ask([["demands"]])[0] == json.loads(json.dumps(expected))
