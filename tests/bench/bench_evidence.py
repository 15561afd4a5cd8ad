"""Evidence of one pack on a ledger of a million events: bytes, and processor time to make and to check it.

    python -m tests.bench.bench_evidence [EVENTS]

The state tree holds the entries of a small market and random ones besides, as many as so many events leave behind; the last-leaf path is as
long as that of a hundred thousand blocks. Nothing else of a bundle depends on the length of the ledger.
"""

import gzip
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chain import codec, state
from chain.statetiles import StateTree
from tests.trace.drugs.bundle_goods import make_goods
from tests.trace.drugs.ledgers import OneLedger, anchor_value
from tests.trace.world import BRIDGE
from trace.drugs.checking import check
from trace.drugs.evidence import build
from trace.drugs.evidencedesk import Desk, Point, Wanted
from trace.drugs.outcome import Question

EVENTS = 1_000_000
"""Events, each of which leaves one entry behind: a sale splits a run."""
BLOCK_LEVELS = 17
"""Levels of the header tree over a hundred thousand blocks."""
ROUNDS = 300


def crowded(ledger: OneLedger, entries: int) -> Desk:
    """What evidence is made from, with so many entries in the state tree."""
    own = {state.key_hash(key): state.value_hash(codec.encode(value)) for key, value in ledger.node.final_view().scan("")}
    tree = StateTree(0, [], lambda number: b"")
    noise = os.urandom(64 * entries)
    for start in range(0, entries, 50_000):
        part = {noise[64 * place : 64 * place + 32]: noise[64 * place + 32 : 64 * place + 64] for place in range(start, start + 50_000)}
        tree.fold(tree.update(None, part))
    tree.fold(tree.update(None, own))
    point = ledger.point()
    path = (*point.path, *(os.urandom(32) for _ in range(BLOCK_LEVELS - len(point.path))))
    crowd = Point(point.note, point.header, path, point.view, lambda names: tree.prove_many(None, [state.key_hash(name) for name in names]))
    return replace(ledger.desk(), point=crowd)


def main() -> None:
    """Prints the figures."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    goods = make_goods()
    desk = crowded(goods.ledger, entries)
    for name in ("active", "sold"):
        wanted = Wanted(goods.items[name], BRIDGE)
        data = build(desk, wanted) or b""
        times = sorted(timed(partial(build, desk, wanted)) for _ in range(ROUNDS))
        packed = len(gzip.compress(data, 9))
        print(f"{name}: {len(data)} bytes, {packed} gzipped; made in {times[len(times) // 2]:.2f} ms p50, {times[-3]:.2f} ms p99")
    good = codec.encode(goods.bundles["active"], 12)
    anchor, question = anchor_value(goods.ledger.anchor()), Question(now=goods.ledger.clock.now(), viewer="pharmacy", place=BRIDGE)
    times = sorted(timed(lambda: check(good, anchor, question)) for _ in range(ROUNDS))
    print(f"checked in {times[len(times) // 2]:.2f} ms p50")


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of processor time that a call takes."""
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


if __name__ == "__main__":
    main()
