"""What readers have made of the state after one block: kept as long as that block is the best one, so it can not show an older state."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MADE_LIMIT = 10_000
"""Things kept; then all are forgotten, which is simpler than knowing which was used last. About 20 MB."""
T = TypeVar("T")


class Made:
    """Whatever follows from one state alone, by a name for it. Any thread may use it; two may make the same thing at the same time."""

    __slots__ = ("_things",)

    def __init__(self) -> None:
        """Nothing yet."""
        self._things: dict[Hashable, Any] = {}

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """The thing with this name, made now if it is not there. It belongs to everybody: whoever gets it must not change it."""
        found: T | None = self._things.get(name)
        if found is None:
            found = make()
            if len(self._things) >= MADE_LIMIT:
                self._things = {}
            self._things[name] = found
        return found
