"""Tables of the SQLite store and the steps by which older files become newer ones.

A step never changes once it is released; a change of the tables is a new step. Each file records which steps it has seen.
"""

from sqlite_utils import Database, Migrations

from chain.errors import Fault
from chain.store import marking, packing, words
from chain.store.driver import sqlite3

APPLICATION_ID = 0x50685472
"""`PhTr`, written into the header of the file: tells our files from those of other programs."""
PAGE_BYTES = 8192
"""Page size: measured 5-10 % faster than 4096 for sorted sweeps over large tables."""
MIGRATIONS = Migrations("pharmatrace.store")
"""All steps of the schema, in their order."""

_FIRST = (
    # A block of any branch; `number` counts arrivals, so that a branch costs no key of its own in the tables below.
    """CREATE TABLE block (
        number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, parent BLOB NOT NULL, height INTEGER NOT NULL, work BLOB NOT NULL,
        header BLOB NOT NULL, seal BLOB NOT NULL, proofs BLOB NOT NULL, votes BLOB NOT NULL, count INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX block_height ON block (height)",
    # Sixteen carriers to a row, compressed together: position = block number << 24 | index of the chunk.
    "CREATE TABLE chunk (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE best (height INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT",
    "CREATE TABLE delta (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE pool (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
    # The flushed state. Keys compare as UTF-8 bytes (collation BINARY).
    "CREATE TABLE flushed (one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL, tile_bits INTEGER NOT NULL) STRICT",
    "INSERT INTO flushed VALUES (1, -1, 0)",
    "CREATE TABLE entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE tile (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    # First 8 bytes of a transaction id, as a signed integer.
    "CREATE TABLE txid (prefix INTEGER, position INTEGER, PRIMARY KEY (prefix, position)) STRICT, WITHOUT ROWID",
    # `origin` is NULL where it is the key itself, as in all but the first event of a split-off run.
    """CREATE TABLE trail (
        key TEXT, number INTEGER, position INTEGER NOT NULL, origin TEXT, PRIMARY KEY (key, number)
    ) STRICT, WITHOUT ROWID""",
)


@MIGRATIONS(name="001_first")
def _create_first(db: Database) -> None:
    """The tables of version 1."""
    for statement in _FIRST:
        db.execute(statement)


@MIGRATIONS(name="002_checks")
def _add_checks(db: Database) -> None:
    """Counts commits, and ends each entry, delta and small value with a check of itself and its key (`chain.store.packing`)."""
    db.conn.create_function("with_check", 2, _with_check, deterministic=True)
    db.execute("CREATE TABLE step (one INTEGER PRIMARY KEY CHECK (one = 1), mark BLOB NOT NULL) STRICT")
    db.execute("INSERT INTO step VALUES (1, ?)", [marking.encode(0)])
    db.execute("UPDATE entry SET value = with_check(key, value)")
    db.execute("UPDATE meta SET body = with_check(name, body)")
    db.execute("UPDATE delta SET body = with_check((SELECT id FROM block WHERE block.number = delta.number), body)")


@MIGRATIONS(name="003_waiting")
def _count_waiting(db: Database) -> None:
    """Counts the waiting transactions with each commit. What an attester had promised before votes were kept has no signed vote yet."""
    db.execute("ALTER TABLE step ADD COLUMN pool INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE step SET pool = (SELECT count(*) FROM pool)")
    if db.execute("SELECT count(*) FROM meta WHERE name = 'own_target'").fetchone()[0]:
        db.execute("INSERT INTO meta VALUES ('own_vote', ?)", [_with_check("own_vote", b"unsigned")])


@MIGRATIONS(name="004_words")
def _shorten_values(db: Database) -> None:
    """Writes what most state values share as one byte (`chain.store.words`)."""
    db.conn.create_function("shortened", 2, _shortened, deterministic=True)
    db.execute("UPDATE entry SET value = shortened(key, value)")


def _shortened(name: bytes | str, row: bytes) -> bytes:
    """A row of an entry whose check is good; another one stays as it is, to be found by whoever reads it."""
    key = name.encode() if isinstance(name, str) else name
    try:
        return packing.with_check(key, words.shorten(packing.without_check(key, row)))
    except Fault:
        return row


def _with_check(name: bytes | str, body: bytes) -> bytes:
    return packing.with_check(name.encode() if isinstance(name, str) else name, body)


def validate_origin(connection: sqlite3.Connection, migrations: Migrations = MIGRATIONS) -> None:
    """The file is empty, or ours and not newer than this program; only reads. Raises Fault `store.foreign` or `store.version`."""
    if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        return
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found != APPLICATION_ID:
        raise Fault("store.foreign", f"application id {APPLICATION_ID:#x}", f"{found:#x}")
    newer = _seen(connection, migrations) - set(_names(migrations))
    if newer:
        raise Fault("store.version", f"steps up to {_names(migrations)[-1]}", max(newer))


def migrate(connection: sqlite3.Connection, migrations: Migrations = MIGRATIONS) -> None:
    """Brings the file to the newest schema, all missing steps in one transaction or none."""
    if _seen(connection, migrations) == set(_names(migrations)):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Inside a transaction sqlite-utils takes a savepoint for each step; what another process did meanwhile is not done again.
        migrations.apply(_database(connection))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def _names(migrations: Migrations) -> list[str]:
    """Names of all steps that this program knows: those pending on a file that has seen none."""
    return [step.name for step in migrations.pending(Database(memory=True, recursive_triggers=False, execute_plugins=False))]


def _seen(connection: sqlite3.Connection, migrations: Migrations) -> set[str]:
    """Names of the steps that the file has seen."""
    return {step.name for step in migrations.applied(_database(connection))}
