"""The ways of cheating, one class each. None of them can sign for anybody else; together they are at most a third of the members."""

from dataclasses import replace
from typing import Any

from chain import blocks, finality, messages
from chain.branch import Branch
from chain.errors import ChainError
from chain.transactions import Transaction
from tests.sim.traitor import Traitor, travelling


class DoubleVoter(Traitor):
    """Votes for every branch at every height, from its best justified source, and tells each part of the network what it likes to hear."""

    rate = 600

    def cheat(self) -> None:
        for leaf in self.leaves():
            line = self.line(leaf)
            for source in self._sources(line):
                self._vote(source.point, leaf.point)
            if len(line) > 2:
                self._vote(line[-2].point, leaf.point)

    def _sources(self, line: list[Branch]) -> list[Branch]:
        """Blocks of the line that anybody honest holds justified: the highest as each of them sees it."""
        heads = {machine.node._tally.head for machine in self.world.machines if machine.node is not None}
        return [branch for branch in line[:-1] if branch.point in heads]

    def _vote(self, source: finality.Point, target: finality.Point) -> None:
        if (source, target) not in self.done:
            self.done.add((source, target))
            self.send(self.some_honest() if self.chance.happens(200) else self.everybody(), "vote", self.vote(source, target))


class SurroundVoter(Traitor):
    """Links from the oldest block that it knows to every head, around all its other votes; also links between branches and to nowhere."""

    rate = 250

    def cheat(self) -> None:
        leaf = self.chance.pick(self.leaves())
        line = self.line(leaf)
        low = line[self.chance.below(len(line))]
        if low is not leaf and (low.point, leaf.point) not in self.done:
            self.done.add((low.point, leaf.point))
            self.send(self.everybody(), "vote", self.vote(low.point, leaf.point))
        stranger = self.chance.pick(self.leaves())
        nowhere = (stranger.header.height + self.chance.between(1, 5), self.chance.bytes(32))
        self.send(self.some_honest(), "vote", self.vote(stranger.point, nowhere))


class Equivocator(Traitor):
    """Two blocks on one parent, each for a part of the network, and votes for both."""

    def cheat(self) -> None:
        parent = self.chance.pick(self.leaves()[-3:])
        if not self.is_spaced(parent) or parent.id in self.done:
            return
        self.done.add(parent.id)
        members = self.chance.shuffled([machine.seat.number for machine in self.world.machines])
        cut = self.chance.between(1, len(members))
        for half in (members[:cut], members[cut:]):
            block = self.block(parent, time=parent.header.time + 1 + self.chance.below(900))
            self.send(half, "block", travelling(block))
            self.send(half, "vote", self.vote(self.node._tally.head, (block.header.height, block.header.id)))
        self.world.tell(f"member {self.seat.number} seals two blocks on {parent.id.hex()[:8]}")


class Withholder(Traitor):
    """Votes for blocks that nobody has, sends headers without their bodies and bodies that do not fit, and gives the whole to one member
    only, or much later."""

    def prepare(self) -> None:
        self._kept: list[bytes] = []

    def cheat(self) -> None:
        parent = self.chance.pick(self.leaves()[-3:])
        if self.is_spaced(parent) and parent.id not in self.done:
            self.done.add(parent.id)
            waiting = list(self.node._pool)[:5]
            block = self._with(parent, waiting)
            self._kept.append(travelling(block))
            self.send(self.everybody(), "vote", self.vote(parent.point, (block.header.height, block.header.id)))
            self.send(self.everybody(), "block", travelling(replace(block, transactions=(), proofs=blocks.encode_proofs(()))))
        if self._kept and self.chance.happens(400):
            self.send(self.some_honest()[:1], "block", self._kept.pop(self.chance.below(len(self._kept))))

    def _with(self, parent: Branch, items: list[Transaction]) -> blocks.Block:
        try:
            return self.block(parent, items)
        except ChainError:  # they do not fit this branch
            return self.block(parent)


class RootForger(Traitor):
    """Blocks that lie: about the state, the history, the transactions, the sections, the target, the rules; or that break the spacing."""

    LIES = ("state_root", "history_root", "transactions_root", "sections_root", "target", "rules", "height", "time", "miner", "count")
    """Header fields that are made wrong."""

    def cheat(self) -> None:
        parent = self.chance.pick(self.leaves()[-3:])
        name = self.chance.pick((*self.LIES, "nothing"))
        changed: dict[str, Any] = {} if name == "nothing" else {name: self._lie(name, parent)}
        block = self.block(parent, **changed)
        self.send(self.everybody(), "block", travelling(block))
        self.send(self.everybody(), "vote", self.vote(parent.point, (block.header.height, block.header.id)))

    def _lie(self, name: str, parent: Branch) -> object:
        if name.endswith("_root"):
            return self.chance.bytes(32)
        if name == "miner":
            return self.world.machines[0].seat.miner.public
        honest = {"target": 0x207FFFFE, "rules": 2, "height": parent.header.height + 7, "time": parent.header.time, "count": 3}
        return honest[name]


