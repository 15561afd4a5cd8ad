"""The nonce search beside a bare loop of hashlib's `copy()`. `python -m tests.bench.bench_mining [tries]`.

Judged by the CPU time of this thread, both in turns, so that other load falls on both. The bare loop hashes and does nothing else: no
counting, no comparing.
"""

import hashlib
import sys
import time
from collections.abc import Callable
from statistics import median

from chain import work
from chain.blocks import NONCE_OFFSET

ROUNDS = 7
"""Turns of each."""
PREFIX = bytes(range(NONCE_OFFSET))
"""A header up to its nonce."""


def bare(tries: int) -> None:
    """One copy, update and digest a try."""
    midstate = hashlib.sha256(PREFIX)
    nonce = bytes(8)
    for _ in range(tries):
        attempt = midstate.copy()
        attempt.update(nonce)
        attempt.digest()


def search(tries: int) -> None:
    """Our search for what cannot be found."""
    if work.search(PREFIX, 1, 0, tries) is not None:
        raise SystemExit("an id below 1")


def rate(loop: Callable[[int], None], tries: int) -> float:
    """Tries per second of CPU."""
    begin = time.thread_time()
    loop(tries)
    return tries / (time.thread_time() - begin)


def main(tries: int) -> None:
    """Measures and prints."""
    pairs = [(rate(bare, tries), rate(search, tries)) for _ in range(ROUNDS)]
    print(f"bare copy() loop: {median(pair[0] for pair in pairs):,.0f} tries/s; search: {median(pair[1] for pair in pairs):,.0f}/s")
    print(f"ratio {median(ours / theirs for theirs, ours in pairs):.2f} (median of {ROUNDS})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
