"""Clocks: the system's is in milliseconds, the set one stands still."""

import time

from chain.clock import SetClock, SystemClock


def test_the_system_clock_counts_milliseconds() -> None:
    before = int(time.time()) * 1000
    assert before <= SystemClock().now() <= int(time.time() + 1) * 1000


def test_the_set_clock_stands_still_until_it_is_moved() -> None:
    clock = SetClock(5)
    assert (clock.now(), clock.now()) == (5, 5)
    clock.advance(10)
    assert clock.now() == 15
    clock.set(7)
    assert clock.now() == 7
