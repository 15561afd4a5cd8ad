"""The stage of every attack: three honest nodes and a fourth member that cheats, on one network.

The cheat is the strongest that may be on the network: it holds the keys of a miner and of an attester, knows every block, and is heard by
everybody. What it sends has to be refused under a code of its own; the honest head, memory and work stay as they are, and whoever goes on
is not heard any more.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from chain import base, blocks, codec, exchange, finality, holding, peers, rules, state, sync, tally, transactions, work
from chain.blocks import Block, Header
from chain.branch import Branch, Executed
from chain.candidate import Candidate
from chain.checking import Checker
from chain.errors import Refusal
from chain.finality import Point, Vote
from chain.interfaces import BlockContext
from chain.keys import SigningKey
from chain.messages import Status
from chain.node import Node
from chain.transactions import Transaction
from tests.chain import toy
from tests.chain.team import Team, key

Message = tuple[str, bytes]
"""Kind and body, as a wire carries them."""
EVIL = 3
"""Number of the member that cheats."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """What is special about a block; everything else in it is as it should be."""

    items: Sequence[Transaction] = ()
    """Its transactions, valid or not."""
    header: dict[str, Any] = field(default_factory=dict)
    """Fields of the header that are replaced before the work is done."""
    proofs: bytes | None = None
    """Another proof section; the header commits to it."""
    votes: bytes = b""
    """The votes section; the header commits to it."""
    signer: SigningKey | None = None
    """Who seals it, as miner too; the cheat where none is named."""
    worked: bool = True
    """Whether the id lies below the target."""


class MaliciousPeer:
    """Member 3: follows the ledger with a node that says nothing, and speaks to the others by hand."""

    def __init__(self, team: Team) -> None:
        self.team, self.wire = team, team.wire(EVIL)
        self.miner, self.vote, self.stranger = team.operator(EVIL).miner, key(f"vote {EVIL}"), key("stranger")
        self.spy: Node = team.nodes.pop(EVIL)
        self.spy.wire, self.spy.operator = None, None

    def follow(self) -> None:
        """Takes over what the honest node has."""
        honest = self.team.nodes[0]
        for branch in sorted(honest._branches, key=lambda each: each.header.height):
            record = honest.store.block(branch.id)
            if record is not None and record.height > 0:
                self.spy.receive_block(blocks.encode(record))
        self.spy.receive_vote(finality.encode_votes(honest.votes()))

    def say(self, *messages: Message, to: str = "n0") -> None:
        """Sends to one honest node."""
        for kind, body in messages:
            self.wire.publish(kind, body, to)

    def heard(self) -> list[Message]:
        """What the attacked node has sent since somebody asked last."""
        found = [(kind, body) for kind, body, sender in self.wire.inbox if sender == "n0"]
        self.wire.inbox.clear()
        return found

    def status(self, height: int, work: int = 1 << 200) -> Status:
        """A claim to have a chain that nobody knows."""
        tip = (height, hashlib.sha256(str(height).encode()).digest())
        return Status(self.spy.chain, tip, work, self.spy.status().final)

    # --- forging ---

    @property
    def tip(self) -> Branch:
        """The honest head."""
        return self.spy._tip

    def transaction(self, number: int = 0, name: str = "a", **changes: Any) -> Transaction:
        """A good transaction of another user than the team's; `number` tells them apart."""
        return toy.raising(self.spy, name, 1 + number, **{"signer": toy.OTHER, **changes})

    def signed(self, source: Point, target: Point, epoch: int = 0, member: int = EVIL) -> Vote:
        """A vote of the cheat, or of another member that colludes."""
        return finality.sign_vote(self.spy.chain, epoch, source, target, key(f"vote {member}"))

    def forge(self, parent: Branch | None = None, **forgery: Any) -> Block:
        """A block on `parent`, or on the honest head; `forgery` as Forgery."""
        return forge(self, parent or self.tip, Forgery(**forgery))

    def chain(self, parent: Branch, length: int, step_ms: int = 1) -> list[Block]:
        """Blocks without transactions on one another. The miners take turns: whoever colludes lends its key."""
        found: list[Block] = []
        ground = parent
        for _ in range(length):
            signer = next(each for each in (self.team.operator(2).miner, self.miner) if each.public != ground.header.miner)
            block = self.forge(ground, signer=signer, header={"time": ground.header.time + step_ms, "count": 0})
            ground = grown(self, block, ground)
            found.append(block)
        return found


