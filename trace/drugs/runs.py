"""The runs of a batch: finding, walking and splitting them (DOMAIN §3).

The runs of a batch cover every slot exactly once, so the one that follows a run begins where that run ends. A transaction that names slots
inside a run splits it at the borders: the parts keep the history of the whole, only the named part gets the new event. Runs are never
merged and their entries never deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from chain.errors import Fault, Refusal
from chain.interfaces import StateView
from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName
from trace.drugs.ranges import Ranges
from trace.drugs.shapes import History, Run

PARTS_LIMIT = 10_000
"""Runs that one transaction may give an event: bounds the time of a rule and the size of what it changes."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive slots of one run that a transaction names."""

    start: int
    """First slot."""
    end: int
    """First slot behind it."""
    origin: int
    """First slot of the run that they lie in."""
    run: Run
    """That run."""

    @property
    def count(self) -> int:
        """Slots in the part."""
        return self.end - self.start


Change = Mapping[str, Any]
"""Fields of a run that change."""


def find_run(view: StateView, name: BatchName, slot: int) -> tuple[int, Run] | None:
    """(first slot, run) of the run that covers a slot, or None beyond the batch."""
    found = view.floor(name.run_folder, name.run_key(slot))
    if found is None or slot >= found[1]["end"]:
        return None
    return int(found[0][-8:]), cast(Run, found[1])


def walk(view: StateView, name: BatchName, ranges: Ranges) -> Iterator[Part]:
    """The parts of runs that cover the ranges, ascending. The ranges lie inside the batch. Raises Fault where a slot has no run."""
    origin, run = 0, cast(Run, {"end": 0})
    for start, end in ranges:
        slot = start
        while slot < end:
            if slot >= run["end"]:
                origin, run = _run_at(view, name, slot, follows=slot == run["end"])
            stop = min(end, run["end"])
            yield Part(slot, stop, origin, run)
            slot = stop


def _run_at(view: StateView, name: BatchName, slot: int, *, follows: bool) -> tuple[int, Run]:
    """The run that covers a slot; by its key where another run ends at the slot."""
    found = (slot, cast(Run, view.get(name.run_key(slot)))) if follows and slot else find_run(view, name, slot)
    if found is None or found[1] is None:
        raise Fault("drugs.invariant.runs", "a run that covers every slot", f"none for slot {slot} of {name.path}")
    return found


def gather(view: StateView, name: BatchName, ranges: Ranges, room: int = PARTS_LIMIT) -> list[Part]:
    """The parts of runs that cover the ranges. Raises Refusal `drugs.range.too_many` when there are more than `room`."""
    found: list[Part] = []
    for part in walk(view, name, ranges):
        if len(found) >= room:
            raise Refusal(
                "drugs.range.too_many", f"at most {PARTS_LIMIT} runs in one transaction", f"more, from slot {part.start} of {name.path} on"
            )
        found.append(part)
    return found


def change_runs(draft: Draft, name: BatchName, changes: Sequence[tuple[Part, Change]]) -> None:
    """Splits runs at the borders of the parts and gives each part its event and its new fields. Parts are disjoint, in any order."""
    ordered = sorted(changes, key=lambda change: change[0].start) if len(changes) > 1 else changes
    place = 0
    while place < len(ordered):
        origin, first = ordered[place][0].origin, place
        while place < len(ordered) and ordered[place][0].origin == origin:
            place += 1
        _change_run(draft, name, ordered[first:place])


def _change_run(draft: Draft, name: BatchName, changes: Sequence[tuple[Part, Change]]) -> None:
    """As `change_runs`, for parts of one run, ascending. All of them continue the same history, so its next head is computed once."""
    origin, run = changes[0][0].origin, changes[0][0].run
    key = name.run_key(origin)
    index = run["history"].get("of", key)
    history = draft.next_history(run["history"])
    values: dict[str, Any] = {}
    slot = origin
    for part, change in changes:
        if slot < part.start:
            values[name.run_key(slot)] = {**run, "end": part.start, "history": _kept_history(run, index, slot == origin)}
        part_key = name.run_key(part.start)
        values[part_key] = {**run, **change, "end": part.end, "history": history}
        draft.trail(part_key, history, index)
        slot = part.end
    if slot < run["end"]:
        values[name.run_key(slot)] = {**run, "history": _kept_history(run, index, False)}
    draft.put(values)


def _kept_history(run: Run, index: str, at_origin: bool) -> History:
    """The history of a part that got no event; a part with a new key names the key under which its events are indexed."""
    return run["history"] if at_origin else {**run["history"], "of": index}
