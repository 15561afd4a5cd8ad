"""The state as rules see it: views, overlays of changes, histories (PROTOCOL §5).

A block's state is its parent's state under an overlay. Blocks that are not final yet stay overlays in memory, one per block, so that a
reorganisation is a choice of another overlay and nothing on disk has to be taken back; final overlays are folded into the base.
"""

import hashlib
import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote

from chain import codec
from chain.errors import Malformed, Refusal
from chain.interfaces import BlockContext, StateView, Value
from chain.statetree import VALUE_LIMIT

NO_HISTORY: Value = {"n": 0, "head": "00" * 32}
"""The history of a thing to which nothing has happened."""
_SAFE = "-._~"


@lru_cache(maxsize=1 << 15)  # rules ask for the same parties, sites and markets again and again
def state_key(*parts: str | int) -> str:
    """A state key: parts percent-encoded outside `A-Z a-z 0-9 - . _ ~`, numbers as eight digits, joined by `/`."""
    return "/".join([f"{part:08d}" if isinstance(part, int) else _encode(part) for part in parts])


def _encode(part: str) -> str:
    """One part, percent-encoded; most are plain letters and digits already."""
    return part if part.isalnum() and part.isascii() else _quote(part)


@lru_cache(maxsize=1 << 14)
def _quote(part: str) -> str:
    return quote(part, safe=_SAFE)


def prefix(*parts: str | int) -> str:
    """The beginning shared by the keys of all things below `parts`."""
    return state_key(*parts) + "/"


def key_hash(key: str) -> bytes:
    """Path of an entry in the state tree: SHA-256(`statekey/v1` 00 key)."""
    return hashlib.sha256(codec.domain("statekey/v1") + key.encode()).digest()


def value_hash(value: bytes) -> bytes:
    """Hash of an entry's canonical value: SHA-256(`statevalue/v1` 00 value)."""
    return hashlib.sha256(codec.domain("statevalue/v1") + value).digest()


def advance(history: Value, transaction_id: bytes, block: BlockContext) -> Value:
    """The history after one more event: head_i = SHA-256(`history/v1` 00 | head_{i-1} | i | height | time | transaction id) (S-09)."""
    number = history["n"] + 1
    message = (
        codec.domain("history/v1")
        + bytes.fromhex(history["head"])
        + number.to_bytes(8, "big")
        + block.height.to_bytes(8, "big")
        + block.time.to_bytes(8, "big")
        + transaction_id
    )
    return {"n": number, "head": hashlib.sha256(message).hexdigest()}


# --- values as they are stored -----------------------------------------------------------------------------------------------


def validate_sizes(values: Mapping[str, Value]) -> None:
    """No value is larger than a state entry may be: asked when a transaction is accepted, so that what is accepted can be sealed; in a
    block `encode_changes` asks. Raises Refusal `state.value.size`."""
    for key, value in values.items():
        size = codec.size(value)
        if size > VALUE_LIMIT:
            raise Refusal("state.value.size", f"at most {VALUE_LIMIT} bytes", f"{size} at {key}")


def encode_changes(values: dict[str, Value]) -> dict[str, bytes]:
    """Canonical bytes of changed values. Raises Malformed `state.value.size` above 4 KiB (an error of the rules, not of a signer)."""
    encoded = {key: codec.encode(value) for key, value in values.items()}
    for key, body in encoded.items():
        if len(body) > VALUE_LIMIT:
            raise Malformed("state.value.size", f"at most {VALUE_LIMIT} bytes", f"{len(body)} at {key}")
    return encoded


def tree_changes(encoded: Mapping[str, bytes]) -> dict[bytes, bytes | None]:
    """Changes of the state tree: key hash -> value hash."""
    return {key_hash(key): value_hash(body) for key, body in encoded.items()}


# --- views -------------------------------------------------------------------------------------------------------------------


