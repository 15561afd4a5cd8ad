"""An honest member's machine: a real node, its disk, its clock, and what happens to them.

Everything the node is asked to do goes through `attempt`: a `Crash` stops the machine, a `Fault` is what a full or failing disk gives and
the node goes on; any other exception is an error of the program and ends the simulation.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from chain.clock import SetClock
from chain.errors import ChainError, Fault
from chain.interfaces import Application
from chain.node import Node, Operator
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS, Crash
from chain.store.memory import Disk, MemoryStore
from tests.sim.network import Link
from tests.sim.scene import Seat, copy_disk

Result = TypeVar("Result")
POINTS = COMMIT_POINTS + FLUSH_POINTS
"""Where a machine may die."""


@dataclass(slots=True)
class Trouble:
    """The store's hook: what is wrong with the disk now, and where the process dies next."""

    full: bool = False
    """No write succeeds."""
    dies_at: str | None = None
    """The next passing of this point kills the process."""
    fails_at: str | None = None
    """The next passing of this point fails; at `*.after` although all is durable."""

    def __call__(self, point: str) -> None:
        """Raises what happens at a point."""
        if point == self.dies_at:
            self.dies_at = None
            raise Crash(point)
        if point == self.fails_at:
            self.fails_at = None
            raise Fault("store.io", "a write", f"an error at {point}")
        if self.full and point in ("commit.blocks", "flush.entries"):
            raise Fault("store.full", "space", "none")


@dataclass(slots=True)
class Machine:
    """A member that does as it should, on a machine that may not."""

    seat: Seat
    """Who it is."""
    application: Application
    """The rules."""
    disk: Disk
    """What survives."""
    link: Link
    """Its end of the network."""
    clock: SetClock
    """Its clock, which may be wrong."""
    skew: int = 0
    """By how much, ms."""
    node: Node | None = None
    """The process, while it runs."""
    trouble: Trouble = field(default_factory=Trouble)
    """What its disk does."""
    wakes: int = 0
    """The step at which it starts again, while it is down."""
    backups: list[Disk] = field(default_factory=list)
    """Copies of its disk, oldest first."""
    restores: int = 0
    """How often it went on from a backup."""
    untold: bool = False
    """Whether its disk was put back from a copy and the node has not been told yet."""
    counts: Counter[str] = field(default_factory=Counter)
    """Crashes, faults and errors by code."""

    def start(self) -> None:
        """The process starts on what the disk holds."""
        self.link.open = True
        operator = Operator(self.seat.miner, self.seat.vote, self.seat.note)
        store = MemoryStore(self.disk, self.trouble)
        self.node = self.attempt(lambda: Node(store, self.application, self.clock, operator=operator, wire=self.link))
        if self.node is not None and self.untold:
            self.attempt(self._tell)
            if self.untold and self.node is not None:
                self.fall()  # its operator lets it run only when it knows

    def _tell(self) -> None:
        """Tells the node that its disk was put back, as its operator has to."""
        if self.node is not None:
            self.node.restored()
            self.untold = False

    def fall(self) -> None:
        """The process dies; the disk stays."""
        self.counts["down"] += 1
        self.link.close()
        self.node = None
        self.trouble.dies_at = self.trouble.fails_at = None

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """Does something with the node; None when the machine died of it or could not."""
        try:
            return action()
        except Crash as crash:
            self.counts[f"crash {crash}"] += 1
            self.fall()
        except Fault as fault:
            self.counts[fault.code] += 1
        return None

    def tick(self, now: int) -> None:
        """The clock goes on, the node handles what has arrived."""
        self.clock.set(now + self.skew)
        if self.node is not None:
            for error in self.attempt(self.node.pump) or []:
                self.note(error)

    def note(self, error: ChainError) -> None:
        """Counts an error that a message had."""
        self.counts[error.code] += 1

    def mine(self) -> bool:
        """Seals a block where one is due and this member may."""
        node = self.node
        return node is not None and node.should_mine() and self.attempt(node.mine) is not None

    def keep_backup(self) -> None:
        """Copies the disk as it is."""
        self.backups = [*self.backups[-2:], copy_disk(self.disk)]

    def restore(self, backup: Disk) -> None:
        """Puts an old copy in the place of the disk; the process has to be down."""
        self.disk = copy_disk(backup)
        self.restores += 1
        self.untold = True
