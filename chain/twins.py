"""Two different blocks that one miner sealed on one parent (PROTOCOL §6): no offence, for a miner whose disk failed may do so honestly, but
a warning to whoever reads this ledger before it is final. The two headers with their seals prove it. This is the node's own knowledge.
"""

import logging
from collections import Counter, OrderedDict
from dataclasses import dataclass

from chain import codec

PAIRS_KEPT = 64
"""Pairs remembered, 40 kB; of more, the oldest goes."""
MINER_PAIRS_KEPT = 8
"""Pairs of one miner remembered, its newest, so that none drives out those of the others."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A header and its seal: together they prove who made the block."""

    id: bytes
    """Id of the block."""
    header: bytes
    """240 bytes."""
    seal: bytes
    """64 bytes."""

    def as_json(self) -> dict[str, str]:
        """As the API shows it."""
        return {"id": self.id.hex(), "header": codec.encode_base64(self.header), "seal": codec.encode_base64(self.seal)}


@dataclass(frozen=True, slots=True)
class Twins:
    """Two blocks of one miner on one parent."""

    miner: bytes
    """Miner key, 32 bytes."""
    parent: bytes
    """Id of the parent."""
    height: int
    """Height of both."""
    first: Sealed
    """The one that this node saw first."""
    second: Sealed
    """The other."""


class TwinBook:
    """What was seen since the start. Whoever writes holds the node's lock; any thread may read."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[bytes, bytes], Twins] = OrderedDict()
        self._counts: Counter[bytes] = Counter()
        self.seen = 0
        """Pairs seen, remembered or not."""

    def all(self) -> list[Twins]:
        """The pairs remembered, the newest first."""
        return list(self._found.values())[::-1]

    def note(self, twins: Twins) -> None:
        """Remembers a pair and tells the operator; a third block on the same parent adds nothing."""
        name = (twins.miner, twins.parent)
        if name in self._found:
            return
        self.seen += 1
        _log.warning(
            "miner %s sealed two blocks at height %d on %s: %s and %s", codec.encode_base64(twins.miner), twins.height,
            twins.parent.hex(), twins.first.id.hex(), twins.second.id.hex(),
        )  # fmt: skip
        self._found[name] = twins
        self._counts[twins.miner] += 1
        if self._counts[twins.miner] > MINER_PAIRS_KEPT:
            self._drop(next(each for each in self._found if each[0] == twins.miner))
        elif len(self._found) > PAIRS_KEPT:
            self._drop(next(iter(self._found)))

    def _drop(self, name: tuple[bytes, bytes]) -> None:
        del self._found[name]
        self._counts[name[0]] -= 1
        self._counts += Counter()
