"""The end of a node that writes: one commit at a time, and what the node does while its disk refuses.

A commit that fails for lack of a working disk turns the node *read-only*: it goes on answering from what it holds, accepts and seals
nothing (`node.read_only`), and tries a small write now and then. When that is durable, everything is read again from the store and the
node works as before. What it had acknowledged was on disk before it said so, and stays.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from chain import overruled
from chain.errors import Fault
from chain.interfaces import Clock, Commit
from chain.reader import Reader

PROBE_MS = 1_000
"""A read-only node tries to write this often at most: soon enough for a queue at a counter, seldom enough for an ailing disk."""
PROBE_BYTES = 256 * 1024
"""What it tries to write: room for a block of a busy second, so that a disk with a few free pages does not count as free."""
PROBE = "probe"
"""Name of the small value that the tries are written to; empty otherwise."""
DISK_CODES = frozenset({"store.full", "store.io", "store.damaged"})
"""Faults of a write after which the node is read-only. After `store.damaged` it stays so until it is restarted: nothing may be written to a
damaged file."""
_log = logging.getLogger(__name__)


class Durability(Reader):
    """Commits, and the state of being read-only."""

    clock: Clock
    """Local time."""
    lock: threading.RLock
    """Held while the node changes."""
    read_only: Fault | None = None
    """Why this node writes nothing now; None while all is well."""
    flush_fault: Fault | None
    """Why the last flush failed; None when it did not."""
    _probed: int | None = None
    """Local time of the last probe since the node became read-only."""
    _dropped: list[bytes]
    _reload: Callable[[], None]

    def recover(self) -> bool:
        """Whether this node may write. A read-only one tries its disk first, but not more often than `PROBE_MS`. To be called several times
        an interval by whoever lets it mine; submitting and sealing call it themselves."""
        with self.lock:
            if self.read_only is None:
                return True
            if self.read_only.code == "store.damaged" or not self._is_probe_due():
                return False
            try:
                self._probe()
                self._reload()
            except Fault as fault:
                self.read_only = fault
                return False
            self.read_only = None
            _log.warning("the disk can be written again: the node works as before")
            return True

    def _is_probe_due(self) -> bool:
        now = self.clock.now()
        if self._probed is not None and self._probed <= now < self._probed + PROBE_MS:
            return False
        self._probed = now
        return True

    def _probe(self) -> None:
        """Writes the probe and removes it again, both durably. Raises Fault as Store.commit."""
        for body in (bytes(PROBE_BYTES), b""):
            tip = self.store.tip()
            self.store.commit(Commit(tip[1] if tip else None, meta=((PROBE, body),)))

    def _validate_writable(self) -> None:
        """Raises Fault `node.read_only` while the disk refuses. To be called before anything in memory is changed."""
        if not self.recover():
            found = self.read_only
            raise Fault("node.read_only", "a disk that can be written", found.code if found else "")

    def _commit(self, commit: Commit) -> None:
        """Makes a step durable. When the store refuses, memory is read again from what is there: it must never be ahead of the disk."""
        dropped = tuple(self._dropped)
        try:
            meta = (*commit.meta, *overruled.unwritten(self._overruled))
            self.store.commit(replace(commit, pool_remove=(*commit.pool_remove, *dropped), meta=meta))
        except Fault as fault:
            if fault.code in DISK_CODES:
                self._turn_read_only(fault)
            self._read_again()
            raise
        self._dropped, self._overruled.changed = [], False

    def _read_again(self) -> None:
        """Reads memory anew; where even that fails, the node is read-only until it succeeds."""
        try:
            self._reload()
        except Fault as fault:
            self._turn_read_only(fault)

    def _turn_read_only(self, fault: Fault) -> None:
        if self.read_only is None:
            _log.error("the node is read-only: %s. It answers, accepts and seals nothing, and tries the disk again by itself", fault)
            self._probed = None
        self.read_only = fault
