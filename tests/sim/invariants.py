"""What must hold after every step, whatever happened in it: nothing final is contradicted, nobody honest can be accused, nothing that was
acknowledged is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chain import checkpoint, finality, notes
from chain.errors import ChainError, Fault
from chain.node import Node, Receipt
from chain.transactions import Transaction
from tests.sim.machine import Machine
from tests.sim.replaying import was_refused
from tests.sim.scene import Scene


class Violation(Exception):
    """A promise was broken."""

    def __init__(self, name: str, detail: str) -> None:
        self.name, self.detail = name, detail
        super().__init__(name, detail)  # as it was called, so that it travels between processes

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


@dataclass(slots=True)
class Watch:
    """Sees everything, and remembers what has been promised."""

    scene: Scene
    """The application."""
    machines: Sequence[Machine]
    """The honest members."""
    finals: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    """Height -> (id, who held it final first)."""
    heights: dict[int, int] = field(default_factory=dict)
    """Member -> its final height at the last look."""
    votes: dict[bytes, list[finality.Vote]] = field(default_factory=dict)
    """Vote key of an honest member -> all its votes that left its machine."""
    heads: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """(Honest member, size) -> root of the checkpoint of that size that it has signed."""
    acknowledged: dict[int, dict[bytes, Transaction]] = field(default_factory=dict)
    """Member -> what it has acknowledged and has not made final yet."""
    restores: dict[int, int] = field(default_factory=dict)
    """Member -> how often it had gone on from a backup at the last look."""
    excused: set[bytes] = field(default_factory=set)
    """Vote keys of honest members that have lost their memory beside liars and vote again because a day is over: what they had signed may
    be known to a liar only, so they may contradict themselves (PROTOCOL §6)."""
    looked: set[bytes] = field(default_factory=set)
    """Blocks whose state was looked at."""

    def __post_init__(self) -> None:
        for machine in self.machines:
            self.votes[machine.seat.vote.public] = []
            self.acknowledged[machine.seat.number] = {}

    # --- what is said ---

    def hear(self, sender: int, kind: str, body: bytes) -> None:
        """Tap of the network: collects the votes and signed heads of honest members, as an accuser would."""
        if sender >= len(self.machines):
            return
        if kind == "vote":
            for vote in finality.decode_votes(body):
                self._collect(vote)
        if kind == "checkpoint":
            self._collect_head(*checkpoint.parse(body))

    def _collect_head(self, found: checkpoint.Checkpoint, note: notes.Note) -> None:
        """Whoever has signed it, an honest member relays lines of others too: the names of the lines tell."""
        for machine in self.machines:
            name = f"{found.origin}/{machine.seat.party}"
            if any(line.name == name for line in note.lines):
                first = self.heads.setdefault((machine.seat.number, found.size), found.root)
                if first != found.root:
                    raise Violation("honest.heads", f"two of size {found.size} by member {machine.seat.number}")

    def _collect(self, vote: finality.Vote) -> None:
        earlier = self.votes.get(vote.voter)
        if earlier is None or vote in earlier:
            return
        for other in earlier:
            if finality.is_offence(vote, other) and vote.voter not in self.excused:
                raise Violation("honest.offence", f"{_link(other)} and {_link(vote)} by {vote.voter.hex()[:8]}")
        earlier.append(vote)

    def acknowledge(self, machine: Machine, item: Transaction, answer: Receipt | ChainError) -> None:
        """A node's answer to a client."""
        if isinstance(answer, Receipt):
            self.acknowledged[machine.seat.number][item.id] = item

    # --- after a step ---

    def look(self) -> None:
        """Raises Violation."""
        for machine in self.machines:
            self._look_at_restores(machine)
            if machine.node is not None:
                self._look_at_honour(machine, machine.node)
                self._look_at_acknowledged(machine, machine.node)
                self._look_at_finals(machine, machine.node)
                self._look_at_state(machine.node)

    def _look_at_restores(self, machine: Machine) -> None:
        """A machine that goes on from a backup has lost what it acknowledged and held: no ledger can give that back."""
        number = machine.seat.number
        if self.restores.get(number, 0) != machine.restores:
            self.restores[number] = machine.restores
            self.acknowledged[number] = {}
            self.heights[number] = 0

    def _look_at_honour(self, machine: Machine, node: Node) -> None:
        """Nobody honest is accused, and nobody has seen two finals."""
        accused = [voter for voter in self.votes if voter in node._tally.offences and voter not in self.excused]
        if accused:
            raise Violation("honest.accused", f"{_name(accused[0])} by member {machine.seat.number}")
        now = machine.clock.now()
        banned = [other.seat.number for other in self.machines if node.peers.is_banned(str(other.seat.number), now)]
        if banned:
            raise Violation("honest.banned", f"{banned} by member {machine.seat.number}")
        if node.conflict is not None:
            raise Violation("final.conflict", f"member {machine.seat.number} has seen two: {node.conflict}")

    def _look_at_finals(self, machine: Machine, node: Node) -> None:
        number, height = machine.seat.number, node.final_height
        before = self.heights.get(number, 0)
        if height < before:
            raise Violation("final.left", f"member {number} held {before} final, now {height}")
        for each in range(before + 1, height + 1):
            block_id = node.store.best(each) or b""
            first, who = self.finals.setdefault(each, (block_id, number))
            if first != block_id:
                raise Violation("final.conflict", f"height {each}: {_name(first)} by member {who}, {_name(block_id)} by member {number}")
        self.heights[number] = height
        if height and node.store.best(height) != self.finals[height][0]:
            raise Violation("final.left", f"member {number} left {_name(self.finals[height][0])} at height {height}")

    def _look_at_acknowledged(self, machine: Machine, node: Node) -> None:
        waiting = self.acknowledged[machine.seat.number]
        for item in list(waiting.values()):
            found = node.transaction(item.id)
            if found is None:
                if not self._is_refused(machine, node, item):
                    raise Violation("acknowledged.lost", f"{_name(item.id)} by member {machine.seat.number}")
                machine.counts["acknowledged, then refused by a rival's effects"] += 1
            if found is None or (found[1] is not None and found[1] >> 24 <= node.final_height):
                del waiting[item.id]

    def _is_refused(self, machine: Machine, node: Node, item: Transaction) -> bool:
        """Where clients contradict each other, one of two has to give way: only if a state that became final in this step refuses it."""
        since = self.heights.get(machine.seat.number, 0)
        return self.scene.conflicts and was_refused(node, self.scene.application, item, since)

    def _look_at_state(self, node: Node) -> None:
        if node.tip.id in self.looked:
            return
        self.looked.add(node.tip.id)
        try:
            self.scene.validate(node.view())
        except Fault as error:
            raise Violation(error.code, str(error)) from error


def _name(value: bytes) -> str:
    return value.hex()[:8]


def _link(vote: finality.Vote) -> str:
    return f"{vote.source_height}:{_name(vote.source_id)} -> {vote.target_height}:{_name(vote.target_id)}"
