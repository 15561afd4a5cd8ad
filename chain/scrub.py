"""The background check: the whole ledger on disk is replayed again and again, slowly, and what has rotted is named before anybody needs it.

A pass replays the settled blocks from the live store, which never change, and then takes one moment of the store for everything else. It
works in a scratch file beside the database, so that its memory is bounded, and rests after every step for as long as its share of one
processor demands.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from chain.audit import SCRATCH_CODE, Audit, Finding
from chain.errors import ChainError, Fault
from chain.interfaces import Application, Store
from chain.store.marking import mark_path
from chain.store.problems import DriverError
from chain.store.sqlite import SqliteStore

PAUSE_S = 3600.0
"""Seconds between two passes: a disk that is read once an hour is read often enough."""
REST_LIMIT_S = 5.0
"""Seconds of rest after one step at most, so that stopping is prompt."""
NICEST = 19
"""The lowest priority of a thread (`nice`)."""
_log = logging.getLogger(__name__)


class Scratch(SqliteStore):
    """What a pass works in. Its own errors say nothing about the ledger: they are all `audit.scratch`."""

    def _fault(self, error: DriverError) -> Fault:
        return Fault(SCRATCH_CODE, "room for the background check", error)


class Scrub:
    """The check of one store. `run` in a thread of its own; everything else may be read from any thread."""

    def __init__(self, store: Store, application: Application, scratch: Path, percent: int) -> None:
        """`scratch`: a file that is made and removed; `percent`: the share of one processor, 1 to 100."""
        self.alarm: Finding | None = None
        """What the last whole pass, or the present one, found wrong."""
        self.passes = 0
        """Whole passes since the start."""
        self.height = 0
        """Blocks replayed by the present pass."""
        self.checked: int | None = None
        """Blocks that the last whole pass found as they must be."""
        self.bare = False
        """Whether this ledger began from a snapshot and cannot be replayed."""
        self._store, self._application, self._path, self._percent = store, application, scratch, percent

    def run(self, stop: threading.Event) -> None:
        """Passes, with a pause after each, until `stop`."""
        with contextlib.suppress(OSError, AttributeError):  # not every system has priorities of threads
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICEST)
        while not stop.is_set():
            self.one_pass(stop)
            stop.wait(PAUSE_S)

    def one_pass(self, stop: threading.Event) -> None:
        """One pass; what it finds stands in `alarm` afterwards."""
        self.height = 0
        steps = self.steps()
        try:
            began = time.monotonic()
            for _ in steps:
                worked = time.monotonic() - began
                if stop.wait(min(REST_LIMIT_S, worked * (100 - self._percent) / self._percent)):
                    return
                began = time.monotonic()
        finally:
            steps.close()

    def steps(self) -> Generator[None, None, None]:
        """The steps of one pass, without rest."""
        check: Audit | None = None
        try:
            with self._scratch() as scratch:
                check = Audit(self._application, scratch)
                yield from self._walk(check)
        except ChainError as error:
            self._note(check, error)
        else:
            self._finish()

    def _walk(self, check: Audit) -> Iterator[None]:
        for done, _ in check.settled(self._store):
            self.height = done
            yield
        with contextlib.closing(self._store.freeze()) as frozen:
            for done, _ in check.whole(frozen):
                self.height = done
                yield

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Scratch]:
        self._remove()
        try:
            scratch = Scratch(self._path)
        except Fault as error:
            raise Fault(SCRATCH_CODE, error.expected, error.found) from error
        try:
            yield scratch
        finally:
            scratch.close()
            self._remove()

    def _remove(self) -> None:
        for path in (self._path, *(self._path.with_name(self._path.name + ending) for ending in ("-wal", "-shm")), mark_path(self._path)):
            with contextlib.suppress(OSError):  # whoever opens it next says what is wrong
                path.unlink(missing_ok=True)

    def _note(self, check: Audit | None, error: ChainError) -> None:
        if check is None or error.code in (SCRATCH_CODE, "store.closed"):
            if error.code != "store.closed":
                _log.warning("the background check could not work; it tries again: %s", error)
            return
        self.bare = error.code == "node.body.missing"
        if self.bare:
            _log.warning("no background check: this ledger began from a snapshot and lacks the blocks below it")
            return
        self.alarm = check.finding(error)
        _log.error("ALARM: the ledger on disk is not as it must be: %s. Run audit, and restore from a backup or another node", self.alarm)

    def _finish(self) -> None:
        if self.alarm is not None:
            _log.warning("the ledger on disk is as it must be again")
        self.alarm, self.checked, self.bare = None, self.height, False
        self.passes += 1
        _log.info("background check: %d blocks and everything about them are as they must be", self.height)
