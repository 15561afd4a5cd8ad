"""`python -m tests.faults`: the campaign, a table for docs/RELIABILITY.md and a last line that sums up."""

import argparse
import logging
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chain.clock import SystemClock
from tests.faults import kills, mutations, subjects
from trace.cli.group import err
from trace.demo.build import build_demo

ROOT = Path(__file__).resolve().parents[2]
LIMITS = (250_000, 333_333, 400_001, 777_777, 1_500_000)
"""Sizes of files, bytes, at which the disk refuses."""
SHARES = (("toy, killed", 3), ("toy, at rest", 5), ("demonstration", 2))
"""Ledger -> its share of the mutations; replaying the demonstration takes ten times as long."""
SHOWN = 20
"""Failures that are printed."""


def main() -> int:
    """0 when nothing was lost and every mutation was named or harmless."""
    parser = argparse.ArgumentParser(prog="tests.faults", description="Kills nodes, fills disks and damages ledgers.")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; a file system in memory is quickest (kill -9 needs no disk)")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    err.quiet = True  # the audit's progress bar
    with tempfile.TemporaryDirectory(prefix="faults-", dir=chosen.folder) as name:
        folder, chance = Path(name), random.Random(chosen.seed)
        tally = kills.Tally()
        began = time.monotonic()
        kills.run(folder, kills.plan(chosen.kills, chance), chance, tally)
        report(f"{tally.kills} kills in {time.monotonic() - began:.0f} s")
        acknowledged, lost = full_disks(folder)
        outcome = damage(folder, chosen.mutations, chance)
    table(tally, (acknowledged, lost), outcome)
    done = outcome.named.total() + outcome.harmless.total() + len(outcome.failures)
    report(
        f"kills {tally.kills}, crash points {len(tally.points) - 1} at least {fewest(tally)} times each, acknowledged "
        f"{tally.acknowledged + acknowledged}, lost {tally.lost + lost}; mutations {done}, named {outcome.named.total()}, "
        f"harmless {outcome.harmless.total()}, neither or answered wrongly: {len(outcome.failures)}"
    )
    return 1 if tally.lost or lost or outcome.failures else 0


def report(line: str) -> None:
    """A line on standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def fewest(tally: kills.Tally) -> int:
    """How often the rarest point was died at."""
    return min(count for point, count in tally.points.items() if point)


def full_disks(folder: Path) -> tuple[int, int]:
    """(acknowledged, lost) over disks that refuse at several sizes, each a process of its own."""
    acknowledged = lost = 0
    for limit in LIMITS:
        command = [sys.executable, "-m", "tests.faults.disks", str(folder / f"disk{limit}" / "ledger.db"), str(limit)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        said = re.fullmatch(r"acknowledged (\d+), lost (\d+)\n", done.stdout)
        if done.returncode or said is None:
            raise AssertionError(f"a disk of {limit} bytes: {done.stderr[-500:]}")
        acknowledged, lost = acknowledged + int(said[1]), lost + int(said[2])
    return acknowledged, lost


def ranges(folder: Path, outcome: mutations.Outcome) -> Iterator[tuple[mutations.Range, tuple[mutations.Mutation, ...]]]:
    """The ledgers in the order of `SHARES`, each with what may befall it."""
    killed = subjects.toy(folder / "toy")
    at_rest = subjects.folded(killed, folder / "folded")
    built = build_demo(folder / "built", SystemClock().now()).path
    demonstration = subjects.demonstration(built, folder / "demonstration")
    yield mutations.Range(killed, folder / "killed" / "now", outcome), (*mutations.ON_LOG, *mutations.ON_DATABASE)
    yield mutations.Range(at_rest, folder / "rest" / "now", outcome), mutations.ON_DATABASE
    yield mutations.Range(demonstration, folder / "demo" / "now", outcome), (*mutations.ON_DATABASE, *mutations.ON_FILES)


def damage(folder: Path, count: int, chance: random.Random) -> mutations.Outcome:
    """All mutations."""
    outcome = mutations.Outcome()
    whole = sum(share for _, share in SHARES)
    for (name, share), (place, kinds) in zip(SHARES, ranges(folder, outcome), strict=True):
        began, number = time.monotonic(), count * share // whole
        for each in range(number):
            place.run(kinds[each % len(kinds)], chance)
        report(f"{number} mutations of the ledger {name} in {time.monotonic() - began:.0f} s")
    return outcome


def table(tally: kills.Tally, disks: tuple[int, int], outcome: mutations.Outcome) -> None:
    """The tables for the documentation, and what went wrong."""
    report("\n| kill -9 | times | lost |\n|---|---|---|")
    for point, times in tally.points.items():
        report(f"| {f'at `{point}`' if point else 'at a random moment'} | {times} | 0 |")
    report(f"| transactions acknowledged meanwhile | {tally.acknowledged} | {tally.lost} |")
    report(f"| and on {len(LIMITS)} disks that were full | {disks[0]} | {disks[1]} |")
    report("\n| mutation | named | harmless | neither |\n|---|---|---|---|")
    for kind in sorted({*outcome.named, *outcome.harmless}):
        neither = sum(failure.startswith(kind) for failure in outcome.failures)
        words = kind.replace("_", " ")
        report(f"| {words} | {outcome.named[kind]} | {outcome.harmless[kind]} | {neither} |")
    report(f"\nDamaged ledgers on which a node opened and answered every question: {outcome.answered}.\n")
    for failure in outcome.failures[:SHOWN]:
        report(failure)


if __name__ == "__main__":
    sys.exit(main())
