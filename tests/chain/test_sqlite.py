"""What only the SQLite store can suffer: damage, other programs, other versions; and how it answers."""

import logging
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from chain.errors import Fault
from chain.interfaces import Commit
from chain.store import connections, driver, marking, packing, reading, schema
from chain.store.driver import sqlite3
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


@pytest.mark.parametrize("name", [b"chunk", b"entry", b"trail"])
def test_a_schema_that_is_no_text_is_damage(path: Path, whole: bytes, name: bytes) -> None:
    """SQLite repeats it in its message, which then cannot be decoded either."""
    path.write_bytes(whole.replace(b"TABLE " + name, b"TABLE \xd2" + name[1:]))
    with pytest.raises(Fault, match=r"store\.damaged"):
        SqliteStore(path)


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
    later(name="002_checks")(schema._add_checks)
    later(name="003_waiting")(schema._count_waiting)
    later(name="004_words")(schema._shorten_values)
    monkeypatch.setattr(schema.migrate, "__defaults__", (later,))
    monkeypatch.setattr(schema.validate_origin, "__defaults__", (later,))
    return later


def test_an_old_file_becomes_a_new_one_and_keeps_everything(path: Path, whole: bytes, next_version: Migrations) -> None:
    @next_version(name="005_notes")
    def add_notes(db: Database) -> None:
        db.execute("CREATE TABLE note (body TEXT)")
        db.execute("INSERT INTO note SELECT name FROM meta")

    assert _verified(path) == (6, 5)
    assert sqlite3.connect(path).execute("SELECT body FROM note").fetchall() == [("height",)]


def test_a_step_that_fails_leaves_the_old_file(path: Path, whole: bytes, next_version: Migrations) -> None:
    @next_version(name="005_notes")
    def add_notes(db: Database) -> None:
        db.execute("CREATE TABLE note (body TEXT)")

    @next_version(name="006_wrong")
    def add_wrong(db: Database) -> None:
        db.execute("DROP TABLE entry")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(Fault, match=r"store\.damaged"):
        SqliteStore(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('note', 'entry')").fetchone() == (1,)
    assert schema._seen(connection, next_version) == {"001_first", "002_checks", "003_waiting", "004_words"}
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


def test_a_file_without_checks_gets_them(path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the first version, filled as the first version did."""
    old = path.with_name("old.db")
    connection = sqlite3.connect(old, isolation_level=None)
    first = Migrations("pharmatrace.store")
    first(name="001_first")(schema._create_first)
    schema.migrate(connection, first)
    connection.execute("INSERT INTO block VALUES (1, x'aa', x'', 0, x'01', x'', x'', x'', x'', 0)")
    connection.execute("INSERT INTO delta VALUES (1, x'0102')")
    connection.execute("INSERT INTO meta VALUES ('a', x'03')")
    connection.execute("INSERT INTO entry VALUES ('k/1', x'04')")
    value = b'{"attempts":0,"block":null,"box":null,"end":1}'
    connection.execute("INSERT INTO entry VALUES ('k/2', ?)", (value,))
    connection.close()
    found = SqliteStore(old)
    assert (dict(found.deltas()), found.meta("a")) == ({b"\xaa": b"\1\2"}, b"\3")
    assert found.scan("", "", 9) == [("k/1", b"\4"), ("k/2", value)]
    found.close()


# --- the mark beside a file --------------------------------------------------------------------------------------------------


def _older(path: Path, copy: Path) -> Fault:
    """What opening an older copy in the place of a file gives."""
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    shutil.copy(copy, path)
    with pytest.raises(Fault) as caught:
        SqliteStore(path)
    return caught.value


def test_an_older_copy_is_not_taken_for_the_file(path: Path, whole: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    store = SqliteStore(path)
    store.commit(crashing.next_commit(store))
    store.close()
    assert (fault := _older(path, copy)).code == "store.older" and "commit 8" in fault.expected
    store = SqliteStore(path, accept_older=True)
    store.commit(crashing.next_commit(store))
    store.close()
    assert _older(path, copy).code == "store.older", "what was accepted once is not accepted again"


def test_a_mark_that_cannot_be_read_is_not_believed(path: Path, whole: bytes) -> None:
    mark = path.with_name(path.name + "-mark")
    for body in (b"", b"short", bytes(16)):
        mark.write_bytes(body)
        with pytest.raises(Fault, match=r"store\.older"):
            SqliteStore(path)
    SqliteStore(path, accept_older=True).close()


def test_a_mark_that_is_behind_is_no_fault(path: Path, whole: bytes) -> None:
    """After a power cut it may be: it is never synchronised."""
    for number in (0, 6):
        path.with_name(path.name + "-mark").write_bytes(marking.encode(number))
        assert _verified(path) == (6, 5)
    path.with_name(path.name + "-mark").unlink()
    assert _verified(path) == (6, 5)


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
    assert name in {"TIP", "TILES", "POOL", "DELTA", "MOMENT", "FLUSHED", "STEP", "LEAVES", "DELTAS", "IDS", "TRAILS"} or not whole, plan


def test_a_read_leaves_no_old_state_open(store: SqliteStore, path: Path) -> None:
    """Each short read ends its statement: the log can be emptied and the next read sees what another connection wrote."""
    store.commit(Commit(None, meta=(("a", b"1"),)))
    assert (store.meta("a"), store.tip(), store.entry("x"), store.floor("x/", "x/1")) == (b"1", None, None, None)
    other = sqlite3.connect(path, isolation_level=None)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.execute("UPDATE meta SET body = ?", (packing.with_check(b"a", b"2"),))
    other.close()
    assert store.meta("a") == b"2"
