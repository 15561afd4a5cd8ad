"""Fixtures: goods at several sites."""

from collections.abc import Iterator

import pytest

from tests.trace.drugs.goods import Trade, make_trade
from tests.trace.world import World
from trace.drugs.invariants import validate_invariants


@pytest.fixture(scope="session")
def founded_trade(founded_world: World) -> Trade:
    """The trade as `make_trade` leaves it; never change it, take `trade`."""
    return make_trade(founded_world)


@pytest.fixture
def trade(founded_trade: Trade) -> Iterator[Trade]:
    """A copy that a test may change; the invariants must hold when the test has done so."""
    copy = founded_trade.copy()
    yield copy
    validate_invariants(copy.world.view)
