"""The background check: finds what has rotted under a running node, and disturbs nobody."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain import snapshot
from chain.audit import audit
from chain.errors import Fault
from chain.node import Node
from chain.scrub import Scrub
from chain.store import driver
from chain.store.sqlite import SqliteStore
from tests.chain.team import Team
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


def test_a_ledger_from_a_snapshot_cannot_be_replayed_and_says_so(tmp_path: Path) -> None:
    team = Team(4)
    team.run(12)
    store = SqliteStore(tmp_path / "ledger.db")
    snapshot.import_snapshot(store, snapshot.export(team.nodes[0]), Counters(), snapshot.trusted_at_genesis(team.document))
    scrub = Scrub(store, Counters(), tmp_path / "scrub.db", 100)
    scrub.one_pass(threading.Event())
    assert (scrub.alarm, scrub.bare, scrub.passes) == (None, True, 0)
    finding = audit(store, Counters())
    assert finding is not None and (finding.height, finding.error.code) == (1, "node.body.missing")
    store.close()


def test_no_check_where_a_long_read_keeps_the_writer_out(
    built_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("trace.ledger.journal_mode", lambda version: "delete")
    with open_ledger(shutil.copytree(built_demo, tmp_path / "demo")) as ledger:
        ledger.start_scrub(5)
        assert ledger.scrub is None and "no background check" in caplog.text


def test_the_loop_of_a_ledger_outlives_a_full_disk(built_demo: Path, tmp_path: Path) -> None:
    """Nobody asks the node to recover: its own loop tries the disk, and mines again."""
    with open_ledger(shutil.copytree(built_demo, tmp_path / "demo")) as ledger:
        store = ledger.node.store
        assert isinstance(store, SqliteStore)
        refused, relents = threading.Event(), threading.Event()

        def refuse(point: str) -> None:
            if point.startswith("commit.") and not relents.is_set():
                refused.set()
                raise Fault("store.full", "space", "none")

        store.hook = refuse
        with pytest.raises(Fault, match=r"store\.full"):
            ledger.node.mine()
        refused.clear()
        ledger.start()
        assert refused.wait(60), "it tries the disk"
        assert ledger.node.read_only is not None
        relents.set()
        while ledger.node.read_only is not None:
            refused.wait(0.05)
        assert ledger.node.recover()


def test_an_older_copy_is_opened_only_on_its_operator_s_word(built_demo: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built_demo, tmp_path / "demo"))
    older = (folder / "ledger.db").read_bytes()
    with open_ledger(folder) as ledger:
        ledger.node.mine()
    (folder / "ledger.db").write_bytes(older)
    with pytest.raises(Fault, match=r"store\.older"):
        open_ledger(folder)
    with open_ledger(folder, restored=True) as ledger:
        assert ledger.node.recovering, "it signed votes that this copy does not know"
        final = ledger.node.final_height
        ledger.node.mine()
        ledger.node.mine()
        assert ledger.node.final_height == final, "no vote yet"
    with open_ledger(folder) as ledger:
        assert ledger.node.recovering
