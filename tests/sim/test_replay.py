"""A seed replays everything: in this process, in another one, with other hash seeds; and what a plan says is what happens."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim.actors import ACTORS, NAMES
from tests.sim.campaign import campaign, run_plan, run_seed
from tests.sim.plan import FAULTS, plan_for

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""


@pytest.mark.parametrize("seed", [11, 18])
def test_a_seed_gives_the_same_run_whatever_the_hash_seed(seed: int) -> None:
    expected = run_seed(seed).digest
    assert run_seed(seed).digest == expected
    for hash_seed in ("1", "2"):
        program = f"from tests.sim.campaign import run_seed; print(run_seed({seed}).digest)"
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        assert found.stdout.strip() == expected


def test_the_seeds_of_the_tests_have_everything_in_them() -> None:
    plans = [plan_for(seed, NAMES) for seed in range(1, 301)]
    assert {fault for plan in plans for fault in plan.faults} == set(FAULTS)
    assert {name for plan in plans for name in plan.traitors} == set(ACTORS)
    for nodes in (4, 7):
        assert {len(plan.traitors) for plan in plans if plan.nodes == nodes} == set(range((nodes - 1) // 3 + 1))
    assert {(plan.live, plan.trade) for plan in plans} == {(False, False), (False, True), (True, False), (True, True)}


def test_turning_a_fault_off_leaves_the_other_faults_as_they_were() -> None:
    plan = replace(plan_for(2, NAMES), traitors=(), faults=FAULTS)
    without = run_plan(replace(plan, faults=tuple(name for name in FAULTS if name != "skew")))
    both = run_plan(plan)
    assert [line for line in both.trace if "partition" in line] == [line for line in without.trace if "partition" in line]


def test_a_campaign_sums_up() -> None:
    summary = campaign(1, 2, 1)
    assert summary.seeds == 2 and summary.steps > 200 and not summary.violations
    assert summary.line().endswith("violations: 0")
