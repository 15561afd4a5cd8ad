"""The ledgers that are damaged on purpose, small and complete: a toy one and the demonstration, with the answers that they give."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from chain.audit import audit
from chain.clock import SetClock, SystemClock
from chain.errors import Fault
from chain.node import Node
from chain.store import driver, packing
from chain.store.marking import mark_path
from chain.store.sqlite import SqliteStore
from tests.chain.toy import OTHER, START, Counters, advance, raising, start
from trace.cli.checking import audit_folder
from trace.config import load
from trace.drugs.scanning import Options, scan
from trace.ledger import DATABASE, open_ledger
from trace.operatorkeys import MINER_FILE, NOTE_FILE, VOTE_FILE, read_operator

Answers = dict[str, Any]
"""Question -> what a node answers."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A ledger to be damaged."""

    folder: Path
    """The whole folder; only to be read."""
    older: Path
    """The same folder some blocks earlier."""
    judge: Callable[[Path], str | None]
    """What opening and auditing a folder says; None where nothing is found."""
    answers: Callable[[Path], Answers]
    """What a node on a folder answers to a fixed set of questions. Raises Fault where it does not open or answer."""


def rows(folder: Path) -> dict[str, list[str]]:
    """Every row of every table, as SQLite gives it; waiting transactions without the order in which they came, which nobody was promised,
    steps of the schema without the time at which they were taken."""
    connection = driver.sqlite3.connect(folder / DATABASE)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608
    finally:
        connection.close()
    found["chunk"] = [(position, packing.unpack(body)) for position, body in found["chunk"]]  # some bits of a compressed body mean nothing
    found["pool"] = [row[1:] for row in found["pool"]]
    found["_sqlite_migrations"] = [row[1:-1] for row in found["_sqlite_migrations"]]
    return {name: sorted(map(repr, values)) for name, values in found.items()}


def copy_live(store: SqliteStore, folder: Path) -> None:
    """The files of a database as they lie while its process runs, log and all."""
    folder.mkdir(parents=True)
    for path in (store.path, store.path.with_name(store.path.name + "-wal"), mark_path(store.path)):
        shutil.copy(path, folder / path.name)


# --- the toy ledger ----------------------------------------------------------------------------------------------------------


def toy(folder: Path) -> Subject:
    """Flushed state, blocks above it, a branch that lost, waiting transactions, votes, and a log that was not folded in."""
    working = folder / "working" / DATABASE
    node = start(SqliteStore(working))
    for seq in range(1, 25):
        node.submit([raising(node, f"c{seq % 7}", seq), raising(node, f"d{seq}", seq, signer=OTHER)])
        advance(node)
        node.mine()
    node.close()
    store = SqliteStore(working)
    node = Node(store, Counters(), SetClock(START + 100_000), operator=node.operator)
    for seq in range(25, 33):
        if seq == 29:
            copy_live(store, folder / "older")
        node.submit([raising(node, "late", seq)])
        if seq < 30:
            advance(node)
            node.mine()
    copy_live(store, folder / "whole")
    node.store.close()
    return Subject(folder / "whole", folder / "older", judge_toy, answers_toy)


def judge_toy(folder: Path) -> str | None:
    """As `Subject.judge`."""
    try:
        store = SqliteStore(folder / DATABASE)
    except Fault as fault:
        return f"open: {fault}"
    try:
        finding = audit(store, Counters())
        return None if finding is None else f"audit: {finding}"
    finally:
        store.close()


def answers_toy(folder: Path) -> Answers:
    """Every counter with its history, and what waits."""
    store = SqliteStore(folder / DATABASE)
    try:
        node = Node(store, Counters(), SetClock(START + 200_000))
        found: Answers = {}
        for key in ["counter/late", *(f"counter/c{number}" for number in range(7)), *(f"counter/d{number}" for number in range(1, 25))]:
            events = [(event.number, event.height, event.time, event.transaction.id.hex()) for event in node.history(key)]
            found[key] = (node.view().get(key), events)
        return found
    finally:
        store.close()


def folded(subject: Subject, folder: Path) -> Subject:
    """The same ledger after its process has ended in peace: the log is folded into the file."""
    shutil.copytree(subject.folder, folder)
    SqliteStore(folder / DATABASE).close()
    assert not (folder / f"{DATABASE}-wal").exists()
    return replace(subject, folder=folder)


# --- the demonstration -------------------------------------------------------------------------------------------------------


def demonstration(built: Path, folder: Path) -> Subject:
    """A copy of the demonstration; one block more than the older copy has."""
    whole, older = folder / "whole", folder / "older"
    shutil.copytree(built, whole)
    shutil.copytree(built, older)
    with open_ledger(whole) as ledger:
        ledger.node.mine()
        ledger.node.mine()
    keys = {name: (whole / "keys" / name).read_bytes() for name in (MINER_FILE, VOTE_FILE, NOTE_FILE)}
    return Subject(whole, older, partial(judge_demonstration, keys, public_keys(whole)), answers_demonstration)


def public_keys(folder: Path) -> set[str]:
    """The keys of a node. Raises Fault where they cannot be read."""
    operator = read_operator(folder / "keys", load({}, {}))
    return {key.text for key in (operator.miner, operator.vote, operator.note) if key} if operator else set()


def judge_demonstration(keys: Mapping[str, bytes], whole: set[str], folder: Path) -> str | None:
    """As `Subject.judge`: opened by its operator, then audited with all files beside the database. Keys that are as before are not read
    again: that takes long."""
    if any((folder / "keys" / name).read_bytes() != body for name, body in keys.items()):
        try:
            assert public_keys(folder) == whole, "other keys than before"
        except Fault as fault:
            return f"open: {fault}"
    finding = audit_folder(folder)
    return None if finding is None else f"audit: {finding}"


def answers_demonstration(folder: Path) -> Answers:
    """The verdict on every example, whole."""
    now = SystemClock().now()
    examples = json.loads((folder / "demo.json").read_text("utf-8"))["examples"]
    with open_ledger(folder, writing=False) as ledger:
        found = {}
        for number, example in enumerate(examples):
            result = scan(ledger, example["scan"], Options(now, ledger.node.tip.header.time, example["as"], example["at"]))
            found[f"example {number}"] = (result.verdict.code, result.verdict.light, result.journey.as_json())
        return found
