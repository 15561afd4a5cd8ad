"""The half of a node that gets blocks from others: whole ones, those that have to wait, headers and then bodies (PROTOCOL §6)."""

from chain import blocks, messages, rules
from chain.attesting import Attesting
from chain.errors import ChainError, InvalidBlock, Malformed, NotYet
from chain.holding import FUTURE_MS, Held, Holding
from chain.interfaces import BlockRecord
from chain.peers import Peers
from chain.sync import Ground, Sync, validate_copy, validate_loose, validate_on

HEADER_CODES = frozenset(
    f"block.{what}" for what in ("rules", "height", "previous", "time", "history_root", "target", "work", "miner", "spacing")
)
"""What `rules.validate_header` says of a header that no body can make good; `block.rules.unknown` is this node's own want."""
BESIDE_KEPT = 2_000
"""Headers beside the final chain remembered: enough to show that two finals exclude each other."""
ASK_MS = 2_000
"""A peer is asked for the headers of its chain at most this often while it does not answer."""


class Fetching(Attesting):
    """Blocks from other nodes."""

    peers: Peers
    """The other nodes: what they have, how they behave."""
    _sync: Sync
    _orphans: Holding
    _future: Holding

    def _start_fetching(self) -> None:
        self.peers, self._sync, self._orphans, self._future = Peers(), Sync(), Holding(), Holding()

    def _blame(self, peer: str, error: ChainError) -> None:
        if self.peers.blame(peer, error, self.clock.now()):
            self._orphans.drop(peer)
            self._future.drop(peer)

    # --- blocks ---

    def _on_block(self, body: bytes, peer: str) -> None:
        self._take_block(body, peer)

    def _on_body(self, body: bytes, peer: str) -> None:
        self._take_block(body, peer)

    def _take_block(self, body: bytes, peer: str) -> None:
        """Adopts a block and everything that was held for it, or holds it. Raises InvalidBlock, Malformed or NotYet."""
        record = blocks.parse(body)
        code = self._sync.invalid(record.id)
        if code is not None:
            raise InvalidBlock("block.invalid", "a block that breaks no rule", code)
        try:
            header = self.receive_block(body)
        except NotYet as error:
            self._hold(record, body, peer, error)
            raise
        except (InvalidBlock, Malformed) as error:
            self._reject(record, peer, error)
            raise
        self._sync.done(header.id)
        for held in self._orphans.children(header.id):
            self._take_held(held)

    def _take_held(self, held: Held) -> None:
        """Judges a block that was held. It may have to be held again; if it is bad, its sender answers for it now."""
        try:
            self._take_block(held.body, held.peer)
        except (InvalidBlock, Malformed) as error:
            self._blame(held.peer, error)
        except NotYet:
            return

    def _reject(self, record: BlockRecord, peer: str, error: ChainError) -> None:
        """A copy that does not fit its header is asked for elsewhere (raises Malformed `peer.body`); a block that fits is condemned."""
        if error.code in ("block.final", "block.rules.unknown"):
            return
        if error.code in HEADER_CODES:
            self._sync.condemn(record.id, error.code)
            return
        header = blocks.decode_header(record.header)
        if error.code == "block.seal":
            self._sync.refused(record.id, peer)
            return
        try:
            validate_copy(record)
        except Malformed:
            self._meet(header, record.seal, peer)
            self._sync.refused(record.id, peer)
            raise
        self._sync.condemn(record.id, error.code)

    def _hold(self, record: BlockRecord, body: bytes, peer: str, error: NotYet) -> None:
        """Keeps a block for later, where holding it has cost its sender something. Raises InvalidBlock or Malformed `peer.orphans`."""
        header, now = blocks.decode_header(record.header), self.clock.now()
        validate_loose(header, record.seal, self.chain, self.view())
        if header.time > now + FUTURE_MS:
            raise InvalidBlock("block.time", f"at most two hours ahead of {now}", header.time, field="time")
        place = self._future if error.code == "block.future" else self._orphans
        if not place.add(Held(record.id, record.parent, header.time - rules.FUTURE_LIMIT_MS, body, peer)):
            raise Malformed("peer.orphans", "fewer blocks that have to wait", record.id.hex())
        if error.code == "block.parent" and record.parent not in self._orphans and self._sync.get(record.parent) is None:
            self._ask_headers(peer)

    # --- headers ---

    def _ground(self, block_id: bytes) -> Ground | None:
        """What a header on this block stands on."""
        branch = self._branches.get(block_id)
        if branch is not None:
            return Ground(branch.header, branch.work, branch.history, branch.recent)
        return self._sync.ground(block_id)

    def _meet(self, header: blocks.Header, seal: bytes, peer: str) -> bool:
        """Judges a header and asks for its body later; False where its parent is unknown, or it lies too far ahead."""
        ground = self._ground(header.previous)
        if ground is None or header.time > self.clock.now() + rules.FUTURE_LIMIT_MS:
            return False
        if self._branches.get(header.id) is not None or self._sync.show(header.id, peer):
            return True
        validate_on(header, seal, ground, self.chain, self.view())
        return self._sync.add(header, ground, peer)

    def _on_headers(self, body: bytes, peer: str) -> None:
        found, before = messages.decode_headers(body), len(self._sync)
        if not found:
            return
        root = self._branches.root.header.height
        if found[0][0].height <= root and self._is_beside(found):
            self._remember_beside([header for header, _ in found], peer)
            return
        fresh = [(header, seal) for header, seal in found if header.height > root]
        if fresh and self._ground(fresh[0][0].previous) is None:
            if self.store.height(fresh[0][0].previous) is not None:
                return  # the block that was asked about has lost its place since
            raise Malformed("peer.unasked", "headers on a block that was asked about", fresh[0][0].previous.hex())
        whole = all(self._meet(header, seal, peer) for header, seal in fresh)
        if len(self._sync) > before:  # who shows nothing new is not asked again at once
            self.peers.get(peer, self.clock.now()).asked.pop("headers", None)
            if whole and len(found) == messages.HEADERS_LIMIT:
                self._ask_headers(peer, found[-1][0].id)

    def _is_beside(self, found: list[tuple[blocks.Header, bytes]]) -> bool:
        """Whether headers leave the final chain below its end. Raises InvalidBlock where they have no work, Malformed where they hang in
        the air."""
        if self.store.best(found[0][0].height - 1) != found[0][0].previous:
            raise Malformed("peer.unasked", "headers on a block that was asked about", found[0][0].previous.hex())
        for header, seal in found:
            if header.height > self._branches.root.header.height or self.store.best(header.height) == header.id:
                continue
            validate_loose(header, seal, self.chain, self.view())
            return True
        return any(
            header.height == self._branches.root.header.height + 1 and header.previous != self._branches.root.id for header, _ in found
        )

    def _remember_beside(self, found: list[blocks.Header], peer: str) -> None:
        """Headers of another final chain, or of a long branch: its votes decide which, so they are asked for."""
        for header in found:
            self._branches.remember_beside(header.id, header.height)
        while len(self._branches.beside) > BESIDE_KEPT:
            del self._branches.beside[next(iter(self._branches.beside))]
        self._ask_votes(peer)
        self._advance(None, None, ())

    def _locator(self) -> list[bytes]:
        """Ids from the head down, doubling steps, with block 0."""
        known = {branch.header.height: branch.id for branch in self._branches.chain(self._tip)}
        heights = messages.locator(range(self._tip.header.height, -1, -1))
        return [known.get(height) or self.store.best(height) or b"" for height in heights]

    def _ask_headers(self, peer: str, after: bytes | None = None) -> None:
        """Asks a peer for the headers of its chain, once until it answers or its time is over."""
        if not self._may_ask("headers", peer):
            return
        self._sync.note("headers", peer)
        self._publish("get_headers", [messages.encode_ids([after] if after else self._locator())], peer)

    def _may_ask(self, kind: str, peer: str) -> bool:
        """Whether a peer was not asked a moment ago, for what it tells makes this node ask; notes that it is asked now."""
        now = self.clock.now()
        asked = self.peers.get(peer, now).asked
        if now < asked.get(kind, now - ASK_MS) + ASK_MS:
            return False
        asked[kind] = now
        return True

    def _answer(self, kind: str, body: bytes, peer: str) -> None:
        """Answers a peer's question, at its expense."""
        self._publish(kind, [body], peer)
        if peer:
            self.peers.charge(peer, len(body), self.clock.now())

    def _on_get_headers(self, body: bytes, peer: str) -> None:
        ids = messages.decode_ids(body, messages.LOCATOR_LIMIT)
        start = next((height for block_id in ids if (height := self._height_on_best(block_id)) is not None), None)
        if start is None:
            return
        found = [(header, seal) for _, header, seal in self.store.headers(start + 1, start + 1 + messages.HEADERS_LIMIT)]
        self._answer("headers", messages.encode_headers(found), peer)

    def _height_on_best(self, block_id: bytes) -> int | None:
        branch = self._branches.get(block_id)
        height = branch.header.height if branch else self.store.height(block_id)
        return height if height is not None and self.store.best(height) == block_id else None

    def _on_get_body(self, body: bytes, peer: str) -> None:
        for block_id in messages.decode_ids(body, messages.BODIES_LIMIT):
            record = self.store.block(block_id)
            if record is not None and record.height > 0 and not blocks.is_bare(record):
                self._answer("body", blocks.encode(record), peer)

    def _ask_votes(self, peer: str) -> None:
        if peer and not self._may_ask("votes", peer):
            return
        self._sync.note("votes", peer)
        self._publish("get_votes", [b""], peer)
