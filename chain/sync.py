"""Catching up, headers first (PROTOCOL §6): which headers are known without their bodies, and whom to ask for what. No wire, no disk.

A header chain costs its miners work and costs this node no state, so it is judged before any body is asked for. A body is asked for at one
peer after the other until a copy fits the header; only a copy that fits can make the block invalid.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from chain import blocks, codec, merkle, rules, transactions, work
from chain.blocks import Header
from chain.branches import RECENT_MINERS
from chain.compactrange import CompactRange
from chain.errors import InvalidBlock, Malformed
from chain.interfaces import BlockRecord, StateView
from chain.messages import BODIES_LIMIT

HEADERS_KEPT = 2_000
"""Headers kept without their bodies: four answers ahead of the bodies, about 4 MB."""
HEADERS_PER_PEER = 1_000
"""Of these at most so many that one peer was the first to show, so that none takes the room of the others."""
ROUNDS = 3
"""Rounds of asking everybody for a body, after which its header is dropped."""
INVALID_KEPT = 1_000
"""Ids of blocks that break a rule, kept so that nobody is asked for them again."""
BODIES_UNDER_WAY = 64
"""Bodies asked for at a time, of all peers."""
REQUEST_MS = 10_000
"""An answer that takes longer is asked for elsewhere; when it comes after all it is still welcome."""
ASKED_KEPT = 4_096
"""Requests remembered, so that late answers are not taken for unasked ones."""


@dataclass(slots=True)
class Skeleton:
    """A good header whose body is not here."""

    header: Header
    """The header."""
    id: bytes
    """Its id."""
    work: int
    """Cumulative work."""
    history: CompactRange
    """Over the headers 0 .. this one."""
    recent: tuple[bytes, ...]
    """Miners of this block and those before it, newest first."""
    first: str
    """Who showed the header first."""
    peers: set[str] = field(default_factory=set)
    """Who has shown the header."""
    rounds: int = 0
    """How often everybody was asked in vain."""
    tried: set[str] = field(default_factory=set)
    """Whom it was asked of in this round."""
    asked: int | None = None
    """When it was asked for last."""
    asked_of: str = ""
    """Of whom."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a header stands on: its parent, executed or a header too."""

    header: Header
    """The parent's header."""
    work: int
    """Cumulative work."""
    history: CompactRange
    """Over the headers 0 .. parent."""
    recent: tuple[bytes, ...]
    """Miners, newest first."""


def validate_loose(header: Header, seal: bytes, chain: bytes, view: StateView) -> None:
    """What can be said of a header whose parent is unknown, by the miners and the floor of `view`: so that holding it costs its sender
    work and an enrolled key. Raises InvalidBlock `block.target`, `.work`, `.miner` or `.seal`."""
    floor = rules.parameters(view).floor
    if work.target_of(header.target) > work.target_of(floor):
        raise InvalidBlock("block.target", f"not easier than {floor:08x}", f"{header.target:08x}", field="target")
    rules.validate_work(header)
    if header.miner not in rules.miners(view):
        raise InvalidBlock("block.miner", "an enrolled miner key", header.miner.hex(), field="miner")
    rules.validate_seal(blocks.Block(header, seal, (), b"", b""), chain)


def validate_on(header: Header, seal: bytes, ground: Ground, chain: bytes, view: StateView) -> None:
    """All that can be said of a header over its parent without the parent's state, by the miners of `view`. Raises InvalidBlock."""
    parent = rules.Parent(ground.header, chain, ground.history.root(), ground.recent)
    rules.validate_link(header, parent)
    rules.validate_target(header, parent, view)
    rules.validate_work(header)
    rules.validate_miner(header, parent, view)
    rules.validate_seal(blocks.Block(header, seal, (), b"", b""), chain)


