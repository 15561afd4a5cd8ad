"""Interval sets against plain sets of numbers."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.drugs import ranges

pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)
normal = pairs.map(lambda found: ranges.normalise((min(pair), max(pair)) for pair in found))


def slots(found: Iterable[Iterable[int]]) -> set[int]:
    return {slot for start, end in found for slot in range(start, end)}


@given(pairs)
def test_normalising_keeps_the_slots(found: list[tuple[int, int]]) -> None:
    result = ranges.normalise(found)
    assert ranges.is_normal(result)
    assert slots(result) == slots(found)
    assert ranges.count(result) == len(slots(found))


@given(normal, normal)
def test_set_algebra(left: list[list[int]], right: list[list[int]]) -> None:
    both, only = ranges.intersect(left, right), ranges.subtract(left, right)
    assert slots(both) == slots(left) & slots(right)
    assert slots(only) == slots(left) - slots(right)
    assert ranges.is_normal(ranges.normalise(both)) and ranges.is_normal(ranges.normalise(only))


@given(st.sets(st.integers(0, 40)))
def test_single_slots_become_ranges(found: set[int]) -> None:
    result = ranges.from_slots(found)
    assert ranges.is_normal(result)
    assert slots(result) == found


@given(pairs)
def test_first_overlap_is_the_lowest_slot_that_occurs_twice(found: list[tuple[int, int]]) -> None:
    proper = [(min(pair), max(pair)) for pair in found if pair[0] != pair[1]]
    seen = [slot for start, end in proper for slot in range(start, end)]
    twice = {slot for slot in seen if seen.count(slot) > 1}
    assert ranges.first_overlap(proper) == min(twice, default=None)


@given(normal, st.integers(0, 40), st.integers(1, 10))
def test_covers(found: list[list[int]], start: int, length: int) -> None:
    inside = any(first <= start and start + length <= end for first, end in found)
    assert ranges.covers(found, start, start + length) == inside


@pytest.mark.parametrize("found", [[[1, 1]], [[2, 1]], [[0, 1], [1, 2]], [[0, 2], [1, 3]], [[3, 4], [0, 1]], [[-1, 1]]])
def test_what_is_not_normal(found: list[list[int]]) -> None:
    assert not ranges.is_normal(found)


def test_chunks_fit_into_entries_and_lose_nothing() -> None:
    found = [[3 * place, 3 * place + 1] for place in range(4_000)]
    chunks = list(ranges.chunks(found))
    assert [len(chunk) for chunk in chunks] == [150] * 26 + [100]
    assert [pair for chunk in chunks for pair in chunk] == found
    assert chunks[0][0] is not found[0]
