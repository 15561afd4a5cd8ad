"""The quick audit: every stored byte of the chain is the one that its headers commit to. Hashes only, no rules, no state (P5, S-02, S-09).

Headers are judged one after the other: links, times, history roots, targets, work, seals. The bodies under them are hashed in worker
processes: leaves and roots of the transactions, their items, proofs and votes.

It does not say that a signature of a transaction is good, that a rule was kept, that a miner was enrolled, or that state, tiles, indexes,
waiting transactions and losing branches are as they must be: for that `chain/audit.py` replays.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

from chain import blocks, codec, genesis, merkle, rules, state, transactions, work
from chain.audit import Finding, Progress, read_best, validate_row
from chain.blocks import Block, Header
from chain.checking import PROCESSES
from chain.compactrange import CompactRange
from chain.errors import ChainError, Fault, InvalidBlock, Malformed
from chain.interfaces import BlockRecord, Store
from chain.processes import helpers
from chain.replay import expect

SPAN_TRANSACTIONS = 20_000
"""Transactions whose bodies a worker hashes at a time."""

Open = Callable[[], Store]
"""Opens the store once more, for reading, in a worker process; must be fit to be sent there."""


@dataclass(slots=True)
class Span:
    """Consecutive blocks whose headers are good."""

    start: int
    """First height."""
    work: int
    """Cumulative work before them."""
    ids: list[bytes] = field(default_factory=list)
    """Their ids."""
    count: int = 0
    """Their transactions."""


def audit_hashes(store: Store, progress: Progress | None = None, reopen: Open | None = None) -> Finding | None:
    """None when headers and bodies of the best chain fit together, else the first finding.

    `reopen` lets worker processes read the bodies; without it this process does.
    """
    with closing(store.freeze()) as frozen:
        headers = _Headers(frozen)
        bad = headers.judge()
        for span, finding in zip(headers.spans, _look(frozen, headers.spans, reopen), strict=True):
            if finding is not None:
                return finding
            if progress:
                progress(span.start + len(span.ids), headers.total)
    return bad


def _look(store: Store, spans: list[Span], reopen: Open | None) -> Iterator[Finding | None]:
    """What is wrong with the bodies of each span."""
    if reopen is None:
        yield from (find_in_bodies(store, span) for span in spans)
        return
    with helpers(PROCESSES) as workers:
        yield from workers.map(partial(_open_and_find, reopen), spans)


def _open_and_find(reopen: Open, span: Span) -> Finding | None:
    """What a worker process does."""
    with closing(reopen()) as store:
        return find_in_bodies(store, span)


def _finding(height: int | None, error: ChainError) -> Finding:
    return Finding(height, error.line, error.field or error.code, error)


# --- headers -----------------------------------------------------------------------------------------------------------------


class _Headers:
    """The headers of the best chain, judged one after the other."""

    def __init__(self, store: Store) -> None:
        self.spans = [Span(0, 0)]
        self.total = 0
        self._store = store
        self._history = CompactRange()
        self._view = state.Overlay()
        self._parent: rules.Parent | None = None
        self._work = 0

    def judge(self) -> Finding | None:
        """Fills `spans` with those that are good; what is wrong with the first that is not."""
        height: int | None = None
        try:
            tip = self._store.tip()
            if tip is None:
                raise Fault("node.empty", "a ledger", "none")
            self.total = tip[0] + 1
            for number, (block_id, encoded, seal) in enumerate(self._store.headers(0, self.total)):
                height = number
                self._judge_one(block_id, blocks.decode_header(encoded), seal)
            height = None
            expect(self.spans[-1].ids[-1:] == [tip[1]], "tip", tip[1].hex(), "another block")
        except ChainError as error:
            return _finding(height, error)
        return None

    def _judge_one(self, block_id: bytes, header: Header, seal: bytes) -> None:
        expect(header.id == block_id, "id", header.id.hex(), block_id.hex())
        if self.spans[-1].count >= SPAN_TRANSACTIONS:
            self.spans.append(Span(header.height, self._work))
        if self._parent is None:
            self._found()
        else:
            rules.validate_link(header, self._parent)
            rules.validate_target(header, self._parent, self._view)
            rules.validate_work(header)
            rules.validate_seal(Block(header, seal, (), b"", b""), self._parent.chain)
            self._work += work.work_of_target(work.target_of(header.target))
        self._history.append(merkle.leaf_hash(header.encode()))
        chain = self._parent.chain if self._parent else block_id
        self._parent = rules.Parent(header, chain, self._history.root(), ())
        self.spans[-1].ids.append(block_id)
        self.spans[-1].count += header.count

    def _found(self) -> None:
        """Block 0 is what its document says, its state root apart, which only a replay can compute."""
        record = read_best(self._store, 0)
        document = codec.decode(record.transactions[0]) if len(record.transactions) == 1 else {}
        genesis.validate_document(document if isinstance(document, dict) else {})
        expected = blocks.genesis(document, blocks.decode_header(record.header).state_root)
        expect(expected == record, "genesis", expected.id.hex(), record.id.hex())
        self._view.put({"consensus/parameters": document["parameters"]})


# --- bodies ------------------------------------------------------------------------------------------------------------------


def find_in_bodies(store: Store, span: Span) -> Finding | None:
    """The first body of a span that is not the one that its header commits to."""
    total = span.work
    for height, block_id in enumerate(span.ids, span.start):
        try:
            record = store.block(block_id)
            if record is None:
                raise Fault("store.damaged", f"a block at height {height}", "no such row", field="block")
            header = validate_row(record, block_id)
            total += work.work_of_target(work.target_of(header.target)) if height else 0
            expect(record.work == total, "work", total, record.work)
            _validate_body(record, header)
        except ChainError as error:
            return _finding(height, error)
    return None


def _validate_body(record: BlockRecord, header: Header) -> None:
    expect(header.count == len(record.transactions), "count", header.count, len(record.transactions))
    found = merkle.root(_leaves(record) if header.height else record.transactions)
    if header.transactions_root != found:
        raise InvalidBlock("block.transactions_root", header.transactions_root.hex(), found.hex(), field="transactions_root")
    found = blocks.sections_root(record.proofs, record.votes)
    if header.sections_root != found:
        raise InvalidBlock("block.sections_root", header.sections_root.hex(), found.hex(), field="sections_root")


def _leaves(record: BlockRecord) -> Iterator[bytes]:
    for line, carrier in enumerate(record.transactions):
        try:
            yield transactions.leaf_of(carrier)
        except Malformed as error:
            raise rules.blame(error, line) from error
