"""Words for states, recalls and reasons, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask

from chain.interfaces import Value
from trace.web.kinds import words_of

RUN_STATES: Mapping[str, tuple[str, str]] = {
    "active": ("在库", "in stock"),
    "moving": ("在途", "on the way"),
    "loose": ("按数量管理", "counted, not tracked"),
    "dispensed": ("已售出", "dispensed"),
    "opened": ("已拆零", "opened"),
    "issued": ("已发病区", "issued to a ward"),
    "taken_back": ("患者退回", "taken back"),
    "sample": ("样品", "sample"),
    "free_sample": ("赠样", "free sample"),
    "exported": ("已出口", "exported"),
    "stolen": ("被盗", "stolen"),
    "missing": ("缺失", "missing"),
    "unused": ("码未使用", "code not used"),
    "repacked": ("已换包装", "repacked"),
    "destroyed": ("已销毁", "destroyed"),
}
"""State of a run -> its names in Chinese and English."""
BAD = frozenset({"stolen", "missing", "destroyed"})
"""Ended states that are bad news."""
CLASSES: Mapping[int, tuple[str, str]] = {
    1: ("一级:可能造成严重危害", "class 1: may cause serious harm"),
    2: ("二级:可能造成暂时或可逆的危害", "class 2: temporary or reversible harm"),
    3: ("三级:一般不会造成危害", "class 3: harm is unlikely"),
}
"""Recall class -> its meaning (DOMAIN §12)."""
DEPTHS: Mapping[str, tuple[str, str]] = {
    "wholesale": ("至批发企业", "down to wholesalers"),
    "pharmacy": ("至药房和医院", "down to pharmacies and hospitals"),
    "patient": ("至患者", "down to patients"),
}
"""Recall depth -> how far it reaches."""

RECALL_REASONS: Mapping[str, tuple[str, str]] = {
    "quality": ("质量问题", "quality"),
    "contamination": ("污染", "contamination"),
    "stability": ("稳定性不合格", "stability"),
    "labelling": ("标签有误", "labelling"),
    "adverse_events": ("不良反应", "adverse events"),
    "falsified": ("假药", "falsified"),
}
"""Reason code of a recall, which its issuer chooses freely -> its words, for the usual ones."""


def text(pair: tuple[str, str]) -> Mapping[str, str]:
    """A pair as a text."""
    return {"zh": pair[0], "en": pair[1]}


def run_state(state: str) -> Mapping[str, str]:
    """A run's state in words."""
    return text(RUN_STATES.get(state, (state, state)))


def class_text(number: int) -> Mapping[str, str]:
    """A recall class in words."""
    return text(CLASSES.get(number, (str(number), str(number))))


def depth_text(depth: str) -> Mapping[str, str]:
    """A recall depth in words."""
    return text(DEPTHS.get(depth, (depth, depth)))


def reason_text(code: str) -> Mapping[str, str]:
    """A recall's reason in words; an unusual one by its own code."""
    return text(RECALL_REASONS.get(code, (code.replace("_", " "), code.replace("_", " "))))


def kind_text(kind: str) -> Mapping[str, str]:
    """What a transaction of a kind did, in words."""
    return words_of(kind).text


@dataclass(frozen=True, slots=True)
class TallyRow:
    """One part of a batch's packs."""

    label: Mapping[str, str]
    """What these packs are."""
    packs: int
    """How many."""
    share: float
    """Part of the batch in per cent."""
    offset: float
    """Per cent before it."""
    tone: int
    """Number of its colour in the bar."""


def tally_rows(tally: Value | None) -> list[TallyRow]:
    """Where the packs of a batch are, as parts that add up to its count (invariant I5)."""
    return [] if tally is None else part_rows(tally["count"], tally["at_sites"], tally["moving"], tally["ended"])


def part_rows(count: int, at_sites: int, moving: int, ended: Mapping[str, int]) -> list[TallyRow]:
    """Packs held, moving and gone, as parts of a whole; empty parts are left out."""
    parts = [(text(("各库点在库", "held by sites")), at_sites, 1), (run_state("moving"), moving, 2)]
    for state, packs in sorted(ended.items()):
        parts.append((run_state(state), packs, 6 if state in BAD else 3 if state == "dispensed" else 5))
    rows, before = [], 0.0
    for label, packs, tone in parts:
        share = 100 * packs / max(count, 1)
        rows.append(TallyRow(label, packs, share, before, tone))
        before += share
    return [row for row in rows if row.packs]


def init_app(app: Flask) -> None:
    """Gives the words to templates."""
    for function in (run_state, class_text, depth_text, reason_text, kind_text):
        app.jinja_env.globals[function.__name__] = function
