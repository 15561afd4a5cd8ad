"""A short series of kills; `make faults` runs a thousand."""

import random
from pathlib import Path

from tests.faults import kills


def test_every_point_once_and_some_random_moments(tmp_path: Path) -> None:
    chance, tally = random.Random(1), kills.Tally()
    plans = [*[(point, 2) for point in kills.POINTS], *[("", chance.randrange(1, kills.LINES)) for _ in range(9)]]
    chance.shuffle(plans)
    kills.run(tmp_path, iter(plans), chance, tally)
    assert tally.kills == len(plans) and tally.lost == 0 and tally.acknowledged > 100
    assert set(tally.points) == {*kills.POINTS, ""}
