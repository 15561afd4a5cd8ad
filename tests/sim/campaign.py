"""Many seeds over a few processes. Each process runs its share; the parent prints violations as they come and sums up at the end."""

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.sim.actors import NAMES
from tests.sim.plan import Plan, plan_for
from tests.sim.report import Summary, describe, explain
from tests.sim.simulation import Outcome, Simulation

CHUNK = 20
"""Seeds that a process takes at a time."""
TELL_EVERY = 500
"""Seeds between two lines of progress."""


def run_plan(plan: Plan) -> Outcome:
    """Runs one plan."""
    return Simulation(plan).run()


def run_seed(seed: int) -> Outcome:
    """Runs one seed."""
    return run_plan(plan_for(seed, NAMES))


def run_chunk(first: int, count: int) -> list[tuple[Outcome, str]]:
    """Outcomes of consecutive seeds without their traces, each with the text of its violation."""
    found = []
    for seed in range(first, first + count):
        outcome = run_seed(seed)
        text = explain(outcome, run_plan) if outcome.violation else ""
        outcome.trace = []
        found.append((outcome, text))
    return found


def campaign(first: int, seeds: int, processes: int) -> Summary:
    """Runs seeds first .. first+seeds-1 and prints what is broken."""
    summary = Summary(first)
    for number, (outcome, text) in enumerate(_outcomes(first, seeds, processes), 1):
        summary.add(outcome)
        if text:
            _print(text)
        if number % TELL_EVERY == 0:
            _print(f"{number} seeds, violations: {len(summary.violations)}")
    return summary


def _outcomes(first: int, seeds: int, processes: int) -> Iterator[tuple[Outcome, str]]:
    starts = range(first, first + seeds, CHUNK)
    counts = [min(CHUNK, first + seeds - start) for start in starts]
    if processes < 2:
        for start, count in zip(starts, counts, strict=True):
            yield from run_chunk(start, count)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for outcomes in pool.map(run_chunk, starts, counts):
            yield from outcomes


def verbose(seed: int) -> int:
    """Replays one seed with all that happened; 1 when a promise was broken."""
    outcome = run_seed(seed)
    _print("\n".join([*outcome.trace, describe(outcome), f"digest {outcome.digest}"]))
    if outcome.violation is not None:
        _print(explain(outcome, run_plan))
    return 1 if outcome.violation else 0


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
