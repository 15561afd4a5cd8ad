"""The faults of a storm, each kind from its own stream of chance, so that a kind can be turned off without changing the others."""

from collections import Counter
from collections.abc import Callable, Sequence

from chain.store.faults import COMMIT_POINTS
from tests.sim.chance import Chance
from tests.sim.machine import POINTS, Machine
from tests.sim.network import CALM, Network
from tests.sim.plan import FAULTS, Plan

SKEW_MS = (200, 3_000, 15_000)
"""How wrong a clock may be, by kind of clock; rules tolerate ten seconds."""


class Storm:
    """Hurts machines and network, step by step."""

    def __init__(self, plan: Plan, network: Network, machines: Sequence[Machine], tell: Callable[[str], None]) -> None:
        """`tell` is told of every fault."""
        self.counts: Counter[str] = Counter()
        """Faults injected by kind."""
        self._plan, self._network, self._machines, self._tell = plan, network, machines, tell
        self._chances = {name: Chance(plan.seed, f"fault {name}") for name in FAULTS}
        self._ends: dict[str, int] = {}
        self._cuts: dict[str, set[tuple[int, int]]] = {}
        self._full: dict[int, int] = {}
        self._kinds = {
            "partition": self._partition, "one_way": self._one_way, "flapping": self._flapping, "skew": self._skew,
            "crash": self._crash, "backup": self._backup, "full": self._fill, "failing": self._failing,
        }  # fmt: skip

    def blow(self, step: int) -> None:
        """The faults of one step; every kind draws, whether it is on or not."""
        self._mend(step)
        for name, action in self._kinds.items():
            if name in self._plan.faults:
                action(self._chances[name], step)
        self._network.cuts = set().union(*self._cuts.values())

    def end(self, now: int) -> None:
        """The storm is over: the network is whole, disks have room, clocks are right, everybody runs."""
        self._network.cuts, self._network.weather = set(), CALM
        for machine in self._machines:
            machine.trouble.full, machine.trouble.dies_at, machine.trouble.fails_at = False, None, None
            machine.skew = 0
            machine.clock.set(now)
            if machine.node is None:
                machine.start()

    def _note(self, kind: str, detail: str) -> None:
        self.counts[kind] += 1
        self._tell(f"{kind}: {detail}")

    def _mend(self, step: int) -> None:
        for name in [name for name, end in self._ends.items() if end <= step]:
            del self._ends[name]
            self._cuts.pop(name, None)
            self._tell(f"{name}: over")
        for machine in self._machines:
            if self._full.get(machine.seat.number, 0) <= step:
                machine.trouble.full = False
            if machine.node is None and machine.wakes <= step:
                machine.start()
                self._tell(f"member {machine.seat.number} starts")

    # --- network ---

    def _begin(self, name: str, chance: Chance, step: int) -> bool:
        """Whether a cut of this kind begins now; a running one goes on."""
        if name in self._ends or not chance.happens(25):
            return False
        self._ends[name] = step + chance.between(5, 70)
        return True

    def _sides(self, chance: Chance) -> tuple[list[int], list[int]]:
        everybody = chance.shuffled(range(self._plan.nodes))
        cut = chance.between(1, self._plan.nodes - 1)
        return sorted(everybody[:cut]), sorted(everybody[cut:])

    def _partition(self, chance: Chance, step: int) -> None:
        if self._begin("partition", chance, step):
            left, right = self._sides(chance)
            self._cuts["partition"] = _between(left, right) | _between(right, left)
            self._note("partition", f"{left} | {right} until step {self._ends['partition']}")

    def _one_way(self, chance: Chance, step: int) -> None:
        if self._begin("one_way", chance, step):
            left, right = self._sides(chance)
            self._cuts["one_way"] = _between(left, right)
            self._note("one_way", f"{left} -> {right} lost until step {self._ends['one_way']}")

    def _flapping(self, chance: Chance, step: int) -> None:
        """A cut that comes and goes every few steps, elsewhere each time."""
        if self._begin("flapping", chance, step):
            self._note("flapping", f"until step {self._ends['flapping']}")
        if "flapping" in self._ends and chance.happens(350):
            left, right = self._sides(chance)
            self._cuts["flapping"] = set() if chance.happens(500) else _between(left, right) | _between(right, left)

    # --- machines ---

    def _skew(self, chance: Chance, step: int) -> None:
        if chance.happens(15):
            machine, most = chance.pick(self._machines), chance.pick(SKEW_MS)
            machine.skew = chance.between(-most, most)
            self._note("skew", f"member {machine.seat.number} {machine.skew} ms")

    def _crash(self, chance: Chance, step: int) -> None:
        if chance.happens(30):
            machine, point = chance.pick(self._machines), chance.pick((*POINTS, *COMMIT_POINTS, "now"))
            machine.wakes = step + chance.between(1, 40)
            if machine.node is None:
                return
            self._note("crash", f"member {machine.seat.number} at {point}")
            if point == "now":
                machine.fall()
            else:
                machine.trouble.dies_at = point

    def _backup(self, chance: Chance, step: int) -> None:
        """Copies are made often; rarely a machine that is lost goes on from one."""
        machine, act = chance.pick(self._machines), chance.below(1000)
        if act < 30:
            machine.keep_backup()
        elif act < 36 and machine.backups:
            if machine.node is not None:
                machine.fall()
            machine.restore(chance.pick(machine.backups))
            machine.wakes = step + chance.between(1, 5)
            self._note("backup", f"member {machine.seat.number} goes on from an old copy")

    def _fill(self, chance: Chance, step: int) -> None:
        if chance.happens(15):
            machine = chance.pick(self._machines)
            machine.trouble.full = True
            self._full[machine.seat.number] = step + chance.between(2, 25)
            self._note("full", f"member {machine.seat.number} until step {self._full[machine.seat.number]}")

    def _failing(self, chance: Chance, step: int) -> None:
        if chance.happens(25):
            machine, point = chance.pick(self._machines), chance.pick((*POINTS, "commit.before", "commit.after"))
            machine.trouble.fails_at = point
            self._note("failing", f"member {machine.seat.number} at {point}")


def _between(left: Sequence[int], right: Sequence[int]) -> set[tuple[int, int]]:
    return {(sender, receiver) for sender in left for receiver in right}