class StaleMiner(Traitor):
    """Builds in secret on an old block, as long a branch as the spacing lets it, votes for it and shows it late."""

    rate = 500

    def cheat(self) -> None:
        line = self.line(self.chance.pick(self.leaves()))
        parent = self.chance.pick(line[-6:])
        if not self.is_spaced(parent) or parent.id in self.done:
            return
        self.done.add(parent.id)
        block = self.block(parent)
        body = travelling(block)
        self.node.receive_block(body)
        self.send(self.some_honest() if self.chance.happens(500) else self.everybody(), "block", body)
        self.send(self.everybody(), "vote", self.vote(line[0].point, (block.header.height, block.header.id)))


class Flooder(Traitor):
    """Noise: random bytes of every kind, forged votes and blocks of others, transactions that nobody accepts, old messages again."""

    KINDS = (*messages.SIZE_LIMITS, "nonsense")
    """Kinds of messages, known and unknown."""

    def cheat(self) -> None:
        for _ in range(self.chance.between(1, 6)):
            self.send(self.some_honest(), self.chance.pick(self.KINDS), self.chance.bytes(self.chance.between(0, 400)))
        self._forge()
        leaf = self.chance.pick(self.leaves())
        record = self.node.store.block(leaf.id)
        if record is not None:
            body = bytearray(blocks.encode(record))
            self.send(self.some_honest(), "block", bytes(body))
            body[self.chance.below(len(body))] ^= 1 << self.chance.below(8)
            self.send(self.some_honest(), "block", bytes(body))

    def _forge(self) -> None:
        """A vote in an honest member's name, signed with the own key; and an own one with a bit changed."""
        leaf = self.chance.pick(self.leaves())
        source, target = self.node._tally.final, (leaf.header.height + 1, self.chance.bytes(32))
        vote = finality.sign_vote(self.node.chain, 0, source, target, self.seat.vote)
        victim = self.world.machines[0].seat.vote.public
        self.send(self.everybody(), "vote", finality.encode_votes([replace(vote, voter=victim)]))
        self.send(self.everybody(), "vote", finality.encode_votes([replace(vote, signature=bytes(64))]))


class Liar(Traitor):
    """Answers questions: with heads that nobody has, headers that lead nowhere, bodies that do not fit, votes that are not there; and asks
    everybody for everything."""

    rate = 500

    def cheat(self) -> None:
        leaf = self.chance.pick(self.leaves())
        far = (leaf.header.height + self.chance.between(1, 50), self.chance.bytes(32))
        status = messages.Status(self.node.chain, far, leaf.work * 2 + 100, leaf.point)
        self.send(self.some_honest(), "status", messages.encode_status(status))
        for peer in self.some_honest():
            kind = self.chance.pick(("headers", "body", "votes", "get_headers", "get_body", "get_votes", "get_transactions"))
            self.send([peer], kind, self._message(kind, leaf))

    def _message(self, kind: str, leaf: Branch) -> bytes:
        if kind == "headers":
            block = self.block(leaf, state_root=self.chance.bytes(32))
            return messages.encode_headers([(block.header.encode(), block.seal)])
        if kind == "body":
            return travelling(self.block(leaf, sections_root=self.chance.bytes(32)))
        if kind == "votes":
            return messages.encode_known(1 << 60, self.vote(self.node._tally.final, leaf.point))
        if kind == "get_headers":
            return messages.encode_ids([self.chance.bytes(32), self.node.chain])
        return messages.encode_ids([leaf.id, self.chance.bytes(32)]) if kind == "get_body" else b""


ACTORS: dict[str, type[Traitor]] = {
    "double": DoubleVoter,
    "surround": SurroundVoter,
    "equivocate": Equivocator,
    "withhold": Withholder,
    "forge": RootForger,
    "stale": StaleMiner,
    "flood": Flooder,
    "lie": Liar,
}
"""Name -> way of cheating."""
NAMES = tuple(ACTORS)
"""The names, in a fixed order."""
