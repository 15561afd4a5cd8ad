"""Judging a chain again from genesis, believing nothing but the rules: what `chain.audit` compares a store with.

The state, the indexes and their tiles are built anew in a *scratch* store, as a node builds them in its own, so that memory stays bounded
however long the chain is. A block is judged in small steps, between which whoever drives the replay may rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from chain import base, blocks, codec, genesis, merkle, rules, state, statetiles, transactions, work
from chain.blocks import Block
from chain.compactrange import CompactRange
from chain.errors import Fault, Malformed, Refusal
from chain.interfaces import Application, BlockContext, BlockRecord, Commit, StateView, Store, Value

SIGNATURES_A_STEP = 16
"""Transactions whose signatures are checked in one step: about two milliseconds."""
FLUSH_ENTRIES = 40_000
"""State entries that wait in memory before they are written to the scratch store."""
RECENT_MINERS = 32
"""Miners remembered: more than spacing ever looks back."""


def expect(good: bool, name: str, expected: object, found: object) -> None:
    """Raises Fault `audit.difference` in the field `name` where something is not `good`."""
    if not good:
        raise Fault("audit.difference", expected, found, field=name)


class Replay:
    """Everything that the blocks so far lead to."""

    def __init__(self, application: Application, scratch: Store) -> None:
        """`scratch` is empty, and belongs to this replay alone."""
        self.scratch = scratch
        self.chain = b""
        self.height = -1
        self.work = 0
        self.delta = base.Delta({}, ())
        self._application = application
        self._base = base.Base(scratch)
        self._tree = statetiles.StateTree(0, (), scratch.tile)
        self._history = CompactRange()
        self._block: Block | None = None
        self._miners: tuple[bytes, ...] = ()
        self._waiting: list[BlockRecord] = []

    @property
    def tip(self) -> bytes:
        """Id of the last block."""
        return self._block.header.id if self._block else b""

    @property
    def view(self) -> StateView:
        """The state after the last block."""
        return self._base

    def take(self, record: BlockRecord, read: Callable[[], Block] | None = None) -> Iterator[None]:
        """Judges the next block and makes its changes part of the state; `delta` holds them then. Raises the error of what is wrong.

        `read` gives the block with its signatures and roots checked, as `Checker.start_block`; else that is done here.
        """
        if self._block is None:
            self._found(record)
        else:
            yield from self._judge(record, self._block, read)
        if self._base.pending >= FLUSH_ENTRIES:
            self.flush()

    def flush(self) -> None:
        """Brings the scratch store to the last block."""
        tip = self.scratch.tip()
        best = tuple((record.height, record.id) for record in self._waiting)
        self.scratch.commit(Commit(tip[1] if tip else None, blocks=tuple(self._waiting), best=best))
        bits, bodies = self._tree.take_dirty()
        self._base.flush(base.Tiles(bits, bodies))
        self._tree.flushed()
        self._waiting = []

    def _found(self, record: BlockRecord) -> None:
        if len(record.transactions) != 1:
            raise Malformed("genesis.field", "one document", len(record.transactions), field="genesis")
        expected, encoded = genesis.found(codec.decode(record.transactions[0]), self._application)
        header = blocks.decode_header(record.header)
        for name in ("transactions_root", "state_root", "time", "target", "count", "previous", "miner", "nonce"):
            wanted = getattr(blocks.decode_header(expected.header), name)
            expect(getattr(header, name) == wanted, name, wanted, getattr(header, name))
        expect(expected == record, "genesis", expected.id.hex(), record.id.hex())
        self.chain = record.id
        self.delta = base.Delta(encoded, ())
        self._fold(record, Block(header, b"", (), b"", b""), {key: codec.load(body) for key, body in encoded.items()})

    def _judge(self, record: BlockRecord, before: Block, read: Callable[[], Block] | None) -> Iterator[None]:
        """As the node does, but looks first where a difference lies, so that a flipped byte is named closely."""
        parent = rules.Parent(before.header, self.chain, self._history.root(), self._miners)
        header = blocks.decode_header(record.header)
        rules.validate_link(header, parent)
        block = read() if read else blocks.from_record(record)
        yield
        if not read:
            yield from self._check_signatures(block)
            rules.validate_roots(block)
        rules.validate_header(header, parent, self._base)
        rules.validate_seal(block, self.chain)
        rules.validate_votes(block, self.chain, self._base)
        yield
        context = BlockContext(self.chain, header.height, header.time)
        changed, trails = rules.apply_transactions(self._base, block.transactions, context, self._application)
        self.delta = base.Delta(state.encode_changes(changed.values), trails)
        yield
        self.work += work.work_of_target(work.target_of(header.target))
        self._fold(record, block, changed.values)

    def _check_signatures(self, block: Block) -> Iterator[None]:
        for line, item in enumerate(block.transactions):
            try:
                transactions.validate_signatures(item)
            except Refusal as error:
                raise rules.blame(error, line) from error
            if line % SIGNATURES_A_STEP == SIGNATURES_A_STEP - 1:
                yield

    def _fold(self, record: BlockRecord, block: Block, values: dict[str, Value]) -> None:
        version = self._tree.update(None, state.tree_changes(self.delta.values))
        rules.validate_state_root(block.header, self._tree.root(version))
        self._tree.fold(version)
        self.height, self._block = block.header.height, block
        self._base.fold(self.height, [item.id for item in block.transactions], self.delta, values)
        self._history.append(merkle.leaf_hash(block.header.encode()))
        self._miners = (block.header.miner, *self._miners[: RECENT_MINERS - 1])
        self._waiting.append(replace(record, transactions=(), proofs=b"", votes=b""))

    def records(self) -> Iterator[tuple[bytes, bytes]]:
        """(key hash, value hash) of every entry of the scratch store, sorted."""
        for _, body in self.scratch.tiles():
            yield from statetiles.records(body)


def pages(store: Store) -> Iterator[tuple[str, bytes]]:
    """All flushed entries of a store, in order."""
    after = ""
    while page := store.scan("", after, base.SCAN_PAGE):
        yield from page
        after = page[-1][0]
