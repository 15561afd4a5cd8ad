"""The next block while it grows: each transaction is executed when it is accepted, so a refusal is known at once and mining only seals."""

from chain import blocks, rules, state, transactions
from chain.errors import Refusal
from chain.interfaces import Application, BlockContext, StateView, Trail
from chain.transactions import Transaction

SECTION_SHARE = blocks.BLOCK_LIMIT * 7 // 8
"""Bytes that transactions and proofs may take; the rest is for header, votes and framing."""


def size_in_block(item: Transaction) -> int:
    """Bytes that a transaction takes in a block at most: carrier and paths, each hash as a node of its own and a reference to it."""
    paths = 2
    for _, hashes in item.proofs:
        paths += 9 + (32 + 4) * len(hashes)
    return 4 + transactions.size(item) + paths


class Candidate:
    """Transactions for the block at `block`, and the state after them."""

    def __init__(self, block: BlockContext, view: StateView) -> None:
        self.block = block
        self.overlay = state.Overlay(view)
        self.items: list[Transaction] = []
        self.trails: list[tuple[int, Trail]] = []
        self.size = 0

    def add(self, item: Transaction, application: Application) -> None:
        """Executes a transaction on top. Raises Refusal and changes nothing when the rules refuse it or the block is full."""
        size = size_in_block(item)
        if self.size + size > SECTION_SHARE or len(self.items) >= blocks.TRANSACTION_LIMIT:
            raise Refusal("chain.pool.full", "room in the next block: send it again in a moment", self.size)
        changes = rules.apply_transaction(self.overlay, item, self.block, application)
        state.validate_sizes(changes.values)
        self.overlay.put(changes.values)
        self.trails += [(len(self.items), trail) for trail in changes.trails]
        self.items.append(item)
        self.size += size

    def is_full(self, count: int) -> bool:
        """Whether it is time to seal: `count` transactions, or half of the bytes."""
        return len(self.items) >= count or self.size > SECTION_SHARE // 2
