"""One transaction: who signed what, when it was written down, and the proof that it is in its block (S-05, S-07, S-11)."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from chain import merkle
from chain.blocks import Block
from chain.node import Node
from chain.transactions import Transaction
from trace.drugs.incidents import Incident, incident_of
from trace.web import names
from trace.web.access import ledger
from trace.web.alerts import alert_of
from trace.web.errors import Problem
from trace.web.kinds import words_of
from trace.web.parameters import hash_in_path
from trace.web.settling import Settled, meaning, settled

bp = Blueprint("transactions", __name__)

ITEMS_SHOWN = 50
"""Items of a transaction on its page; all of them are in the JSON form."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a transaction is in its block, provable from the header alone (RFC 9162 §2.1.3)."""

    index: int
    """Number of its leaf."""
    size: int
    """Leaves of the tree."""
    path: tuple[str, ...]
    """Hashes in hex, bottom up."""
    root: str
    """The header's transactions root."""


def inclusion(block: Block, index: int) -> Inclusion:
    """The inclusion proof of the transaction at `index`."""
    hashes = [merkle.leaf_hash(item.leaf) for item in block.transactions]
    path = tuple(node.hex() for node in merkle.inclusion_path(hashes, index))
    return Inclusion(index, len(hashes), path, block.header.transactions_root.hex())


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction that this node knows."""

    item: Transaction
    """The transaction."""
    position: int | None
    """Its position, where it is in a block."""
    conflict: Incident | None
    """What this node remembers of it, where it lost against another (DOMAIN §4)."""

    def settled(self, node: Node) -> Settled:
        """How settled it is."""
        if self.position is None and self.conflict is not None:
            return Settled("conflicted")
        return settled(node, None if self.position is None else self.position >> 24)


def find(node: Node, id_: str) -> Found:
    """A transaction by its hex id: on the ledger, waiting, or lost. Raises Problem 404."""
    wanted = hash_in_path(id_)
    found, record = node.transaction(wanted), node.overruling(wanted)
    if found is not None and found[1] is not None:
        return Found(found[0], found[1], None)
    if record is not None:
        return Found(record.transaction, None, incident_of(node, record))
    if found is not None:
        return Found(found[0], None, None)
    raise Problem(404, "web.not_found", "the id of a transaction on this ledger", id_)


@bp.get("/transactions/<name>")
def show(name: str) -> str:
    """A transaction with its signatures, body, items and inclusion."""
    node = ledger().node
    found = find(node, name)
    item, position, state = found.item, found.position, found.settled(node)
    block = node.block(position >> 24) if position is not None else None
    view = node.view()
    return render_template(
        "explorer/transaction.html",
        item=item,
        kind=words_of(item.kind),
        header=block.header if block else None,
        inclusion=inclusion(block, position & 0xFFFFFF) if block and position is not None else None,
        signers=[names.signer(view, text) for text in (item.by, *item.cosigners)],
        settled=state,
        meaning=meaning(state),
        conflict=alert_of(node, found.conflict) if found.conflict else None,
        items=item.items[:ITEMS_SHOWN],
    )
