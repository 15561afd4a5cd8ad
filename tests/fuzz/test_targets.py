"""Any bytes give a value or our own error: each decoder on its good input, on noise, and on many mutations of the good input."""

import random

import pytest

from tests.fuzz.targets import TARGETS, mutate, run

TRIES = 1_500


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_decoder_takes_anything(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)
    sample = target.sample()
    run(target, b"")
    run(target, sample)
    for _ in range(TRIES // (30 if name == "picture" else 1)):
        run(target, mutate(sample, chance))
    for _ in range(200):
        run(target, chance.randbytes(chance.randrange(300)))
