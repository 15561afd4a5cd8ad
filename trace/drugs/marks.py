"""Tags and marks: how a batch commits to its serials without showing them (DOMAIN §2).

    tag  = SHA-256( "pharmatrace/pack/v1" 00 | gtin, 14 ASCII digits | "/" | serial, 1-20 ASCII characters )
    mark = SHA-256( tag, 32 bytes )
    leaf data = mark, 32 bytes | slot, 4 bytes big-endian                     (36 bytes; hashed as an RFC 9162 leaf)

The leaves of a part of a batch are sorted by mark. A leaf carries the slot's number in the whole batch.
"""

import hashlib

from chain import codec, merkle
from chain.errors import Malformed
from chain.interfaces import MerklePath
from trace.drugs.shapes import Root

LEAF_BYTES = 36
"""Bytes of a leaf's data: mark and slot."""
MARK_BYTES = 32
"""Bytes of a mark."""
_PACK = codec.domain("pack/v1")


def tag(gtin: str, serial: str) -> bytes:
    """What whoever has seen the code can show: 32 bytes. Domain byte 00 as for every hash (PROTOCOL §2)."""
    return hashlib.sha256(_PACK + f"{gtin}/{serial}".encode("ascii")).digest()


def mark(pack_tag: bytes) -> bytes:
    """What the batch publishes of a pack: reveals neither tag nor serial."""
    return hashlib.sha256(pack_tag).digest()


def leaf_data(pack_mark: bytes, slot: int) -> bytes:
    """A pack's leaf in the batch tree."""
    return pack_mark + slot.to_bytes(4, "big")


def leaf_hash(slot: int, tag_text: str) -> bytes:
    """Hash of the leaf of the pack with this tag (hex)."""
    return merkle.leaf_hash(leaf_data(mark(bytes.fromhex(tag_text)), slot))


def is_in_batch(roots: list[Root], slot: int, tag_text: str, path: MerklePath, root: bytes | None = None) -> bool:
    """Does the path prove that the pack with this tag (hex) has this slot in the part of the batch that holds the slot?

    `root`: where the path leads from this leaf as a full way (`merkle.root_of_full_way`), if that was computed already.
    """
    part = next((part for part in roots if part["from"] <= slot < part["to"]), None)
    if part is None:
        return False
    (index, hashes), size, expected = path, part["to"] - part["from"], bytes.fromhex(part["root"])
    if root is not None and merkle.is_full_way(index, size, len(hashes)):
        return root == expected
    try:
        merkle.validate_inclusion(leaf_hash(slot, tag_text), index, size, hashes, expected)
    except Malformed:
        return False
    return True
