"""Processes that answer requests beside the one that writes: each has a listening socket on the same address, so that the system shares
connections out evenly, and one that ends is started again on its socket.

clients --> address --> readers --(socket file)--> writer --> database
                              \\------------------------------^ read
"""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from chain.errors import Fault
from chain.processes import end_with_parent
from trace.cli.group import WebFactory
from trace.cli.inline import run_inline
from trace.config import Settings
from trace.following import follow_ledger, keep_up

READER_THREADS = 4
"""Threads of a reader for what is handed on to the writer; the rest is answered in its loop."""
BACKLOG = 1024
"""Connections that may wait to be accepted."""
RESTART_S = 1.0
"""Seconds before a reader that ended is started again."""
METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable by which the metrics library is told where processes keep their counts."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a reader is started with."""

    factory: WebFactory
    """Makes the web application."""
    settings: Settings
    """The settings of the writer."""
    writer: str
    """The socket file of the writing process."""
    leads: bool
    """Whether the writing process makes the blocks itself."""


class Readers:
    """The readers of one writer."""

    def __init__(self, job: Job, listeners: Sequence[socket.socket]) -> None:
        self._job, self._listeners = job, listeners
        self._context = multiprocessing.get_context("spawn")
        self._ending = threading.Event()
        self._running: list[BaseProcess] = [self._start(listener) for listener in listeners]
        self._watch = threading.Thread(target=self._restart_ended, name="readers", daemon=True)
        self._watch.start()

    def _start(self, listener: socket.socket) -> BaseProcess:
        process = self._context.Process(target=answer, args=(self._job, listener), name="reader", daemon=True)
        process.start()
        return process

    def _restart_ended(self) -> None:
        while not self._ending.is_set():
            wait([process.sentinel for process in self._running], timeout=RESTART_S)
            for number, process in enumerate(self._running):
                if not process.is_alive() and not self._ending.wait(RESTART_S):
                    log.error("a reader ended with %s; it is started again", process.exitcode)
                    self._running[number] = self._start(self._listeners[number])

    def close(self) -> None:
        """Ends all."""
        self._ending.set()
        self._watch.join()
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()


@contextmanager
def readers(factory: WebFactory, settings: Settings, *, leads: bool) -> Iterator[tuple[Path, int]]:
    """Readers for as long as needed. Yields the folder that they share with the writer, which listens on `writer` in it and finds their
    metrics there, and the port that they listen on. Raises Fault `config.setting` when the address cannot be used."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pharmatrace-")))
        listeners = [stack.enter_context(each) for each in listen(settings)]
        os.environ[METRICS] = str(folder)  # read by the readers when they start; this process has its own counts
        found = Readers(Job(factory, settings, str(folder / "writer"), leads), listeners)
        stack.callback(found.close)
        yield folder, listeners[0].getsockname()[1]


def listen(settings: Settings) -> list[socket.socket]:
    """A listening socket for each reader, all on one address that nobody else listens on. Raises Fault `config.setting`."""
    host, port = settings.text("host"), settings.number("port")
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        with socket.create_server((host, port), family=family) as trial:  # without sharing: fails where another program listens
            port = trial.getsockname()[1]
        count = settings.number("readers")
        return [socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True) for _ in range(count)]
    except OSError as error:
        raise Fault("config.setting", "a free address", f"{host}:{port}: {error.strerror}", field="port") from error


def answer(job: Job, listener: socket.socket) -> None:
    """A reader: answers until it is told to stop, or until the writer is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group: the writer ends its readers
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=job.settings.text("log_level").upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    end_with_parent()  # without the writer nobody knows whether the head is still the newest: a reader must not go on alone
    ledger = follow_ledger(job.settings, leads=job.leads)
    keep_up(ledger)
    app = job.factory({"LEDGER": ledger, "PUBLIC_URL": job.settings.text("public_url").rstrip("/"), "WRITER": job.writer})
    gc.collect()
    gc.freeze()  # what is here now stays: looking through it again and again would hold up an answer for milliseconds
    run_inline(app, listener, READER_THREADS)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
