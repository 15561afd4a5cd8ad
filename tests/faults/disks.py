"""A node on a disk that refuses: what it says, what it still answers, and that it comes back with everything it had acknowledged."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

from chain.acceptance import Receipt
from chain.audit import audit
from chain.errors import Fault
from chain.node import Node
from chain.store.sqlite import SqliteStore
from tests.chain.toy import Counters, advance, raising, start

LIMIT = 10_000
"""Submissions after which a disk that should be full counts as endless."""


class Story:
    """A node, and all that it has acknowledged."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path)
        self.node = start(self.store)
        self.acknowledged: set[bytes] = set()
        self._seq = 0

    def write(self) -> None:
        """One transaction, now and then a block. Raises Fault."""
        self._seq += 1
        advance(self.node, 100)
        (answer,) = self.node.submit([raising(self.node, f"n{self._seq}", self._seq, body={"name": f"n{self._seq}" + "x" * 900, "by": 1})])
        assert isinstance(answer, Receipt), answer
        self.acknowledged.add(answer.id)
        if self._seq % 5 == 0:
            self.node.mine()

    def write_until_refused(self) -> Fault:
        """What the disk says when it has enough."""
        for _ in range(LIMIT):
            try:
                self.write()
            except Fault as fault:
                return fault
        raise AssertionError("the disk never was full")

    def check_read_only(self) -> None:
        """Every write is refused with one code, everything can be read, and a probe on a disk that still refuses changes nothing."""
        assert self.node.read_only is not None
        for _ in range(3):
            advance(self.node, 2_000)
            for action in (self.write, self.node.mine):
                try:
                    action()
                except Fault as fault:
                    assert fault.code == "node.read_only", fault
                else:
                    raise AssertionError("a read-only node has written")
        assert self.node.view().get("counter/start") is not None
        assert not self.lost()

    def check_recovered(self) -> None:
        """It writes again by itself; nothing is lost; the audit finds nothing."""
        advance(self.node, 2_000)
        assert self.node.recover()
        for _ in range(7):
            self.write()
        assert self.node.read_only is None and not self.lost()
        assert audit(self.node.store, Counters()) is None

    def lost(self) -> set[bytes]:
        """Acknowledged transactions that this node does not know."""
        return {name for name in self.acknowledged if self.node.transaction(name) is None}


def play(path: Path, refuse: Callable[[], None], relent: Callable[[], None]) -> Story:
    """A story on a disk that is made to refuse, and that relents."""
    story = Story(path)
    for _ in range(12):
        story.write()
    refuse()
    fault = story.write_until_refused()
    assert fault.code in ("store.full", "store.io"), fault
    story.check_read_only()
    relent()
    story.check_recovered()
    return story


def reopened(story: Story, path: Path) -> int:
    """Closes and opens again; how many acknowledged transactions are gone."""
    story.node.close()
    node = Node(SqliteStore(path), Counters(), story.node.clock)
    gone = sum(node.transaction(name) is None for name in story.acknowledged)
    node.close()
    return gone


def main(path: str, limit: str) -> None:
    """Under a limit on the size of files, real writes of the log fail in the middle: `python -m tests.faults.disks FILE BYTES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    story = play(
        Path(path),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard)),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
    )
    sys.stdout.write(f"acknowledged {len(story.acknowledged)}, lost {reopened(story, Path(path))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
