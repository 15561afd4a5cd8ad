"""Scans: facts and verdict in process, with and without the way, and over HTTP.

`python -m tests.bench.bench_scan [events] [requests] [folder]` builds a ledger of that many events first, or finds it in the folder. Prints
percentiles; over HTTP also the ratio to the same server answering `/healthz`.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from chain.store.blobs import FolderBlobs
from tests.bench.client import CONNECTIONS, ask
from tests.bench.sold import Sold
from trace.cli.readers import readers
from trace.config import load
from trace.drugs.bundle import MEDIA_TYPE
from trace.drugs.scanning import Options, scan
from trace.ledger import Ledger
from trace.web import create_app

SAMPLES = 5_000
"""Scans in process."""
READERS = 2
"""Processes that answer over HTTP, one a processor; the client uses the same processors."""


def measure(name: str, work: Callable[[], object]) -> None:
    """Runs `work` many times and prints its percentiles."""
    for _ in range(200):
        work()
    times = []
    for _ in range(SAMPLES):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    times.sort()
    print(f"{name}: p50 {times[SAMPLES // 2] * 1e6:.0f} us, p99 {times[SAMPLES * 99 // 100] * 1e6:.0f} us")


def over_http(name: str, address: tuple[str, int], paths: list[str], accept: str = "application/json") -> float:
    """Requests per second of all connections together; besides, of processor time of all processes, which other work does not disturb."""
    with ProcessPoolExecutor(1) as clients:
        clients.submit(ask, address, paths[:200], accept).result()
        begin, used = time.perf_counter(), processors()
        times = sorted(clients.submit(ask, address, paths, accept).result())
        rate, spent = len(paths) / (time.perf_counter() - begin), processors() - used
    print(f"{name}: {rate:,.0f}/s, p50 {times[len(times) // 2] * 1e3:.1f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms")
    each = spent / len(paths)
    print(f"    {each * 1e3:.2f} ms of processor time each, client and server: {READERS / each:,.0f}/s on {READERS} cores")
    return rate


def processors() -> float:
    """Seconds of processor time of this process and all below it, as Linux counts them."""
    waiting, ticks = [os.getpid()], 0
    while waiting:
        folder = Path("/proc") / str(waiting.pop())
        fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
        waiting += [int(each) for task in (folder / "task").iterdir() for each in (task / "children").read_text().split()]
    return ticks / os.sysconf("SC_CLK_TCK")


def main(events: int, requests: int, kept: str | None) -> None:
    """Measures and prints; `kept` names a folder that is built once and found again."""
    with ExitStack() as stack:
        folder = kept or stack.enter_context(tempfile.TemporaryDirectory())
        Path(folder).mkdir(parents=True, exist_ok=True)
        sold = Sold(Path(folder), events)
        node = sold.scenario.node
        desk = Ledger(Path(folder), node, FolderBlobs(Path(folder) / "blobs"), sold.packs, "bench", ("localhost",))
        now = node.clock.now()
        print(f"{events:,} events in {node.tip.header.height} blocks")
        for way in (False, True):

            def one(way: bool = way) -> object:
                text, place = sold.link()
                return scan(desk, text, Options(now, now, "pharmacy", place, journey=way))

            measure("scan, facts and verdict" + (" and the way" if way else ""), one)
        settings = load({"data": str(folder), "port": 0, "readers": READERS})
        (_, port) = stack.enter_context(readers(create_app, settings, leads=True))
        bare = over_http("bare: the OpenAPI document", ("127.0.0.1", port), ["/api/openapi.json"] * requests)
        links = [sold.link() for _ in range(requests)]
        paths = [text.removeprefix("http://localhost") + f"&as=pharmacy&at={place}" for text, place in links]
        rate = over_http(f"scan as JSON, {READERS} readers, {CONNECTIONS} connections", ("127.0.0.1", port), paths)
        print(f"ratio to the bare server {rate / bare:.2f}")
        for packing in ("", "\r\nAccept-Encoding: gzip, deflate, br"):
            over_http(f"evidence{', packed' if packing else ''}", ("127.0.0.1", port), paths, MEDIA_TYPE + packing)
        node.close()


if __name__ == "__main__":
    given = [*sys.argv[1:], *(None,) * 3]
    main(int(given[0] or 100_000), int(given[1] or 5_000), given[2])
