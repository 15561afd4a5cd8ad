"""Readers beside the writer: what a reader does in the middle of a step is played at exactly that moment, without threads that have luck.

The reader is run inside the writer by structures that call it while they are being changed; a reader that would wait for a lock is played
as far as the lock, and goes on behind the writer.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from chain import base, codec, state
from chain.store.memory import MemoryStore
from tests.chain.toy import start


class Watched(dict[str, Any]):
    """A mapping that lets somebody look before and after each of its keys is handed out, that is, in the middle of being laid down."""

    def __init__(self, values: Mapping[str, Any], look: Callable[[], None]) -> None:
        super().__init__(values)
        self._look = look

    def __iter__(self) -> Iterator[str]:
        for key in list(super().keys()):
            self._look()
            yield key
            self._look()

    def keys(self) -> Any:
        return list(iter(self))

    def values(self) -> Any:
        return [self[key] for key in self]

    def items(self) -> Any:
        return [(key, self[key]) for key in self]


def encoded(values: Mapping[str, Any]) -> dict[str, bytes]:
    return {key: codec.encode(value) for key, value in values.items()}


def test_a_key_is_found_by_its_order_only_when_its_value_is_there() -> None:
    overlay = state.Overlay(None, {"run/a/00000000": {"n": 0}})
    seen: list[Any] = []

    def look() -> None:
        seen.append(overlay.floor("run/a/", "run/a/00000009"))
        seen.append(list(overlay.scan("run/a/")))

    overlay.put(Watched({"run/a/00000005": {"n": 5}, "run/a/00000007": {"n": 7}}, look))
    assert seen and overlay.floor("run/a/", "run/a/00000009") == ("run/a/00000007", {"n": 7})


class Ground(base.Base):
    """A base whose readers are stopped at the lock: what they bring is laid aside, and cached once the writer is done."""

    late: list[tuple[str, bytes, int]]

    def _remember(self, key: str, body: bytes, folds: int) -> Any:
        if self._cache_lock.locked():
            self.late.append((key, body, folds))
            return codec.load(body)
        return super()._remember(key, body, folds)

    def go_on(self) -> None:
        """The readers that waited get the lock."""
        late, self.late = self.late, []
        for key, body, folds in late:
            super()._remember(key, body, folds)


def test_a_reader_in_the_middle_of_a_fold_leaves_no_old_value_behind() -> None:
    ground = Ground(MemoryStore())
    ground.late = []
    first, second = {"run/a/00000000": {"n": 1}}, {"run/a/00000000": {"n": 2}, "run/a/00000005": {"n": 5}}
    ground.fold(1, (), base.Delta(encoded(first), ()), first)
    seen: list[Any] = []

    def look() -> None:
        ground._cache.clear()  # as if other reading had pushed everything out
        seen.append(ground.get("run/a/00000000"))
        seen.append(ground.floor("run/a/", "run/a/00000009"))

    ground.fold(2, (), base.Delta(Watched(encoded(second), look), ()), second)
    ground.go_on()
    assert ground.late == [] and seen
    assert {"n": 1} in seen or {"n": 2} in seen
    assert all(found[1] for found in seen if isinstance(found, tuple)), "a key without a value"
    assert ground.get("run/a/00000000") == {"n": 2}
    assert ground.floor("run/a/", "run/a/00000009") == ("run/a/00000005", {"n": 5})


class Folding:
    """A block that is folded as soon as somebody has looked at it: whatever is asked for a second time is gone."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        found = self._fields[name]
        if name != "header":
            self._fields[name] = None if name == "overlay" else {}
        return found


def test_a_block_may_be_folded_between_two_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    node = start(MemoryStore())
    header, overlay = node.tip.header, state.Overlay()
    folding: Any = Folding(header=header, overlay=overlay, ids={b"id": 3}, trails={("counter/a", 1): (5, "counter/a")})
    assert node._branches.view(folding) is overlay
    assert node._branches.view(folding) is node._branches.base
    monkeypatch.setattr(node._branches, "chain", lambda tip: iter([folding]))
    assert node._position(b"id") == header.height << 24 | 3
    assert node._trail("counter/a", 1) == (5, "counter/a")