def grown(evil: MaliciousPeer, block: Block, parent: Branch) -> Branch:
    """The block as ground for the next one, not adopted by the spy."""
    branches = evil.spy._branches
    return branches.grow(block, parent, _executed(evil, block.transactions, parent, block.header)[1])


def forge(evil: MaliciousPeer, parent: Branch, forgery: Forgery) -> Block:
    """A sealed block."""
    spy, signer = evil.spy, forgery.signer or evil.miner
    items, view = tuple(forgery.items), spy._branches.view(parent)
    time = max(parent.header.time + 1, spy.clock.now())
    proofs = blocks.encode_proofs(items) if forgery.proofs is None else forgery.proofs
    header = Header(
        rules=rules.RULES, count=len(items), height=parent.header.height + 1, time=time, previous=parent.id,
        transactions_root=blocks.transactions_root(items), state_root=bytes(32), history_root=parent.history.root(),
        sections_root=blocks.sections_root(proofs, forgery.votes), miner=signer.public,
        target=rules.expected_target(parent.header, len(items), time, view),
    )  # fmt: skip
    header = replace(header, state_root=_executed(evil, items, parent, header)[0])
    header = mined(replace(header, **forgery.header), forgery.worked)
    return Block(header, sealed(spy.chain, header, signer), items, proofs, forgery.votes)


def _executed(evil: MaliciousPeer, items: Sequence[Transaction], parent: Branch, header: Header) -> tuple[bytes, Executed]:
    """(state root, what executing gave); transactions that the rules refuse change nothing."""
    branches = evil.spy._branches
    candidate = Candidate(BlockContext(evil.spy.chain, header.height, header.time), branches.view(parent))
    for item in items:
        with suppress(Refusal):
            candidate.add(item, evil.spy.application)
    encoded = state.encode_changes(candidate.overlay.values)
    version = branches.tree.update(parent.version, state.tree_changes(encoded))
    return branches.tree.root(version), Executed(candidate.overlay, base.Delta(encoded, tuple(candidate.trails)), version, ())


def mined(header: Header, worked: bool = True) -> Header:
    """The header with the first nonce that gives, or does not give, the work that it claims."""
    limit = work.target_of(header.target)
    while (int.from_bytes(header.id, "big") < limit) != worked:
        header = blocks.with_nonce(header, header.nonce + 1)
    return header


def sealed(chain: bytes, header: Header, signer: SigningKey) -> bytes:
    """The miner's signature."""
    return signer.sign(blocks.seal_message(chain, header.id))


def travelling(block: Block) -> bytes:
    """A block as it travels."""
    return blocks.encode(blocks.to_record(block, 0))


def headers_of(found: Sequence[Block]) -> list[tuple[bytes, bytes]]:
    """Headers with their seals, as `headers` has them."""
    return [(block.header.encode(), block.seal) for block in found]


def carrier(item: Transaction) -> Message:
    """A transaction as it travels."""
    return "transaction", transactions.encode(item, with_proofs=True)


def resigned(item: Transaction, envelope: bytes, *items: bytes) -> Message:
    """A carrier of any envelope, truly signed."""
    signature = toy.OTHER.sign(codec.domain("tx/v1") + envelope)
    return carrier(replace(item, envelope=envelope, signatures=(signature,), item_bytes=items, proofs=()))


