"""Blocks: the list from the newest down, and one block with its header, transactions, proofs and votes (S-01, S-07, S-10)."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from chain import codec, finality, keys, work
from chain.blocks import Block, Header
from chain.interfaces import StateView
from chain.node import Node
from chain.transactions import Transaction
from trace.web import names
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.kinds import KindWords, words_of
from trace.web.parameters import HASH, NUMBER, height_or_none, number
from trace.web.settings import PAGE_ROWS
from trace.web.settling import Settled, settled

bp = Blueprint("blocks", __name__)


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block in a list."""

    header: Header
    """Its header."""
    id: str
    """Hex id."""
    zeros: int
    """Leading zero bits of the id, the work that it shows (S-10)."""
    settled: Settled
    """How settled it is."""

    @property
    def zero_digits(self) -> int:
        """Hex digits at the beginning of the id that are zero."""
        return len(self.id) - len(self.id.lstrip("0"))


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction in a list."""

    id: str
    """Hex id."""
    words: KindWords
    """Its kind."""
    kind: str
    """Name of its kind."""
    signer: names.Signer
    """Who signed it."""
    late: int
    """Milliseconds between signing and block; 0 while it waits."""


def row(node: Node, header: Header) -> BlockRow:
    """A block for a list."""
    block_id = header.id
    return BlockRow(header, block_id.hex(), work.leading_zero_bits(block_id), settled(node, header.height))


def newest(node: Node, top: int, count: int) -> list[BlockRow]:
    """Up to `count` blocks from height `top` down."""
    headers = (node.header(height) for height in range(top, max(top - count, -1), -1))
    return [row(node, header) for header in headers if header is not None]


def transaction_row(view: StateView, item: Transaction, block_time: int | None) -> TransactionRow:
    """A transaction for a list."""
    late = max(block_time - item.at, 0) if block_time is not None else 0
    return TransactionRow(item.id.hex(), words_of(item.kind), item.kind, names.signer(view, item.by), late)


@bp.get("/blocks")
def index() -> str:
    """The newest blocks, or those below `?before=`."""
    node = ledger().node
    before = height_or_none("before")
    top = node.tip.header.height if before is None else min(before - 1, node.tip.header.height)
    return render_template("explorer/blocks.html", node=node, rows=newest(node, top, PAGE_ROWS), top=top, step=PAGE_ROWS)


@bp.get("/find")
def find_by_name() -> Response:
    """From what a reader typed to the block or transaction of that name. Raises Problem 404."""
    node = ledger().node
    name = request.args.get("name", "").strip().lower()
    if HASH.fullmatch(name) and node.transaction(bytes.fromhex(name)) is not None:
        return redirect(url_for("transactions.show", name=name), 303)
    return redirect(url_for("blocks.show", name=find(node, name).header.height), 303)


@bp.get("/blocks/<name>")
def show(name: str) -> str:
    """A block by its height or its id."""
    node = ledger().node
    block = find(node, name)
    height = block.header.height
    page = number("page", 1, (1, 1_000))
    rows = list(transaction_rows(node, block, page))
    facts = {
        "row": row(node, block.header),
        "target": work.target_of(block.header.target),
        "work": work.work_of_target(work.target_of(block.header.target)),
        "votes": votes_of(node, block),
        "miner": miner_of(node, block.header),
        "document": document_of(node) if height == 0 else None,
    }
    return render_template("explorer/block.html", node=node, block=block, rows=rows, page=page, step=PAGE_ROWS, **facts)


def find(node: Node, name: str) -> Block:
    """The best chain's block of a height or an id. Raises Problem 404."""
    if NUMBER.fullmatch(name):
        block = node.block(int(name))
    elif HASH.fullmatch(name):
        block = _by_id(node, bytes.fromhex(name))
    else:
        block = None
    if block is None:
        raise Problem(404, "web.not_found", "a height up to " + str(node.tip.header.height) + " or a block id", name)
    return block


def _by_id(node: Node, block_id: bytes) -> Block | None:
    record = node.store.block(block_id)
    if record is None or node.store.best(record.height) != block_id:
        return None
    return node.block(record.height)


def transaction_rows(node: Node, block: Block, page: int) -> Iterator[TransactionRow]:
    """One page of a block's transactions."""
    view = node.view()
    for item in block.transactions[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]:
        yield transaction_row(view, item, block.header.time)


def votes_of(node: Node, block: Block) -> list[tuple[names.Signer, finality.Vote]]:
    """The votes in a block, each with the attester's party."""
    members = attesters(node)
    return [(members.get(vote.voter, names.Signer(keys.key_text(vote.voter))), vote) for vote in finality.decode_votes(block.votes)]


def attesters(node: Node) -> dict[bytes, names.Signer]:
    """Vote key -> attester, from the state entry `consensus/set`."""
    view = node.view()
    entry = view.get("consensus/set") or {"members": []}
    return {
        keys.public_bytes(member["vote"]): names.Signer(member["vote"], member["party"], names.party_name(view, member["party"]))
        for member in entry["members"]
    }


def miner_of(node: Node, header: Header) -> names.Signer:
    """Who sealed a block."""
    view = node.view()
    entry = view.get("consensus/miners") or {"members": []}
    text = keys.key_text(header.miner)
    party = next((member["party"] for member in entry["members"] if member["key"] == text), None)
    return names.Signer(text, party, names.party_name(view, party) if party else None)


def document_of(node: Node) -> object:
    """The genesis document, the only leaf of block 0."""
    record = node.store.block(node.chain)
    return codec.decode(record.transactions[0]) if record is not None else None
