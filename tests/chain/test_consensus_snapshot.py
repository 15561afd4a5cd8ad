"""Starting from a snapshot: what is believed, what is refused, what an interruption leaves (PROTOCOL §6)."""

from dataclasses import replace
from typing import Any

import pytest

from chain import snapshot
from chain.errors import ChainError, Fault, Malformed
from chain.snapshot import Trust, trusted_at_genesis
from chain.store.faults import Crash
from chain.store.memory import MemoryStore
from tests.chain.store_samples import AnyStore
from tests.chain.team import Team
from tests.chain.toy import Counters


@pytest.fixture(scope="module")
def team() -> Team:
    team = Team(4)
    team.run(40)
    return team


def test_a_node_starts_from_the_state_of_a_final_block_and_follows(team: Team, store: AnyStore) -> None:
    source = team.nodes[0]
    data = snapshot.export(source)
    point = snapshot.import_snapshot(store, data, Counters(), trusted_at_genesis(team.document))
    assert point[0] == source.final_height
    node = team.join(9, store)
    try:
        assert dict(node.view().scan("")) == dict(source.final_view().scan(""))
        assert node.block(3) is None and node.header(3) == source.header(3)
        with pytest.raises(Fault, match=r"node\.body\.missing"):
            node.history("counter/c3")
        team.run(20)
        team.run(6, sending=False)
        team.validate()
        assert node.tip.id == source.tip.id and node.final_height == source.final_height > point[0] + 5
        assert dict(node.view().scan("")) == dict(source.view().scan(""))
    finally:
        del team.nodes[9]


def test_the_trusted_block_is_enough(team: Team) -> None:
    node = team.nodes[1]
    data = snapshot.export(node)
    height = node.final_height
    trust = Trust(point=(height, node.store.best(height) or b""))
    assert snapshot.import_snapshot(MemoryStore(), data, Counters(), trust)[0] == height


def altered(found: snapshot.Snapshot, what: str) -> snapshot.Snapshot:
    key, value = found.entries[-1]
    header, seal = found.headers[5]
    changes: dict[str, dict[str, Any]] = {
        "entry": {"entries": (*found.entries[:-1], (key, value.replace(b"1", b"2")))},
        "missing entry": {"entries": found.entries[:-1]},
        "header": {"headers": (*found.headers[:5], (header[:-1] + bytes([header[-1] ^ 1]), seal), *found.headers[6:])},
        "missing header": {"headers": (*found.headers[:5], *found.headers[6:])},
        "votes": {"votes": found.votes[:2]},
        "document": {"document": found.document.replace(b'"toy"', b'"boy"')},
    }
    return replace(found, **changes[what])


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("entry", "snapshot.root"), ("missing entry", "snapshot.root"), ("header", "block."), ("missing header", "block."),
        ("votes", "snapshot.trust"), ("document", "snapshot.trust"),
    ],
)  # fmt: skip
def test_nothing_is_believed(team: Team, what: str, code: str) -> None:
    found = altered(snapshot.decode(snapshot.export(team.nodes[0])), what)
    store = MemoryStore()
    with pytest.raises(ChainError, match=code):
        snapshot.import_snapshot(store, snapshot.encode(found), Counters(), trusted_at_genesis(team.document))
    assert store.tip() is None


def test_without_trust_nothing_is_imported(team: Team) -> None:
    with pytest.raises(Malformed, match=r"snapshot\.trust"):
        snapshot.import_snapshot(MemoryStore(), snapshot.export(team.nodes[0]), Counters(), Trust())


@pytest.mark.parametrize("point", ["commit.after", "flush.entries", "flush.after"])
def test_an_interrupted_import_goes_on(team: Team, point: str) -> None:
    data, trust = snapshot.export(team.nodes[0]), trusted_at_genesis(team.document)

    def crash(name: str) -> None:
        if name == point:
            raise Crash(name)

    store = MemoryStore(hook=crash)
    with pytest.raises(Crash):
        snapshot.import_snapshot(store, data, Counters(), trust)
    again = store.reopen()
    with pytest.raises(Fault, match=r"snapshot\.unfinished"):
        team.join(8, again)
    snapshot.import_snapshot(again, data, Counters(), trust)
    node = team.join(8, again)
    del team.nodes[8]
    assert node.final_height == team.nodes[0].final_height
    with pytest.raises(Fault, match=r"node\.exists"):
        snapshot.import_snapshot(again, data, Counters(), trust)


def test_damaged_bytes_are_refused(team: Team) -> None:
    data = snapshot.export(team.nodes[0])
    for bad in (b"", data[:100], data + b"\0", b"x" + data[1:]):
        with pytest.raises(Malformed, match=r"snapshot\.format"):
            snapshot.decode(bad)
