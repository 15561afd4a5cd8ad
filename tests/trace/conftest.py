"""Fixtures of the rules' tests."""

import pytest

from tests.trace.world import World, make_world, scratch_copy


@pytest.fixture(scope="session")
def founded_world() -> World:
    """The world as `make_world` leaves it; never change it, take `world`."""
    return make_world()


@pytest.fixture
def world(founded_world: World) -> World:
    """A copy that a test may change."""
    return scratch_copy(founded_world)
