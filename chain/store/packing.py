"""How rows are packed: carriers in chunks of sixteen, compressed together, with a small cache of unpacked ones; checks at the end of rows.

Compressed alone a carrier keeps most of its bytes, since what repeats is what carriers have in common (keys, kinds, names). Sixteen
together need half of that, and still unpack in a few microseconds when one of them is asked for.
"""

import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from chain.errors import Fault

CHUNK_CARRIERS = 16
"""Carriers in a chunk."""
LEVEL = 1
"""Compression level: the higher ones save 5 % and cost three times as much."""
CACHE_BYTES = 16 * 1024 * 1024
"""Room for unpacked chunks: about 30,000 carriers of common size."""
_LENGTH = struct.Struct(">I")
_CHECK = struct.Struct(">I")


def with_check(name: bytes, body: bytes) -> bytes:
    """A row's body with a check (CRC-32 over its key and itself) at its end: a row that rots or changes places is never taken for another
    one. Whoever alters rows on purpose makes the check anew; that is what replay is for."""
    return body + _CHECK.pack(zlib.crc32(body, zlib.crc32(name)))


def without_check(name: bytes, body: bytes) -> bytes:
    """The body of a row as it was written. Raises Fault `store.damaged`."""
    plain, check = body[: -_CHECK.size], body[-_CHECK.size :]
    if check != _CHECK.pack(zlib.crc32(plain, zlib.crc32(name))):
        raise Fault("store.damaged", "a row as it was written", "another check", field=name.decode("ascii", "replace"))
    return plain


def chunks(carriers: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """(index, body) of the chunks of a block: each carrier with its u32 length, zlib over all."""
    for start in range(0, len(carriers), CHUNK_CARRIERS):
        parts = [part for carrier in carriers[start : start + CHUNK_CARRIERS] for part in (_LENGTH.pack(len(carrier)), carrier)]
        yield start // CHUNK_CARRIERS, zlib.compress(b"".join(parts), LEVEL)


def unpack(body: bytes) -> tuple[bytes, ...]:
    """The carriers of a chunk. Raises Fault `store.damaged`."""
    try:
        plain = zlib.decompress(body)
    except zlib.error as error:
        raise Fault("store.damaged", "a compressed chunk", error, field="chunk") from error
    carriers = []
    place, last = 0, len(plain) - _LENGTH.size
    while place <= last:
        start = place + _LENGTH.size
        place = start + _LENGTH.unpack_from(plain, place)[0]
        carriers.append(plain[start:place])
    if place != len(plain):
        raise Fault("store.damaged", f"carriers of {len(plain)} bytes", place, field="chunk")
    return tuple(carriers)


class ChunkCache:
    """The unpacked chunks used last, up to a number of bytes; for any number of threads. A stored chunk never changes."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._chunks: OrderedDict[int, tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, position: int) -> tuple[bytes, ...] | None:
        """The carriers of the chunk at `position` if they are here."""
        with self._lock:
            carriers = self._chunks.get(position)
            if carriers is not None:
                self._chunks.move_to_end(position)
            return carriers

    def put(self, position: int, carriers: tuple[bytes, ...]) -> None:
        """Keeps a chunk and drops those not used for longest beyond the limit."""
        with self._lock:
            if position not in self._chunks:
                self._chunks[position] = carriers
                self._bytes += _weight(carriers)
            while self._bytes > self._limit:
                self._bytes -= _weight(self._chunks.popitem(last=False)[1])


def _weight(carriers: tuple[bytes, ...]) -> int:
    return sum(map(len, carriers))
