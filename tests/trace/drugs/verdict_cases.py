"""Cases of the verdict, written by hand from DOMAIN §10, and the vector file made of them.

    python -m tests.trace.drugs.verdict_cases      writes tests/vectors/verdict.json anew

A case says what differs from the good pack at Bridge Street, and what must come out: code and light, and where it matters the further
lines, custody, question, steps, level. The file holds the whole verdict besides, for implementations in other languages.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace.drugs.case import Asked, Printed
from trace.drugs.facts import Facts
from trace.drugs.plain import load
from trace.drugs.verdict import Verdict, verdict

FILE = Path(__file__).resolve().parents[2] / "vectors" / "verdict.json"
"""The vector file."""
VIEWERS = ("consumer", "pharmacy", "distributor", "regulator")
"""In the order of the letters of a row; a regulator has the pharmacist's."""
LIGHTS = {"G": "green", "A": "amber", "R": "red", "B": "blue"}
"""Letters of DOMAIN §10.2."""

BRIDGE, STATION, PLANT, NORTH = "9521006000180", "9521006000258", "9521001000185", "9521004000014"
DAY_MS = 86_400_000
TODAY, NOW = "2026-03-02", 1_772_409_600_000  # 2026-03-02T00:00:00Z, 08:00 in CN
RECEIPT = "5a" * 32


def site(gln: str, kind: str, name: str, country: str = "CN") -> dict[str, Any]:
    """A site fact."""
    return {
        "gln": gln,
        "party": gln,
        "kind": kind,
        "names": {"zh": f"示例{name}", "en": f"Example {name}"},
        "region": "East",
        "country": country,
    }


AT_BRIDGE, AT_STATION = site(BRIDGE, "shop", "Bridge Street"), site(STATION, "shop", "Station")
AT_PLANT, AT_NORTH = site(PLANT, "plant", "Plant"), site(NORTH, "warehouse", "Warehouse")

FACTS: dict[str, Any] = {
    "evidence": "verified",
    "absent": [],
    "market": {
        "code": "CN", "offset_minutes": 480, "custody": "batch", "undo_days": 10,
        "fresh_minutes": {"dispense": 15, "trade": 60, "consumer": 1440},
    },
    "product": {
        "owner": "9521001000017", "names": {"zh": "示例片", "en": "Examplamol"}, "markets": ["CN"], "joined": "2025-01-01",
        "shelf_months": 24, "recalls": [], "withdrawn": [],
    },
    "batch": {
        "lot": "EX2601A", "maker": "9521001000017", "signer": "ed25519:LINE", "time": NOW - 100 * DAY_MS, "count": 1000, "market": "CN",
        "status": "released", "releases": [{"key": "ed25519:QP", "time": NOW - 90 * DAY_MS}], "expiry": "2027-12-31",
        "printed_expiry": "2027-12-31", "recalls": [], "sources": [], "loose_missing": 0,
    },
    "slot": 3,
    "other_lot": None,
    "run": {
        "start": 3, "end": 50, "state": "active", "site": BRIDGE, "shipment": None, "box": None, "block": None, "recalls": [],
        "receipts": [], "units_left": None, "since": NOW - 30 * DAY_MS, "attempts": 0, "alerts": 0,
    },
    "way": "named",
    "received": None,
    "recalls": [],
    "sources": [],
    "keys": [
        {"key": "ed25519:LINE", "party": "9521001000017", "compromised_since": None},
        {"key": "ed25519:QP", "party": "9521001000017", "compromised_since": None},
    ],
    "stock": None,
    "holder": AT_BRIDGE,
    "place": None,
    "shipment": None,
}  # fmt: skip
"""The good pack: active at Bridge Street, place not said."""
PRINTED: dict[str, Any] = {
    "kind": "pack", "lot": "EX2601A", "expiry": "2027-12-31", "expiry_month_only": False, "repairs": [], "unique": True,
}  # fmt: skip
"""Its print, read as it stands."""
ASKED: dict[str, Any] = {"viewer": "consumer", "place": None, "receipt": None, "answer": None, "day": TODAY, "age_s": 0}
"""A consumer who has not said where they are."""