class SortedKeys:
    """State keys in bytewise order, kept by folder (all up to the last `/`), so that adding one is cheap among millions."""

    __slots__ = ("_folders",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._folders: dict[str, list[str]] = {}
        for key in sorted(keys):
            self._folders.setdefault(key[: key.rfind("/") + 1], []).append(key)

    def add(self, key: str) -> None:
        """Adds a key that is not there yet."""
        folder = key[: key.rfind("/") + 1]
        names = self._folders.setdefault(folder, [])
        if names and names[-1] < key:
            names.append(key)
        else:
            insort(names, key)

    def floor(self, start: str, key: str) -> str | None:
        """The greatest key <= `key` in the folder `start`."""
        names = self._folders.get(start, [])
        place = bisect_right(names, key)
        return names[place - 1] if place else None

    def scan(self, start: str, after: str) -> Iterator[str]:
        """All keys that begin with `start` and are > `after`, in order."""
        folders = list(self._folders.items())  # a copy: another thread may be adding one
        found = [names for folder, names in folders if folder.startswith(start) or start.startswith(folder)]
        for key in heapq.merge(*(names[bisect_left(names, max(start, after)) :] for names in found)):
            if key > after and key.startswith(start):
                yield key


RUN = 32
"""Overlays on one another that are read as one."""


class EmptyView:
    """A state without entries."""

    def get(self, key: str) -> Value | None:
        """None."""
        return None

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """None."""
        return None

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """Nothing."""
        return iter(())


class Overlay:
    """Changes over another view. `put` is for whoever executes a block; everybody else only reads."""

    __slots__ = ("_keys", "_run", "_seen", "_short", "parent", "values")

    def __init__(self, parent: StateView | None = None, values: Mapping[str, Value] | None = None) -> None:
        self.parent: StateView = EmptyView() if parent is None else parent
        self.values: dict[str, Value] = dict(values or {})
        self._keys = SortedKeys(self.values)
        self._run = 0
        self._seen: dict[str, Value] | None = {}
        self._short: Overlay | None = None

    def rest(self) -> None:
        """Nothing is put here any more. Of many overlays on one another each `RUN`-th holds, for whoever reads, all values of those down to
        the one before: without finality there may be thousands, and a read would look into every one."""
        self._seen = None
        below = self.parent
        self._run = below._run + 1 if isinstance(below, Overlay) else 1
        if self._run < RUN:
            return
        layers = self._stack(RUN)
        self._run = len(layers) % RUN
        if len(layers) == RUN:
            values = {key: value for layer in reversed(layers) for key, value in layer.values.items()}
            self._short = Overlay(layers[-1].parent, values)

    def _stack(self, most: int) -> "list[Overlay]":
        """The overlays from this one down, each by itself."""
        found: list[Overlay] = []
        view: StateView = self
        while isinstance(view, Overlay) and len(found) < most:
            found.append(view)
            view = view.parent
        return found

    def folded(self) -> None:
        """Its values are part of the ground now: lets go of what lies below."""
        self._short = None

    def put(self, values: Mapping[str, Value]) -> None:
        """Lays changes on top; what was read before is not altered, since values are never mutated.

        Others may be reading: a key takes its place in the order when its value is there already.
        """
        fresh = [key for key in values if key not in self.values]
        self.values.update(values)
        for key in fresh:
            self._keys.add(key)

    def get(self, key: str) -> Value | None:
        """As StateView.get. While a block is executed the same few entries are read again and again, and what lies below does not change:
        they are remembered until the overlay is at rest."""
        value = self.values.get(key)
        if value is not None:
            return value
        seen = self._seen
        if seen is None:
            return self._get_below(key)
        value = seen.get(key)
        if value is None:
            value = self._get_below(key)
            if value is not None:
                seen[key] = value
        return value

    def _get_below(self, key: str) -> Value | None:
        view: StateView = self
        while isinstance(view, Overlay):  # a loop, not a recursion: without finality there may be thousands of overlays
            view = view._short or view
            value = view.values.get(key)
            if value is not None:
                return value
            view = view.parent
        return view.get(key)

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """As StateView.floor: the greatest of all layers' answers, the uppermost layer's where several have it."""
        layers, ground = self._layers()
        for layer in layers:
            if key in layer.values:  # nothing can be nearer
                return key, layer.values[key]
        found = ground.floor(prefix, key)
        for layer in reversed(layers):
            own = layer._keys.floor(prefix, key)
            if own is not None and (found is None or own >= found[0]):
                found = own, layer.values[own]
        return found

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """As StateView.scan: all layers in one order, the uppermost layer's value where several have the key."""
        layers, ground = self._layers()
        sources = [_ranked(number, layer._own(prefix, after)) for number, layer in enumerate(layers)]
        sources.append(_ranked(len(layers), ground.scan(prefix, after)))
        last = None
        for key, _, value in heapq.merge(*sources, key=lambda entry: entry[:2]):
            if key != last:
                yield key, value
            last = key

    def _own(self, prefix: str, after: str) -> Iterator[tuple[str, Value]]:
        return ((key, self.values[key]) for key in self._keys.scan(prefix, after))

    def _layers(self) -> "tuple[list[Overlay], StateView]":
        """The overlays from this one down, and what lies under the lowest."""
        layers: list[Overlay] = []
        view: StateView = self
        while isinstance(view, Overlay):
            view = view._short or view
            layers.append(view)
            view = view.parent
        return layers, view


def _ranked(number: int, entries: Iterable[tuple[str, Value]]) -> Iterator[tuple[str, int, Value]]:
    """Entries of one layer with the layer's number, the uppermost being 0."""
    return ((key, number, value) for key, value in entries)