def validate_copy(record: BlockRecord) -> None:
    """The body is the one that the header commits to, whatever the rules say of it. Raises Malformed `peer.body`."""
    header = blocks.decode_header(record.header)
    try:
        leaves = [_leaf(carrier) for carrier in record.transactions]
    except Malformed as error:
        raise Malformed("peer.body", "the body of the header", error.code) from error
    roots = (header.count, header.transactions_root, header.sections_root)
    if roots != (len(leaves), merkle.root(leaves), blocks.sections_root(record.proofs, record.votes)):
        raise Malformed("peer.body", "the body of the header", "another")


def _leaf(carrier: bytes) -> bytes:
    """The leaf of a carrier without judging its content. Raises Malformed for broken framing, or items that are not the envelope's."""
    parts = transactions.take_apart(carrier)
    named = _items_named(parts.envelope)
    if named is not None and named != (len(parts.items), merkle.root(parts.items).hex()):
        raise Malformed("codec.carrier", "the items of the envelope", "others")
    return transactions.identity(parts.envelope) + b"".join(parts.signatures)


def _items_named(envelope: bytes) -> tuple[int, str] | None:
    """Count and root of the items that an envelope names. None where it names none that could be: that is for the rules to refuse, for no
    copy has another envelope."""
    try:
        fields = codec.decode(envelope)
    except Malformed:
        return None
    named = fields.get("items") if isinstance(fields, dict) else None
    if not isinstance(named, dict) or set(named) != {"n", "root"} or not codec.is_hash(named["root"]):
        return None
    good = type(named["n"]) is int and 0 <= named["n"] <= transactions.ITEM_COUNT_LIMIT
    return (named["n"], named["root"]) if good else None


