"""The SQLite store under SIGKILL, power cuts, full disks and rival processes."""

import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from chain.errors import Fault
from chain.store import connections
from chain.store.driver import sqlite3
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS
from chain.store.sqlite import SqliteStore
from tests.chain import crashing
from tests.chain.store_samples import block, contents, extend, flush_of, tip_block

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chain.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    found = SqliteStore(path)
    yield found
    found.close()


def _verified(path: Path) -> tuple[int, int]:
    """Heights of tip and flush of a file that was left behind, after checking that it holds whole steps only."""
    store = SqliteStore(path)
    try:
        return crashing.verify(store)
    finally:
        store.close()


# --- crashes -----------------------------------------------------------------------------------------------------------------


def _start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.chain.crashing", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _acknowledged(lines: list[str]) -> dict[str, int]:
    """The last height that each kind of step has acknowledged."""
    return {kind: int(height) for kind, height in (line.split() for line in lines)}


@pytest.mark.parametrize("point", [*COMMIT_POINTS, *FLUSH_POINTS])
def test_death_at_any_point_leaves_whole_steps(path: Path, point: str) -> None:
    passing = 2 if point.startswith("flush") else 5
    with _start(path, point, passing) as process:
        said = _acknowledged(process.communicate()[0].splitlines())
        assert process.returncode == -signal.SIGKILL
    persisted = point.endswith(".after")
    height, flushed = _verified(path)
    assert said == ({"commit": 5, "flush": 2} if point.startswith("flush") else {"commit": 3, "flush": 2})
    assert height == said["commit"] + (persisted and point.startswith("commit"))
    assert flushed == said["flush"] + 3 * (persisted and point.startswith("flush"))


def test_death_at_any_moment_loses_nothing_acknowledged(path: Path) -> None:
    """The same file is killed again and again, each time after a random number of acknowledged steps."""
    chance = random.Random(7)
    least = {"commit": -1, "flush": -1}
    for _ in range(8):
        with _start(path, "", 0) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 25))]
            process.kill()
            lines += process.stdout.read().splitlines()
        least |= _acknowledged([line for line in lines if len(line.split()) == 2])
        height, flushed = _verified(path)
        assert height >= least["commit"]
        assert flushed >= least["flush"]


def test_a_log_that_is_cut_anywhere_gives_whole_steps(path: Path, store: SqliteStore, tmp_path: Path) -> None:
    """After a power cut a disk may hold any beginning of what was written last."""
    for _ in range(8):
        store.commit(step := crashing.next_commit(store))
        if step.best[0][0] % 3 == 2:
            store.flush(crashing.next_flush(step.best[0][0]))
    log = path.with_name("chain.db-wal").read_bytes()
    heights = set()
    for cut in sorted(random.Random(3).sample(range(len(log)), 40)):
        copy = tmp_path / f"cut{cut}" / "chain.db"
        copy.parent.mkdir()
        shutil.copy(path, copy)
        copy.with_name("chain.db-wal").write_bytes(log[:cut])
        heights.add(_verified(copy))
    assert len(heights) > 5


# --- no room, no disk --------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_a_fault_and_nothing_is_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`max_page_count` makes SQLite meet its own "database or disk is full"."""
    writers: list[sqlite3.Connection] = []
    monkeypatch.setattr(connections, "open_writer", _noting(connections.open_writer, writers))
    store = SqliteStore(path)
    extend(store, genesis := block("g"))
    before = contents(store)
    pages = writers[0].execute("PRAGMA page_count").fetchone()[0]
    writers[0].execute(f"PRAGMA max_page_count = {pages + 2}")
    large = block("large", genesis, [random.Random(1).randbytes(500_000)])
    with pytest.raises(Fault) as caught:
        extend(store, large)
    assert caught.value.code == "store.full"
    with pytest.raises(Fault, match=r"store\.full"):
        store.flush(flush_of(0, {f"a/{number}": bytes(3_000) for number in range(99)}))
    assert contents(store) == before
    writers[0].execute("PRAGMA max_page_count = 1000000")
    extend(store, large)
    assert store.transaction(1 << 24) == large.transactions[0]
    store.close()


def _noting(opening: Callable[[Path], sqlite3.Connection], opened: list[sqlite3.Connection]) -> Callable[[Path], sqlite3.Connection]:
    def open_and_note(path: Path) -> sqlite3.Connection:
        opened.append(opening(path))
        return opened[-1]

    return open_and_note


LIMITED = """
import resource, sys
from pathlib import Path
from chain.errors import Fault
from chain.store.sqlite import SqliteStore
from tests.chain import crashing
store = SqliteStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
acknowledged = -1
try:
    while True:
        store.commit(step := crashing.next_commit(store))
        acknowledged = step.best[0][0]
        if acknowledged % 3 == 2:
            store.flush(crashing.next_flush(acknowledged))
except Fault as fault:
    print(fault.code, crashing.verify(store)[0] - acknowledged)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.commit(crashing.next_commit(store))
print("goes on", crashing.verify(store)[0] - acknowledged)
"""


@pytest.mark.parametrize("limit", [150_000, 400_001, 777_777])
def test_a_disk_that_refuses_to_write_is_a_fault(path: Path, limit: int) -> None:
    """A file size limit makes real writes of the log fail in the middle; the process goes on when the limit is gone."""
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path), str(limit)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.splitlines()) == ("", ["store.io 0", "goes on 1"])
    _verified(path)


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Fault, match=r"store\.io"):
        SqliteStore(tmp_path / "file" / "chain.db")
    (tmp_path / "chain.db").mkdir()
    with pytest.raises(Fault, match=r"store\.io"):
        SqliteStore(tmp_path / "chain.db")


# --- other processes ---------------------------------------------------------------------------------------------------------

RIVAL = """
import sys
from pathlib import Path
from chain.errors import Fault
from chain.interfaces import Commit
from chain.store.sqlite import SqliteStore
from tests.chain.store_samples import block, tip_block
store = SqliteStore(Path(sys.argv[1]))
done = 0
while done < 25:
    tip = tip_block(store)
    added = block(f"{sys.argv[2]} {done}", tip)
    try:
        store.commit(Commit(tip.id, (added,), ((added.height, added.id),)))
        done += 1
    except Fault as fault:
        assert fault.code == "store.tip.moved", fault
store.close()
"""


def test_two_processes_never_overwrite_each_other(path: Path, store: SqliteStore) -> None:
    extend(store, block("g"))
    rivals = [subprocess.Popen([sys.executable, "-c", RIVAL, str(path), name], cwd=ROOT) for name in ("first", "second")]
    assert [rival.wait() for rival in rivals] == [0, 0]
    assert tip_block(store).height == 50
    blocks = [store.block(store.best(height) or b"") for height in range(51)]
    assert all(child and parent and child.parent == parent.id for parent, child in pairwise(blocks))
    assert len(list(store.leaves())) == 51, "a refused step leaves no block"


def test_a_lock_held_too_long_is_a_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE_S", 0.02)
    store = SqliteStore(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Fault, match=r"store\.busy"):
        extend(store, block("g"))
    assert store.tip() is None
    other.execute("ROLLBACK")
    extend(store, block("g"))
    other.close()
    store.close()
