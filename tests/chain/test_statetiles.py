"""Versions, forks, folds and flushes of the tiled tree, always compared with the function of the entries alone."""

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chain import statetiles, statetree
from chain.errors import Fault
from chain.statetiles import StateTree, Version
from tests.chain.state_entries import CHANGES, ENTRIES, PATHS

Entries = dict[bytes, bytes]


def changed(entries: Entries, changes: dict[bytes, bytes | None]) -> Entries:
    after = {**entries, **{path: value for path, value in changes.items() if value is not None}}
    return {path: value for path, value in after.items() if changes.get(path, value) is not None}


class Disk:
    """A store's table of tiles."""

    def __init__(self) -> None:
        self.bits = 0
        self.tiles: dict[int, bytes] = {}

    def write(self, bits: int, given: Iterable[tuple[int, bytes]]) -> None:
        tiles = list(given)
        assert [number for number, _ in tiles] == sorted({number for number, _ in tiles})
        if bits != self.bits:
            self.tiles.clear()
        self.bits = bits
        for number, body in tiles:
            self.tiles[number] = body
            if not body:
                del self.tiles[number]

    def load(self, number: int) -> bytes:
        return self.tiles.get(number, b"")

    def open(self) -> StateTree:
        return StateTree(self.bits, sorted(self.tiles.items()), self.load)

    def entries(self) -> Entries:
        return dict(record for body in self.tiles.values() for record in statetiles.records(body))


class Life(RuleBasedStateMachine):
    """A node's tree: blocks on any block, finality, flushes that fail or not, restarts."""

    @initialize(limit=st.sampled_from([1, 2, 6]), entries=ENTRIES)
    def start(self, limit: int, entries: Entries) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(statetiles, "TILE_MEAN_LIMIT", limit)
        self.disk = Disk()
        self.tree = self.disk.open()
        self.base = entries
        self.blocks: list[tuple[Version, Entries]] = []
        self.tree.fold(self.tree.update(None, entries))

    def teardown(self) -> None:
        self.patch.undo()

    def tip(self, number: int) -> tuple[Version | None, Entries]:
        choices: list[tuple[Version | None, Entries]] = [(None, self.base), *self.blocks]
        return choices[number % len(choices)]

    @rule(changes=CHANGES, number=st.integers(0, 7), data=st.data())
    def block(self, changes: dict[bytes, bytes | None], number: int, data: st.DataObject) -> None:
        parent, entries = self.tip(number)
        if entries:
            changes |= data.draw(st.dictionaries(st.sampled_from(sorted(entries)), st.none() | st.just(b"n" * 32), max_size=len(entries)))
        self.blocks.append((self.tree.update(parent, changes), changed(entries, changes)))

    @rule(paths=st.lists(PATHS, min_size=1, max_size=4), number=st.integers(0, 7), data=st.data())
    def prove(self, paths: list[bytes], number: int, data: st.DataObject) -> None:
        version, entries = self.tip(number)
        if entries:
            paths += data.draw(st.lists(st.sampled_from(sorted(entries)), max_size=3))
        claims = {path: entries.get(path) for path in paths}
        statetree.validate_all(self.tree.prove_many(version, paths), self.tree.root(version), claims)

    @precondition(lambda self: self.blocks)
    @rule(number=st.integers(0, 7))
    def make_final(self, number: int) -> None:
        """Folds a block on the base; its siblings, and what was built on them, are forgotten and say so."""
        versions = {id(version): version for version, _ in self.blocks}
        children = [block for block in self.blocks if id(block[0].parent) not in versions]
        chosen, self.base = children[number % len(children)]
        others = [(version, entries) for version, entries in self.blocks if version is not chosen]
        kept = [block for block in others if self.stands_on(block[0], chosen)]
        self.tree.fold(chosen)
        for version, _ in others:
            if all(version is not block[0] for block in kept):
                with pytest.raises(ValueError, match="forgotten"):
                    self.tree.update(version, {})
                with pytest.raises(ValueError, match="forgotten"):
                    self.tree.prove(version, bytes(32))
        self.blocks = kept
        assert self.tree.root(chosen) == self.tree.root(None)

    @staticmethod
    def stands_on(version: Version | None, chosen: Version) -> bool:
        while version is not None and version is not chosen:
            version = version.parent
        return version is chosen

    @rule()
    def flush(self) -> None:
        self.disk.write(*self.tree.take_dirty())
        self.tree.flushed()
        assert self.disk.entries() == self.base

    @rule()
    def failing_flush(self) -> None:
        """Nothing was written: everything is given again the next time."""
        self.tree.take_dirty()

    @rule()
    def restart(self) -> None:
        self.disk.write(*self.tree.take_dirty())
        self.tree, self.blocks = self.disk.open(), []

    @invariant()
    def roots_are_functions_of_the_entries(self) -> None:
        if hasattr(self, "tree"):
            for version, entries in [(None, self.base), *self.blocks]:
                assert self.tree.root(version) == statetree.root_of(entries)