class Sync:
    """Headers without bodies, and requests under way."""

    def __init__(self) -> None:
        self._headers: dict[bytes, Skeleton] = {}
        self._shown: Counter[str] = Counter()
        self._invalid: OrderedDict[bytes, str] = OrderedDict()
        self._asked: OrderedDict[tuple[str, str, bytes], bool] = OrderedDict()

    def __len__(self) -> int:
        return len(self._headers)

    @property
    def height(self) -> int:
        """Of the highest header; 0 where there is none."""
        return max((skeleton.header.height for skeleton in self._headers.values()), default=0)

    def get(self, block_id: bytes) -> Skeleton | None:
        """A header without its body."""
        return self._headers.get(block_id)

    def invalid(self, block_id: bytes) -> str | None:
        """The code by which a block was found to break a rule."""
        return self._invalid.get(block_id)

    def ground(self, block_id: bytes) -> Ground | None:
        """A header without its body, as ground for the next one."""
        found = self._headers.get(block_id)
        return None if found is None else Ground(found.header, found.work, found.history, found.recent)

    def show(self, block_id: bytes, peer: str) -> bool:
        """Notes that a peer has a block; False where its header is not kept."""
        known = self._headers.get(block_id)
        if known is not None:
            known.peers.add(peer)
        return known is not None

    def add(self, header: Header, ground: Ground, peer: str) -> bool:
        """Keeps a judged header that is new; False where there is no room, or it builds on a block that breaks a rule."""
        block_id = header.id
        if header.previous in self._invalid or block_id in self._invalid:
            self._mark(block_id, "block.invalid")
            return False
        if len(self._headers) >= HEADERS_KEPT or self._shown[peer] >= HEADERS_PER_PEER:
            return False
        history = ground.history.copy()
        history.append(merkle.leaf_hash(header.encode()))
        total = ground.work + work.work_of_target(work.target_of(header.target))
        recent = (header.miner, *ground.recent[: RECENT_MINERS - 1])
        self._headers[block_id] = Skeleton(header, block_id, total, history, recent, peer, {peer})
        self._shown[peer] += 1
        return True

    def done(self, block_id: bytes) -> None:
        """The block has been adopted, or is final history."""
        self._remove([block_id])

    def condemn(self, block_id: bytes, code: str) -> None:
        """A fitting body broke a rule: the block and all headers on it are never asked for again."""
        self._mark(block_id, code)
        above = self._above({block_id})
        for each in above:
            self._mark(each, "block.invalid")
        self._remove([block_id, *above])

    def _above(self, ids: Collection[bytes]) -> list[bytes]:
        """The headers that build on these blocks."""
        below, found = set(ids), []
        for skeleton in sorted(self._headers.values(), key=lambda each: each.header.height):
            if skeleton.header.previous in below and skeleton.id not in below:
                below.add(skeleton.id)
                found.append(skeleton.id)
        return found

    def _remove(self, ids: Iterable[bytes]) -> None:
        for block_id in ids:
            gone = self._headers.pop(block_id, None)
            if gone is not None:
                self._shown[gone.first] -= 1
        self._shown += Counter()  # names without headers are forgotten

    def give_up(self) -> set[str]:
        """Drops the headers whose bodies everybody was asked for in vain, and those on them; who had shown them."""
        hopeless = [skeleton for skeleton in self._headers.values() if skeleton.rounds >= ROUNDS]
        if hopeless:
            ids = {skeleton.id for skeleton in hopeless}
            self._remove([*ids, *self._above(ids)])
        return {peer for skeleton in hopeless for peer in skeleton.peers}

    def _mark(self, block_id: bytes, code: str) -> None:
        self._invalid[block_id] = code
        while len(self._invalid) > INVALID_KEPT:
            self._invalid.popitem(last=False)

    def forget(self, height: int, on_chain: Iterable[bytes] = ()) -> None:
        """Drops the headers at or below the final height and those of adopted blocks."""
        adopted = set(on_chain)
        self._remove([name for name, skeleton in self._headers.items() if skeleton.header.height <= height or name in adopted])

    # --- requests ---

    def note(self, kind: str, peer: str, what: bytes = b"") -> None:
        """Remembers a request."""
        self._asked[kind, peer, what] = True
        self._asked.move_to_end((kind, peer, what))
        while len(self._asked) > ASKED_KEPT:
            self._asked.popitem(last=False)

    def answer(self, kind: str, peer: str, what: bytes = b"") -> bool | None:
        """Whether the peer's answer is the first one to a request (True), came before (False), or was never asked for (None)."""
        asked = (kind, peer, what) if (kind, peer, what) in self._asked else (kind, "", what)  # "": asked of everybody
        if asked not in self._asked:
            return None
        first, self._asked[asked] = self._asked[asked], False
        return first

    def wanted(self, peers: Sequence[str], now: int) -> dict[str, list[bytes]]:
        """Peer -> ids of bodies to ask it for now, lowest first. `peers` are those that may be asked; notes that they are."""
        under_way = [each for each in self._headers.values() if each.asked is not None and now < each.asked + REQUEST_MS]
        room = {name: BODIES_LIMIT - sum(each.asked_of == name for each in under_way) for name in peers}
        found: dict[str, list[bytes]] = {}
        count = len(under_way)
        for skeleton in sorted(self._headers.values(), key=lambda each: (each.header.height, each.id)):
            if count >= BODIES_UNDER_WAY:
                break
            if skeleton.asked is not None and now < skeleton.asked + REQUEST_MS:
                continue
            peer = self._choose(skeleton, room)
            if peer is not None:
                room[peer] -= 1
                count += 1
                skeleton.asked, skeleton.asked_of = now, peer
                skeleton.tried.add(peer)
                self.note("body", peer, skeleton.id)
                found.setdefault(peer, []).append(skeleton.id)
        return found

    def _choose(self, skeleton: Skeleton, room: dict[str, int]) -> str | None:
        """Whom to ask: first those who have shown the header, then anybody, nobody twice before everybody was asked once."""
        free = [name for name in sorted(room) if room[name] > 0]
        if free and all(name in skeleton.tried for name in free):
            skeleton.tried.clear()
            skeleton.rounds += 1
        if skeleton.rounds >= ROUNDS:
            return None
        fresh = [name for name in free if name not in skeleton.tried]
        return min(fresh, key=lambda name: (name not in skeleton.peers, -room[name], name), default=None)

    def refused(self, block_id: bytes, peer: str) -> None:
        """The peer's copy did not fit: the next peer is asked at once."""
        skeleton = self._headers.get(block_id)
        if skeleton is not None:
            skeleton.asked = None
            skeleton.tried.add(peer)
