"""Makes tests/vectors/bundles.json: evidence that is to be accepted or refused, for every implementation.

    python -m tests.trace.drugs.bundle_cases

{anchors: {name: anchor}, bundles: {name: bundle}, cases: [{name, anchor, bundle, change, anchor_change, bytes, ask, expect}]}

A case is a bundle with changes: `{at: [names and numbers], to: value}` puts a value there, `{at, drop: true}` takes the place out. Changes
are made in order, in the decoded object, which then is encoded canonically. `bytes` (base64url), where it is not null, is what arrives
instead. `ask`: now (ms), scan (text or null), viewer, place, receipt, answer, remembered ({size, root} or null). `expect`: verdict, light,
step and refused (number and code, or null), gaps (codes of the steps with a gap, in order), signed, age_s, compared.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chain import codec
from chain.checkpoint import Checkpoint
from tests.trace.drugs.bundle_changes import Case, apply_changes
from tests.trace.drugs.bundle_forgeries import forgeries
from tests.trace.drugs.bundle_goods import Goods, make_goods
from tests.trace.drugs.bundle_handovers import handovers
from tests.trace.drugs.bundle_refusals import refusals
from tests.trace.drugs.bundle_second import make_second
from tests.trace.drugs.bundle_second_cases import second_forgeries, second_verdicts
from tests.trace.drugs.bundle_sets import sets
from tests.trace.drugs.bundle_verdicts import verdicts
from tests.trace.drugs.bundle_ways import ways
from trace.drugs.checking import check
from trace.drugs.outcome import GAP, Outcome, Question

PATH = Path(__file__).resolve().parents[2] / "vectors" / "bundles.json"
"""The file."""


def cases(goods: Goods, second: Goods) -> Iterator[Case]:
    """All cases."""
    yield from verdicts(goods)
    yield from refusals(goods)
    yield from forgeries(goods)
    yield from handovers(goods)
    yield from sets(goods)
    yield from ways(goods, second)
    yield from second_verdicts(second)
    yield from second_forgeries(second)


def arriving(case: Mapping[str, Any], bundles: Mapping[str, Any]) -> bytes:
    """The bytes of a case."""
    if case["bytes"] is not None:
        return codec.decode_base64(case["bytes"])
    return codec.encode(apply_changes(bundles[case["bundle"]], case["change"]), 20)


def question_of(ask: Mapping[str, Any], origin: str) -> Question:
    """The question of a case; `origin`: that of its anchor."""
    seen = ask["remembered"]
    remembered = None if seen is None else Checkpoint(origin, seen["size"], bytes.fromhex(seen["root"]))
    return Question(**{**ask, "remembered": remembered})


def judge(case: Mapping[str, Any], vectors: Mapping[str, Any]) -> Outcome:
    """What this implementation says."""
    pinned = apply_changes(vectors["anchors"][case["anchor"]], case["anchor_change"])
    origin = vectors["anchors"][case["anchor"]]["origin"]
    return check(arriving(case, vectors["bundles"]), pinned, question_of(case["ask"], origin))


def found(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a case expects it."""
    refusal = outcome.refusal
    return {
        "verdict": outcome.verdict.code,
        "light": outcome.verdict.light,
        "step": refusal.number if refusal else None,
        "refused": refusal.code if refusal else None,
        "gaps": [step.code for step in outcome.steps if step.state == GAP],
        "signed": outcome.assurance.signed,
        "age_s": outcome.assurance.age_s,
        "compared": outcome.assurance.compared,
    }


def make() -> dict[str, Any]:
    """The vectors. Raises AssertionError where a case comes out other than it was written down."""
    goods, second = make_goods(), make_second()
    vectors: dict[str, Any] = {"anchors": goods.anchors | second.anchors, "bundles": goods.bundles | second.bundles, "cases": []}
    listed = list(cases(goods, second))
    assert len({case.name for case in listed}) == len(listed), "each name once"
    wrong = []
    for case in listed:
        value = case.as_json()
        outcome = judge(value, vectors)
        value["expect"] = found(outcome)
        said = (case.verdict, case.refused, tuple(case.gaps))
        got = (outcome.verdict.code, value["expect"]["refused"], tuple(value["expect"]["gaps"]))
        if said != got:
            wrong.append(f"{case.name}: expected {said}, found {got}: {[step for step in outcome.steps if step.code]}")
        vectors["cases"].append(value)
    assert not wrong, "\n".join(wrong)
    return vectors


def main() -> None:
    """Writes the file."""
    vectors = make()
    PATH.write_text(json.dumps(vectors, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")


def read() -> dict[str, Any]:
    """The vectors as they lie in the repository."""
    value: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return value


def names(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of cases, for the tests' own."""
    return [case["name"] for case in listed]


if __name__ == "__main__":
    main()
