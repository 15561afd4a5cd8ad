"""Making, signing and submitting transactions with a key at hand: what command line tools and the demonstration need.

The key stays in this process. `seq` continues from what the node has accepted from this key, waiting transactions included, so several
transactions can be signed before the first is in a block.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chain import envelopes, transactions
from chain.errors import ChainError, Fault
from chain.interfaces import MerklePath, Value
from chain.keys import SigningKey
from chain.node import Node, Receipt
from chain.state import state_key
from chain.transactions import Draft, Transaction

WAIT_SECONDS = 30.0
"""How long `wait_until` waits unless told otherwise: many times the interval between blocks."""
PAUSE_SECONDS = 0.05
"""Pause between two looks at a transaction."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a transaction says: everything but who says it and when."""

    kind: str
    """Transaction kind."""
    body: Value
    """Fields of the kind."""
    items: Sequence[Value] = ()
    """Items, in order."""
    proofs: tuple[MerklePath, ...] = ()
    """Inclusion paths that travel along."""


class Signer:
    """Signs for one key at one node. Not for use from several threads at once: give each its own key, as devices have."""

    def __init__(self, node: Node, key: SigningKey) -> None:
        self.node, self.key = node, key
        self._last = 0

    def next_number(self) -> int:
        """The key's next `seq`: above everything that this node or this signer has seen of it."""
        entry = self.node.pending_view().get(state_key("seq", self.key.text))
        self._last = max(self._last, entry["high"] if entry is not None else 0) + 1
        return self._last

    def sign(self, content: Content, *cosigners: SigningKey) -> Transaction:
        """A signed transaction, dated by the node's clock. Raises Refusal or Malformed when it could not be decoded."""
        draft = Draft(
            chain=self.node.chain_hex,
            kind=content.kind,
            body=content.body,
            seq=self.next_number(),
            at=self.node.clock.now(),
            salt=secrets.token_bytes(envelopes.SALT_BYTES),
            items=content.items,
            proofs=content.proofs,
        )
        return transactions.sign(draft, self.key, *cosigners)

    def send(self, content: Content, *cosigners: SigningKey) -> Receipt:
        """Signs and submits. Raises the ChainError that refused it."""
        return submit(self.node, self.sign(content, *cosigners))


def submit(node: Node, transaction: Transaction) -> Receipt:
    """Submits one transaction; on return it is on this node's disk. Raises the ChainError that refused it."""
    answer = node.submit([transaction])[0]
    if isinstance(answer, ChainError):
        raise answer
    return answer


def wait_until(node: Node, transaction_id: bytes, level: str, pause: Callable[[float], None] = time.sleep) -> int:
    """Waits until a transaction is `in_block` or `final`, whoever mines, and returns its position. Raises Fault `ledger.wait`."""
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        found = node.transaction(transaction_id)
        position = found[1] if found is not None else None
        if position is not None and (level == "in_block" or position >> 24 <= node.final_height):
            return position
        pause(PAUSE_SECONDS)
    raise Fault("ledger.wait", f"{transaction_id.hex()} {level} within {WAIT_SECONDS:.0f} s", "still waiting")