class Stage:
    """Who takes part, and what an attack did."""

    def __init__(self, team: Team | None = None) -> None:
        self.team = team or Team(4)
        self.team.run(8)
        self.team.settle()
        self.node = self.team.nodes[0]
        self.beside = self.team.nodes[1]
        self.node._checker = Checker(processes=0)
        self.evil = MaliciousPeer(self.team)
        self.evil.follow()
        self.verified = 0
        """Signatures that were verified, by whomever."""

    @property
    def peer(self) -> peers.Peer:
        """The cheat as the attacked node sees it."""
        return self.node.peers.get(f"n{EVIL}", self.team.clock.now())

    @property
    def is_ignored(self) -> bool:
        """Whether the attacked node does not hear the cheat any more."""
        return self.node.peers.is_banned(f"n{EVIL}", self.team.clock.now())

    def send(self, *messages: Message) -> dict[str, int]:
        """The cheat speaks and the node acts; code -> how often it was counted against the cheat."""
        before = Counter(self.peer.reasons)
        self.evil.say(*messages)
        self.node.pump()
        return dict(self.peer.reasons - before)

    def state(self) -> dict[str, object]:
        """What no refused message may change."""
        node = self.node
        disk: Any = node.store
        return {
            "head": node.tip.id, "final": node.final_height, "waiting": node.waiting, "blocks": set(disk.disk.blocks),
            "branches": {branch.id for branch in node._branches}, "state": dict(node.view().scan("")),
        }  # fmt: skip

    # --- what has to hold ---

    def assert_refused(self, code: str, make: Callable[[int], Message], signatures: int = 2) -> None:
        """Every message of `make` is refused under `code`, costs few signature checks and changes nothing; whoever goes on is ignored,
        and then nothing is looked at any more. The honest go on."""
        before = self.state()
        for number in range(peers.BAN_POINTS + 1):
            message, verified = make(number), self.verified
            assert self.send(message) == {code: 1}
            assert self.verified - verified <= signatures
            if self.is_ignored:
                break
        assert self.is_ignored, "its score falls until it is ignored"
        message, verified = make(peers.BAN_POINTS + 1), self.verified
        assert self.send(message) == {} and self.verified == verified
        assert self.state() == before
        self.assert_calm()

    def assert_kept_out(self, code: str, make: Callable[[int], Message], signatures: int = 2) -> None:
        """As `assert_refused` for transactions that only the state refuses: their bearer may be honest, so the score falls to a limit and
        no further; what it may send of them is bounded by its share of the machine, and then nothing is looked at any more."""
        before = self.state()
        for number in range(2 * peers.REFUSALS_LIMIT):
            message, verified = make(number), self.verified
            assert self.send(message) == {code: 1}
            assert self.verified - verified <= signatures
        assert self.peer.score == peers.REFUSALS_LIMIT and not self.is_ignored
        self.peer.work = peers.SHARE_LIMIT // 2  # as after some thousands of them
        message, verified = make(2 * peers.REFUSALS_LIMIT), self.verified
        assert self.send(message) == {"peer.transactions": 1} and self.verified == verified
        assert self.state() == before
        self.assert_calm()

    def assert_calm(self, points: int = 0) -> None:
        """Memory is bounded, nobody honest is blamed (for more than `points`), and the honest ledger goes on and becomes final."""
        self.assert_bounded()
        height, final = self.node.tip.header.height, self.node.final_height
        self.team.run(6)
        self.team.settle()
        assert self.node.tip.header.height > height and self.node.final_height > final
        assert {node.tip.id for node in self.team.nodes.values()} == {self.node.tip.id}
        for number in range(3):
            for peer in self.team.nodes[number].peers.all():
                assert peer.name == f"n{EVIL}" or (not peer.banned_until and peer.score <= points), peer
        assert not self.node.conflict

    def assert_bounded(self) -> None:
        """Nothing that strangers can fill holds more than its limit."""
        node = self.node
        assert max(len(node._orphans), len(node._future)) <= holding.HELD_LIMIT
        assert max(node._orphans._bytes, node._future._bytes) <= holding.HELD_BYTES
        assert len(node._sync) <= sync.HEADERS_KEPT and len(node._sync._asked) <= sync.ASKED_KEPT
        assert len(node._sync._invalid) <= sync.INVALID_KEPT
        assert len(node._seen) <= exchange.SEEN_KEPT and len(node._later) <= exchange.LATER_VOTES
        assert all(len(votes) <= tally.VOTES_KEPT for votes in node._tally._by_voter.values())
        assert len(node.peers.all()) <= peers.PEERS_LIMIT
