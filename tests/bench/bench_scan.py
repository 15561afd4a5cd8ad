"""Scans: facts and verdict in process, with and without the way, and over HTTP.

`python -m tests.bench.bench_scan [events] [requests] [folder]` builds a ledger of that many events first, or finds it in the folder. Prints
percentiles; over HTTP also the ratio to the same server answering `/healthz`.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from chain.node import Receipt
from chain.store.blobs import FolderBlobs
from chain.transactions import Transaction
from tests.bench.client import CONNECTIONS, ask
from tests.bench.scenario import (
    BATCH_PACKS,
    GTIN,
    PACKS_PER_SHIPMENT,
    PHARMACIES,
    add_batch,
    make_scenario,
    open_scenario,
    round_of,
    shop_gln,
)
from trace.cli.readers import readers
from trace.config import load
from trace.drugs.packstore import PackStore
from trace.drugs.scanning import Options, scan
from trace.gs1.digitallink import build
from trace.gs1.item import pack
from trace.ledger import Ledger
from trace.web import create_app

SAMPLES = 5_000
"""Scans in process."""
READERS = 2
"""Processes that answer over HTTP, one a processor; the client uses the same processors."""


class Sold:
    """A ledger with many events, built in a folder or found there, and random packs of it."""

    def __init__(self, folder: Path, events: int) -> None:
        self.packs = PackStore(FolderBlobs(folder / "blobs"), folder / "packs")
        self._chance = random.Random(7)
        notes = folder / "bench.json"
        if notes.exists():
            self.scenario = open_scenario(folder)
            self.lots, self.rounds = json.loads(notes.read_text())
        else:
            self.scenario = make_scenario(folder)
            self.lots, self.rounds = [], 0
            self._build(events)
            notes.write_text(json.dumps([self.lots, self.rounds]))

    def _build(self, events: int) -> None:
        made = 0
        waiting: list[bytes | Transaction] = []
        while made < events:
            if not self.lots or (self.rounds + 1) * PACKS_PER_SHIPMENT > BATCH_PACKS:
                self._submit(waiting)
                waiting, self.rounds = [], 0
                self.lots.append(f"L{len(self.lots) + 1}")
                made_now = add_batch(self.scenario, self.lots[-1])
                self.packs.add(made_now.tree)
            waiting += round_of(self.scenario, self.lots[-1], made_now, self.rounds)
            made, self.rounds = made + PACKS_PER_SHIPMENT + 2, self.rounds + 1
            if len(waiting) >= 4_000:
                self._submit(waiting)
                waiting = []
        self._submit(waiting)
        self.scenario.node.mine()

    def _submit(self, waiting: list[bytes | Transaction]) -> None:
        for answer in self.scenario.node.submit(waiting):
            if not isinstance(answer, Receipt):
                raise SystemExit(str(answer))

    def link(self) -> tuple[str, str]:
        """A random pack that was sold in the newest batch, as its code; and the site that sold it."""
        number = self._chance.randrange(self.rounds)
        slot = number * PACKS_PER_SHIPMENT + self._chance.randrange(PACKS_PER_SHIPMENT)
        lot = self.lots[-1]
        return build(pack(GTIN, lot, f"{lot}{slot:07d}ABCDEFGH"[:20], "2031-01-01"), "http://localhost"), shop_gln(number % PHARMACIES)


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


def over_http(name: str, address: tuple[str, int], paths: list[str]) -> float:
    """Requests per second of all connections together."""
    with ProcessPoolExecutor(1) as clients:
        clients.submit(ask, address, paths[:200]).result()
        begin = time.perf_counter()
        times = sorted(clients.submit(ask, address, paths).result())
        rate = len(paths) / (time.perf_counter() - begin)
    print(f"{name}: {rate:,.0f}/s, p50 {times[len(times) // 2] * 1e3:.1f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms")
    return rate


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
        node.close()


if __name__ == "__main__":
    given = [*sys.argv[1:], *(None,) * 3]
    main(int(given[0] or 100_000), int(given[1] or 5_000), given[2])
