"""The simulated network: what it may do to messages, and that it does the same in every run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.wire.local import CALM, LocalWire, Network, Weather

BAD = Weather(loss=200, repetition=200, least_delay=1, most_delay=20)


def _drain(wire: LocalWire) -> list[bytes]:
    return [message[1] for message in iter(wire.receive, None)]


def _joined(network: Network, names: str = "abc") -> list[LocalWire]:
    return [network.join(name) for name in names]


def _run(seed: int, weather: Weather, count: int = 60) -> list[list[bytes]]:
    """What each of three wires has received after everybody sent and everything arrived."""
    network = Network(seed, weather)
    wires = _joined(network)
    for number in range(count):
        wires[number % 3].publish("block", b"%d" % number)
        network.advance()
    network.advance(100)
    return [_drain(wire) for wire in wires]


def test_calm_weather_delivers_at_once_in_order_to_all_others() -> None:
    first, second, third = _joined(Network())
    first.publish("transaction", b"1")
    second.publish("block", b"2")
    assert [first.receive(), first.receive()] == [("block", b"2", "b"), None]
    assert [second.receive(), second.receive()] == [("transaction", b"1", "a"), None]
    assert _drain(third) == [b"1", b"2"]


def test_a_message_for_one_reaches_nobody_else() -> None:
    first, second, third = _joined(Network())
    first.publish("headers", b"1", to="c")
    assert (second.receive(), third.receive()) == (None, ("headers", b"1", "a"))
    first.publish("headers", b"2", to="nobody")
    assert (second.receive(), third.receive()) == (None, None)


def test_a_wire_alone_hears_nothing() -> None:
    (wire,) = _joined(Network(), "a")
    wire.publish("vote", b"")
    assert wire.receive() is None


def test_joining_again_gives_the_same_wire() -> None:
    network = Network()
    first, second, _ = _joined(network)
    second.publish("vote", b"x")
    assert network.join("a") is first
    assert _drain(network.join("a")) == [b"x"]


@given(
    seed=st.integers(), loss=st.integers(0, 1000), repetition=st.integers(0, 1000), delay=st.tuples(st.integers(0, 5), st.integers(0, 5))
)
def test_the_same_seed_gives_the_same_run(seed: int, loss: int, repetition: int, delay: tuple[int, int]) -> None:
    weather = Weather(loss, repetition, min(delay), max(delay))
    assert _run(seed, weather, 12) == _run(seed, weather, 12)


def test_bad_weather_loses_repeats_and_reorders() -> None:
    sent = [[b"%d" % number for number in range(60) if number % 3 != wire] for wire in range(3)]
    received = _run(5, BAD)
    for expected, found in zip(sent, received, strict=True):
        assert set(found) < set(expected), "some are lost, none is invented"
        assert len(found) > len(set(found)), "some come twice"
        assert found != sorted(found, key=int), "some overtake others"
    assert received != _run(6, BAD)


@pytest.mark.parametrize(("weather", "copies"), [(Weather(loss=1000), 0), (Weather(repetition=1000), 2), (CALM, 1)])
def test_certain_fates(weather: Weather, copies: int) -> None:
    network = Network(1, weather)
    first, second, _ = _joined(network)
    first.publish("block", b"x")
    assert _drain(second) == [b"x"] * copies


def test_a_delay_is_kept_and_counted() -> None:
    network = Network(1, Weather(least_delay=3, most_delay=3))
    first, second, _ = _joined(network)
    first.publish("block", b"x")
    network.advance(2)
    assert (second.receive(), network.under_way) == (None, 2)
    network.advance()
    assert (second.receive(), network.under_way) == (("block", b"x", "a"), 0)


def test_weather_may_change() -> None:
    network = Network(1, Weather(loss=1000))
    first, second, _ = _joined(network)
    first.publish("block", b"lost")
    network.weather = CALM
    first.publish("block", b"kept")
    assert _drain(second) == [b"kept"]


def test_a_partition_loses_what_would_cross_it() -> None:
    network = Network()
    first, second, third = _joined(network)
    network.partition("ab")
    first.publish("block", b"1")
    third.publish("block", b"2")
    network.heal()
    assert [_drain(wire) for wire in (first, second, third)] == [[], [b"1"], []]
    third.publish("block", b"3")
    assert _drain(first) == [b"3"]


def test_a_partition_that_holds_delivers_when_it_heals() -> None:
    network = Network()
    first, second, third = _joined(network)
    network.partition("ab", "c", hold=True)
    first.publish("block", b"1")
    assert (_drain(second), _drain(third), network.under_way) == ([b"1"], [], 1)
    network.partition("a", "bc", hold=True)
    assert (_drain(third), network.under_way) == ([], 1), "still cut off from the sender"
    network.partition("ac", hold=True)
    assert (_drain(third), network.under_way) == ([b"1"], 0)


def test_a_cut_catches_messages_on_their_way() -> None:
    network = Network(1, Weather(least_delay=2, most_delay=2))
    first, second, _ = _joined(network)
    first.publish("block", b"x")
    network.partition("a", "b")
    network.advance(5)
    network.heal()
    assert _drain(second) == []


def test_whoever_joins_during_a_partition_is_alone() -> None:
    network = Network()
    first, second, _ = _joined(network)
    network.partition("abc")
    late = network.join("d")
    late.publish("block", b"x")
    first.publish("block", b"y")
    assert (_drain(late), _drain(second)) == ([], [b"y"])
