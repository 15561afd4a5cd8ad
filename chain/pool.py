"""Transactions that are accepted and wait for a block, and the quotas that keep one sender from filling it (PROTOCOL §3)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chain import consensus
from chain.errors import Refusal
from chain.interfaces import Application, StateView
from chain.transactions import Transaction

KEY_LIMIT = 10_000
"""Waiting transactions of one key."""
PARTY_LIMIT = 50_000
"""Waiting transactions of one party."""
BYTE_LIMIT = 256 * 1024 * 1024
"""Bytes of all waiting transactions."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One waiting transaction."""

    transaction: Transaction
    """The transaction with its proofs."""
    owner: str
    """The party that answers for its key."""
    size: int
    """Bytes of its carrier."""
    since: int = 0
    """Local time at which this node accepted it, ms."""
    own: bool = False
    """Whether it was given to this node itself, not brought by another node."""


class Pool:
    """The waiting transactions in order of acceptance. One that the present head refuses is parked: it may fit again after a
    reorganisation, and it was acknowledged, so it is given up only when its refusal is final."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, Waiting] = {}
        self._parked: dict[bytes, int] = {}
        self._by_key: Counter[str] = Counter()
        self._by_owner: Counter[str] = Counter()
        self.size = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, transaction_id: object) -> bool:
        return transaction_id in self._waiting

    def __iter__(self) -> Iterator[Transaction]:
        return (waiting.transaction for waiting in self._waiting.values())

    def get(self, transaction_id: bytes) -> Transaction | None:
        """A waiting transaction."""
        waiting = self._waiting.get(transaction_id)
        return waiting.transaction if waiting else None

    def waiting(self) -> Iterator[Waiting]:
        """All, with what is known of them."""
        return iter(list(self._waiting.values()))

    def put_back(self, returned: list[Waiting]) -> None:
        """Puts transactions of blocks that were left in front of the others, which may build on them; quotas do not apply to what was
        acknowledged."""
        fresh = [waiting for waiting in returned if waiting.transaction.id not in self._waiting]
        for waiting in fresh:
            self._count(waiting, 1)
        self._waiting = {**{waiting.transaction.id: waiting for waiting in fresh}, **self._waiting}

    def park(self, transaction_id: bytes, height: int) -> int:
        """Notes that a head at `height` refuses a transaction; the height of the first head that did so without interruption."""
        return self._parked.setdefault(transaction_id, height)

    def unpark(self, transaction_id: bytes) -> None:
        """The present head accepts a transaction."""
        self._parked.pop(transaction_id, None)

    def validate_quota(self, key: str, owner: str) -> None:
        """Raises Refusal `chain.pool.key` or `chain.pool.party` when a further transaction would be over the sender's share."""
        if self._by_key[key] >= KEY_LIMIT:
            raise Refusal("chain.pool.key", f"at most {KEY_LIMIT} waiting transactions of a key", self._by_key[key])
        if self._by_owner[owner] >= PARTY_LIMIT:
            raise Refusal("chain.pool.party", f"at most {PARTY_LIMIT} waiting transactions of a party", self._by_owner[owner])

    def is_quota_used_up(self) -> bool:
        """Whether `validate_quota` would refuse anybody."""
        return max(self._by_key.values(), default=0) >= KEY_LIMIT or max(self._by_owner.values(), default=0) >= PARTY_LIMIT

    def add(self, waiting: Waiting) -> list[Transaction]:
        """Adds a transaction that is not there yet and returns those that had to go for it.

        When the bytes run out, the largest sender gives way, its nearest `until` first. Raises Refusal `chain.pool.full` when that is the
        new transaction itself.
        """
        item = waiting.transaction
        self._waiting[item.id] = waiting
        self._count(waiting, 1)
        gone: list[Transaction] = []
        while self.size > BYTE_LIMIT:
            victim = self._victim()
            self.remove(victim.id)
            if victim.id == item.id:
                raise Refusal("chain.pool.full", f"at most {BYTE_LIMIT} bytes waiting", self.size + waiting.size)
            gone.append(victim)
        return gone

    def remove(self, transaction_id: bytes) -> None:
        """Takes a transaction out, if it is there."""
        waiting = self._waiting.pop(transaction_id, None)
        self._parked.pop(transaction_id, None)
        if waiting is not None:
            self._count(waiting, -1)

    def _count(self, waiting: Waiting, sign: int) -> None:
        self._by_key[waiting.transaction.by] += sign
        self._by_owner[waiting.owner] += sign
        self.size += sign * waiting.size

    def _victim(self) -> Transaction:
        """The transaction with the nearest `until` of the party that has most waiting."""
        owner = max(self._by_owner, key=lambda name: (self._by_owner[name], name))
        own = (waiting.transaction for waiting in self._waiting.values() if waiting.owner == owner)
        return min(own, key=lambda item: (item.until, item.id))


def owner(view: StateView, key: str, application: Application) -> str | None:
    """Who answers for a key's transactions in the pool: the party that the application knows, or the attester's or miner's."""
    return application.owner(view, key) or consensus.owner(view, key)


def is_urgent(kind: str, application: Application) -> bool:
    """Whether attesters insist on a transaction of this kind (PROTOCOL §6, withheld votes)."""
    return consensus.knows(kind) or application.is_urgent(kind)
