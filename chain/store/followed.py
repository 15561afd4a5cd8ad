"""A database that another process on this machine writes, read one moment after the other: for processes that only answer."""

from pathlib import Path

from chain.interfaces import Moment
from chain.store import reading
from chain.store.frozen import FrozenStore


class FollowedSqliteStore(FrozenStore):
    """`chain.interfaces.FollowedStore` on a file."""

    def __init__(self, path: Path) -> None:
        """Takes the first moment. Raises Fault as reads do."""
        super().__init__(path)
        self._holds = True

    def renew(self) -> Moment:
        """As FollowedStore.renew."""
        self.release()
        with self._faults():
            self._connection.execute("BEGIN")
            self._holds = True
            mark, height, bits = self._connection.execute(reading.MOMENT).fetchone() or (None, None, None)
        return reading.bytes_of(mark), reading.number_of(height), reading.number_of(bits)

    def release(self) -> None:
        """As FollowedStore.release."""
        if self._holds:
            self._holds = False
            with self._faults():
                self._connection.execute("ROLLBACK")
