"""Proof that one key has signed two heads of a ledger that cannot both be true (PROTOCOL §6, offences; §7). Pure.

Two notes of one size with different roots prove it by themselves. For different sizes the same place has to hold another header in each:
two leaf hashes with their inclusion paths at one index.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chain import checkpoint, codec, merkle, notes
from chain.errors import Malformed
from chain.notes import NoteKey

_FIELDS = {"index", "leaves", "first", "second"}


def signer(first: bytes, second: bytes, places: Any, known: Sequence[NoteKey]) -> NoteKey:
    """Which of the known keys signed both notes, which contradict each other; `places` is null for one size, else `{index, leaves, first,
    second}`: the place, both leaf hashes (base64url of 64 bytes), the paths (base64url).

    Raises Malformed `contradiction.notes`, `.places`, `merkle.inclusion`, `codec.base64`, `note.*`, `checkpoint.text`.
    """
    (one, one_note), (other, other_note) = checkpoint.parse(first), checkpoint.parse(second)
    if one.origin != other.origin:
        raise Malformed("contradiction.notes", "notes of one ledger", other.origin)
    if one.size == other.size:
        if places is not None or one.root == other.root:
            raise Malformed("contradiction.places", "two roots for one size, and no places", "something else")
    else:
        _validate_places(one, other, places)
    for key in known:
        if notes.verify(one_note, [key]) and notes.verify(other_note, [key]):
            return key
    raise Malformed("contradiction.notes", "two notes signed by one attester", "none")


def _validate_places(one: checkpoint.Checkpoint, other: checkpoint.Checkpoint, places: Any) -> None:
    good = isinstance(places, dict) and set(places) == _FIELDS and type(places["index"]) is int
    if not good or not all(type(places[name]) is str for name in ("leaves", "first", "second")):
        raise Malformed("contradiction.places", "index, leaves, first and second", "something else")
    leaves = codec.decode_base64(places["leaves"], 2 * merkle.HASH_BYTES)
    left, right = leaves[: merkle.HASH_BYTES], leaves[merkle.HASH_BYTES :]
    if left == right:
        raise Malformed("contradiction.places", "two different headers at one place", "the same")
    merkle.validate_inclusion(left, places["index"], one.size, _hashes(places["first"]), one.root)
    merkle.validate_inclusion(right, places["index"], other.size, _hashes(places["second"]), other.root)


def _hashes(text: str) -> list[bytes]:
    data = codec.decode_base64(text)
    if len(data) % merkle.HASH_BYTES or len(data) > 64 * merkle.HASH_BYTES:
        raise Malformed("contradiction.places", "hashes of 32 bytes, at most 64", f"{len(data)} bytes")
    return [data[at : at + merkle.HASH_BYTES] for at in range(0, len(data), merkle.HASH_BYTES)]


def places(index: int, leaves: tuple[bytes, bytes], first: Sequence[bytes], second: Sequence[bytes]) -> Mapping[str, Any]:
    """The places of two notes of different sizes, as a proof has them."""
    return {
        "index": index,
        "leaves": codec.encode_base64(leaves[0] + leaves[1]),
        "first": codec.encode_base64(b"".join(first)),
        "second": codec.encode_base64(b"".join(second)),
    }


def member_of(key: NoteKey, members: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The member whose `note` key a key is."""
    return next((member for member in members if member["note"] == key.key), None)


def keys_of(origin: str, members: Sequence[Mapping[str, Any]]) -> list[NoteKey]:
    """Both keys of every member under an origin."""
    return [
        key
        for member in members
        for key in (checkpoint.attester_key(origin, member["party"], member["note"]), checkpoint.log_key(origin, member["note"]))
    ]
