"""A ledger of one operator with goods on it, and evidence from it: everything deterministic, so that vectors can be made again.

ledger = make_ledger()
ledger.trade.dispense(BRIDGE, "A", 3); ledger.settle()
ledger.bundle(ledger.code("A", 4), place=BRIDGE)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chain import anchor, checkpoint, codec, merkle, notes
from chain.anchor import Anchor
from chain.checkpoint import Checkpoint, Policy
from chain.clock import SetClock
from chain.evidenceforms import write_hashes
from chain.interfaces import Value
from chain.node import Node, Operator
from chain.proof import write_state
from chain.state import key_hash
from chain.statetree import MultiProof
from chain.store.blobs import MemoryBlobs
from chain.store.memory import MemoryStore
from tests.trace.drugs.goods import GTIN, Trade, pack_list
from tests.trace.tills import LedgerWorld
from tests.trace.world import AGENCY, START, genesis_document, make_world, signing_key
from trace.drugs.evidence import build
from trace.drugs.evidencedesk import Desk, Point, Wanted
from trace.drugs.packstore import PackStore
from trace.gs1.item import Item
from trace.registry import Application

INTERVAL_MS = 1_000
PARTIES = ("maker", "other", "north", "river", "hillside")
"""Who is on the ledger."""


def founding(operators: int = 1) -> dict[str, Any]:
    """The genesis document: so many operators, the first of them the agency, which mines."""
    names = [AGENCY, *(f"operator{number}" for number in range(1, operators))]
    members = [
        {"party": party, "vote": signing_key(f"vote {number}").text, "note": signing_key(f"note {number}").text}
        for number, party in enumerate(names)
    ]
    parameters = {"interval_ms": INTERVAL_MS, "floor": 0x207FFFFF, "vote_every": 1}
    miners = [{"party": AGENCY, "key": signing_key("miner 0").text}]
    return {**genesis_document(), "parameters": parameters, "attesters": members, "miners": miners}


@dataclass
class OneLedger:
    """A node on a memory disk, its users, and what it can prove."""

    document: Value
    clock: SetClock = field(default_factory=lambda: SetClock(START + INTERVAL_MS))
    packs: PackStore = field(default_factory=lambda: PackStore(MemoryBlobs()))
    node: Node = field(init=False)
    trade: Trade = field(init=False)

    def __post_init__(self) -> None:
        store = MemoryStore()
        Node.create(store, self.document, Application())
        operator = Operator(signing_key("miner 0"), signing_key("vote 0"))
        self.node = Node(store, Application(), self.clock, operator=operator)
        world = LedgerWorld()
        world.node, world.time = self.node, self.clock.now()
        self.trade = Trade(world)

    def settle(self) -> None:
        """Everything that waits comes into blocks and becomes final."""
        for _ in range(20):
            self.clock.advance(2 * INTERVAL_MS)
            self.node.pump()
            if self.node.should_mine():
                self.node.mine()
            elif not self.node.waiting and self.node.final_height == self.node.tip.header.height:
                break
        self.trade.world.time = self.clock.now()

    def keep(self, lot: str, count: int) -> None:
        """The mark list of a batch."""
        self.trade.counts[lot] = count
        self.packs.add(pack_list(lot, count).tree)

    def headers(self) -> list[bytes]:
        """Headers 0 .. final."""
        return [body for _, body, _ in self.node.store.headers(0, self.node.final_height + 1)]

    @property
    def head(self) -> Checkpoint:
        """The final head."""
        chain = self.node.chain
        root = merkle.root(self.headers())
        return Checkpoint(checkpoint.origin_of(self.document["name"], chain), self.node.final_height + 1, root)

    def head_at(self, size: int) -> Checkpoint:
        """An earlier head."""
        return Checkpoint(self.head.origin, size, merkle.root(self.headers()[:size]))

    def consistency(self, old: int) -> str:
        """The proof from an earlier head, as bundles carry it."""
        return write_hashes(merkle.consistency_proof([merkle.leaf_hash(header) for header in self.headers()], old, self.head.size))

    def state_of(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        """The state proof of exactly these entries."""
        return write_state(entries, self.prove(list(entries)))

    def note(self, *, seconds: int | None = None, signers: Sequence[int] = (0,), head: Checkpoint | None = None) -> str:
        """The head, cosigned by operators."""
        head = head or self.head
        members = self.document["attesters"]
        at = self.clock.now() // 1000 if seconds is None else seconds
        lines = [
            notes.cosign(head.text, f"{head.origin}/{members[number]['party']}", signing_key(f"note {number}"), at) for number in signers
        ]
        return notes.encode(notes.Note(head.text, tuple(lines))).decode()

    def anchor(self, **changed: Any) -> Anchor:
        """An anchor made now."""
        parts: dict[str, Any] = {
            "name": self.document["name"], "chain": self.node.chain, "epoch": 0, "members": tuple(self.document["attesters"]),
            "checkpoint": self.head, "made_at": self.clock.now(), "witnesses": Policy(0, ()),
        }  # fmt: skip
        return Anchor(**{**parts, **changed})

    def prove(self, names: Sequence[str]) -> MultiProof:
        """A proof at the final block."""
        branch = self.node._final()
        return self.node._branches.tree.prove_many(branch.version, [key_hash(name) for name in names])

    def point(self, note: str | None = None) -> Point:
        """The final head, signed."""
        headers = self.headers()
        path = merkle.last_leaf_path([merkle.leaf_hash(header) for header in headers])
        return Point(note or self.note(), headers[-1], path, self.node.final_view(), self.prove)

    def desk(self, point: Point | None = None) -> Desk:
        """What evidence is made from."""
        header = next(iter(self.node.store.headers(0, 1)))[1]
        return Desk(point or self.point(), self.node, self.packs, (header, self.document))

    def bundle(self, item: Item, place: str | None = None, **wanted: Any) -> bytes:
        """Evidence."""
        found = build(self.desk(), Wanted(item, place, **wanted))
        assert found is not None
        return found


def code(lot: str | None, slot: int, *, made_as: str | None = None, **changed: Any) -> Item:
    """A pack's item; `made_as`: the batch that its serial is of, where that is not the printed one."""
    return Item("pack", **{"gtin": GTIN, "lot": lot, "serial": f"{made_as or lot}{slot:06d}", **changed})


def anchor_value(found: Anchor) -> Any:
    """An anchor as a JSON value."""
    return codec.decode(anchor.encode(found))


def make_ledger(operators: int = 1, document: Value | None = None, parties: Sequence[str] = PARTIES) -> OneLedger:
    """Parties and keys enrolled; nothing registered or made yet."""
    ledger = OneLedger(document or founding(operators))
    make_world(parties, ledger.trade.world)
    ledger.settle()
    return ledger


__all__ = ["OneLedger", "anchor_value", "code", "make_ledger"]
