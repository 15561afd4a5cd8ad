"""Damage to a data folder, one kind a function, and what becomes of it: named, harmless, or neither, which must not be."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chain.errors import ChainError
from chain.store import driver
from tests.faults.subjects import Answers, Subject, rows
from trace.ledger import DATABASE

SECTOR = 512
"""Bytes that a disk writes as one."""
KEYS = {"block": 1, "chunk": 1, "best": 1, "delta": 1, "pool": 1, "meta": 1, "entry": 1, "tile": 1, "txid": 1, "trail": 2}
"""Table -> columns that name the row; the others are exchanged between two rows."""
FRESH: dict[type, Callable[[Any, random.Random], Any]] = {
    int: lambda value, chance: value + chance.choice((1, 1000)),
    str: lambda value, chance: value + "x",
    bytes: lambda value, chance: value[:-1] + bytes([value[-1] ^ 1]),
}
"""A key that no row has, made of one that a row has."""


def _flip(path: Path, chance: random.Random) -> str:
    body = bytearray(path.read_bytes())
    place, bit = chance.randrange(len(body)), chance.randrange(8)
    body[place] ^= 1 << bit
    path.write_bytes(body)
    return f"{path.name}: byte {place}, bit {bit}"


def _cut(path: Path, chance: random.Random) -> str:
    place = SECTOR * chance.randrange(-(-path.stat().st_size // SECTOR))
    with path.open("r+b") as file:
        file.truncate(place)
    return f"{path.name}: cut to {place}"


def flip_database(folder: Path, chance: random.Random, subject: Subject) -> str:
    """One bit of the database."""
    return _flip(folder / DATABASE, chance)


def flip_log(folder: Path, chance: random.Random, subject: Subject) -> str:
    """One bit of the log."""
    return _flip(_log_of(folder), chance)


def cut_database(folder: Path, chance: random.Random, subject: Subject) -> str:
    """The database ends at a multiple of 512 bytes."""
    return _cut(folder / DATABASE, chance)


def cut_log(folder: Path, chance: random.Random, subject: Subject) -> str:
    """The log ends at a multiple of 512 bytes."""
    return _cut(_log_of(folder), chance)


def blank_sector(folder: Path, chance: random.Random, subject: Subject) -> str:
    """512 bytes of the database are zero."""
    path = folder / DATABASE
    place = SECTOR * chance.randrange(path.stat().st_size // SECTOR)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(SECTOR))
    return f"zeros at {place}"


def lose_log(folder: Path, chance: random.Random, subject: Subject) -> str:
    """The log is gone."""
    _log_of(folder).unlink()
    return "no log"


def restore_older(folder: Path, chance: random.Random, subject: Subject) -> str:
    """An older copy of the database under newer keys, blobs and mark."""
    _log_of(folder).unlink(missing_ok=True)
    for name in (DATABASE, f"{DATABASE}-wal"):
        if (subject.older / name).is_file():
            shutil.copy(subject.older / name, folder / name)
    return "an older copy"


def _log_of(folder: Path) -> Path:
    return folder / f"{DATABASE}-wal"


def swap_rows(folder: Path, chance: random.Random, subject: Subject) -> str:
    """Two rows of a table exchange all that does not name them."""
    with _open(folder) as connection:
        table, found = _rows(connection, chance, 2)
        keys = KEYS[table]
        first, second = chance.sample(found, 2)
        _replace(connection, table, [first, second], [first[:keys] + second[keys:], second[:keys] + first[keys:]])
    connection.close()
    return f"{table}: {first[:keys]} and {second[:keys]}"


def double_row(folder: Path, chance: random.Random, subject: Subject) -> str:
    """A row stands there once more under another name."""
    with _open(folder) as connection:
        table, found = _rows(connection, chance, 1)
        row = chance.choice(found)
        keys = KEYS[table] if table not in ("block", "pool") else 2  # their ids must be unique
        name = [*row[:keys]]
        name[keys - 1] = FRESH[type(row[keys - 1])](row[keys - 1], chance)
        if table in ("block", "pool"):
            name[0] = 1 + max(other[0] for other in found)
        taken = [other for other in found if other[: KEYS[table]] == tuple(name[: KEYS[table]])]
        _replace(connection, table, taken, [(*name, *row[keys:])])
    connection.close()
    return f"{table}: {row[:keys]} as {tuple(name)}"


def _open(folder: Path) -> driver.sqlite3.Connection:
    return driver.sqlite3.connect(folder / DATABASE)


def _rows(connection: driver.sqlite3.Connection, chance: random.Random, least: int) -> tuple[str, list[tuple[Any, ...]]]:
    while True:
        table = chance.choice(sorted(KEYS))
        found = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        if len(found) >= least:
            return table, found


def _replace(connection: driver.sqlite3.Connection, table: str, old: list[tuple[Any, ...]], new: list[tuple[Any, ...]]) -> None:
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    named = " AND ".join(f"{name} IS ?" for name in columns)
    for row in old:
        connection.execute(f"DELETE FROM {table} WHERE {named}", row)  # noqa: S608
    for row in new:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", row)  # noqa: S608


def flip_beside(folder: Path, chance: random.Random, subject: Subject) -> str:
    """One bit of a file beside the database."""
    return _flip(_beside(folder, chance), chance)


def cut_beside(folder: Path, chance: random.Random, subject: Subject) -> str:
    """A file beside the database ends early."""
    return _cut(_beside(folder, chance), chance)


def lose_blob(folder: Path, chance: random.Random, subject: Subject) -> str:
    """A mark list is gone."""
    path = chance.choice(sorted(folder.glob("blobs/??/*")))
    path.unlink()
    return path.name


def _beside(folder: Path, chance: random.Random) -> Path:
    """A blob, a tree, a serial file, a key of the node, or the mark."""
    patterns = ("blobs/??/*", "marks/*", "serials/*/*", "keys/miner.pem", "keys/vote.pem", f"{DATABASE}-mark")
    return chance.choice([path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.stat().st_size])


DOUBTS = ("NOT_SHOWN", "SCANNER_FAULT", "UNKNOWN_SERIAL")
"""Verdicts where a mark list is missing: not shown; a repaired code, and a serial of another batch, are not recognised."""
Mutation = Callable[[Path, random.Random, Subject], str]
"""Damages a folder; says how."""
ON_DATABASE: tuple[Mutation, ...] = (flip_database, cut_database, blank_sector, swap_rows, double_row, restore_older)
"""What may befall any database."""
ON_LOG: tuple[Mutation, ...] = (flip_log, cut_log, lose_log)
"""What may befall one whose process was killed."""
ON_FILES: tuple[Mutation, ...] = (flip_beside, cut_beside, lose_blob)
"""What may befall the files beside it."""


@dataclass(slots=True)
class Outcome:
    """What a series of mutations has shown."""

    named: Counter[str] = field(default_factory=Counter)
    """Kind -> named by opening, by the audit, or by the file check."""
    harmless: Counter[str] = field(default_factory=Counter)
    """Kind -> every row and file reads as before."""
    failures: list[str] = field(default_factory=list)
    """Neither; and wrong answers."""
    answered: int = 0
    """Damaged folders on which a node opened and gave all answers."""


class Range:
    """Damages copies of one ledger."""

    def __init__(self, subject: Subject, working: Path, outcome: Outcome) -> None:
        self._subject, self._working, self._outcome = subject, working, outcome
        self._answers: Answers = self._on_copy(subject.answers)
        self._rows = self._on_copy(rows)
        assert self._on_copy(subject.judge) is None, "the ledger is whole"

    def _on_copy(self, action: Callable[[Path], Any]) -> Any:
        shutil.rmtree(self._working, ignore_errors=True)
        shutil.copytree(self._subject.folder, self._working)
        return action(self._working)

    def run(self, mutation: Mutation, chance: random.Random) -> None:
        """One mutation; notes what becomes of it."""
        how = self._on_copy(lambda folder: mutation(folder, chance, self._subject))
        damaged = self._working.with_name("damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(self._working, damaged)
        kind, what = mutation.__name__, f"{mutation.__name__}: {how}"
        wrong = self._wrong_answers()
        shutil.rmtree(self._working)
        shutil.copytree(damaged, self._working)
        said = self._subject.judge(self._working)
        if wrong:
            self._outcome.failures.append(f"{what}: wrong answer to {wrong[0]} ({said})")
        if said is not None:
            self._outcome.named[kind] += 1
        elif self._is_harmless():
            self._outcome.harmless[kind] += 1
        else:
            self._outcome.failures.append(f"{what}: not named")

    def _wrong_answers(self) -> list[str]:
        """The questions to which a node on the damaged folder gives another answer than before, instead of none."""
        try:
            found = self._subject.answers(self._working)
        except ChainError:
            return []
        self._outcome.answered += 1
        return [question for question, answer in self._answers.items() if found[question] != answer and not is_doubt(found[question])]

    def _is_harmless(self) -> bool:
        try:
            return bool(rows(self._working) == self._rows)
        except (driver.sqlite3.Error, UnicodeDecodeError, ChainError):
            return False


def is_doubt(answer: Any) -> bool:
    """Whether an answer is a verdict that says that this node cannot tell, and assures nobody of anything."""
    return isinstance(answer[0], str) and answer[0] in DOUBTS and answer[1] != "green"
