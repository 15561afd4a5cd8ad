"""What nodes say to each other: kinds of messages and their bytes (PROTOCOL §6, messages). Pure.

transaction        carrier with proofs                     block, body   a block as it travels; a body was asked for
vote               votes section                           votes         u64 height of the sender's head | votes section
status             Status                                  get_votes     nothing
get_headers        u8 count, ids from the head down        headers       u16 count, each header 240 | seal 64
get_body           u8 count, ids                           get_transactions   nothing: whatever waits
checkpoint         a signed note: one head, lines of attesters
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chain import blocks, codec, keys
from chain.errors import Malformed
from chain.finality import Point

LOCATOR_LIMIT = 64
"""Ids in a locator: steps double, so they reach over 2^50 blocks."""
HEADERS_LIMIT = 500
"""Headers in one answer: 152 kB."""
BODIES_LIMIT = 16
"""Bodies asked for at once."""
SIZE_LIMITS = {
    "transaction": 2 * 1024 * 1024, "block": blocks.BLOCK_LIMIT, "body": blocks.BLOCK_LIMIT, "vote": 512 * 180, "votes": 8 + 512 * 180,
    "status": 144, "get_headers": 1 + 32 * LOCATOR_LIMIT, "headers": 2 + 304 * HEADERS_LIMIT, "get_body": 1 + 32 * BODIES_LIMIT,
    "get_votes": 0, "get_transactions": 0, "checkpoint": 16 * 1024,
}  # fmt: skip
"""Kind -> bytes of a message at most. A transaction has 1 MiB of items, and 2,000 proof paths of 40 hashes never come together."""

_STATUS = struct.Struct(">32sQ32s32sQ32s")


@dataclass(frozen=True, slots=True)
class Status:
    """What a node has."""

    chain: bytes
    """Id of its genesis header."""
    tip: Point
    """Its head."""
    work: int
    """Cumulative work of its head."""
    final: Point
    """Its last final block."""


def validate_size(kind: str, body: bytes) -> None:
    """A known kind, no longer than it can be. Raises Malformed `peer.kind` or `peer.size`."""
    limit = SIZE_LIMITS.get(kind)
    if limit is None:
        raise Malformed("peer.kind", "a kind of message", kind[:40])
    if len(body) > limit:
        raise Malformed("peer.size", f"at most {limit} bytes of {kind}", len(body))


def encode_status(status: Status) -> bytes:
    """chain 32 | height u64 | id 32 | work u256 | final height u64 | final id 32."""
    return _STATUS.pack(status.chain, *status.tip, status.work.to_bytes(32, "big"), *status.final)


def decode_status(body: bytes) -> Status:
    """Raises Malformed `peer.frame`."""
    if len(body) != _STATUS.size:
        raise Malformed("peer.frame", f"{_STATUS.size} bytes", len(body), field="status")
    chain, height, tip, work, final_height, final = _STATUS.unpack(body)
    return Status(chain, (height, tip), int.from_bytes(work, "big"), (final_height, final))


def encode_ids(ids: Sequence[bytes]) -> bytes:
    """u8 count, ids."""
    return bytes([len(ids)]) + b"".join(ids)


def decode_ids(body: bytes, limit: int) -> list[bytes]:
    """Raises Malformed `peer.frame`, also where an id stands twice: one question has one answer."""
    reader = codec.Reader(body, "peer.frame")
    found = [reader.take(32) for _ in range(reader.number(1, limit))]
    reader.finish()
    if len(set(found)) != len(found):
        raise Malformed("peer.frame", "each id once", f"{len(found) - len(set(found))} again", field="ids")
    return found


def encode_headers(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """u16 count, each header 240 | seal 64; `headers` are (header, seal), ascending."""
    return struct.pack(">H", len(headers)) + b"".join(header + seal for header, seal in headers)


def decode_headers(body: bytes) -> list[tuple[blocks.Header, bytes]]:
    """The headers with their seals, each the parent of the next. Raises Malformed `peer.frame`, `peer.headers`, or as decode_header."""
    reader = codec.Reader(body, "peer.frame")
    found = []
    for _ in range(reader.number(2, HEADERS_LIMIT)):
        found.append((blocks.decode_header(reader.take(blocks.HEADER_BYTES)), reader.take(keys.SIGNATURE_BYTES)))
    reader.finish()
    for (first, _), (second, _) in pairwise(found):
        if second.previous != first.id or second.height != first.height + 1:
            raise Malformed("peer.headers", f"a header on {first.id.hex()}", second.previous.hex())
    return found


def encode_known(height: int, votes: bytes) -> bytes:
    """A `votes` message."""
    return height.to_bytes(8, "big") + votes


def decode_known(body: bytes) -> tuple[int, bytes]:
    """(height of the sender's head, votes section). Raises Malformed `peer.frame`."""
    if len(body) < 8:
        raise Malformed("peer.frame", "a height and votes", f"{len(body)} bytes", field="votes")
    return int.from_bytes(body[:8], "big"), body[8:]


def locator(heights_down: Sequence[int]) -> list[int]:
    """Of heights from the head down to 0, those that a locator names: the first ten, then at doubling steps, and the last."""
    picked: list[int] = []
    place, step = 0, 1
    while place < len(heights_down) and len(picked) < LOCATOR_LIMIT - 1:
        picked.append(heights_down[place])
        step = step if len(picked) < 10 else step * 2
        place += step
    return picked if not heights_down or picked[-1] == heights_down[-1] else [*picked, heights_down[-1]]
