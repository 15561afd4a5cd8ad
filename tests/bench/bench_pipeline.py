"""Signed events in bulk: accepted, mined, queryable, with all rules and the state root. `python -m tests.bench.bench_pipeline [events]`.

Prints events per second, the ratio to a bare loop (decode, canonical check, signature) on both cores in the same run, and the CPU used.
The clock starts when the worker processes of both run, as they do in a node that is up; starting them is printed for itself.
"""

import contextlib
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from chain import transactions
from chain.node import Receipt
from tests.bench.scenario import events, make_scenario

BARE_SAMPLE = 6_000
"""Events of the bare loop."""
WARM = 440
"""Events sent first, so that the worker processes run when the clock starts."""
TICKS = os.sysconf("SC_CLK_TCK")
"""Units of /proc's processor times, a second."""


def worker_seconds() -> float:
    """Processor time that the living children of this process have used so far."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields = path.read_text().rpartition(")")[2].split()
            found += (int(fields[11]) + int(fields[12])) * (int(fields[1]) == os.getpid())
    return found / TICKS


def check(carriers: list[bytes]) -> int:
    """Decode, canonical check and signatures, nothing else."""
    for carrier in carriers:
        transactions.validate_signatures(transactions.parse(carrier, with_proofs=True))
    return len(carriers)


def bare_rate(carriers: list[bytes]) -> float:
    """Events per second of two processes that only check."""
    halves = [carriers[: len(carriers) // 2], carriers[len(carriers) // 2 :]]
    with ProcessPoolExecutor(2) as workers:
        list(workers.map(check, [half[:10] for half in halves]))
        begin = time.perf_counter()
        list(workers.map(check, halves))
        return len(carriers) / (time.perf_counter() - begin)


def main(count: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = make_scenario(Path(folder))
        begin = time.perf_counter()
        carriers = list(events(scenario, count))
        print(f"signed {len(carriers):,} events at {len(carriers) / (time.perf_counter() - begin):,.0f}/s")
        bare = bare_rate(carriers[:BARE_SAMPLE])
        warm, carriers = carriers[:WARM], carriers[WARM:]
        begin = time.perf_counter()
        scenario.node.submit(warm)
        print(f"workers started and {len(warm)} events accepted in {time.perf_counter() - begin:.2f} s")
        height, in_workers = scenario.node.tip.header.height, worker_seconds()
        begin, used = time.perf_counter(), time.process_time()
        answers = scenario.node.submit(carriers)
        scenario.node.mine()
        took, used = time.perf_counter() - begin, time.process_time() - used
        refused = [answer for answer in answers if not isinstance(answer, Receipt)]
        if refused:
            raise SystemExit(f"{len(refused)} refused, first: {refused[0]}")
        rate = len(carriers) / took
        print(f"accepted, mined, queryable: {rate:,.0f} events/s in {scenario.node.tip.header.height - height} blocks")
        print(f"bare decode + verify on two processes: {bare:,.0f}/s; ratio {rate / bare:.2f}")
        own, others = used / len(carriers) * 1e6, (worker_seconds() - in_workers) / len(carriers) * 1e6
        print(f"CPU an event: {own:.0f} us here, {others:.0f} us in workers (starting them: {in_workers:.2f} s)")
        scenario.node.close()
        size = (Path(folder) / "ledger.db").stat().st_size
        print(f"file after: {size / len(carriers):,.0f} bytes an event (set-up and batches included)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
