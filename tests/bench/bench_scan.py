"""Scans: facts and verdict in process, with and without the way, and over HTTP. `python -m tests.bench.bench_scan [events] [requests]`.

Builds a ledger of that many events first. Prints percentiles; over HTTP also the ratio to the same server answering `/healthz`.
"""

import random
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import waitress.server

from chain.node import Receipt
from chain.store.blobs import FolderBlobs
from chain.transactions import Transaction
from tests.bench.scenario import BATCH_PACKS, GTIN, PACKS_PER_SHIPMENT, PHARMACIES, Scenario, add_batch, make_scenario, round_of, shop_gln
from trace.drugs.packstore import PackStore
from trace.drugs.scanning import Options, scan
from trace.gs1.digitallink import build
from trace.gs1.item import pack
from trace.ledger import Ledger
from trace.web import create_app

SAMPLES = 5_000
"""Scans in process."""
CLIENTS = 2
"""Processes that ask over HTTP; they use the same two cores as the server."""


class Sold:
    """What was built: a ledger with `events` events, and random packs of it."""

    def __init__(self, folder: Path, events: int) -> None:
        self.scenario: Scenario = make_scenario(folder)
        self.packs = PackStore(FolderBlobs(folder / "blobs"), folder / "packs")
        self.lots: list[str] = []
        self._chance = random.Random(7)
        self._build(events)

    def _build(self, events: int) -> None:
        made, number = 0, 0
        waiting: list[bytes | Transaction] = []
        while made < events:
            if not self.lots or (number + 1) * PACKS_PER_SHIPMENT > BATCH_PACKS:
                self.scenario.node.submit(waiting)
                waiting, number = [], 0
                self.lots.append(f"L{len(self.lots) + 1}")
                made_now = add_batch(self.scenario, self.lots[-1])
                self.packs.add(made_now.tree)
            waiting += round_of(self.scenario, self.lots[-1], made_now, number)
            made, number = made + PACKS_PER_SHIPMENT + 2, number + 1
            if len(waiting) >= 4_000:
                answers = self.scenario.node.submit(waiting)
                if not all(isinstance(answer, Receipt) for answer in answers):
                    raise SystemExit("a transaction was refused")
                waiting = []
        self.scenario.node.submit(waiting)
        self.scenario.node.mine()
        self.rounds = number

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


def ask(work: tuple[str, list[str]]) -> list[float]:
    """A client process: one connection after the other would measure the client, so it keeps one alive."""
    import http.client  # only the clients need it

    address, paths = work
    connection = http.client.HTTPConnection(address)
    times = []
    for path in paths:
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "application/json"})
        connection.getresponse().read()
        times.append(time.perf_counter() - begin)
    return times


def over_http(name: str, address: str, paths: list[str]) -> float:
    """Requests per second of all clients together."""
    parts = [(address, paths[number::CLIENTS]) for number in range(CLIENTS)]
    with ProcessPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, [(address, part[:50]) for _, part in parts]))
        begin = time.perf_counter()
        times = sorted(each for part in clients.map(ask, parts) for each in part)
        rate = len(paths) / (time.perf_counter() - begin)
    print(f"{name}: {rate:,.0f}/s, p50 {times[len(times) // 2] * 1e3:.1f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms")
    return rate


def main(events: int, requests: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
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
        app = create_app({"LEDGER": desk})
        server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
        assert isinstance(server, waitress.server.BaseWSGIServer) and server.socket is not None
        threading.Thread(target=server.run, daemon=True).start()
        address = f"127.0.0.1:{server.socket.getsockname()[1]}"
        urllib.request.urlopen(f"http://{address}/healthz").read()
        bare = over_http("bare: /healthz", address, ["/healthz"] * requests)
        links = [sold.link() for _ in range(requests)]
        paths = [text.removeprefix("http://localhost") + f"&as=pharmacy&at={place}" for text, place in links]
        rate = over_http("scan as JSON", address, paths)
        print(f"ratio to the bare server {rate / bare:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5_000)
