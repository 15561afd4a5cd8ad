"""Rates of the SQLite store alone: appending blocks, flushing the state, looking things up. `python -m tests.bench.bench_store [events]`.

Bodies are of the size and compressibility that the building notes measured: carriers of 450 bytes with 100 random ones, values of 170.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chain.interfaces import BlockRecord, Commit, Flush
from chain.store.sqlite import SqliteStore

BLOCK_EVENTS = 4_000
"""Events in a block."""
FLUSH_EVENTS = 40_000
"""Events between two flushes."""
LOOKUPS = 20_000
"""Random look-ups of each kind."""
TEXT = b'{"at":1700000000000,"body":{"gtin":"09506000134352","lot":"A1","ranges":[[1,1]],"serial":0},"by":"ed25519:'


def _carrier(chance: random.Random, number: int) -> bytes:
    return TEXT + chance.randbytes(100).hex().encode() + TEXT + b"%d" % number


def _block(chance: random.Random, parent: BlockRecord | None) -> BlockRecord:
    height = parent.height + 1 if parent else 0
    carriers = tuple(_carrier(chance, number) for number in range(BLOCK_EVENTS))
    proofs = chance.randbytes(200 * BLOCK_EVENTS)
    before = parent.id if parent else bytes(32)
    return BlockRecord(chance.randbytes(32), before, height, height + 1, bytes(240), bytes(64), carriers, proofs, b"")


def _key(number: int) -> str:
    return f"run/09506000134352/LOT{number >> 17}/{number & 0x1FFFF:08d}"


def _value(chance: random.Random) -> bytes:
    return b'{"end":1,"history":{"head":"' + chance.randbytes(32).hex().encode() + b'","n":3},"recalls":[],"site":"9506000134352"}'


def _flush(chance: random.Random, first: int, last: int, bits: int) -> Flush:
    """The flush of `FLUSH_EVENTS` random new runs; tiles as they would be at `bits`."""
    heights = range(first, last)
    numbers = sorted(chance.sample(range(1 << 27), FLUSH_EVENTS))
    tiles = sorted({chance.randrange(1 << bits) for _ in range(FLUSH_EVENTS)})
    return Flush(
        height=last - 1,
        entries=[(_key(number), _value(chance)) for number in numbers],
        tiles=[(tile, chance.randbytes(64 * 12)) for tile in tiles],
        tile_bits=bits,
        ids=[(chance.randbytes(32), height << 24 | index) for height in heights for index in range(BLOCK_EVENTS)],
        trails=[(_key(number), 1, last << 24, _key(number)) for number in numbers],
    )


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _append(store: SqliteStore, events: int) -> list[Flush]:
    """Appends and flushes, prints the rates, returns the flushes (for look-ups)."""
    chance = random.Random(1)
    parent: BlockRecord | None = None
    spent = {"commit": [0.0, 0.0], "flush": [0.0, 0.0]}
    flushes: list[Flush] = []
    for height in range(events // BLOCK_EVENTS):
        block = _block(chance, parent)
        delta = chance.randbytes(150 * BLOCK_EVENTS)
        commit = Commit(parent.id if parent else None, (block,), ((height, block.id),), ((block.id, delta),))
        _add(spent["commit"], _timed(partial(store.commit, commit)))
        parent = block
        if (height + 1) % (FLUSH_EVENTS // BLOCK_EVENTS) == 0:
            flush = _flush(chance, height + 1 - FLUSH_EVENTS // BLOCK_EVENTS, height + 1, max(10, (events // 12).bit_length()))
            _add(spent["flush"], _timed(partial(store.flush, flush)))
            flushes.append(flush)
    for name, (wall, cpu) in spent.items():
        print(f"{name:8} {events / wall:10,.0f} events/s   {wall / events * 1e6:6.1f} us wall, {cpu / events * 1e6:6.1f} us CPU an event")
    return flushes


def _add(total: list[float], spent: tuple[float, float]) -> None:
    total[0] += spent[0]
    total[1] += spent[1]


def _look_up(store: SqliteStore, flushes: list[Flush], events: int) -> None:
    chance = random.Random(2)
    keys = [key for flush in flushes for key, _ in flush.entries]
    ids = [transaction_id for flush in flushes for transaction_id, _ in flush.ids]
    places = [chance.randrange(events // BLOCK_EVENTS) << 24 | chance.randrange(BLOCK_EVENTS) for _ in range(LOOKUPS)]
    few = places[:200]
    chosen = chance.choices(keys, k=LOOKUPS)
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "entry": (LOOKUPS, lambda: [store.entry(key) for key in chosen]),
        "entry (absent)": (LOOKUPS, lambda: [store.entry(key + "x") for key in chosen]),
        "floor": (LOOKUPS, lambda: [store.floor(key[: key.rfind("/") + 1], key + "5") for key in chosen]),
        "trail": (LOOKUPS, lambda: [store.trail(key, 1) for key in chosen]),
        "positions": (LOOKUPS, lambda: [store.positions(found) for found in chance.choices(ids, k=LOOKUPS)]),
        "transaction": (LOOKUPS, lambda: [store.transaction(place) for place in places]),
        "transaction (cached)": (LOOKUPS, lambda: [store.transaction(place) for _ in range(LOOKUPS // 200) for place in few]),
        "tip": (LOOKUPS, lambda: [store.tip() for _ in range(LOOKUPS)]),
        "scan of 100": (LOOKUPS // 50, lambda: [store.scan("run/", key, 100) for key in chosen[: LOOKUPS // 50]]),
        "block": (5, lambda: [store.block(store.best(height) or b"") for height in range(5)]),
        "tiles (all)": (1, lambda: list(store.tiles())),
    }
    for name, (count, call) in work.items():
        wall, cpu = _timed(call)
        print(f"{name:22} {wall / count * 1e6:10.1f} us wall, {cpu / count * 1e6:10.1f} us CPU")


def main(events: int) -> None:
    """Runs everything in a temporary folder."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "chain.db"
        store = SqliteStore(path)
        flushes = _append(store, events)
        _look_up(store, flushes, events)
        store.close()
        print(f"{path.stat().st_size / events:.0f} bytes an event on disk")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
