"""A database that another process on this machine writes, read one moment after the other: for processes that only answer."""

from pathlib import Path

from chain.store import reading
from chain.store.frozen import FrozenStore

Moment = tuple[bytes, int, int]
"""(number of the last commit with its check, flushed height, tile bits): equal moments hold the same."""


class FollowedStore(FrozenStore):
    """`FrozenStore` whose moment can be let go and taken anew. Between `release` and `renew` nothing may be read."""

    def __init__(self, path: Path) -> None:
        """Takes the first moment. Raises Fault as reads do."""
        super().__init__(path)
        self._holds = True

    def renew(self) -> Moment:
        """Takes the present moment. Raises Fault as reads do."""
        self.release()
        with self._faults():
            self._connection.execute("BEGIN")
            self._holds = True
            mark, height, bits = self._connection.execute(reading.MOMENT).fetchone() or (None, None, None)
        return reading.bytes_of(mark), reading.number_of(height), reading.number_of(bits)

    def release(self) -> None:
        """Lets the moment go, so that the writer's log can be emptied; once more does no harm."""
        if self._holds:
            self._holds = False
            with self._faults():
                self._connection.execute("ROLLBACK")
