"""How the small values are written that a node notes beside every block: points of the chain, a conflict of two finals."""

from chain import finality
from chain.finality import Point
from chain.tally import Conflict

POINT_BYTES = 40
"""Bytes of a stored point: u64 height, 32 bytes id."""


def number(body: bytes | None) -> int:
    """A number as it was written; 0 where nothing was."""
    return int.from_bytes(body or b"", "big")


def encode_points(points: list[Point]) -> bytes:
    """Points one after the other."""
    return b"".join(height.to_bytes(8, "big") + block_id for height, block_id in points)


def decode_points(body: bytes) -> list[Point]:
    """The points in bytes that this node wrote."""
    return [(number(body[at : at + 8]), body[at + 8 : at + POINT_BYTES]) for at in range(0, len(body), POINT_BYTES)]


def encode_conflict(conflict: Conflict | None) -> bytes:
    """Both finals and the votes that prove the second; nothing for none."""
    return encode_points([conflict.kept, conflict.other]) + finality.encode_votes(conflict.votes) if conflict else b""


def decode_conflict(body: bytes) -> Conflict | None:
    """The conflict in bytes that this node wrote. Raises Malformed."""
    if not body:
        return None
    kept, other = decode_points(body[: 2 * POINT_BYTES])
    return Conflict(kept, other, finality.decode_votes(body[2 * POINT_BYTES :]))
