"""Many blocks above the last final one: a read, and a question about ancestors, looks at few of them, and finds what was always found."""

import random
from itertools import islice, pairwise
from typing import Any

from chain.branch import Branch
from chain.interfaces import Value
from chain.state import RUN, EmptyView, Overlay
from chain.store.memory import MemoryStore
from tests.chain.toy import advance, raising, start

DEPTH = 5 * RUN + 7


class Counting(dict[bytes, Branch]):
    """Counts how often it is asked."""

    asked = 0

    def get(self, key: bytes, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


class Ground(EmptyView):
    """Counts how often it is asked."""

    asked = 0

    def get(self, key: str) -> Value | None:
        self.asked += 1
        return {"n": 1} if key == "a" else None


def test_what_lies_below_is_read_once_while_a_block_is_executed() -> None:
    ground = Ground()
    view = Overlay(Overlay(ground))
    assert [view.get("a"), view.get("a"), view.get("b"), view.get("b")] == [{"n": 1}, {"n": 1}, None, None]
    assert ground.asked == 3  # what is not there is asked for again
    view.put({"a": {"n": 2}, "b": {"n": 3}})
    assert (view.get("a"), view.get("b"), ground.asked) == ({"n": 2}, {"n": 3}, 3)
    view.rest()
    assert (view.get("a"), view.get("b"), ground.asked) == ({"n": 2}, {"n": 3}, 3)


def test_a_deep_stack_reads_as_a_flat_one() -> None:
    draw = random.Random(1)
    view, flat = Overlay(), dict[str, Value]()
    for number in range(DEPTH):
        view = Overlay(view, changed := {f"a/{draw.randrange(60):02d}": {"n": number} for _ in range(3)})
        view.rest()
        flat |= changed
        if number % 20 == 0 or number == DEPTH - 1:
            assert list(view.scan("a/")) == sorted(flat.items())
            for key in (f"a/{name:02d}" for name in range(60)):
                assert view.get(key) == flat.get(key)
                below = max((each for each in flat if each <= key), default=None)
                assert view.floor("a/", key) == ((below, flat[below]) if below else None)


def test_a_read_looks_at_few_layers() -> None:
    view = Overlay()
    for number in range(DEPTH):
        view = Overlay(view, {f"a/{number}": {}})
        view.rest()
    layers, _ = view._layers()
    assert len(layers) <= DEPTH // RUN + RUN


def test_what_was_folded_is_let_go_and_read_all_the_same() -> None:
    ground = Overlay(None, {"a/1": {"n": 9}})
    layers = [Overlay(ground)]
    for number in range(2 * RUN):
        layers.append(Overlay(layers[-1], {"a/1": {"n": number}} if number == RUN + 3 else {f"b/{number}": {}}))
        layers[-1].rest()
    before = list(layers[-1].scan(""))
    for layer, child in islice(pairwise(layers), RUN):  # as a fold does, the lowest first
        ground.put(layer.values)
        child.parent = ground
        layer.folded()
    assert list(layers[-1].scan("")) == before and layers[-1].get("a/1") == {"n": RUN + 3}


def test_ancestors_are_found_as_by_walking_down() -> None:
    node = start(MemoryStore(), attest=False)
    for seq in range(1, 70):
        node.submit([raising(node, f"c{seq % 3}", seq)])
        advance(node)
        node.mine()
    branches = node._branches
    points = [branch.point for branch in sorted(branches, key=lambda each: each.header.height)]
    for height, target in enumerate(points):
        for source in points:
            assert branches.is_ancestor(source, target) == (source[0] <= height)
            assert not branches.is_ancestor((source[0], bytes(32)), target)
    counting = Counting(branches._branches)
    branches._branches = counting
    assert branches.is_ancestor(points[1], points[-1])
    assert counting.asked < 40
