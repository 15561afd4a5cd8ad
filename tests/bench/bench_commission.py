"""Commissioning: from random serials to a durable, mined batch. `python -m tests.bench.bench_commission [packs]`.

Each run is a fresh process, so the peak of memory is that of this work alone.
"""

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from chain import merkle
from chain.store.blobs import FolderBlobs
from tests.bench.scenario import GTIN, make_scenario
from tests.trace.world import PLANT
from trace.drugs import marks
from trace.drugs.packs import PackList, new_serials
from trace.drugs.packstore import PackStore

PROOFS = 2_000
"""Serials proven afterwards."""


def main(count: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = make_scenario(Path(folder))
        store = PackStore(FolderBlobs(Path(folder) / "blobs"), Path(folder) / "packs")
        begin = time.perf_counter()
        serials = new_serials(count)
        packs = PackList.of_serials(GTIN, serials)
        digest = store.add(packs.tree)
        body = {
            "gtin": GTIN, "lot": "MILLION", "site": PLANT, "count": count, "root": packs.root.hex(), "made": "2026-01-01",
            "expiry": "2031-01-01", "market": "CN", "marks": digest,
        }  # fmt: skip
        scenario.do("maker", "drugs.batch", body)
        scenario.node.mine()
        took = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{count:,} random serials commissioned in {took:.1f} s, peak memory {peak:,.0f} MB")
        chance = random.Random(1)
        begin = time.perf_counter()
        for _ in range(PROOFS):
            _prove(packs, serials, chance.randrange(count))
        print(f"a serial proven and checked: {(time.perf_counter() - begin) / PROOFS * 1e6:.0f} us")


def _prove(packs: PackList, serials: list[str], slot: int) -> None:
    index, path = packs.path(slot)
    leaf = merkle.leaf_hash(marks.leaf_data(marks.mark(marks.tag(GTIN, serials[slot])), slot))
    merkle.validate_inclusion(leaf, index, packs.count, path, packs.root)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
