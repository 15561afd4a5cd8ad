"""A process that only answers follows the one that writes: at every moment it shows exactly what the writer has made durable."""

import random
from pathlib import Path

import pytest

from chain import growth
from chain.clock import SetClock
from chain.errors import Fault
from chain.finality import Vote
from chain.follower import Follower
from chain.node import Node
from chain.store.followed import FollowedSqliteStore
from chain.store.sqlite import SqliteStore
from tests.chain.toy import OTHER, USER, Counters, advance, raising, start

NAMES = [f"name{number}" for number in range(12)]


def follower_of(node: Node, path: Path) -> Follower:
    return Follower(FollowedSqliteStore(path), Counters(), SetClock(node.clock.now()), leads=True)


def waiting_value(node: Node, key: str) -> int:
    entry = node.pending_view().get(key)
    return 0 if entry is None else int(entry["n"])


def votes_above(node: Node) -> list[Vote]:
    """What is still to be decided; which older votes a block has still to carry is the writer's own book."""
    return [vote for vote in node.votes() if vote.target_height > node.final_height]


def assert_same(node: Node, other: Follower) -> None:
    """Both show the same, through every question that there is."""
    with other.moment():
        assert other.tip.id == node.tip.id and other.final_height == node.final_height
        assert other.waiting == node.waiting
        assert votes_above(other) == votes_above(node)
        for name in NAMES:
            key = f"counter/{name}"
            assert other.view().get(key) == node.view().get(key)
            assert other.final_view().get(key) == node.final_view().get(key)
            assert other.view().floor("counter/", key) == node.view().floor("counter/", key)
            assert waiting_value(other, key) == waiting_value(node, key)
            assert [(event.number, event.transaction.id) for event in other.history(key)] == [
                (event.number, event.transaction.id) for event in node.history(key)
            ]
            assert other.prove([key]) == node.prove([key])
        assert list(other.view().scan("counter/")) == list(node.view().scan("counter/"))


@pytest.mark.parametrize("seed", range(12))
def test_it_shows_what_is_durable_after_every_step(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "FLUSH_ENTRIES", 9)
    chance = random.Random(seed)
    node = start(SqliteStore(tmp_path / "ledger.db"))
    other, late = follower_of(node, tmp_path / "ledger.db"), follower_of(node, tmp_path / "ledger.db")
    for step in range(80):
        if chance.random() < 0.6:
            node.submit([raising(node, chance.choice(NAMES), step + 1, signer=chance.choice((USER, OTHER)))])
        else:
            advance(node)
            node.mine()
        assert_same(node, other)
        if step % 13 == 0:  # this one looks seldom, and has missed flushes meanwhile
            assert_same(node, late)
    assert node.store.flushed()[0] > 3
    for one in (other, late, node):
        one.store.close()


def test_following_reads_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "FLUSH_ENTRIES", 9)
    node = start(SqliteStore(tmp_path / "ledger.db"))
    other = follower_of(node, tmp_path / "ledger.db")
    with other.moment():
        pass
    monkeypatch.setattr(Follower, "_load", lambda self: pytest.fail("read anew"))
    for number in range(40):
        node.submit([raising(node, NAMES[number % len(NAMES)], number + 1)])
        advance(node)
        node.mine()
        assert_same(node, other)
    other.store.close()
    node.close()


def test_it_writes_nothing(tmp_path: Path) -> None:
    node = start(SqliteStore(tmp_path / "ledger.db"))
    other = follower_of(node, tmp_path / "ledger.db")
    item = raising(node, "a", 1)
    with other.moment(), pytest.raises(Fault) as refusal:
        other.submit([item])
    assert refusal.value.code == "node.follows"
    assert node.waiting == 0
    other.store.close()
    node.close()


def test_a_moment_is_one_state(tmp_path: Path) -> None:
    """What the writer does while an answer is made does not show in it."""
    node = start(SqliteStore(tmp_path / "ledger.db"))
    other = follower_of(node, tmp_path / "ledger.db")
    with other.moment():
        before = other.tip.id
        node.submit([raising(node, "a", 1)])
        advance(node)
        node.mine()
        assert other.tip.id == before and other.view().get("counter/a") is None
        assert other.store.tip() == (0, before)
    with other.moment():
        assert other.tip.id == node.tip.id
    other.store.close()
    node.close()


def test_it_keeps_up_while_the_state_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of many new entries: tiles are halved in both processes, each at its own time."""
    monkeypatch.setattr(growth, "FLUSH_ENTRIES", 90)
    node = start(SqliteStore(tmp_path / "ledger.db"))
    other = follower_of(node, tmp_path / "ledger.db")
    chance, number = random.Random(5), 0
    for step in range(60):
        for _ in range(chance.randrange(40)):
            number += 1
            node.submit([raising(node, f"thing{number}", number)])
        advance(node)
        node.mine()
        if chance.random() < 0.7 or step == 59:
            assert_same(node, other)
            with other.moment():
                key = f"counter/thing{chance.randrange(number) + 1}"
                assert other.prove([key]) == node.prove([key])
    assert node.store.flushed()[1] > 3
    other.store.close()
    node.close()
