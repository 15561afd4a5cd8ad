"""Helping processes: they start with what their work needs and nothing else, and never outlive the process that they help.

They are spawned, not forked: a process that has threads would copy their locks. A spawned process first runs the main module of its parent
again, which here would read the whole command line and make the web application; no work needs that, so it is left out.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

_starting = threading.Lock()


def _start(process_obj: BaseProcess) -> Any:
    with _no_main():
        return SpawnProcess._Popen(process_obj)


class _Helper(SpawnProcess):
    """A process that does not run the main module again; nothing that it is given may be defined there."""

    _Popen = staticmethod(_start)


class _Helpers(SpawnContext):
    """How helpers are started."""

    Process = _Helper


@contextmanager
def _no_main() -> Iterator[None]:
    """Nothing is the main module for a moment."""
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def helpers(count: int, begin: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """So many processes, started with the first work; each calls `begin` first."""
    return ProcessPoolExecutor(count, mp_context=_Helpers(), initializer=begin)


def end_with_parent() -> None:
    """Ends this process as soon as its parent is gone, however that ended. To be called once in a process that multiprocessing started."""
    threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
