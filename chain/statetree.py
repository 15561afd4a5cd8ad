"""The state tree as a function of its entries, and proofs of what it holds and does not hold (PROTOCOL §5). Pure.

A sparse Merkle tree over paths of 256 bits. An empty subtree is 32 zero bytes; one with a single entry is SHA-256(02 | kh | vh) wherever it
stands; any other is SHA-256(03 | left | right), bit d of kh (most significant first) choosing at depth d. So the root depends on the set of
entries alone. `root_of` says it in the fewest words; `chain/statetiles.py` does it for millions of entries.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain import codec
from chain.errors import Malformed

EMPTY = bytes(32)
"""Hash of a subtree without entries."""
HASH_BYTES = 32
"""Length of a path (kh), of a value's hash (vh) and of a node."""
RECORD_BYTES = 64
"""Length of an entry: kh | vh."""
DEPTH_LIMIT = 256
"""Bits of a path: no proof has more siblings."""
VALUE_LIMIT = 4096
"""Bytes of a canonical state value: an entry can always be shown on a phone, and a proof never drags a file along."""

_sha256 = hashlib.sha256
_CODE = "statetree.proof"


def leaf_hash(record: bytes) -> bytes:
    """Hash of a subtree whose only entry is `record` = kh | vh."""
    return _sha256(b"\x02" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a subtree with at least two entries."""
    return _sha256(b"\x03" + left + right).digest()


def root_of(entries: Mapping[bytes, bytes]) -> bytes:
    """Root over {kh: vh}."""
    return subtree([path + value for path, value in sorted(entries.items())], 0)


def subtree(records: Sequence[bytes], depth: int) -> bytes:
    """Hash of the subtree at `depth` that holds these sorted records; all share the first `depth` bits."""
    if len(records) <= 1:
        return leaf_hash(records[0]) if records else EMPTY
    place = split(records, depth)
    return node_hash(subtree(records[:place], depth + 1), subtree(records[place:], depth + 1))


def split(records: Sequence[bytes], depth: int) -> int:
    """How many of the sorted records, or paths, go left at `depth`: those whose bit there, the most significant being bit 0, is zero."""
    byte, mask = depth >> 3, 0x80 >> (depth & 7)
    for place, record in enumerate(records):
        if record[byte] & mask:
            return place
    return len(records)


# --- proofs ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """What the tree holds at one path."""

    siblings: tuple[bytes, ...]
    """Hashes beside the way, from the root to the end."""
    end: bytes | None
    """What stands at the end of the way: None for nothing, else the record kh' | vh'."""

    def as_json(self) -> dict[str, Any]:
        """`{"siblings": base64url of all hashes, "end": base64url of the record or null}`."""
        return {"siblings": codec.encode_base64(b"".join(self.siblings)), "end": _record_text(self.end)}


@dataclass(frozen=True, slots=True)
class MultiProof:
    """What the tree holds at several paths; nodes that several ways share, or that follow from others, are not repeated.

    The ways of the sorted paths are walked together from the root, left before right. Where only one side is walked, the hash of the other
    is the next of `siblings`; where all ways that are left come to an end, that is the next of `ends`. For one path it is a `Proof`.
    """

    siblings: tuple[bytes, ...]
    """Hashes beside the ways, in the order in which the walk meets them."""
    ends: tuple[tuple[int, bytes | None], ...]
    """(depth, None or record) of each end, from left to right."""

    def as_json(self) -> dict[str, Any]:
        """`{"siblings": base64url of all hashes, "ends": [[depth, base64url of the record or null], ...]}`."""
        ends = [[depth, _record_text(record)] for depth, record in self.ends]
        return {"siblings": codec.encode_base64(b"".join(self.siblings)), "ends": ends}


def parse_proof(value: Any) -> Proof:
    """The proof in a decoded JSON value. Raises Malformed `statetree.proof`."""
    _validate_object(value, {"siblings", "end"})
    return Proof(_parse_siblings(value["siblings"]), _parse_record(value["end"]))


def parse_multiproof(value: Any) -> MultiProof:
    """The proof in a decoded JSON value. Raises Malformed `statetree.proof`."""
    _validate_object(value, {"siblings", "ends"})
    if not isinstance(value["ends"], list):
        raise Malformed(_CODE, "a list of ends", type(value["ends"]).__name__, field="ends")
    return MultiProof(_parse_siblings(value["siblings"]), tuple(_parse_end(end) for end in value["ends"]))


def _validate_object(value: Any, names: set[str]) -> None:
    if not isinstance(value, dict) or set(value) != names:
        raise Malformed(_CODE, "an object of " + " and ".join(sorted(names)), type(value).__name__)


def _parse_siblings(text: Any) -> tuple[bytes, ...]:
    data = _parse_base64(text)
    if len(data) % HASH_BYTES:
        raise Malformed(_CODE, f"hashes of {HASH_BYTES} bytes", f"{len(data)} bytes", field="siblings")
    return tuple(data[place : place + HASH_BYTES] for place in range(0, len(data), HASH_BYTES))


def _parse_end(end: Any) -> tuple[int, bytes | None]:
    if not isinstance(end, list) or len(end) != 2 or type(end[0]) is not int:
        raise Malformed(_CODE, "[depth, record]", ascii(end)[:60], field="ends")
    return end[0], _parse_record(end[1])


def _parse_record(text: Any) -> bytes | None:
    if text is None:
        return None
    record = _parse_base64(text)
    if len(record) != RECORD_BYTES:
        raise Malformed(_CODE, f"a record of {RECORD_BYTES} bytes", f"{len(record)} bytes", field="end")
    return record


def _parse_base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise Malformed(_CODE, "base64url", type(text).__name__)
    try:
        return codec.decode_base64(text)
    except Malformed as error:
        raise Malformed(_CODE, error.expected, error.found) from error


def _record_text(record: bytes | None) -> str | None:
    return None if record is None else codec.encode_base64(record)


def validate_membership(proof: Proof, root: bytes, path: bytes, value: bytes) -> None:
    """Under `root` the entry `path` has the value hash `value`. Raises Malformed `statetree.proof`."""
    validate_all(MultiProof(proof.siblings, ((len(proof.siblings), proof.end),)), root, {path: value})


def validate_absence(proof: Proof, root: bytes, path: bytes) -> None:
    """Under `root` there is no entry `path`. Raises Malformed `statetree.proof`."""
    validate_all(MultiProof(proof.siblings, ((len(proof.siblings), proof.end),)), root, {path: None})


def validate_all(proof: MultiProof, root: bytes, expected: Mapping[bytes, bytes | None]) -> None:
    """Under `root` every path of `expected` has the value hash given, or is absent where that is None.

    Raises Malformed `statetree.proof`.
    """
    if not expected or any(len(path) != HASH_BYTES for path in expected):
        raise Malformed(_CODE, f"paths of {HASH_BYTES} bytes", f"{len(expected)} paths")
    walk = _Walk(iter(proof.siblings), iter(proof.ends), expected)
    found, _ = _fold(walk, sorted(expected), 0)
    if next(walk.siblings, None) is not None or next(walk.ends, None) is not None:
        raise Malformed(_CODE, "nothing beside the ways", "unused hashes")
    if found != root:
        raise Malformed(_CODE, f"root {root.hex()}", found.hex())


@dataclass(slots=True)
class _Walk:
    """What the walk has not used yet."""

    siblings: Iterator[bytes]
    ends: Iterator[tuple[int, bytes | None]]
    expected: Mapping[bytes, bytes | None]
    following: tuple[int, bytes | None] | None = None

    def end_at(self, depth: int) -> tuple[bool, bytes | None]:
        """(whether the ways end at this depth, the record there). Raises Malformed where no end is left or it lies higher."""
        if self.following is None:
            self.following = next(self.ends, None)
        if self.following is None or not depth <= self.following[0] <= DEPTH_LIMIT:
            raise Malformed(_CODE, f"an end at a depth of {depth} .. {DEPTH_LIMIT}", self.following and self.following[0])
        if self.following[0] > depth:
            return False, None
        record, self.following = self.following[1], None
        return True, record

    def sibling(self) -> bytes:
        """The next hash beside the ways. Raises Malformed where none is left."""
        found = next(self.siblings, b"")
        if len(found) != HASH_BYTES:
            raise Malformed(_CODE, "one more hash", f"{len(found)} bytes")
        return found


def _fold(walk: _Walk, paths: Sequence[bytes], depth: int) -> tuple[bytes, bool]:
    """(hash of the subtree at `depth` through which `paths` lead, whether it is known to have at most one entry)."""
    ended, record = walk.end_at(depth)
    if ended:
        _validate_end(record, paths, depth, walk.expected)
        return (EMPTY if record is None else leaf_hash(record)), True
    place = split(paths, depth)
    beside = walk.sibling() if place in (0, len(paths)) else EMPTY
    left, left_small = _fold(walk, paths[:place], depth + 1) if place else (beside, beside == EMPTY)
    right, right_small = _fold(walk, paths[place:], depth + 1) if place < len(paths) else (beside, beside == EMPTY)
    if left_small and right_small and EMPTY in (left, right):
        raise Malformed(_CODE, "a node of at least two entries", "an empty last sibling")
    return node_hash(left, right), False


def _validate_end(record: bytes | None, paths: Sequence[bytes], depth: int, expected: Mapping[bytes, bytes | None]) -> None:
    """What stands at the end is what is claimed for each path: its value, or nothing, or another entry on the same way."""
    for path in paths:
        value = expected[path]
        if value is not None:
            good = record == path + value
        else:
            good = record is None or (record[:HASH_BYTES] != path and _same_way(record, path, depth))
        if not good:
            raise Malformed(_CODE, "absence" if value is None else f"value {value.hex()}", record.hex() if record else "nothing")


def _same_way(record: bytes, path: bytes, depth: int) -> bool:
    difference = int.from_bytes(record[:HASH_BYTES], "big") ^ int.from_bytes(path, "big")
    return difference >> (DEPTH_LIMIT - depth) == 0
