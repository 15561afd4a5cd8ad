"""What is asked of evidence, and what it comes to (PROTOCOL §8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain.checkpoint import Checkpoint
from trace.drugs.case import CONSUMER, Asked, Printed
from trace.drugs.facts import Facts, Text
from trace.drugs.plain import dump
from trace.drugs.verdict import Verdict
from trace.gs1.item import Item

PASSED, GAP, REFUSED = "passed", "gap", "refused"
"""What a step came to."""
STEPS = (
    "container", "anchor", "handovers", "checkpoint", "age", "head", "state", "serial", "histories", "events", "custody", "print",
    "verdict",
)  # fmt: skip
"""Names of the steps, by number."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about which code."""

    now: int
    """The asker's clock, ms."""
    scan: str | None = None
    """The scanned text; None: the code that the bundle itself names."""
    viewer: str = CONSUMER
    """One of `case.VIEWERS`."""
    place: str | None = None
    """GLN of the site of the scan."""
    receipt: str | None = None
    """Hash of the receipt key that the asker holds, hex."""
    answer: str | None = None
    """`yes` or `no` to the question of an earlier verdict."""
    remembered: Checkpoint | None = None
    """The newest checkpoint of this chain that the asker has seen; None: that of the anchor."""
    contradicted: str | None = None
    """Who shows a head, signed by the same attesters, that provably excludes the one of the evidence (`chain/contradiction.py`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the check."""

    number: int
    """0 to 12 (PROTOCOL §8)."""
    name: str
    """Its name."""
    state: str
    """`passed`, `gap` or `refused`."""
    code: str | None
    """Code of the refusal, or of the first gap."""
    found: str
    """What was expected and found, for whoever looks closely; not a contract."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """On whose word the verdict rests."""

    signed: bool
    """Were all events shown, signed by keys that lead to the genesis document?"""
    complete: str | None
    """By whose word nothing is left out: `operator` or `consortium`; None where the evidence was refused."""
    parties: tuple[str, ...]
    """The attesters that cosigned."""
    names: Mapping[str, Text]
    """GLN of those of them that the evidence names -> names by language."""
    witnesses: tuple[int, int, int]
    """(seen, needed, named by the anchor)."""
    age_s: int | None
    """Seconds since the attesters' believed time; None = unknown."""
    compared: bool
    """Was the head found to continue a remembered one?"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the evidence comes to."""

    verdict: Verdict
    """The verdict."""
    facts: Facts
    """What it rests on."""
    printed: Printed
    """What the pack says."""
    asked: Asked
    """Who asked."""
    item: Item | None
    """What the code names; None where the evidence was refused before that was known."""
    steps: tuple[Step, ...]
    """The steps that were made, in order."""
    assurance: Assurance
    """On whose word."""
    checkpoint: Checkpoint | None
    """The head, to be remembered; None where the evidence was refused."""

    @property
    def refusal(self) -> Step | None:
        """The step that refused, or None."""
        return next((step for step in self.steps if step.state == REFUSED), None)

    def as_json(self) -> dict[str, Any]:
        """The outcome for machines."""
        head = None if self.checkpoint is None else {"size": self.checkpoint.size, "root": self.checkpoint.root.hex()}
        return {
            "verdict": self.verdict.as_json(),
            "item": self.item.as_json() if self.item else None,
            "steps": dump(self.steps),
            "assurance": dump(self.assurance),
            "checkpoint": head,
        }
