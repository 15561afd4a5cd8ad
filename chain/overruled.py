"""What a node remembers of transactions that lost: it had acknowledged them, or they reached it later, and another event stands in their
place (DOMAIN §4). This is the node's own knowledge. It is never part of the state, and no rule, block or vote looks at it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chain import codec, transactions
from chain.transactions import Transaction

NAME = "overruled"
"""Name of the small value that holds the book on disk."""
RECORDS_KEPT = 1_000
"""Records of a node; when there are more, the oldest goes, those of others before its own."""
BYTES_KEPT = 4 * 1024 * 1024
"""Bytes of their carriers."""
KEY_KEPT = 50
"""Records of one signing key among those that this node had not acknowledged: one signer cannot drive out what others have lost."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """One transaction that the ledger did not take because something else came first."""

    transaction: Transaction
    """The transaction with its proofs: what its signer did, provable by its signature."""
    acknowledged: bool
    """Whether this node had answered that it is accepted; else it reached this node when the other event was there already."""
    code: str
    """Code of the refusal."""
    expected: str
    """What the rules expected."""
    found: str
    """What they found."""
    height: int
    """Height of the head that refused it."""
    time: int
    """Local time at which this node noticed, ms."""
    winner: bytes | None
    """Id of the transaction that stands in its place; None where the refusal is not the work of one."""
    size: int
    """Bytes of its carrier."""

    @property
    def id(self) -> bytes:
        """Its id."""
        return self.transaction.id


class Book:
    """The records in the order in which they were noticed. Whoever writes holds the node's lock; any thread may read."""

    def __init__(self, records: Iterable[Overruled] = ()) -> None:
        self._records = {record.id: record for record in records}
        self.changed = False
        """Whether something is not on disk yet."""

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, transaction_id: object) -> bool:
        return transaction_id in self._records

    def get(self, transaction_id: bytes) -> Overruled | None:
        """The record of a transaction."""
        return self._records.get(transaction_id)

    def all(self) -> list[Overruled]:
        """All records, the oldest first."""
        return list(self._records.values())

    def note(self, record: Overruled) -> None:
        """Adds a record, or replaces that of the same transaction, and lets go of what is too much."""
        if not record.acknowledged and sum(one.transaction.by == record.transaction.by for one in self._others()) >= KEY_KEPT:
            return
        self._records[record.id] = record
        self.changed = True
        while len(self._records) > RECORDS_KEPT or sum(one.size for one in self._records.values()) > BYTES_KEPT:
            oldest = next(iter(self._others()), None) or next(iter(self._records.values()))
            del self._records[oldest.id]

    def _others(self) -> list[Overruled]:
        return [record for record in self._records.values() if not record.acknowledged]

    def lift(self, transaction_id: bytes) -> None:
        """The ledger takes the transaction after all: there is nothing to remember."""
        if self._records.pop(transaction_id, None) is not None:
            self.changed = True


def encode(book: Book) -> bytes:
    """The book as it lies on this node's disk."""
    return codec.encode([_as_value(record) for record in book.all()])


def unwritten(book: Book) -> tuple[tuple[str, bytes], ...]:
    """What the next commit has to write down."""
    return ((NAME, encode(book)),) if book.changed else ()


def decode(data: bytes) -> Book:
    """The book in bytes that this node wrote; an empty one for no bytes. Raises Malformed."""
    return Book(_from_value(value) for value in codec.load(data)) if data else Book()


def _as_value(record: Overruled) -> dict[str, Any]:
    return {
        "carrier": codec.encode_base64(transactions.encode(record.transaction, with_proofs=True)), "acknowledged": record.acknowledged,
        "code": record.code, "expected": record.expected, "found": record.found, "height": record.height, "time": record.time,
        "winner": record.winner.hex() if record.winner else None,
    }  # fmt: skip


def _from_value(value: dict[str, Any]) -> Overruled:
    carrier = codec.decode_base64(value["carrier"])
    return Overruled(
        transaction=transactions.parse(carrier, with_proofs=True, checked=True),
        acknowledged=value["acknowledged"],
        code=value["code"],
        expected=value["expected"],
        found=value["found"],
        height=value["height"],
        time=value["time"],
        winner=bytes.fromhex(value["winner"]) if value["winner"] else None,
        size=len(carrier),
    )
