"""What a seed means: how many nodes, who cheats and how, which faults, which application, how long."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.sim.chance import Chance
from tests.sim.network import Weather

FAULTS = ("loss", "repetition", "delay", "partition", "one_way", "flapping", "skew", "crash", "backup", "full", "failing")
"""Kinds of faults, each of which a seed has or has not. `failing`: a write fails, before or after it is durable."""
STEP_MS = 500
"""Simulated time between two steps."""
SAFETY_STEPS = {4: 180, 7: 110}
"""Length of a storm, by nodes: a step of seven costs three times as much."""
LIVENESS_STEPS = {4: 100, 7: 70}
"""Length of a storm that is followed by calm, by nodes."""
CALM_STEPS = 300
"""Steps of calm within which all must be well again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulation, before it runs."""

    seed: int
    """Gives all chance."""
    nodes: int
    """Members: each one attester and one miner."""
    traitors: tuple[str, ...] = ()
    """Names of the actors (`tests.sim.actors`) at the last seats; at most a third of the members."""
    trade: bool = False
    """Whether the real application with a small market runs, or counters."""
    live: bool = False
    """Liveness mode: the storm ends and all must become well."""
    steps: int = 240
    """Steps of storm."""
    calm: int = 0
    """Steps of calm at most, in liveness mode."""
    faults: tuple[str, ...] = FAULTS
    """Kinds of faults that happen."""
    weather: Weather = field(default_factory=Weather)
    """How the network behaves in the storm."""

    @property
    def honest(self) -> int:
        """Members that do not cheat; they sit at the first seats."""
        return self.nodes - len(self.traitors)


def plan_for(seed: int, actors: tuple[str, ...]) -> Plan:
    """The plan of a seed. Odd seeds are of liveness mode; every eighth has the real application."""
    chance = Chance(seed, "plan")
    nodes = chance.pick((4, 4, 7))
    cheating = chance.below((nodes - 1) // 3 + 1)
    faults = tuple(name for name in FAULTS if chance.happens(450))
    live = seed % 2 == 1
    return Plan(
        seed=seed,
        nodes=nodes,
        traitors=tuple(chance.pick(actors) for _ in range(cheating)),
        trade=seed % 8 in (2, 5),
        live=live,
        steps=LIVENESS_STEPS[nodes] if live else SAFETY_STEPS[nodes],
        calm=CALM_STEPS if live else 0,
        faults=faults,
        weather=_weather(chance, dict.fromkeys(faults)),
    )


def _weather(chance: Chance, faults: Mapping[str, None]) -> Weather:
    """Drawn whole even where a fault is off, so that the draws stay the same."""
    loss, repetition, slow = chance.between(10, 300), chance.between(10, 300), chance.between(10, 300)
    usual = chance.pick((200, 1_000, 1_000, 4_000, 8_000))
    return Weather(
        loss=loss if "loss" in faults else 0,
        repetition=repetition if "repetition" in faults else 0,
        slow=slow if "delay" in faults else 0,
        usual_ms=usual,
    )
