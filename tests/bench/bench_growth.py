"""Does anything cost more because the ledger is long? `python -m tests.bench.bench_growth EVENTS FOLDER [PICTURE]`.

Builds one ledger up to so many events and stops at each half power of ten: processor time an event since the last stop (accepting, rules,
mining, state, store; signing is not counted), a scan of a pack of the newest batch, memory, bytes on disk. The lines are kept in
FOLDER/growth.csv; PICTURE is drawn from them (SVG).
"""

import csv
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from chain.store.blobs import FolderBlobs
from tests.bench.chart import Line, draw
from tests.bench.sold import Sold
from trace.drugs.scanning import Options, scan
from trace.ledger import Ledger

FIRST = 10_000
"""Events at the first stop."""
SCANS = 2_000
"""Scans at each stop."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What was measured at a number of events."""

    events: int
    """Events in the ledger."""
    blocks: int
    """Height of the best block."""
    event_us: float
    """Processor time of the node's process for each event since the last stop, us."""
    scan_us: float
    """Processor time of a scan with its verdict, without the way: median, us."""
    way_us: float
    """The same with the way."""
    resident_mb: float
    """Memory of the process at the stop, MB."""
    peak_mb: float
    """Its greatest so far, MB."""
    disk: float
    """Bytes of the ledger's files for each event."""


def stops(most: int) -> Iterator[int]:
    """10,000, 30,000, 100,000 ... up to `most`."""
    count, step = FIRST, 0
    while count <= most:
        yield count
        count, step = (count * 3, 1) if step == 0 else (count // 3 * 10, 0)


def scan_us(sold: Sold, desk: Ledger, *, way: bool) -> float:
    """Median processor time of a scan; batches of twenty, because the clock of processor time is coarse."""
    now = sold.scenario.node.clock.now()
    found = []
    for _ in range(SCANS // 20):
        links = [sold.link() for _ in range(20)]
        begin = time.process_time()
        for text, place in links:
            scan(desk, text, Options(now, now, "pharmacy", place, journey=way))
        found.append((time.process_time() - begin) / 20 * 1e6)
    return statistics.median(found)


def memory(name: str) -> float:
    """`VmRSS` or `VmHWM` of this process, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024


def run(most: int, folder: Path) -> Iterator[Stop]:
    """Builds and measures."""
    folder.mkdir(parents=True, exist_ok=True)
    sold = Sold(folder, 0)
    desk = Ledger(folder, sold.scenario.node, FolderBlobs(folder / "blobs"), sold.packs, "bench", ("localhost",))
    for count in stops(most):
        before, spent = sold.events, sold.submitting
        sold.grow(count)
        event_us = (sold.submitting - spent) / (sold.events - before) * 1e6
        size = sum(path.stat().st_size for path in folder.glob("ledger.db*"))
        yield Stop(
            sold.events, sold.scenario.node.tip.header.height, event_us, scan_us(sold, desk, way=False), scan_us(sold, desk, way=True),
            memory("VmRSS"), memory("VmHWM"), size / sold.events,
        )  # fmt: skip
    sold.scenario.node.close()


def picture(found: list[Stop]) -> str:
    """The picture: cost an event and a scan over the number of events."""
    xs = [stop.events for stop in found]
    lines = (
        Line("event: rules, state, store", [stop.event_us for stop in found]),
        Line("scan: facts and verdict", [stop.scan_us for stop in found]),
        Line("scan with the whole way", [stop.way_us for stop in found]),
    )
    return draw(("events in the ledger", "processor time, µs"), xs, lines)


def main(most: int, folder: Path, drawing: Path | None) -> None:
    """Measures, or takes what an earlier run has measured; draws."""
    table = folder / "growth.csv"
    found: list[Stop] = []
    if table.exists():
        with table.open() as file:
            found = [Stop(int(row[0]), int(row[1]), *map(float, row[2:])) for row in list(csv.reader(file))[1:]]
    else:
        folder.mkdir(parents=True, exist_ok=True)
        with table.open("w") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields(Stop)])
            for stop in run(most, folder):
                found.append(stop)
                writer.writerow(astuple(stop))
                file.flush()
                print(stop, flush=True)
    if drawing is not None:
        drawing.write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
