"""Making the packs of a batch: serials, tags, marks, the sorted mark list and its tree (DOMAIN §2).

    packs = PackList.of_serials(gtin, serials)      # slot = place in the list
    packs.root                                      # goes into drugs.batch
    packs.pack(slot).tag, packs.path(slot)          # go into drugs.dispense and drugs.name
    packs.encode()                                  # the mark list, a blob

A million packs are a few byte strings here, never a million objects that stay.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from chain import codec
from chain.errors import Refusal
from chain.interfaces import MerklePath
from trace.drugs import marks
from trace.drugs.marks import LEAF_BYTES, MARK_BYTES
from trace.drugs.marktree import Buffer, MarkTree, hash_levels
from trace.gs1.item import NAME

SERIAL_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters of our random serials: digits and capitals without I, L, O, U, which people misread."""
SERIAL_CHARACTERS = 13
"""Length of our random serials: 13 characters of 5 bits are 65 random bits."""
STRONG_BITS = 64
"""Random bits from which on nobody finds a serial by trying (DOMAIN §2)."""
COUNT_LIMIT = 10_000_000
"""Packs of a batch (DOMAIN §7.1)."""
_PREFIX_RECORD = struct.Struct(f">Q{LEAF_BYTES - 8}x")
_BUCKETS = 256


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack, as its owner knows it."""

    slot: int
    """Number in the batch."""
    tag: bytes
    """What proves that one has seen its code, 32 bytes."""


@dataclass(frozen=True, slots=True)
class PackList:
    """The packs of a batch that was just made, or whose serials are at hand."""

    tags: bytes
    """32 bytes a pack in slot order. Secret like the serials."""
    tree: MarkTree
    """Marks and tree."""

    @classmethod
    def of_serials(cls, gtin: str, serials: Sequence[str]) -> "PackList":
        """The packs of a batch, serial of slot i at place i.

        Raises Refusal `drugs.serial.count`, `drugs.serial.format`, `drugs.serial.duplicate` with the place in `line`.
        """
        if not 1 <= len(serials) <= COUNT_LIMIT:
            raise Refusal("drugs.serial.count", f"1 to {COUNT_LIMIT} serials", len(serials), field="serials")
        tags, found = _hash(gtin, serials)
        return cls(tags, MarkTree(found, hash_levels(found)))

    @property
    def count(self) -> int:
        """Packs."""
        return self.tree.count

    @property
    def root(self) -> bytes:
        """Root of the tree."""
        return self.tree.root

    def encode(self) -> bytes:
        """The mark list: 36 bytes a pack, sorted by mark."""
        return bytes(self.tree.marks)

    def pack(self, slot: int) -> Pack:
        """A pack by its slot. Raises IndexError."""
        if not 0 <= slot < self.count:
            raise IndexError(slot)
        return Pack(slot, self.tags[MARK_BYTES * slot : MARK_BYTES * (slot + 1)])

    def path(self, slot: int) -> MerklePath:
        """Leaf index and inclusion path of the pack with this slot. Raises IndexError."""
        index = self.tree.find(marks.mark(self.pack(slot).tag))
        if index is None:
            raise IndexError(slot)
        return self.tree.path(index)


def new_serials(count: int) -> list[str]:
    """Random serials; two that are equal would be refused by `PackList.of_serials` and do not happen (1 in 10^7 for a million)."""
    letters = bytes(ord(SERIAL_ALPHABET[byte & 31]) for byte in range(256))
    text = os.urandom(SERIAL_CHARACTERS * count).translate(letters).decode("ascii")
    return [text[at : at + SERIAL_CHARACTERS] for at in range(0, len(text), SERIAL_CHARACTERS)]


def are_strong(serials: Sequence[str]) -> bool:
    """Could each serial hold 64 random bits? What all begin with does not count. A batch with weaker ones keeps its mark list private."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(min(serials), max(serials), strict=False)))
    alphabet = len(set().union(*serials))
    length = min(map(len, serials)) - shared
    return length > 0 and bool(alphabet**length >= 1 << STRONG_BITS)


def first_shared(left: MarkTree, right: MarkTree) -> tuple[int, int] | None:
    """Slots of a pack that is in both trees, or None: one serial in two lots of a GTIN."""
    own = set(_prefixes(left.marks))
    for index, prefix in enumerate(_prefixes(right.marks)):
        if prefix in own:
            found = left.find(right.leaf(index)[:MARK_BYTES])
            if found is not None:
                return left.slot(found), right.slot(index)
    return None


def validate_new(tree: MarkTree, others: Iterable[tuple[str, MarkTree]]) -> None:
    """No pack of a new batch is in another batch of the GTIN, each given with its lot. A check at the door: the ledger cannot see it.

    Raises Refusal `drugs.serial.duplicate`.
    """
    for lot, other in others:
        shared = first_shared(tree, other)
        if shared is not None:
            raise Refusal("drugs.serial.duplicate", "serials of no other batch", f"slot {shared[1]} of lot {lot}", line=shared[0])


def _prefixes(mark_list: Buffer) -> Iterator[int]:
    return (prefix for (prefix,) in _PREFIX_RECORD.iter_unpack(mark_list))


def _hash(gtin: str, serials: Sequence[str]) -> tuple[bytes, bytes]:
    """Tags in slot order, and the sorted mark list. Sorted bucket by bucket, so that few records are objects at a time."""
    sha256, valid = hashlib.sha256, NAME.fullmatch
    begin = codec.domain("pack/v1") + f"{gtin}/".encode()  # as marks.tag, once for all
    tags = bytearray()
    buckets = [bytearray() for _ in range(_BUCKETS)]
    for slot, serial in enumerate(serials):
        if valid(serial) is None:
            raise Refusal("drugs.serial.format", "1-20 characters of CSET 82", serial, field="serials", line=slot)
        tag = sha256(begin + serial.encode()).digest()
        mark = sha256(tag).digest()
        tags += tag
        buckets[mark[0]] += mark + slot.to_bytes(4, "big")
    return bytes(tags), b"".join(_sorted(bytes(bucket), serials) for bucket in buckets)


def _sorted(bucket: bytes, serials: Sequence[str]) -> bytes:
    """The records of a bucket in order, each mark once."""
    records = sorted([bucket[at : at + LEAF_BYTES] for at in range(0, len(bucket), LEAF_BYTES)])
    if len({record[:MARK_BYTES] for record in records}) < len(records):
        _refuse_duplicate(records, serials)
    return b"".join(records)


def _refuse_duplicate(records: Sequence[bytes], serials: Sequence[str]) -> None:
    for before, after in pairwise(records):
        if before[:MARK_BYTES] == after[:MARK_BYTES]:
            slot = int.from_bytes(after[MARK_BYTES:], "big")
            raise Refusal("drugs.serial.duplicate", "each serial once", serials[slot], field="serials", line=slot)
