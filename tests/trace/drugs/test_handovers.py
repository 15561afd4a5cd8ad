"""Evidence signed by a later attester set than the anchor names: the handovers in the bundle lead from one to the other."""

from typing import Any

import pytest

from chain import blocks, codec, merkle, notes, state, statetree
from chain.checkpoint import Checkpoint
from chain.gathering import Certified
from chain.handover import Handover, as_value
from tests.trace.drugs import bundle_cases
from tests.trace.drugs.bundle_changes import apply_changes, put
from tests.trace.world import signing_key
from trace.drugs.checking import check
from trace.drugs.outcome import Outcome

VECTORS = bundle_cases.read()
BUNDLE, ANCHOR = VECTORS["bundles"]["active"], VECTORS["anchors"]["early"]
OLD = {"party": "9521999000007", "vote": signing_key("old vote").text, "note": signing_key("old note").text}
"""The member of the set before."""
EARLIER = {**ANCHOR, "members": [OLD]}
"""An anchor of that time."""


def handed_over(epoch: int, entry: dict[str, Any], *signers: tuple[str, str]) -> dict[str, Any]:
    """A handover under a head of its own, signed by (party, name of the key)."""
    path, value = state.key_hash("consensus/set"), state.value_hash(codec.encode(entry))
    header = blocks.decode_header(codec.decode_base64(BUNDLE["genesis"]["header"]))
    root = statetree.root_of({path: value})
    changed = {name: getattr(header, name) for name in blocks.Header.__slots__} | {"height": 0, "state_root": root}
    data = blocks.Header(**changed).encode()
    head = Checkpoint(ANCHOR["origin"], 1, merkle.leaf_hash(data))
    lines = tuple(notes.cosign(head.text, f"{head.origin}/{party}", signing_key(name), 1) for party, name in signers)
    return as_value(Handover(epoch, Certified(head, lines, data, ()), entry, statetree.Proof((), path + value)))


def coming(epoch: int = 1) -> dict[str, Any]:
    """The entry that announces the present set."""
    change = {"epoch": epoch, "recorded": 0, "add": ANCHOR["members"], "remove": [OLD["party"]]}
    return {"epoch": epoch - 1, "from_height": 0, "members": [OLD], "next": change}


def judged(*handovers: dict[str, Any], anchor: Any = EARLIER) -> Outcome:
    case = next(case for case in VECTORS["cases"] if case["name"] == "pharmacy: active")
    data = codec.encode(apply_changes(BUNDLE, [put(list(handovers), "handovers")]), 12)
    return check(data, anchor, bundle_cases.question_of(case["ask"], ANCHOR["origin"]))


def test_they_lead_to_the_present_set() -> None:
    outcome = judged(handed_over(0, coming(), (OLD["party"], "old note")))
    assert outcome.verdict.light == "green" and outcome.refusal is None


def test_without_them_nobody_known_has_signed() -> None:
    refusal = judged().refusal
    assert refusal is not None and refusal.code == "evidence.checkpoint.attesters"


def test_those_from_before_the_anchor_are_passed_over() -> None:
    old = handed_over(0, coming(), (OLD["party"], "old note"))
    assert judged(old, anchor={**ANCHOR, "epoch": 1}).verdict.light == "green"


@pytest.mark.parametrize(
    "spoilt",
    [
        handed_over(0, coming()),
        handed_over(0, coming(), (OLD["party"], "stranger")),
        handed_over(0, {**coming(), "next": None}, (OLD["party"], "old note")),
        handed_over(1, coming(2), (OLD["party"], "old note")),
        {**handed_over(0, coming(), (OLD["party"], "old note")), "set": coming(2)},
    ],
)
def test_others_are_refused(spoilt: dict[str, Any]) -> None:
    refusal = judged(spoilt).refusal
    assert refusal is not None and (refusal.code, refusal.number) == ("evidence.handover", 2)
