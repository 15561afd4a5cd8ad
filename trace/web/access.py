"""The ledger that this application serves: given by whoever made the application, or opened from the data folder at the first request."""

import threading
from contextlib import ExitStack

from flask import Flask, current_app, g

from trace.config import load
from trace.ledger import Ledger, open_ledger

EXTENSION = "pharmatrace"
"""Our place in `app.extensions`."""


class Holder:
    """Holds the open ledger of one application; opening happens once, whatever the number of threads."""

    def __init__(self, ledger: Ledger | None) -> None:
        self._lock = threading.Lock()
        self._ledger = ledger

    def get(self, data: str | None) -> Ledger:
        """The ledger; one that is opened here also starts to mine and vote. Raises Fault where the folder holds none or is in use."""
        if self._ledger is None:
            with self._lock:
                if self._ledger is None:
                    settings = load({"data": data})
                    found = open_ledger(settings.data, settings=settings)
                    found.start()
                    found.start_scrub(settings.number("scrub"))
                    self._ledger = found
        return self._ledger


def hosts() -> tuple[str, ...]:
    """The hosts whose Digital Links are this ledger's; known without looking into it."""
    return _opened().hosts


def _opened() -> Ledger:
    holder: Holder = current_app.extensions[EXTENSION]
    return holder.get(current_app.config["DATA"])


def ledger() -> Ledger:
    """The ledger of the present application; all of a request sees one moment of it, where another process writes it."""
    if "ledger" not in g:
        found = _opened()
        stack = ExitStack()
        stack.enter_context(found.moment())
        g.ledger, g.moment = found, stack
    open_ledger_of_request: Ledger = g.ledger
    return open_ledger_of_request


def release(error: BaseException | None) -> None:
    """Lets the request's moment go."""
    g.pop("ledger", None)
    stack: ExitStack | None = g.pop("moment", None)
    if stack is not None:
        stack.close()


def init_app(app: Flask) -> None:
    """Prepares the place; opens nothing."""
    app.extensions[EXTENSION] = Holder(app.config["LEDGER"])
    app.teardown_appcontext(release)