HERE: dict[str, Any] = {"place": AT_BRIDGE}
ELSEWHERE: dict[str, Any] = {"place": AT_STATION}
SOLD: dict[str, Any] = {"run.state": "dispensed", "run.since": NOW - 2 * DAY_MS}
LOOSE: dict[str, Any] = {
    "run.state": "loose",
    "run.site": None,
    "holder": None,
    "way": "batch",
    "stock": {"named": 0, "loose": 7},
    "received": 30,
}
MOVING: dict[str, Any] = {
    "run.state": "moving", "run.site": None, "run.shipment": "aa" * 32, "holder": None,
    "shipment": {"sender": NORTH, "receiver": BRIDGE, "since": NOW},
}  # fmt: skip
NO_PACK: dict[str, Any] = {"slot": None, "run": None, "holder": None, "way": None}
NO_BATCH: dict[str, Any] = {**NO_PACK, "batch": None, "keys": [], "absent": ["batch"]}
NO_PRODUCT: dict[str, Any] = {**NO_BATCH, "product": None, "absent": ["product"], "market": None}
NOTHING: dict[str, Any] = {**NO_PRODUCT, "absent": []}


def recall(number: str = "R-1", **changed: Any) -> dict[str, Any]:
    """A recall fact."""
    return {"number": number, "recall_class": 2, "depth": "patient", "markets": ["CN"], "status": "open", **changed}


@dataclass(frozen=True)
class Vector:
    """One case."""

    name: str
    """What it is about."""
    code: str
    """Headline that must come out."""
    light: str
    """Its light."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Path -> value that differs from FACTS."""
    printed: Mapping[str, Any] = field(default_factory=dict)
    """What differs from PRINTED."""
    asked: Mapping[str, Any] = field(default_factory=dict)
    """What differs from ASKED."""
    also: tuple[str, ...] | None = None
    """The other lines in their order, where the case is about them."""
    expect: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the verdict."""

    def input(self) -> tuple[Facts, Printed, Asked]:
        """The arguments of the verdict."""
        return load(Facts, patched(FACTS, self.facts)), load(Printed, {**PRINTED, **self.printed}), load(Asked, {**ASKED, **self.asked})

    def run(self) -> Verdict:
        """The verdict of the case."""
        return verdict(*self.input())

    def as_json(self) -> dict[str, Any]:
        """The case as it stands in the file."""
        given = {"facts": self.facts, "printed": self.printed, "asked": self.asked}
        return {"name": self.name, **{name: value for name, value in given.items() if value}, "verdict": self.run().as_json()}


def patched(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of `base` in which each dotted path has its new value; a path below something that is null is left out."""
    result = copy.deepcopy(dict(base))
    for path, value in changes.items():
        *folders, last = path.split(".")
        target: Any = result
        for name in folders:
            target = None if target is None else target[name]
        if target is not None:
            target[last] = value
    return result


def row(name: str, code: str, lights: str, facts: Mapping[str, Any], place: str | None = None, **more: Any) -> Iterator[Vector]:
    """A case for every viewer; `lights` has their letters, `-` leaves the viewer out."""
    for viewer, letter in zip(VIEWERS, lights + lights[1], strict=True):
        if letter != "-":
            asked = {"viewer": viewer, **({"place": place} if place else {}), **more.get("asked", {})}
            yield Vector(f"{name}: {viewer}", code, LIGHTS[letter], facts, more.get("printed", {}), asked)


def document() -> dict[str, Any]:
    """The vector file's content."""
    from tests.trace.drugs.verdict_table import CASES

    return {
        "about": "Each case changes the default facts, printed and asked; a path such as run.state replaces one value (DOMAIN 10).",
        "facts": FACTS,
        "printed": PRINTED,
        "asked": ASKED,
        "cases": [case.as_json() for case in CASES],
    }


def encode() -> str:
    """The file's text: one line a case."""
    content = document()
    cases = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in content.pop("cases"))
    head = json.dumps(content, ensure_ascii=False, indent=1)
    return head[:-2] + ',\n "cases": [\n' + cases + "\n ]\n}\n"


if __name__ == "__main__":
    FILE.write_text(encode(), "utf-8")
