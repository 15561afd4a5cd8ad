"""kill -9 again and again: after each one the ledger opens, everything that was acknowledged is there, and the audit finds nothing."""

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chain import blocks, finality
from chain.audit import audit
from chain.clock import SetClock
from chain.node import Node
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS
from chain.store.sqlite import SqliteStore
from tests.chain.toy import Counters
from tests.faults import worker

POINTS = (*COMMIT_POINTS, *FLUSH_POINTS)
"""Every named point at which a process may die."""
LIFE = 25
"""Kills of one ledger before the next one is founded, so that replaying it stays quick."""
LINES = 40
"""Acknowledgements that a process may give before it is killed at a random moment."""


@dataclass(slots=True)
class Said:
    """What the processes on one ledger have acknowledged."""

    transactions: set[bytes] = field(default_factory=set)
    """Ids of accepted transactions."""
    finals: dict[int, str] = field(default_factory=dict)
    """Height -> id of final blocks."""
    votes: dict[int, finality.Vote] = field(default_factory=dict)
    """Target height -> the vote that was sent."""
    lines: int = 0
    """Acknowledgements in all."""

    def hear(self, line: str) -> None:
        """Notes a line; one that the kill has cut is none."""
        match line.split():
            case ["tx", name]:
                self.transactions.add(bytes.fromhex(name))
            case ["final", height, name]:
                assert self.finals.setdefault(int(height), name) == name, f"two finals at {height}"
            case ["vote", section]:
                for vote in finality.decode_votes(bytes.fromhex(section)):
                    before = self.votes.setdefault(vote.target_height, vote)
                    assert not finality.is_offence(before, vote), f"two votes at {vote.target_height}"
        self.lines += 1


@dataclass(slots=True)
class Tally:
    """What a series of kills has shown."""

    kills: int = 0
    """Processes that were killed."""
    points: dict[str, int] = field(default_factory=dict)
    """Point -> how often a process died there."""
    acknowledged: int = 0
    """Transactions that were acknowledged."""
    lost: int = 0
    """Those of them that were gone afterwards."""


def plan(kills: int, chance: random.Random) -> Iterator[tuple[str, int]]:
    """(point, passing) of each kill: every point twice, the rest at random moments (point empty, passing = lines to wait for)."""
    yield from ((point, passing) for point in POINTS for passing in (1, 3))
    for _ in range(kills - 2 * len(POINTS)):
        yield "", chance.randrange(1, LINES)


def run(folder: Path, plans: Iterator[tuple[str, int]], chance: random.Random, tally: Tally) -> None:
    """Kills by plan; raises AssertionError at the first thing that is not as promised."""
    said, path = Said(), Path()
    for number, (point, passing) in enumerate(plans):
        if number % LIFE == 0:
            said, path = Said(), folder / f"life{number}" / "ledger.db"
            worker.found(path)
        known = len(said.transactions)
        kill_one(path, point, passing, said, chance)
        tally.kills += 1
        tally.points[point] = tally.points.get(point, 0) + 1
        tally.acknowledged += len(said.transactions) - known
        tally.lost += len(verify(path, said))
        assert not tally.lost, f"kill {number} at {point or 'a random moment'} lost an acknowledged transaction"


def kill_one(path: Path, point: str, passing: int, said: Said, chance: random.Random) -> None:
    """One process: from its start until its death."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            worker.work(path, writing, point, passing)
        finally:
            os._exit(3)  # only an error gets here
    os.close(writing)
    with os.fdopen(reading) as pipe:
        if not point:
            for _ in range(passing):
                said.hear(pipe.readline())
            time.sleep(chance.random() * 0.004)
            os.kill(child, signal.SIGKILL)
        for line in pipe:
            if line.endswith("\n"):
                said.hear(line)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"the process ended by itself at {point}: {status}"


def verify(path: Path, said: Said) -> set[bytes]:
    """The acknowledged transactions that are gone. Fails where the audit finds something or a final block is another one."""
    store = SqliteStore(path)
    finding = audit(store, Counters())
    assert finding is None, finding
    tip = store.tip()
    assert tip is not None
    header = next(blocks.decode_header(body) for _, body, _ in store.headers(tip[0], tip[0] + 1))
    node = Node(store, Counters(), SetClock(header.time + 1))
    assert all((store.best(height) or b"").hex() == name for height, name in said.finals.items())
    gone = {name for name in said.transactions if node.transaction(name) is None}
    store.close()
    return gone
