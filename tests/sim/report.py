"""What is printed of simulations: a violation with its seed, the least that brings it about, and how to see it again."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tests.sim.plan import FAULTS, Plan
from tests.sim.simulation import Outcome

TRACE_LINES = 40
"""Last lines of a trace that are printed."""

Run = Callable[[Plan], Outcome]
"""Runs a plan."""


def minimal(outcome: Outcome, run: Run) -> Outcome:
    """The same violation with as few kinds of faults, traitors at work and steps as go without losing it."""
    best = outcome
    for name in outcome.plan.faults:
        best = _smaller(best, replace(best.plan, faults=tuple(kind for kind in best.plan.faults if kind != name)), run)
    for kind in ("loss", "repetition", "slow"):
        best = _smaller(best, replace(best.plan, weather=replace(best.plan.weather, **{kind: 0})), run)
    return best


def _smaller(best: Outcome, plan: Plan, run: Run) -> Outcome:
    """The outcome of a smaller plan, if it breaks the same promise."""
    found = run(plan)
    same = found.violation is not None and best.violation is not None and found.violation.name == best.violation.name
    return found if same else best


def describe(outcome: Outcome) -> str:
    """A plan and what it came to, on one line."""
    plan = outcome.plan
    mode = "liveness" if plan.live else "safety"
    scene = "market" if plan.trade else "counters"
    found = str(outcome.violation or "nothing broken")
    return (
        f"seed {plan.seed}: {plan.nodes} nodes, traitors {list(plan.traitors)}, {scene}, {mode}, {outcome.steps} steps, "
        f"final {outcome.final}, faults {list(plan.faults)}, {plan.weather}: {found}"
    )


def explain(outcome: Outcome, run: Run) -> str:
    """Everything about a violation."""
    least = minimal(outcome, run)
    lines = [describe(outcome), "the least that breaks it: " + describe(least)]
    lines += least.trace[-TRACE_LINES:]
    return "\n".join([*lines, f"replay: python -m tests.sim --seed {outcome.plan.seed} --verbose"])


@dataclass(slots=True)
class Summary:
    """Many outcomes, summed up."""

    first: int
    """First seed."""
    seeds: int = 0
    """Simulations run."""
    steps: int = 0
    """Steps done in all."""
    finals: int = 0
    """Final blocks in all."""
    violations: list[int] = field(default_factory=list)
    """Seeds that broke a promise."""
    counts: Counter[str] = field(default_factory=Counter)
    """What was injected and met, by kind."""
    plans: Counter[str] = field(default_factory=Counter)
    """How many seeds of each size, mode and application."""

    def add(self, outcome: Outcome) -> None:
        """One more."""
        plan = outcome.plan
        self.seeds += 1
        self.steps += outcome.steps
        self.finals += outcome.final
        self.counts += outcome.counts
        self.plans.update([f"{plan.nodes} nodes", "liveness" if plan.live else "safety", "market" if plan.trade else "counters"])
        self.plans.update(["with traitors"] if plan.traitors else [])
        if outcome.violation is not None:
            self.violations.append(plan.seed)

    def line(self) -> str:
        """The last line of a campaign."""
        faults = sum(count for name, count in self.counts.items() if name in INJECTED)
        last = self.first + self.seeds - 1
        broken = f" {self.violations[:20]}" if self.violations else ""
        return (
            f"seeds {self.first} to {last}: {self.seeds} simulations, {self.steps} steps, {self.finals} final blocks, "
            f"{faults} faults injected, violations: {len(self.violations)}{broken}"
        )

    def table(self) -> Iterable[str]:
        """Rows of a Markdown table: kind, count."""
        yield "| what | how often |"
        yield "|---|---|"
        for name, count in [*sorted(self.plans.items()), *sorted(self.counts.items())]:
            yield f"| {name} | {count:,} |"


INJECTED = frozenset(FAULTS) | {"messages lost", "messages repeated", "messages slow", "messages cut"}
"""Counts that are faults injected; the others are what followed from them."""
