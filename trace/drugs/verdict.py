"""The verdict: one pure function of facts, print and asker (DOMAIN §10).

It is written a second time in JavaScript; tests/vectors/verdict.json holds the two together.

    1  the lines that apply are collected in the order of the table; what concerns only the scan ends the search
    2  green lines apply only if nothing else does
    3  the first is the headline; a recall is always shown second at least; the light is the worst one listed
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.drugs import facts as known
from trace.drugs.case import (
    CONSUMER,
    DISTRIBUTOR,
    PACK_CODE,
    PHARMACY,
    REGULATOR,
    SOLD,
    Asked,
    Case,
    Params,
    Printed,
    make_case,
)
from trace.drugs.facts import Facts
from trace.drugs.lines import ABOUT_THE_SCAN, EXTENDED, FIRST_GREEN, JUDGES_NOTHING, LINES, Line, lines_for
from trace.drugs.plain import dump
from trace.market import local_day

GREEN, AMBER, RED, BLUE = "green", "amber", "red", "blue"
"""Lights; blue says nothing about the pack."""
NO_CUSTODY = "none"
"""Custody level: by the ledger the place does not have the pack."""
_LIGHTS = {"G": GREEN, "A": AMBER, "R": RED, "B": BLUE}
_WORST_FIRST = (RED, AMBER, BLUE, GREEN)
_COLUMN = {CONSUMER: 0, PHARMACY: 1, REGULATOR: 1, DISTRIBUTOR: 2}
_RECALLS = ("RECALLED_PACK", "RECALLED_BATCH", "RECALLED_PRODUCT", "RECALLED_SOURCE", "RECALL_SHELF_ONLY")


@dataclass(frozen=True, slots=True)
class Reason:
    """A line that applies."""

    code: str
    """Verdict code."""
    light: str
    """Its light for this viewer."""
    level: int
    """Its alert level."""
    refused: str | None
    """Code with which the till is refused for it."""
    params: Params
    """What its sentence is filled with: site, names, day, class, number, lot, market, left, missing, age_s, why, what, repair."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a consumer is asked under an amber light, with two large buttons; what a member is asked whose place is not known."""

    kind: str
    """`sold` (was that you?), `place` (are you there?) or `choose` (where are you?)."""
    params: Params
    """Site, names, day."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a page can offer to do next."""

    do: str
    """`dispense`, `receive`, `name`, `undo`, `refresh`, `rescan`, `scanner_check` or `report`."""
    refused: str | None
    """The code with which it would be refused by what is known here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a scan."""

    code: str
    """Headline."""
    light: str
    """`green`, `amber`, `red` or `blue`: the worst of the lines listed; blue where nothing is said about the pack."""
    reasons: tuple[Reason, ...]
    """Every line that applies, the headline first, a recall second at least."""
    custody: str | None
    """What is proven about the way to this place: `named`, `boxed`, `batch`, `none`; None where nothing can be said."""
    question: Question | None
    """The one question."""
    next: tuple[Step, ...]
    """What a page offers."""
    level: int
    """Alert level: the highest listed for a trade member, 0 for a consumer."""
    refused: str | None
    """Code with which `drugs.dispense` at this place would be refused, as far as these facts say."""
    cbv: str | None
    """CBV 2.0 disposition of the headline."""
    emvs: str | None
    """EMVS state or code of the headline."""
    dscsa: str | None
    """DSCSA verification answer of the headline."""

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        values: dict[str, Any] = dump(self)
        return values


def verdict(facts: Facts, printed: Printed, asked: Asked) -> Verdict:
    """What to say about the pack. Total: any facts give a verdict, and only complete ones a green one."""
    case = make_case(facts, printed, asked)
    found = _arrange(_lines_that_apply(case))
    column = _COLUMN.get(asked.viewer, 0)
    reasons = tuple(Reason(line.code, _LIGHTS[line.lights[column]], line.level, line.refused, params) for line, params in found)
    headline = found[0][0]
    return Verdict(
        code=headline.code,
        light=_light(headline, reasons),
        reasons=reasons,
        custody=_custody(case),
        question=_question(headline, case),
        next=_steps(headline, case, reasons),
        level=0 if case.consumer else max(reason.level for reason in reasons),
        refused=next((reason.refused for reason in reasons if reason.refused), None),
        cbv=headline.cbv,
        emvs=headline.emvs,
        dscsa=headline.dscsa,
    )


Found = list[tuple[Line, Params]]
"""Lines that apply, with the values for their sentences."""


def _lines_that_apply(case: Case) -> Found:
    column = _COLUMN.get(case.asked.viewer, 0)
    found: Found = []
    codes: set[str] = set()
    for line in lines_for(column, case.state):
        if line.code in codes or (line.rank >= FIRST_GREEN and _blocks_green(found)):
            continue
        params = line.applies(case)
        if params is not None:
            found.append((line, params))
            codes.add(line.code)
            if line.rank in JUDGES_NOTHING:
                break
    return found


