"""The simulator's own parts: chance, links, disks."""

import copy

import pytest

from chain.errors import Fault
from chain.store.faults import COMMIT_POINTS, Crash
from tests.sim.chance import Chance
from tests.sim.invariants import Violation
from tests.sim.machine import Trouble
from tests.sim.network import CALM, Link, Network, Weather
from tests.sim.scene import copy_disk, counter_scene


def network(weather: Weather) -> tuple[Network, list[Link]]:
    found = Network(Chance(1, "test"), weather)
    return found, [found.join(number) for number in range(3)]


def received(link: Link) -> list[tuple[str, bytes, str]]:
    found = []
    while (message := link.receive()) is not None:
        found.append(message)
    return found


def pass_all(trouble: Trouble) -> None:
    for point in COMMIT_POINTS:
        trouble(point)


def test_chance_is_the_same_everywhere_and_differs_by_subject() -> None:
    first, again, other = Chance(7, "a"), Chance(7, "a"), Chance(7, "b")
    draws = [first.below(1_000_000) for _ in range(50)]
    assert draws == [again.below(1_000_000) for _ in range(50)] != [other.below(1_000_000) for _ in range(50)]
    assert draws[:3] == [101819, 609889, 680892]
    assert sorted(first.shuffled(range(9))) == list(range(9)) and len(set(first.some(range(9), 4))) == 4


def test_a_cut_in_one_direction_loses_that_direction_only() -> None:
    net, links = network(CALM)
    net.cuts = {(0, 1)}
    links[0].publish("vote", b"a")
    links[1].publish("vote", b"b", "0")
    net.advance(1_000)
    assert [received(link) for link in links] == [[("vote", b"b", "1")], [], [("vote", b"a", "0")]]
    assert net.counts["cut"] == 1


def test_messages_are_lost_repeated_and_late() -> None:
    net, links = network(Weather(loss=200, repetition=200, slow=500, usual_ms=10, longest_ms=60_000))
    for number in range(200):
        links[0].publish("vote", number.to_bytes(1, "big"), "1")
    arrived = []
    for now in (10, 60_001):
        net.advance(now)
        arrived.append([body for _, body, _ in received(links[1])])
    assert arrived[0] and arrived[1] and arrived[0] != sorted(arrived[0])
    assert len(set(arrived[0] + arrived[1])) == 200 - net.counts["lost"]
    assert len(arrived[0] + arrived[1]) == 200 - net.counts["lost"] + net.counts["repeated"]


def test_a_machine_that_is_down_hears_nothing() -> None:
    net, links = network(CALM)
    links[1].close()
    links[0].publish("vote", b"a")
    net.advance(1_000)
    assert not links[1].inbox and len(links[2].inbox) == 1


def test_trouble_happens_once_and_where_it_was_planned() -> None:
    trouble = Trouble(dies_at="commit.pool", fails_at="commit.meta")
    with pytest.raises(Crash):
        pass_all(trouble)
    with pytest.raises(Fault, match=r"store\.io"):
        pass_all(trouble)
    pass_all(trouble)
    trouble.full = True
    with pytest.raises(Fault, match=r"store\.full"):
        pass_all(trouble)


def test_a_backup_stays_as_it_is() -> None:
    disk = counter_scene(4).disks()[0]
    backup = copy_disk(disk)
    disk.meta["own_target"] = b"\1"
    disk.best.append(b"x" * 32)
    assert len(backup.best) == 1 and not backup.meta


def test_a_violation_travels_from_the_process_that_found_it() -> None:
    found = copy.copy(Violation("final.left", "member 1"))  # asks the same of it as a pipe between processes
    assert (found.name, found.detail, str(found)) == ("final.left", "member 1", "final.left: member 1")
