"""Rows that somebody altered on purpose: each contradicts something else in the store, and the audit names it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain import finality
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
    node.submit([raising(node, "w", 12), raising(node, "w", 12, signer=OTHER)])  # these wait
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


def set_value(name: str, value: str) -> str:
    return f"UPDATE meta SET body = with_check(name, {value}) WHERE name = '{name}'"  # noqa: S608 (values of this file)


def point(height: int) -> str:
    """The stored form of the best block at a height."""
    return f"CAST(x'{height:016x}' || (SELECT id FROM block WHERE height = {height}) AS BLOB)"  # noqa: S608 (a number)


def test_a_lowered_promise_to_vote_is_below_the_signed_vote(altered: Path) -> None:
    assert named(altered, set_value("own_source", "zeroblob(8)"), set_value("own_target", "zeroblob(8)")) == "own_target"


def test_an_earlier_vote_in_the_place_of_the_newest_is_below_the_votes_that_are_known(altered: Path) -> None:
    with driver.sqlite3.connect(altered) as connection:
        (section,) = connection.execute("SELECT substr(body, 1, length(body) - 4) FROM meta WHERE name = 'votes'").fetchone()
    connection.close()
    first = finality.decode_votes(section)[0]
    lower = {"own_vote": finality.encode_votes([first]), "own_target": first.target_height.to_bytes(8, "big")}
    lower["own_source"] = first.source_height.to_bytes(8, "big")
    assert named(altered, *(set_value(name, f"x'{body.hex()}'") for name, body in lower.items())) == "own_target"


@pytest.mark.parametrize("value", ["zeroblob(180)", "zeroblob(179)", "zeroblob(0)"])
def test_the_own_vote_is_signed(altered: Path, value: str) -> None:
    assert named(altered, set_value("own_vote", value)) == "own_vote"


@pytest.mark.parametrize("height", [3, 8, 11])
def test_the_final_block_is_the_one_that_the_votes_make_final(altered: Path, height: int) -> None:
    assert named(altered, set_value("final", point(height))) == "final"


def test_a_justified_block_that_is_gone(altered: Path) -> None:
    assert named(altered, set_value("justified", point(10))) == "justified"


def test_votes_that_made_a_block_final_are_gone(altered: Path) -> None:
    assert named(altered, set_value("owed", "zeroblob(0)"), set_value("votes", "zeroblob(0)")) in ("final", "justified")


def test_a_waiting_transaction_that_is_gone(altered: Path) -> None:
    assert named(altered, "DELETE FROM pool WHERE sequence = (SELECT min(sequence) FROM pool)") == "number of waiting transactions"