Life.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase


def filled(count: int, seed: int = 1) -> tuple[StateTree, Disk, Entries]:
    """A flushed tree of random entries."""
    draw = random.Random(seed)
    entries = {draw.randbytes(32): draw.randbytes(32) for _ in range(count)}
    disk = Disk()
    tree = disk.open()
    tree.fold(tree.update(None, entries))
    disk.write(*tree.take_dirty())
    tree.flushed()
    return tree, disk, entries


def test_thousands_of_entries() -> None:
    tree, disk, entries = filled(5000)
    assert tree.root(None) == statetree.root_of(entries)
    assert disk.bits == 10 and max(map(len, disk.tiles.values())) < 20 * statetree.RECORD_BYTES
    draw = random.Random(2)
    version: Version | None = None
    for _ in range(5):
        changes: dict[bytes, bytes | None] = {path: draw.randbytes(32) for path in draw.sample(sorted(entries), 300)}
        changes.update({draw.randbytes(32): draw.randbytes(32) for _ in range(300)})
        version, entries = tree.update(version, changes), changed(entries, changes)
        assert tree.root(version) == statetree.root_of(entries)
    paths = [*draw.sample(sorted(entries), 20), *(draw.randbytes(32) for _ in range(20))]
    claims = {path: entries.get(path) for path in paths}
    statetree.validate_all(tree.prove_many(version, paths), statetree.root_of(entries), claims)


def test_the_depth_never_shows_in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    _, disk, entries = filled(700)
    for limit in (1, 3, 100):
        monkeypatch.setattr(statetiles, "TILE_MEAN_LIMIT", limit)
        assert disk.open().root(None) == statetree.root_of(entries)


def test_versions_grow_deeper_with_the_base() -> None:
    """A block that was executed before the base grew is proven, and folded, after it."""
    tree = StateTree(0, (), lambda number: b"")
    draw = random.Random(3)
    entries = {draw.randbytes(32): draw.randbytes(32) for _ in range(300)}
    first = tree.update(None, entries)
    more = {draw.randbytes(32): draw.randbytes(32) for _ in range(5)}
    second = tree.update(first, more)
    tree.fold(first)
    path = min(more)
    statetree.validate_membership(tree.prove(second, path), tree.root(second), path, more[path])
    tree.fold(second)
    assert tree.root(None) == statetree.root_of(entries | more)


def test_a_fold_between_write_and_confirmation_is_not_lost() -> None:
    tree, disk, entries = filled(50)
    path = min(entries)
    tree.fold(tree.update(None, {path: b"1" * 32}))
    disk.write(*tree.take_dirty())
    tree.fold(tree.update(None, {path: b"2" * 32}))
    tree.flushed()
    assert tree.take_dirty()[1]
    disk.write(*tree.take_dirty())
    tree.flushed()
    assert not tree.take_dirty()[1]
    assert disk.open().root(None) == tree.root(None) == statetree.root_of({**entries, path: b"2" * 32})


