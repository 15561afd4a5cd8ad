"""What only the SQLite store can suffer: crashes, full disks, damage, other processes, other versions."""

import logging
import random
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database, Migrations

from chain.errors import Fault
from chain.interfaces import Commit
from chain.store import connections, driver, packing, reading, schema
from chain.store.driver import sqlite3
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS
from chain.store.sqlite import SqliteStore
from tests.chain import crashing
from tests.chain.store_samples import block, chain_of, contents, extend, flush_of, tip_block

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


# --- damage ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(path: Path) -> bytes:
    """A closed file with something in every table."""
    store = SqliteStore(path)
    for _ in range(7):
        store.commit(step := crashing.next_commit(store))
        if step.best[0][0] % 3 == 2:
            store.flush(crashing.next_flush(step.best[0][0]))
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("text", [b"not a database" * 999, b"SQLite format 3\0" + b"\xff" * 9_000], ids=["text", "header"])
def test_a_file_that_is_no_database_is_damaged(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    with pytest.raises(Fault, match=r"store\.damaged"):
        SqliteStore(path)
    assert path.read_bytes() == text


def test_a_file_that_was_cut_is_damaged(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[: schema.PAGE_BYTES * 3])
    with pytest.raises(Fault, match=r"store\.damaged"):
        _verified(path)


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    assert _verified(path) == (-1, -1)


def test_any_flipped_byte_gives_a_value_or_a_fault(path: Path, whole: bytes) -> None:
    """Nothing but values and `store.` faults comes out of a damaged file; whether the values are right is what an audit finds out."""
    chance = random.Random(11)
    codes: list[str] = []
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        codes.append(_use_everything(path))
        for log in path.parent.glob("chain.db-*"):
            log.unlink()
    assert "store.damaged" in codes
    assert set(codes) <= {"fine", "store.damaged", "store.foreign", "store.version", "store.commit", "store.io"}


def _use_everything(path: Path) -> str:
    """Reads and writes everything; the code of the fault that came of it, or `fine`."""
    try:
        store = SqliteStore(path)
    except Fault as fault:
        return fault.code
    try:
        contents(store, ("height",))
        tip = store.tip()
        assert (store.floor("in/", "in/5"), store.trail("at", 5), store.positions(b"5" * 8)) is not None
        store.commit(Commit(tip[1] if tip else None, pool_add=((b"x", b"y"),)))
        store.flush(crashing.next_flush(tip[0] if tip else 0))
    except Fault as fault:
        return fault.code
    finally:
        store.close()
    return "fine"


def _change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE chunk SET body = x'00'", lambda store: store.transaction(0)),
        ("UPDATE chunk SET body = x'789c6364606060000000090002'", lambda store: store.block(store.best(0))),
        ("DELETE FROM chunk WHERE position & 16777215 = 1", lambda store: store.transaction(17)),
        ("DELETE FROM chunk", lambda store: store.block(store.best(0))),
        ("DELETE FROM flushed", lambda store: store.flushed()),
        ("DELETE FROM flushed", lambda store: store.commit(Commit(store.tip()[1]))),
        ("DROP TABLE entry", lambda store: store.entry("at")),
        ("DROP TABLE delta", lambda store: list(store.deltas())),
        ("UPDATE best SET number = 1 << 60", lambda store: store.transaction(0)),
    ],
)
def test_rows_that_nobody_wrote_are_damage(path: Path, whole: bytes, statement: str, read: Callable[[SqliteStore], object]) -> None:
    _change(path, statement)
    store = SqliteStore(path)
    with pytest.raises(Fault) as caught:
        read(store)
    assert caught.value.code == "store.damaged"
    store.close()


@pytest.mark.parametrize("value", [None, "text", 5, 1.5])
def test_a_type_that_nobody_wrote_is_damage(value: object) -> None:
    for check, good in ((reading.bytes_of, bytes), (reading.number_of, int), (reading.text_of, str)):
        if type(value) is good:
            assert check(value) == value
        else:
            with pytest.raises(Fault, match=r"store\.damaged"):
                check(value)


def test_a_step_that_meets_damage_is_undone_and_the_store_goes_on(path: Path, whole: bytes) -> None:
    _change(path, "DROP TABLE meta")
    store = SqliteStore(path)
    before = store.tip()
    with pytest.raises(Fault, match=r"store\.damaged"):
        store.commit(crashing.next_commit(store))
    assert store.tip() == before
    store.flush(flush_of(6))
    assert store.flushed() == (6, 0)
    store.close()


def test_a_flush_frees_the_deltas_it_contains(path: Path, store: SqliteStore) -> None:
    trunk = chain_of("a", 3)
    extend(store, *trunk)
    extend(store, block("late", trunk[0]), best=False)
    store.flush(flush_of(1))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM delta").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize(("count", "lengths"), [(0, []), (1, [1]), (16, [16]), (17, [16, 1])])
def test_a_chunk_holds_sixteen_carriers(count: int, lengths: list[int]) -> None:
    """A file format: another number would misread every older file."""
    found = list(packing.chunks([b"x" * number for number in range(count)]))
    assert [index for index, _ in found] == list(range(len(lengths)))
    assert [len(packing.unpack(body)) for _, body in found] == lengths


