"""A process that writes blocks until it dies: `python -m tests.chain.crashing FILE POINT PASSING`.

At the given passing of the given point it kills itself with SIGKILL; without a point it goes on until somebody else kills it. After each
step that the store has acknowledged it says so on standard output. Every step puts its number into every table, so that `verify` can tell
whether the file holds whole steps only. Every third block is flushed.
"""

import os
import signal
import sys
from pathlib import Path

from chain.interfaces import Commit, Flush
from chain.store.faults import no_faults
from chain.store.sqlite import SqliteStore
from tests.chain.store_samples import block, tip_block


class Killer:
    """A fault hook that ends the process as a power cut would."""

    def __init__(self, point: str, passing: int) -> None:
        self.point = point
        self.left = passing

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def next_commit(store: SqliteStore) -> Commit:
    """The next block with its number in every table."""
    parent = tip_block(store) if store.tip() else None
    added = block(f"crash {parent.height + 1 if parent else 0}", parent)
    name = str(added.height).encode()
    return Commit(
        expected_tip=parent.id if parent else None,
        blocks=(added,),
        best=((added.height, added.id),),
        deltas=((added.id, name),),
        pool_add=((name, name),),
        pool_remove=(str(added.height - 1).encode(),),
        meta=(("height", name),),
    )


def next_flush(height: int) -> Flush:
    """A flush that says its height in every table."""
    name = str(height).encode()
    return Flush(height, [("at", name), (f"in/{height}", name)], [(0, name)], 1, [(name * 8, height)], [("at", height, height, "at")])


def verify(store: SqliteStore) -> tuple[int, int]:
    """(tip, flushed) heights of a file that holds whole steps only; fails otherwise."""
    tip = store.tip()
    height = tip[0] if tip else -1
    flushed = store.flushed()[0]
    for number in range(height + 1):
        found = store.block(store.best(number) or b"")
        assert found == block(f"crash {number}", store.block(found.parent) if found else None)
    assert store.meta("height") == (str(height).encode() if tip else None)
    assert [carrier for _, carrier in store.pool()] == ([str(height).encode()] if tip else [])
    assert [changes for _, changes in store.deltas()] == [str(number).encode() for number in range(flushed + 1, height + 1)]
    name = str(flushed).encode() if flushed >= 0 else None
    assert store.entry("at") == name
    assert store.tile(0) == (name or b"")
    if name:
        assert (store.positions(name * 8), store.trail("at", flushed)) == ([flushed], (flushed, "at"))
    return height, flushed


def say(step: str, height: int) -> None:
    """An acknowledgement, on its way before the next step begins."""
    sys.stdout.write(f"{step} {height}\n")
    sys.stdout.flush()


def main(path: str, point: str, passing: str) -> None:
    """Writes until the end."""
    store = SqliteStore(Path(path), Killer(point, int(passing)) if point else no_faults)
    verify(store)
    while True:
        store.commit(step := next_commit(store))
        height = step.best[0][0]
        say("commit", height)
        if height % 3 == 2:
            store.flush(next_flush(height))
            say("flush", height)


if __name__ == "__main__":
    main(*sys.argv[1:])
