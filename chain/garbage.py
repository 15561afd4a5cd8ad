"""The collector of cyclic garbage in a process that keeps a ledger in memory.

Python looks through all long-lived objects again whenever a quarter more have come. Here these are some million decoded values, tuples and
bytes in which there are no cycles: it found nothing, held up whoever waited by up to 0.3 s, and took 30 us an event at 60,000 events, more
with every further one. So a process that writes looks rarely (`calm`), and what is there when the state is flushed is set aside (`settle`):
it is released by its count of references as before, only the search for cycles passes it by.
"""

import contextlib
import ctypes
import gc

THRESHOLDS = (10_000, 10, 100)
"""Objects more than have gone before the young are looked through; how many such looks make one at the middle-aged, and at the old."""
SETTLED_LIMIT = 64
"""Times that things are set aside before everything is looked through once again: about a million and a half events."""


class Collector:
    """The collector of this process; there is only one."""

    def __init__(self) -> None:
        """Nothing is set aside."""
        self._settled = 0

    def calm(self) -> None:
        """Looks rarely from now on. For whoever starts a process, not for a library."""
        gc.set_threshold(*THRESHOLDS)

    def settle(self) -> None:
        """Collects what is new since the last time, sets aside what is left, and gives memory that is free back to the system, which the C
        library keeps otherwise."""
        self._settled += 1
        if self._settled % SETTLED_LIMIT == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library, another system
            ctypes.CDLL(None).malloc_trim(0)


collector = Collector()
"""The one of this process."""
