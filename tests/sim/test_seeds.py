"""300 seeds; a chunk a test, so that they spread over processes. `make sim SEEDS=20000` runs more."""

import pytest

from tests.sim.campaign import run_plan, run_seed
from tests.sim.report import explain

SEEDS = 300
"""Simulations in the tests."""
CHUNK = 10
"""Simulations in one test."""


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_nothing_is_broken(first: int) -> None:
    for seed in range(first, first + CHUNK):
        outcome = run_seed(seed)
        assert outcome.violation is None, explain(outcome, run_plan)


@pytest.mark.parametrize("seed", [514, 1077, 5278, 6909, 7177])
def test_what_was_broken_once_is_whole(seed: int) -> None:
    """Seeds of campaigns that have found something."""
    outcome = run_seed(seed)
    assert outcome.violation is None, explain(outcome, run_plan)
