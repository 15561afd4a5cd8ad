"""The simulator is harsh enough: the naive rule, which looks right, gives two finals in it, with honest members only; ours does not."""

from tests.sim.campaign import run_plan
from tests.sim.naive import naive_rule
from tests.sim.network import Weather
from tests.sim.plan import Plan
from tests.sim.report import explain
from tests.sim.simulation import Outcome

SEEDS = 40
"""Simulations of the naive rule at most."""
WEATHER = Weather(loss=300, slow=100, usual_ms=1_000, longest_ms=20_000)
"""A bad network, no more: every third message is lost, some are late."""


def honest_plan(seed: int) -> Plan:
    """Honest members on good machines in a bad network."""
    return Plan(seed=seed, nodes=4, faults=("loss", "delay"), weather=WEATHER)


def test_the_naive_rule_gives_two_finals() -> None:
    broken = next((seed for seed in range(SEEDS) if _breaks(_naively(honest_plan(seed)))), None)
    assert broken is not None, "the simulator is not harsh enough"
    assert run_plan(honest_plan(broken)).violation is None, "the rule of PROTOCOL §6 holds where the naive one broke"
    text = explain(_naively(honest_plan(broken)), _naively)
    assert "final.conflict" in text and f"--seed {broken} " in text and "the least that breaks it" in text


def _naively(plan: Plan) -> Outcome:
    with naive_rule():
        return run_plan(plan)


def _breaks(outcome: Outcome) -> bool:
    return outcome.violation is not None and outcome.violation.name == "final.conflict"
