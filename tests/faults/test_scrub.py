"""The background check: finds what has rotted under a running node, and disturbs nobody."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.node import Node
from chain.scrub import Scrub
from chain.store import driver
from chain.store.sqlite import SqliteStore
from tests.chain.toy import Counters, advance, raising, start
from trace.ledger import open_ledger


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A running node with flushed state and blocks above it."""
    found = start(SqliteStore(tmp_path / "ledger.db"))
    _grow(found, 1, 20)
    found._branches.flush()
    _grow(found, 20, 24)
    yield found
    found.close()


def _grow(node: Node, first: int, last: int) -> None:
    for seq in range(first, last):
        node.submit([raising(node, f"c{seq % 5}", seq)])
        advance(node)
        node.mine()


def scrub_of(node: Node, tmp_path: Path) -> Scrub:
    return Scrub(node.store, Counters(), tmp_path / "scrub.db", 100)


def test_a_sound_ledger_passes_and_leaves_no_file(node: Node, tmp_path: Path) -> None:
    scrub = scrub_of(node, tmp_path)
    scrub.one_pass(threading.Event())
    assert (scrub.alarm, scrub.passes, scrub.checked) == (None, 1, 24)
    assert not list(tmp_path.glob("scrub.db*"))


def test_blocks_and_flushes_in_the_middle_of_a_pass_are_no_alarm(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 9)
    scrub = scrub_of(node, tmp_path)
    seq = 24
    for number, _ in enumerate(scrub.steps()):
        if number % 3 == 0:
            _grow(node, seq, seq + 1)
            seq += 1
    assert (scrub.alarm, scrub.passes) == (None, 1) and seq > 30


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE chunk SET body = (SELECT body FROM chunk WHERE position >> 24 = 9) WHERE position >> 24 = 8", (7, "transactions_root")),
        ("DELETE FROM entry WHERE key = 'counter/c3'", (18, "counter/c3")),
        ("UPDATE trail SET position = position + 1 WHERE key = 'counter/c3' AND number = 1", (18, "index of events of counter/c3")),
        ("DELETE FROM txid WHERE position = 5 << 24", (18, "index of ids")),
    ],
)
def test_what_rots_is_named(node: Node, tmp_path: Path, caplog: pytest.LogCaptureFixture, statement: str, place: tuple[int, str]) -> None:
    connection = driver.sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    assert connection.execute(statement).rowcount
    connection.close()
    scrub = scrub_of(node, tmp_path)
    with caplog.at_level(logging.ERROR):
        scrub.one_pass(threading.Event())
    assert scrub.alarm is not None and (scrub.alarm.height, scrub.alarm.field) == place
    assert f"ALARM: the ledger on disk is not as it must be: height {place[0]}" in caplog.text and scrub.passes == 0


def test_an_alarm_ends_with_the_next_sound_pass(node: Node, tmp_path: Path) -> None:
    scrub = scrub_of(node, tmp_path)
    connection = driver.sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    connection.execute("UPDATE best SET height = height + 1 WHERE height = 23")
    scrub.one_pass(threading.Event())
    assert scrub.passes == 0 and scrub.alarm is not None
    connection.execute("UPDATE best SET height = height - 1 WHERE height = 24")
    connection.close()
    scrub.one_pass(threading.Event())
    assert scrub.passes == 1 and not scrub.alarm


def test_no_room_for_the_check_is_no_alarm(node: Node, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "full").write_text("a file, not a folder")
    scrub = Scrub(node.store, Counters(), tmp_path / "full" / "scrub.db", 100)
    scrub.one_pass(threading.Event())
    assert scrub.alarm is None and scrub.passes == 0
    assert "could not work" in caplog.text


def test_it_stops_at_once_and_rests_as_it_is_told(node: Node, tmp_path: Path) -> None:
    class Stop(threading.Event):
        """Notes how long it was waited for; is set after a few steps."""

        rests: list[float]

        def wait(self, timeout: float | None = None) -> bool:
            self.rests.append(timeout or 0.0)
            return len(self.rests) == 4

    stop = Stop()
    stop.rests = []
    Scrub(node.store, Counters(), tmp_path / "scrub.db", 1).one_pass(stop)
    assert len(stop.rests) == 4 and all(rest > 0 for rest in stop.rests)
    assert not list(tmp_path.glob("scrub.db*"))


def test_a_ledger_starts_it_and_ends_it(built_demo: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built_demo, tmp_path / "demo"))
    with open_ledger(folder) as ledger:
        ledger.start_scrub(0)
        assert ledger.scrub is None
        ledger.start_scrub(100)
        assert ledger.scrub is not None
    assert ledger.scrub.alarm is None
