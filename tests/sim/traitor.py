"""What cheating members have in common: each follows the ledger with a real node that says nothing, sees everybody's blocks (members that
cheat may be well informed), and signs with its own keys only."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from chain import blocks, finality, rules, state, work
from chain.blocks import Block, Header
from chain.branch import Branch
from chain.candidate import Candidate
from chain.clock import SetClock
from chain.errors import NotYet
from chain.interfaces import Application, BlockContext
from chain.node import Node
from chain.store.memory import Disk, MemoryStore
from chain.transactions import Transaction
from tests.sim.chance import Chance
from tests.sim.machine import Machine
from tests.sim.network import Link, Network
from tests.sim.scene import Seat

SEARCH = 1 << 16
"""Nonces tried for a block: with the easiest target two are enough on average."""


class World(Protocol):
    """What a traitor sees of the simulation."""

    network: Network
    """The network."""
    machines: list[Machine]
    """The honest members."""

    def tell(self, line: str) -> None:
        """Notes what happens."""


class Silent:
    """A wire that a node hears on and never speaks on."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def publish(self, kind: str, body: bytes, to: str | None = None) -> None:
        """Says nothing."""

    def receive(self) -> tuple[str, bytes, str] | None:
        """As Wire.receive."""
        return self._link.receive()


class Traitor:
    """A member that cheats; `cheat` is what each kind does."""

    rate = 300
    """Of a thousand steps, in how many it acts."""

    def __init__(self, seat: Seat, world: World, disk: Disk, application: Application, seed: int) -> None:
        self.seat, self.world = seat, world
        self.chance = Chance(seed, f"traitor {seat.number}")
        self.link = world.network.join(seat.number)
        self.clock = SetClock(0)
        self.node = Node(MemoryStore(disk), application, self.clock, wire=Silent(self.link))
        self.application = application
        self.done: set[object] = set()
        """What needs to be done once only."""
        self.prepare()

    def prepare(self) -> None:
        """What this kind remembers."""

    def act(self, now: int) -> None:
        """One step: hears what has arrived and all honest blocks, and cheats at its rate."""
        self.clock.set(now)
        self.node.pump()
        if self.chance.happens(self.rate):
            self._learn()
            self.cheat()

    def cheat(self) -> None:
        """What this kind does."""

    # --- seeing ---

    def _learn(self) -> None:
        """Takes over every block that an honest member has, as colluding members with spies would."""
        for machine in self.world.machines:
            if machine.node is None:
                continue
            for branch in sorted(machine.node._branches, key=lambda each: each.point):
                if self.node._branches.get(branch.id) is None:
                    self._take(machine, branch)

    def _take(self, machine: Machine, branch: Branch) -> None:
        record = machine.disk.blocks.get(branch.id)
        if record is not None and self.node._branches.get(record.parent) is not None:
            with suppress(NotYet):  # some honest member's clock is ahead
                self.node.receive_block(blocks.encode(record))

    def leaves(self) -> list[Branch]:
        """The ends of all branches, lowest first."""
        branches = sorted(self.node._branches, key=lambda branch: branch.point)
        parents = {branch.header.previous for branch in branches}
        return [branch for branch in branches if branch.id not in parents]

    def line(self, leaf: Branch) -> list[Branch]:
        """The blocks from the folded one up to `leaf`."""
        return [self.node._branches.root, *reversed(list(self.node._branches.chain(leaf)))] if leaf.overlay else [leaf]

    def some_honest(self) -> list[int]:
        """A few honest members."""
        numbers = [machine.seat.number for machine in self.world.machines]
        return self.chance.some(numbers, self.chance.between(1, len(numbers)))

    def everybody(self) -> list[int]:
        """All others."""
        return self.world.network.others(self.seat.number)

    # --- saying ---

    def send(self, receivers: Sequence[int], kind: str, body: bytes) -> None:
        """Sends a message to some members."""
        self.world.network.send(self.seat.number, receivers, kind, body)

    def vote(self, source: finality.Point, target: finality.Point) -> bytes:
        """A signed vote for any link, as it travels."""
        regime = self.node._branches.regime(source)
        return finality.encode_votes([finality.sign_vote(self.node.chain, regime.epoch if regime else 0, source, target, self.seat.vote)])

    def is_spaced(self, parent: Branch) -> bool:
        """Whether a block of this member on `parent` keeps the spacing."""
        known = rules.miners(self.node.view())
        recent = parent.recent[: rules.spacing(len(set(known.values())))]
        return self.seat.party not in {known.get(miner) for miner in recent}

    def block(self, parent: Branch, items: Sequence[Transaction] = (), **changed: Any) -> Block:
        """A sealed block on any parent with a valid state; `changed` replaces fields of its header before the work is done."""
        time = max(parent.header.time + 1 + self.chance.below(50), self.clock.now())
        candidate = Candidate(BlockContext(self.node.chain, parent.header.height + 1, time), self.node._branches.view(parent))
        for item in items:
            candidate.add(item, self.application)
        encoded = state.encode_changes(candidate.overlay.values)
        version = self.node._branches.tree.update(parent.version, state.tree_changes(encoded))
        header = self._header(candidate, parent, self.node._branches.tree.root(version))
        header = self._worked(replace(header, **changed))
        seal = self.seat.miner.sign(blocks.seal_message(self.node.chain, header.id))
        return Block(header, seal, tuple(candidate.items), blocks.encode_proofs(candidate.items), b"")

    def _header(self, candidate: Candidate, parent: Branch, state_root: bytes) -> Header:
        items, view = tuple(candidate.items), self.node._branches.view(parent)
        return Header(
            rules=rules.RULES, count=len(items), height=candidate.block.height, time=candidate.block.time, previous=parent.id,
            transactions_root=blocks.transactions_root(items), state_root=state_root, history_root=parent.history.root(),
            sections_root=blocks.sections_root(blocks.encode_proofs(items), b""), miner=self.seat.miner.public,
            target=rules.expected_target(parent.header, len(items), candidate.block.time, view),
        )  # fmt: skip

    def _worked(self, header: Header) -> Header:
        prefix = header.encode()[: blocks.NONCE_OFFSET]
        nonce = work.search(prefix, work.target_of(0x207FFFFF), 0, SEARCH)
        return blocks.with_nonce(header, nonce or 0)


def travelling(block: Block) -> bytes:
    """A block as it travels."""
    return blocks.encode(blocks.to_record(block, 0))
