"""Sets of slots as ascending, disjoint, half-open ranges `[a, b)` that do not touch (DOMAIN §1). Pure arithmetic; no state."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Ranges = Sequence[Sequence[int]]
"""Ranges as they stand in bodies and in the state: `[[a, b], ...]`."""
CHUNK = 150
"""Ranges of one state entry: 150 pairs of eight digits are 3 KB, and a value may have 4 KiB (PROTOCOL §5)."""


def count(ranges: Ranges) -> int:
    """Slots in all ranges together."""
    return sum(end - start for start, end in ranges)


def is_normal(ranges: Ranges) -> bool:
    """Are the ranges ascending, not empty, disjoint and not touching?"""
    last = -1
    for start, end in ranges:
        if start <= last or end <= start:
            return False
        last = end
    return True


def normalise(ranges: Iterable[Sequence[int]]) -> list[list[int]]:
    """The same slots as normal ranges; the input may overlap, touch and stand in any order."""
    found: list[list[int]] = []
    for start, end in sorted((start, end) for start, end in ranges):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        elif start < end:
            found.append([start, end])
    return found


def from_slots(slots: Iterable[int]) -> list[list[int]]:
    """Single slots as normal ranges."""
    return normalise((slot, slot + 1) for slot in slots)


def intersect(left: Ranges, right: Ranges) -> list[list[int]]:
    """Slots in both."""
    found, here, there = [], 0, 0
    while here < len(left) and there < len(right):
        start, end = max(left[here][0], right[there][0]), min(left[here][1], right[there][1])
        if start < end:
            found.append([start, end])
        if left[here][1] <= right[there][1]:
            here += 1
        else:
            there += 1
    return found


def subtract(left: Ranges, right: Ranges) -> list[list[int]]:
    """Slots of `left` that are not in `right`."""
    found, place = [], 0
    for first, end in left:
        start = first
        while place < len(right) and right[place][1] <= start:
            place += 1
        at = place
        while at < len(right) and right[at][0] < end:
            if start < right[at][0]:
                found.append([start, right[at][0]])
            start = right[at][1]
            at += 1
        if start < end:
            found.append([start, end])
    return found


def covers(ranges: Ranges, start: int, end: int) -> bool:
    """Does one of the ranges hold all of `[start, end)`?"""
    place = bisect_right(ranges, start, key=lambda pair: pair[0]) - 1
    return place >= 0 and end <= ranges[place][1]


def first_overlap(ranges: Iterable[Sequence[int]]) -> int | None:
    """The lowest slot that occurs in two of the ranges, or None."""
    reached = -1
    for start, end in sorted((start, end) for start, end in ranges):
        if start < reached:
            return start
        reached = end
    return None


def chunks(ranges: Ranges) -> Iterator[list[list[int]]]:
    """The ranges in state entries' worth of at most `CHUNK`, as new lists."""
    for place in range(0, len(ranges), CHUNK):
        yield [list(pair) for pair in ranges[place : place + CHUNK]]
