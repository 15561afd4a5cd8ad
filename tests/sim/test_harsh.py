"""What the simulator must notice: nodes with one promise taken out of them. Each is a mistake that is easily made and rarely seen."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest

from chain.attesting import Attesting
from chain.growth import Growth
from chain.interfaces import Commit
from chain.node import Node
from chain.store.memory import MemoryStore
from chain.voting import Promise
from tests.sim.campaign import run_plan
from tests.sim.network import Weather
from tests.sim.plan import Plan

SEEDS = 40
"""Simulations in which a mistake has to show."""
WEATHER = Weather(loss=150, slow=100, usual_ms=1_000, longest_ms=20_000)
"""Enough to make branches."""


def plan(seed: int) -> Plan:
    """Honest members, with everything that can happen to their machines."""
    return Plan(seed=seed, nodes=4, faults=("loss", "delay", "partition", "crash", "backup", "full", "failing"), weather=WEATHER)


@contextmanager
def forgets_its_votes() -> Iterator[None]:
    """After a restart a node does not know what it has voted for."""
    load = Growth._load_finality

    def forgetful(node: Growth) -> None:
        load(node)
        node._promise = Promise()

    with patch.object(Growth, "_load_finality", forgetful):
        yield


@contextmanager
def acknowledges_before_writing() -> Iterator[None]:
    """What is accepted goes to the pool in memory only."""
    commit = MemoryStore.commit

    def lazy(store: MemoryStore, step: Commit) -> None:
        commit(store, replace(step, pool_add=()))

    with patch.object(MemoryStore, "commit", lazy):
        yield


@contextmanager
def signs_heads_that_may_be_left() -> Iterator[None]:
    """A node signs the head that it is at, not the final one."""
    sign = Attesting._sign_final

    def hasty(node: Attesting) -> None:
        final = node._tally.final
        node._tally.final = node._tip.point
        sign(node)
        node._tally.final = final

    with patch.object(Attesting, "_sign_final", hasty):
        yield


def restored_like_any_other() -> AbstractContextManager[object]:
    """A node that goes on from a backup votes at once."""
    return patch.object(Node, "restored", lambda node: None)


@pytest.mark.parametrize(
    ("mistake", "broken"),
    [
        (forgets_its_votes, {"honest.offence", "honest.accused"}),
        (acknowledges_before_writing, {"acknowledged.lost"}),
        (signs_heads_that_may_be_left, {"honest.heads"}),
        (restored_like_any_other, {"honest.offence", "honest.accused"}),
    ],
)
def test_a_mistake_is_noticed(mistake: Callable[[], AbstractContextManager[object]], broken: set[str]) -> None:
    for seed in range(SEEDS):
        with mistake():
            violation = run_plan(plan(seed)).violation
        if violation is not None and violation.name in broken:
            assert run_plan(plan(seed)).violation is None
            return
    raise AssertionError("nothing was noticed")
