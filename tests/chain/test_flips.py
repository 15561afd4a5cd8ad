"""P5 on a real file: any altered byte of the database is named by the audit, or shown to be harmless (every row reads as before)."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from chain.audit import audit
from chain.clock import SetClock
from chain.errors import ChainError
from chain.node import Node
from chain.store import driver
from chain.store.sqlite import SqliteStore
from tests.chain.toy import OTHER, START, Counters, advance, raising, start

FLIPS = 400


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with flushed state, blocks above the flush, waiting transactions and votes; its log folded into the file."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    node = start(SqliteStore(path))
    for seq in range(1, 60):
        node.submit([raising(node, f"c{seq % 9}", seq), raising(node, f"d{seq}", seq, signer=OTHER)])
        advance(node)
        node.mine()
    node.close()
    node = Node(SqliteStore(path), Counters(), SetClock(START + 100_000), operator=node.operator)
    for seq in range(60, 70):
        node.submit([raising(node, "late", seq)])
        if seq < 66:
            advance(node)
            node.mine()
    node.store.close()
    with driver.sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def rows(path: Path) -> Any:
    """Every row of every table, or None where they cannot be read."""
    try:
        connection = driver.sqlite3.connect(path)
        try:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}  # noqa: S608
        finally:
            connection.close()
    except (driver.sqlite3.Error, UnicodeDecodeError):
        return None


def verdict(path: Path) -> str | None:
    """What the audit, or opening the file for it, says; None where it finds nothing."""
    try:
        store = SqliteStore(path)
    except ChainError as error:
        return error.code
    try:
        finding = audit(store, Counters())
        return None if finding is None else str(finding)
    finally:
        store.close()


def test_the_sound_file_passes(ledger: Path) -> None:
    assert verdict(ledger) is None


def test_every_flip_is_named_or_harmless(ledger: Path, tmp_path: Path) -> None:
    source = random.Random(20260101)
    sound, body = rows(ledger), ledger.read_bytes()
    named = harmless = 0
    for number in range(FLIPS):
        copy = tmp_path / f"{number}.db"
        shutil.copy(ledger, copy)
        place, bit = source.randrange(len(body)), source.randrange(8)
        with copy.open("r+b") as file:
            file.seek(place)
            file.write(bytes([body[place] ^ 1 << bit]))
        said = verdict(copy)
        if said is None:
            assert rows(copy) == sound, f"byte {place} bit {bit}: changed, and the audit said nothing"
            harmless += 1
        else:
            named += 1
        copy.unlink()
    assert named + harmless == FLIPS and named > FLIPS // 4