def _blocks_green(found: Found) -> bool:
    return any(line.rank < FIRST_GREEN for line, _ in found)


def _arrange(found: Found) -> Found:
    """Headline first, then a recall if there is one, then the rest; an extended expiry is only ever added to a green line."""
    green = [entry for entry in found if entry[0].code != EXTENDED]
    ordered = green + [entry for entry in found if entry[0].code == EXTENDED]
    if not green:
        return [(_fallback(), {"what": "state"})]
    recall = next((entry for entry in ordered[1:] if entry[0].code in _RECALLS), None)
    if recall is not None and ordered[0][0].code not in _RECALLS:
        ordered.remove(recall)
        ordered.insert(1, recall)
    return ordered


def _fallback() -> Line:
    """What is said where no line applies: the evidence does not show what green needs."""
    return next(line for line in LINES if line.code == "NOT_SHOWN")


def _light(headline: Line, reasons: tuple[Reason, ...]) -> str:
    if headline.rank <= ABOUT_THE_SCAN:
        return BLUE
    return min((reason.light for reason in reasons), key=_WORST_FIRST.index)


def _custody(case: Case) -> str | None:
    """What is proven about the way of this pack to the place, or to where it was sold (DOMAIN §4)."""
    if case.facts.evidence != known.VERIFIED or case.printed.kind != PACK_CODE or case.state is None:
        return None
    if case.state == "loose":
        return None if case.place is None or case.stocked is None else known.COUNTED if case.stocked else NO_CUSTODY
    if case.state in (SOLD, "opened") or (case.state == "active" and (case.here or case.place is None)):
        return case.facts.way
    return NO_CUSTODY if case.place is not None else None


def _question(headline: Line, case: Case) -> Question | None:
    if headline.code == "SOLD_ONCE":
        return Question("sold" if case.consumer else "choose", {**case.site_params, **case.day_params})
    if headline.code == "GENUINE_CHECK_PLACE":
        known_site = case.consumer and case.state == "active"
        return Question("place" if known_site else "choose", case.site_params)
    return None


_STEPS: Mapping[str, tuple[str, ...]] = {
    "NOT_A_MEDICINE_CODE": ("scanner_check",),
    "SCANNER_FAULT": ("scanner_check", "rescan"),
    "GENUINE_SALEABLE": ("dispense",),
    "ALREADY_DISPENSED_HERE": ("undo",),
    "IN_TRANSIT_TO_YOU": ("receive",),
    "CUSTODY_NOT_SHOWN": ("name",),
    "PROOF_STALE": ("refresh",),
    "NOT_SHOWN": ("refresh",),
    "COULD_NOT_CHECK": ("refresh",),
    "SOLD_NOT_TO_YOU": ("report",),
    "NOT_IN_A_SHOP": ("report",),
    "UNKNOWN_PRODUCT": ("report",),
}
"""What pages offer under a headline; a line of level 4 or 5 offers a report besides, and of level 5 a second scan first."""
_ONLY_WHERE_PACKS_ARE_KEPT = frozenset({"receive", "name", "undo"})
"""Steps that are transactions of the place, so not for the public or a regulator."""


def _steps(headline: Line, case: Case, reasons: tuple[Reason, ...]) -> tuple[Step, ...]:
    names = list(_STEPS.get(headline.code, ()))
    if headline.level >= 5:
        names.append("rescan")
    if headline.level >= 4:
        names.append("report")
    viewer = case.asked.viewer
    allowed = [
        name
        for name in names
        if not (name in _ONLY_WHERE_PACKS_ARE_KEPT and viewer not in (PHARMACY, DISTRIBUTOR)) and (name != "dispense" or viewer == PHARMACY)
    ]
    return tuple(Step(name, _undo_refused(case, reasons) if name == "undo" else None) for name in allowed)


def _undo_refused(case: Case, reasons: tuple[Reason, ...]) -> str | None:
    """Why the sale can not be undone (DOMAIN §7.4), by day; the node decides by the millisecond."""
    run, market, day = case.run, case.facts.market, case.asked.day
    if run is None or market is None or day is None:
        return "drugs.undo.too_late"
    sold = date.fromisoformat(local_day(run.since, market.offset_minutes))
    if (date.fromisoformat(day) - sold).days > market.undo_days:
        return "drugs.undo.too_late"
    codes = {reason.code for reason in reasons}
    for found, code in ((set(_RECALLS), "recalled"), ({"WITHDRAWN_PRODUCT"}, "withdrawn"), ({"EXPIRED"}, "expired")):
        if codes & found:
            return f"drugs.undo.{code}"
    return None
