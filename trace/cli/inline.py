"""A waitress server that answers questions in its own loop instead of in threads.

In one process Python runs one thread at a time; handing every request over to a second thread and its answer back costs more than many
answers do. So what is quick is answered where it arrives. What may take long (a request that is handed on to the writing process, a photo)
goes to a thread, so that nobody waits behind it.
"""

import logging
from collections import deque
from typing import Any

import waitress.server
from waitress.task import ThreadedTaskDispatcher

from trace import carrier

QUICK_METHODS = frozenset({"GET", "HEAD"})
"""Methods of questions."""
SLOW_PATHS = ("/healthz", "/metrics", "/finality")
"""Questions that are handed on."""
SEND_BYTES = 64 * 1024
"""An answer goes out in one piece up to this, its headers with its body."""
log = logging.getLogger(__name__)


class InlineDispatcher(ThreadedTaskDispatcher):
    """Keeps quick requests for the loop, and gives the others to threads."""

    def __init__(self) -> None:
        super().__init__()
        self._ready: deque[Any] = deque()

    def add_task(self, task: Any) -> None:
        """Takes a connection whose next request is whole."""
        request = task.requests[0]
        if request.error or (request.command in QUICK_METHODS and request.path not in SLOW_PATHS):
            self._ready.append(task)
        else:
            super().add_task(task)

    def answer_ready(self) -> None:
        """Answers what has come in; what fits into the connection's buffer is sent at once."""
        while self._ready:
            task = self._ready.popleft()
            try:
                task.service()
                task.handle_write()
            except Exception:  # as in waitress's own threads: one connection never ends the server
                log.exception("a request could not be answered")


def run_inline(app: Any, listener: Any, threads: int) -> None:
    """Serves on a listening socket until the process is told to stop (SystemExit)."""
    dispatcher = InlineDispatcher()
    dispatcher.set_thread_count(threads)
    server: Any = waitress.server.create_server(
        app,
        sockets=[listener],
        ident=None,
        asyncore_use_poll=True,
        send_bytes=SEND_BYTES,
        max_request_body_size=carrier.BULK_LIMIT,
        _dispatcher=dispatcher,
    )
    while True:
        server.asyncore.loop(timeout=1.0, map=server._map, use_poll=True, count=1)
        dispatcher.answer_ready()
