"""`python -m tests.fuzz NAME|all [SECONDS]`: coverage-guided with atheris where it is installed, else random mutations.

Prints the number of tries; ends with the input that broke a decoder, in hexadecimal.
"""

import importlib
import random
import sys
import time

from tests.fuzz.targets import TARGETS, mutate, run


def guided(name: str, seconds: int) -> None:
    """Runs atheris on one target; it ends the process."""
    atheris = importlib.import_module("atheris")  # has no types, and no wheel for every Python
    target = TARGETS[name]
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=2048"], lambda data: run(target, data))
    atheris.Fuzz()


def plain(name: str, seconds: int) -> None:
    """Random mutations of a good input."""
    target, chance = TARGETS[name], random.Random(name)
    sample, end, tries = target.sample(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = mutate(sample, chance)
        try:
            run(target, data)
        except Exception:
            print(f"{name}: broken by {data.hex()}", flush=True)
            raise
        tries += 1
    spent = time.process_time()
    print(f"{name}: {tries:,} tries in {seconds} s ({spent:.0f} s of a processor), nothing but values and ChainErrors", flush=True)


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "all"
    span = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    if asked.startswith("guided:"):
        guided(asked.removeprefix("guided:"), span)
    for each in TARGETS if asked == "all" else [asked]:
        plain(each, span)