@given(carriers=st.lists(st.binary(max_size=300), max_size=40), garbage=st.binary(max_size=60))
def test_chunks_come_back_and_garbage_is_damage(carriers: list[bytes], garbage: bytes) -> None:
    assert [carrier for _, body in packing.chunks(carriers) for carrier in packing.unpack(body)] == carriers
    for body in (garbage, zlib.compress(garbage)):
        try:
            assert b"".join(packing.unpack(body)) in zlib.decompress(body)
        except Fault as fault:
            assert fault.code == "store.damaged"


def test_the_cache_keeps_what_was_used_last() -> None:
    cache = packing.ChunkCache(limit=25)
    for position in range(3):
        cache.put(position, (b"x" * 10,))
        cache.put(position, (b"x" * 10,))
        cache.get(0)
    assert [cache.get(position) is not None for position in range(4)] == [True, False, True, False]
    cache.put(9, (b"larger than all",) * 2)
    assert [cache.get(position) for position in (0, 2, 9)] == [None] * 3


# --- other programs and versions ---------------------------------------------------------------------------------------------


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    _change(path, "CREATE TABLE notes (body TEXT)")
    before = path.read_bytes()
    with pytest.raises(Fault, match=r"store\.foreign"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_file_is_left_alone(path: Path, whole: bytes) -> None:
    _change(path, "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('pharmatrace.store', '999_future', '')")
    before = path.read_bytes()
    with pytest.raises(Fault) as caught:
        SqliteStore(path)
    assert (caught.value.code, caught.value.found) == ("store.version", "999_future")
    assert path.read_bytes() == before


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """The steps of a later program; a test adds its own."""
    later = Migrations("pharmatrace.store")
    later(name="001_first")(schema._create_first)
    monkeypatch.setattr(schema.migrate, "__defaults__", (later,))
    monkeypatch.setattr(schema.validate_origin, "__defaults__", (later,))
    return later


def test_an_old_file_becomes_a_new_one_and_keeps_everything(path: Path, whole: bytes, next_version: Migrations) -> None:
    @next_version(name="002_notes")
    def add_notes(db: Database) -> None:
        db.execute("CREATE TABLE note (body TEXT)")
        db.execute("INSERT INTO note SELECT name FROM meta")

    assert _verified(path) == (6, 5)
    assert sqlite3.connect(path).execute("SELECT body FROM note").fetchall() == [("height",)]


def test_a_step_that_fails_leaves_the_old_file(path: Path, whole: bytes, next_version: Migrations) -> None:
    @next_version(name="002_notes")
    def add_notes(db: Database) -> None:
        db.execute("CREATE TABLE note (body TEXT)")

    @next_version(name="003_wrong")
    def add_wrong(db: Database) -> None:
        db.execute("DROP TABLE entry")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(Fault, match=r"store\.damaged"):
        SqliteStore(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('note', 'entry')").fetchone() == (1,)
    assert schema._seen(connection, next_version) == {"001_first"}
    connection.close()


def test_an_unsound_sqlite_gets_the_rollback_journal(path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(driver, "SAFE_VERSION", (99,))
    monkeypatch.setattr(connections, "PATIENCE_S", 0.05)
    with caplog.at_level(logging.WARNING):
        store = SqliteStore(path)
    assert "WAL reset error" in caplog.text
    extend(store, *chain_of("a", 3))
    for _ in store.headers(0, 3):
        extend(store, block(f"on {store.tip()}", tip_block(store)))
    assert store.tip() == (5, tip_block(store).id)
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("delete",)
    store.close()


def test_the_bundled_sqlite_is_sound_and_durable(store: SqliteStore, path: Path) -> None:
    assert driver.journal_mode(sqlite3.sqlite_version_info) == "wal"
    connection = connections.open_writer(path)
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "page_size")] == ["wal", 2, 8192]
    connection.close()
    assert [driver.journal_mode(version) for version in ((3, 40, 1), (3, 51, 2), (3, 51, 3), (4, 0, 0))] == [
        "delete",
        "delete",
        "wal",
        "wal",
    ]


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


# --- how statements are answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", sorted(name for name, text in vars(reading).items() if isinstance(text, str) and text.startswith("SELECT"))
)
def test_no_read_sorts_or_searches_a_whole_table(store: SqliteStore, path: Path, name: str) -> None:
    statement = vars(reading)[name]
    connection = sqlite3.connect(path)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", [1] * statement.count("?"))]
    connection.close()
    assert not [line for line in plan if "TEMP B-TREE" in line]
    whole = [line for line in plan if line.startswith("SCAN")]
    assert name in {"TIP", "TILES", "POOL", "FLUSHED", "LEAVES", "DELTAS"} or not whole, plan


def test_a_read_leaves_no_old_state_open(store: SqliteStore, path: Path) -> None:
    """Each short read ends its statement: the log can be emptied and the next read sees what another connection wrote."""
    store.commit(Commit(None, meta=(("a", b"1"),)))
    assert (store.meta("a"), store.tip(), store.entry("x"), store.floor("x/", "x/1")) == (b"1", None, None, None)
    other = sqlite3.connect(path, isolation_level=None)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.execute("UPDATE meta SET body = x'32'")
    other.close()
    assert store.meta("a") == b"2"
