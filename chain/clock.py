"""Local time: the system's for a node, a set one for the demonstration and for tests. Rules never read either."""

import time


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000


class SetClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, start: int) -> None:
        """`start`: milliseconds since 1970-01-01 UTC."""
        self._now = start

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC, as set."""
        return self._now

    def set(self, now: int) -> None:
        """Moves the clock to `now`, forwards or backwards, as an operator may move a real one."""
        self._now = now

    def advance(self, milliseconds: int) -> None:
        """Moves the clock forwards."""
        self._now += milliseconds
