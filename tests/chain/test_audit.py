"""Rows that somebody altered on purpose: each contradicts something else in the store, and the audit names it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.audit import audit
from chain.clock import SetClock
from chain.node import Node
from chain.store import driver, schema
from chain.store.sqlite import SqliteStore
from tests.chain.toy import OTHER, START, Counters, advance, raising, start

TAMPERED = """UPDATE entry SET value = with_check(
    key, CAST(replace(CAST(substr(value, 1, length(value) - 4) AS TEXT), '}', '} ') AS BLOB))"""
"""Every value says what it said, in other bytes, with a check made anew."""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flushed state, and blocks above the flush."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    node = start(SqliteStore(path))
    for seq in range(1, 12):
        if seq == 9:
            node.close()
            node = Node(SqliteStore(path), Counters(), SetClock(START + 100_000), operator=node.operator)
        node.submit([raising(node, f"c{seq % 3}", seq), raising(node, f"d{seq}", seq, signer=OTHER)])
        advance(node)
        node.mine()
    node.store.close()
    return path


@pytest.fixture
def altered(ledger: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to alter, with its log."""
    for file in ledger.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    yield tmp_path / ledger.name


def named(path: Path, *statements: str) -> str | None:
    """The field that the audit names after these statements."""
    with driver.sqlite3.connect(path) as connection:
        connection.create_function("with_check", 2, schema._with_check)
        for statement in statements:
            assert connection.execute(statement).rowcount
    connection.close()
    store = SqliteStore(path)
    try:
        finding = audit(store, Counters())
        return None if finding is None else finding.field
    finally:
        store.close()


def test_the_sound_ledger_passes(altered: Path) -> None:
    assert named(altered) is None


def test_state_cannot_hide_behind_a_flush_that_never_was(altered: Path) -> None:
    """Comparing is bound to the height of the flush: one beyond the tip would compare nothing at all."""
    assert named(altered, TAMPERED, "UPDATE flushed SET height = 999") == "flushed"


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("final", "zeroblob(40)", "justified"),
        ("final", "CAST(x'0000000000000005' || (SELECT id FROM block WHERE height = 6) AS BLOB)", "justified"),
        ("final", "x'00'", "final"),
        ("final", "zeroblob(0)", "final"),
        ("justified", "CAST(x'0000000000000005' || zeroblob(32) AS BLOB)", "justified"),
        ("justified", "zeroblob(39)", "justified"),
        ("own_target", "zeroblob(8)", "own_target"),
        ("own_target", "zeroblob(7)", "own_target"),
        ("own_source", "x'ff00000000000000'", "own_target"),
        ("restored", "x'01'", "restored"),
        ("conflict", "x'01'", "conflict"),
        ("votes", "zeroblob(180)", "votes"),
        ("owed", "x'01'", "votes"),
    ],
)
def test_what_a_node_remembers_of_finality(altered: Path, name: str, value: str, field: str) -> None:
    assert named(altered, f"UPDATE meta SET body = with_check(name, {value}) WHERE name = '{name}'") == field  # noqa: S608 (values of this file)


def test_a_memory_of_finality_that_is_gone(altered: Path) -> None:
    assert named(altered, "DELETE FROM meta WHERE name = 'final'") == "final"
