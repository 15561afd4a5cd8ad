"""Auditing a ledger: replay with everything checked, and hashes and roots only. `python -m tests.bench.bench_replay [events] [folder]`.

Prints both rates with the CPU that they cost, and the ratio of the replay to a bare loop (decode, canonical check, signature) on both cores
in the same run. A folder is built once and found again.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from chain import transactions
from chain.audit import Finding, audit
from chain.hashes import audit_hashes
from chain.node import Receipt
from chain.store.frozen import FrozenStore
from chain.store.sqlite import SqliteStore
from tests.bench.scenario import events, make_scenario
from trace.registry import Application

BARE_SAMPLE = 8_000
"""Transactions of the bare loop."""
BUILD_SLICE = 4_000
"""Events submitted at a time while the ledger is built."""


def build(folder: Path, count: int) -> None:
    """A ledger of so many events, its state flushed."""
    scenario = make_scenario(folder)
    waiting: list[bytes] = []
    for carrier in events(scenario, count):
        waiting.append(carrier)
        if len(waiting) == BUILD_SLICE:
            _submit(scenario.node.submit(waiting))
            waiting = []
    _submit(scenario.node.submit(waiting))
    scenario.node.mine()
    scenario.node.close()


def _submit(answers: Sequence[object]) -> None:
    refused = next((answer for answer in answers if not isinstance(answer, Receipt)), None)
    if refused:
        raise SystemExit(str(refused))


def cpu() -> tuple[float, float]:
    """Seconds of CPU of this process, and of its children that have ended."""
    used = os.times()
    return used.user + used.system, used.children_user + used.children_system


def bare_rate(store: SqliteStore, top: int) -> float:
    """Transactions per second of two processes that only check."""
    carriers: list[bytes] = []
    height = top
    while height > 0 and len(carriers) < BARE_SAMPLE:
        record = store.block(store.best(height) or b"")
        carriers += record.transactions if record else ()
        height -= 1
    halves = [carriers[: len(carriers) // 2], carriers[len(carriers) // 2 :]]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        list(workers.map(check, [half[:10] for half in halves]))
        begin = time.perf_counter()
        list(workers.map(check, halves))
        return len(carriers) / (time.perf_counter() - begin)


def check(carriers: list[bytes]) -> None:
    """Decode, canonical check and signatures, nothing else."""
    for carrier in carriers:
        transactions.validate_signatures(transactions.parse(carrier))


def measure(name: str, count: int, work: Callable[[], Finding | None]) -> float:
    """Runs an audit, prints and returns its rate."""
    begin, before = time.perf_counter(), cpu()
    finding = work()
    took = time.perf_counter() - begin
    own, others = ((after - start) / count * 1e6 for after, start in zip(cpu(), before, strict=True))
    if finding is not None:
        raise SystemExit(str(finding))
    print(f"{name}: {count / took:,.0f} events/s; CPU an event {own:.1f} us here, {others:.1f} us in workers (starting them included)")
    return count / took


def main(count: int, kept: str | None) -> None:
    """Measures and prints."""
    with ExitStack() as stack:
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "ledger.db"
        if not path.exists():
            build(folder, count)
        store = SqliteStore(path)
        top = (store.tip() or (0, b""))[0]
        total = sum(int.from_bytes(header[12:16], "big") for _, header, _ in store.headers(0, top + 1))
        print(f"{total:,} transactions in {top} blocks")
        bare = bare_rate(store, top)
        scratch = SqliteStore(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "scratch.db")
        rate = measure("replay, everything checked", total, lambda: audit(store, Application(), scratch=scratch))
        scratch.close()
        print(f"bare decode + verify on two processes: {bare:,.0f}/s; ratio {rate / bare:.2f}")
        measure("hashes and roots only", total, lambda: audit_hashes(store, reopen=partial(FrozenStore, path)))
        print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
        store.close()


if __name__ == "__main__":
    given = [*sys.argv[1:], *(None,) * 2]
    main(int(given[0] or 40_000), given[1])
