"""Which scene a plan has."""

from tests.sim.market import market_scene
from tests.sim.plan import Plan
from tests.sim.scene import Scene, counter_scene


def scene_for(plan: Plan) -> Scene:
    """The application's scene for as many members."""
    return market_scene(plan.nodes) if plan.trade else counter_scene(plan.nodes)
