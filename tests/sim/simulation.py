"""One simulation: a plan run step by step, watched after every step."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from chain.clock import SetClock
from chain.errors import ChainError
from chain.node import Node
from chain.store.memory import Disk
from tests.sim.actors import ACTORS
from tests.sim.chance import Chance
from tests.sim.invariants import Violation, Watch
from tests.sim.lab import laboratory
from tests.sim.machine import Machine
from tests.sim.network import Network
from tests.sim.plan import STEP_MS, Plan
from tests.sim.scene import Scene, seats
from tests.sim.scenes import scene_for
from tests.sim.storm import Storm
from tests.sim.traitor import Traitor

SENDING = 400
"""Of a thousand steps, in how many a client sends to some member, roughly."""
MINING = 900
"""Of a thousand steps, in how many some member finds a nonce while a block is due, roughly."""
CALM_TRAFFIC = 20
"""Steps of calm in which clients go on sending."""
NIGHT_AFTER = 40
"""Steps of calm after which time passes, if a member was restored."""
NIGHTS_MS = (11 * 60_000, 25 * 3_600_000)
"""How much time passes then: enough to listen, or a day (where somebody is silent, too few of the others may answer)."""


@dataclass(slots=True)
class Outcome:
    """What a simulation came to."""

    plan: Plan
    """What was run."""
    steps: int = 0
    """Steps done."""
    violation: Violation | None = None
    """What was broken, if anything."""
    counts: Counter[str] = field(default_factory=Counter)
    """Faults injected by kind, messages by fate, what machines met."""
    final: int = 0
    """Highest final height."""
    digest: str = ""
    """SHA-256 over tips and finals of every step: two runs of a seed agree in it."""
    trace: list[str] = field(default_factory=list)
    """What happened, a line each."""


class Simulation:
    """A network with its members, clients and troubles."""

    def __init__(self, plan: Plan, scene: Scene | None = None) -> None:
        self.plan = plan
        self.scene = scene or scene_for(plan)
        self.now = self.scene.start
        self.step = 0
        self.trace: list[str] = []
        self.network = Network(Chance(plan.seed, "network"), plan.weather)
        disks = self.scene.disks()
        self.machines = [
            Machine(seat, self.scene.application, disk, self.network.join(seat.number), SetClock(self.now))
            for seat, disk in zip(seats(plan.nodes)[: plan.honest], disks, strict=False)
        ]
        self.watch = Watch(self.scene, self.machines)
        self.network.listen(self.watch.hear)
        self.storm = Storm(plan, self.network, self.machines, self.tell)
        self.traitors = self._traitors(disks[plan.honest :])
        self._chance = Chance(plan.seed, "world")
        self._clients = self.scene.clients(Chance(plan.seed, "clients"))
        self._digest = hashlib.sha256()

    def _traitors(self, disks: list[Disk]) -> list[Traitor]:
        places = zip(self.plan.traitors, seats(self.plan.nodes)[self.plan.honest :], disks, strict=True)
        return [ACTORS[name](seat, self, disk, self.scene.application, self.plan.seed) for name, seat, disk in places]

    def tell(self, line: str) -> None:
        """Notes what happens."""
        self.trace.append(f"step {self.step:4}  {line}")

    def run(self) -> Outcome:
        """Runs the plan; a violation ends it and is in the outcome."""
        outcome = Outcome(self.plan, trace=self.trace)
        try:
            with laboratory():
                self._run()
        except Violation as violation:
            outcome.violation = violation
            self.tell(f"VIOLATION {violation}")
        except (ArithmeticError, AssertionError, AttributeError, ChainError, LookupError, TypeError, ValueError) as error:
            outcome.violation = Violation("program.error", f"{type(error).__name__}: {error}")
            outcome.violation.__cause__ = error
            self.tell(f"VIOLATION {outcome.violation}")
        outcome.steps, outcome.digest = self.step, self._digest.hexdigest()
        outcome.counts = self._counted()
        outcome.final = max(self.watch.finals, default=0)
        return outcome

    def _counted(self) -> Counter[str]:
        counts = self.storm.counts + Counter({f"messages {name}": count for name, count in self.network.counts.items()})
        for machine in self.machines:
            counts += machine.counts
        return counts + Counter(f"traitor {name}" for name in self.plan.traitors)

    def _run(self) -> None:
        for machine in self.machines:
            machine.start()
        for _ in range(self.plan.steps):
            self._advance(stormy=True, sending=True)
        if self.plan.live:
            self._recover()

    def _recover(self) -> None:
        """The storm is over: within `calm` steps everybody has the same head, and more is final than anybody held final before."""
        self.storm.end(self.now)
        goal = max((machine.node.final_height for machine in self.machines if machine.node), default=0) + 2
        self.tell(f"calm; more than height {goal - 1} has to become final")
        for step in range(self.plan.calm):
            if step == NIGHT_AFTER and any(machine.node is not None and machine.node.recovering for machine in self.machines):
                self._pass_night()
            self._advance(stormy=False, sending=step < CALM_TRAFFIC)
            if step >= CALM_TRAFFIC and (self._is_well(goal) or self._is_caught()):
                self.tell("all is well")
                return
        state = [(m.node.tip.header.height, m.node.tip.id.hex()[:8], m.node.final_height) for m in self.machines if m.node]
        raise Violation("liveness", f"after {self.plan.calm} calm steps (tip, id, final): {state}, final {goal} expected")

    def _pass_night(self) -> None:
        """Time passes while nobody mines: members that were restored may vote again, by what others tell, or because a day is over."""
        night = NIGHTS_MS[1 if self.plan.traitors else self.plan.seed // 2 % 2]
        self.tell(f"{night // 60_000} minutes pass")
        self.now += night
        if self.plan.traitors:
            forgetful = (machine.seat for machine in self.machines if machine.node is not None and machine.node.recovering)
            self.watch.excused |= {seat.vote.public for seat in forgetful}

    def _is_well(self, goal: int) -> bool:
        """One head, and either enough is final and under a checkpoint that more than two thirds have signed, or everything is final and
        nobody asks for more: then no block is due for hours."""
        nodes = [machine.node for machine in self.machines if machine.node is not None]
        if len(nodes) != len(self.machines) or len({node.tip.id for node in nodes}) != 1:
            return False
        return all(_is_certified(node, goal) or _is_quiet(node) for node in nodes)

    def _is_caught(self) -> bool:
        """An excused member has contradicted itself: liars and forgetful ones together are more than the protocol bears, and nobody is
        promised that the ledger goes on."""
        return any(voter in m.node._tally.offences for m in self.machines if m.node for voter in self.watch.excused)

    def _advance(self, *, stormy: bool, sending: bool) -> None:
        self.step += 1
        self.now += STEP_MS
        if stormy:
            self.storm.blow(self.step)
        self.network.advance(self.now)
        for machine in self._chance.shuffled(self.machines):
            machine.tick(self.now)
            if sending and self._chance.happens(SENDING // self.plan.nodes):
                self._send(machine)
            if self._chance.happens(MINING // self.plan.nodes) and machine.mine():
                self._tell_block(machine)
        for traitor in self.traitors:
            traitor.act(self.now)
        self.watch.look()
        self._record()

    def _tell_block(self, machine: Machine) -> None:
        if machine.node is not None:
            tip = machine.node.tip
            self.tell(f"member {machine.seat.number} seals {tip.header.height}:{tip.id.hex()[:8]} on {tip.header.previous.hex()[:8]}")

    def _send(self, machine: Machine) -> None:
        node = machine.node
        if node is None:
            return
        for item in self._clients.next(node.pending_view(), self.now):
            for answer in machine.attempt(partial(node.submit, [item])) or []:
                self.watch.acknowledge(machine, item, answer)
            if machine.node is None:
                return

    def _record(self) -> None:
        for machine in self.machines:
            node = machine.node
            self._digest.update(node.tip.id + node.final_height.to_bytes(8, "big") if node else b"down")


def _is_certified(node: Node, height: int) -> bool:
    """Whether everybody who asks this node is shown a checkpoint of at least this height."""
    certified = node.certified
    return certified is not None and certified.checkpoint.height >= height


def _is_quiet(node: Node) -> bool:
    """Whether nothing waits, neither for a block nor to become final."""
    unsettled = (branch.header.count for branch in node._branches.chain(node._tip) if branch.header.height > node.final_height)
    return not len(node._pool) and not any(unsettled)
