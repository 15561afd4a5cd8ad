"""Processes that answer requests beside the one that writes: they share the listening socket, and one that ends is started again.

clients --> address --> readers --(socket file)--> writer --> database
                              \\------------------------------^ read
"""

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import waitress.server

from chain.errors import Fault
from trace.cli.group import WebFactory
from trace.config import Settings
from trace.following import follow_ledger, keep_up

READER_THREADS = 2
"""Threads of a reader: it answers one request at a time; the second one takes in the next meanwhile."""
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
    listener: socket.socket
    """The shared listening socket."""
    writer: str
    """The socket file of the writing process."""
    leads: bool
    """Whether the writing process makes the blocks itself."""


class Readers:
    """The readers of one writer."""

    def __init__(self, job: Job, count: int) -> None:
        self._job = job
        self._context = multiprocessing.get_context("spawn")
        self._ending = threading.Event()
        self._running: list[BaseProcess] = [self._start() for _ in range(count)]
        self._watch = threading.Thread(target=self._restart_ended, name="readers", daemon=True)
        self._watch.start()

    def _start(self) -> BaseProcess:
        process = self._context.Process(target=answer, args=(self._job,), name="reader", daemon=True)
        process.start()
        return process

    def _restart_ended(self) -> None:
        while not self._ending.is_set():
            wait([process.sentinel for process in self._running], timeout=RESTART_S)
            for number, process in enumerate(self._running):
                if not process.is_alive() and not self._ending.wait(RESTART_S):
                    log.error("a reader ended with %s; it is started again", process.exitcode)
                    self._running[number] = self._start()

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
        listener = stack.enter_context(listen(settings))
        os.environ[METRICS] = str(folder)  # read by the readers when they start; this process has its own counts
        job = Job(factory, settings, listener, str(folder / "writer"), leads)
        found = Readers(job, settings.number("readers"))
        stack.callback(found.close)
        yield folder, listener.getsockname()[1]


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises Fault `config.setting`."""
    host, port = settings.text("host"), settings.number("port")
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Fault("config.setting", "a free address", f"{host}:{port}: {error.strerror}", field="port") from error


def answer(job: Job) -> None:
    """A reader: answers until it is told to stop, or until the writer is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group: the writer ends its readers
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=job.settings.text("log_level").upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    threading.Thread(target=_end_with_writer, name="writer", daemon=True).start()
    ledger = follow_ledger(job.settings, leads=job.leads)
    keep_up(ledger)
    app = job.factory({"LEDGER": ledger, "PUBLIC_URL": job.settings.text("public_url").rstrip("/"), "WRITER": job.writer})
    server = waitress.server.create_server(app, sockets=[job.listener], threads=READER_THREADS, ident=None)
    server.run()


def _end_with_writer() -> None:
    """Without the writer nobody knows whether the head is still the newest: a reader must not go on alone."""
    writer = multiprocessing.parent_process()
    if writer is not None:
        wait([writer.sentinel])
        os._exit(0)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
