"""Catching up, for as long as nodes do not do it themselves: now and then a member sends another one what that one may lack."""

from collections.abc import Sequence

from chain import blocks, finality
from chain.node import Node
from tests.sim.chance import Chance
from tests.sim.machine import Machine

BLOCKS = 25
"""Blocks sent at most at a time."""


class Gossip:
    """Tells members what others have."""

    def __init__(self, seed: int, machines: Sequence[Machine]) -> None:
        self._chance, self._machines = Chance(seed, "gossip"), machines

    def tell(self) -> None:
        """Each member that runs may send its chain above the last final block, and its votes, to another one."""
        for machine in self._machines:
            other = self._chance.pick(self._machines)
            if self._chance.happens(80) and machine.node is not None and other.node is not None and other is not machine:
                self._send(machine, machine.node, other.seat.number, other.node.final_height)

    def _send(self, machine: Machine, node: Node, receiver: int, above: int) -> None:
        start = min(node.final_height, above) + 1
        for height in range(start, min(node.tip.header.height, start + BLOCKS) + 1):
            block_id = node.store.best(height)
            record = node.store.block(block_id) if block_id else None
            if record is not None:
                machine.link.network.send(machine.seat.number, [receiver], "block", blocks.encode(record))
        machine.link.network.send(machine.seat.number, [receiver], "vote", finality.encode_votes(node.votes()))