def test_a_version_is_folded_once_and_after_its_parent() -> None:
    tree = StateTree(0, (), lambda number: b"")
    first = tree.update(None, {bytes(32): b"1" * 32})
    second = tree.update(first, {bytes(32): b"2" * 32})
    with pytest.raises(ValueError, match="after its parent"):
        tree.fold(second)
    tree.fold(first)
    with pytest.raises(ValueError, match="after its parent"):
        tree.fold(first)
    tree.fold(second)
    assert tree.root(None) == second.root


def test_a_version_without_changes() -> None:
    tree, _, entries = filled(20)
    version = tree.update(None, {})
    assert version.root == statetree.root_of(entries)
    tree.fold(version)
    assert tree.root(None) == version.root


@pytest.mark.parametrize("seed", range(4))
def test_a_long_life(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of blocks of random sizes, half of them deletions; a restart now and then."""
    monkeypatch.setattr(statetiles, "TILE_MEAN_LIMIT", 1 + seed)
    draw, disk = random.Random(seed), Disk()
    tree, entries = disk.open(), dict[bytes, bytes]()
    for _ in range(150):
        known = draw.sample(sorted(entries), len(entries) // draw.choice([1, 2, 4, 16]))
        changes: dict[bytes, bytes | None] = {path: draw.choice([None, draw.randbytes(32)]) for path in known}
        changes.update(
            {draw.choice([draw.randbytes(32), bytes([draw.randrange(256)]) * 32]): draw.randbytes(32) for _ in range(draw.randrange(40))}
        )
        version, entries = tree.update(None, changes), changed(entries, changes)
        assert tree.root(version) == statetree.root_of(entries)
        path = draw.choice(sorted(entries) or [bytes(32)])
        statetree.validate_all(
            tree.prove_many(version, [path, b"n" * 32]), tree.root(version), {path: entries.get(path), b"n" * 32: entries.get(b"n" * 32)}
        )
        tree.fold(version)
        if draw.random() < 0.3:
            disk.write(*tree.take_dirty())
            tree.flushed()
            assert disk.entries() == entries
        if draw.random() < 0.05:
            disk.write(*tree.take_dirty())
            tree = disk.open()
        assert tree.root(None) == statetree.root_of(entries)


DAMAGE: dict[str, Callable[[dict[int, bytes]], None]] = {
    "half a record": lambda tiles: tiles.update({0: tiles[0][:-1]}),
    "order": lambda tiles: tiles.update({0: tiles[0][64:128] + tiles[0][:64]}),
    "twice": lambda tiles: tiles.update({0: tiles[0][:64] * 2}),
    "another tile's record": lambda tiles: tiles.update({0: tiles[1]}),
    "number": lambda tiles: tiles.update({1 << 40: tiles[0]}),
    "negative number": lambda tiles: tiles.update({-1: tiles[0]}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_store_is_named(damage: Callable[[dict[int, bytes]], None]) -> None:
    _, disk, _ = filled(40)
    damage(disk.tiles)
    with pytest.raises(Fault, match=r"store\.damaged"):
        disk.open()


def test_a_tile_damaged_while_running_is_named() -> None:
    tree, disk, _ = filled(40)
    disk.tiles[0] = disk.tiles[0][:-1]
    with pytest.raises(Fault, match=r"store\.damaged"):
        tree.update(None, {bytes(32): bytes(32)})


@given(st.lists(st.tuples(st.integers(-2, 9), st.binary(max_size=200)), max_size=5), st.integers(0, 3))
def test_any_tiles_give_a_tree_or_a_fault(tiles: list[tuple[int, bytes]], bits: int) -> None:
    try:
        StateTree(bits, tiles, lambda number: dict(tiles).get(number, b""))
    except Fault as error:
        assert error.code == "store.damaged"


@given(PATHS, st.integers(0, 32))
def test_the_tile_of_a_path_is_its_first_bits(path: bytes, bits: int) -> None:
    assert statetiles.tile_number(path, bits) == int.from_bytes(path, "big") >> (256 - bits)
