"""The contract of `chain.interfaces.Store`: one suite for every implementation."""

from dataclasses import replace

import pytest

from chain.errors import Fault
from chain.interfaces import Commit
from tests.chain.store_samples import AnyStore, Folder, block, chain_of, contents, digest, extend, flush_of, tip_block

HUGE = 2**80
"""A number that no store can hold but anybody may ask for."""


# --- blocks and branches -----------------------------------------------------------------------------------------------------


def test_an_empty_store_has_nothing(store: AnyStore) -> None:
    assert (store.tip(), store.flushed(), store.best(0), store.block(bytes(32)), store.transaction(0)) == (None, (-1, 0), None, None, None)
    assert (store.entry("a"), store.floor("a/", "a/b"), store.scan("", "", 9), store.tile(0), store.meta("m")) == (
        None,
        None,
        [],
        b"",
        None,
    )
    assert (store.positions(bytes(32)), store.trail("a", 1), store.pool()) == ([], None, [])
    assert [list(found) for found in (store.headers(0, 9), store.leaves(), store.tiles(), store.ids(), store.trails(), store.deltas())] == [
        []
    ] * 6


def test_blocks_come_back_as_they_were(store: AnyStore) -> None:
    blocks = chain_of("a", 3)
    extend(store, *blocks)
    assert store.tip() == (2, blocks[2].id)
    assert [store.block(added.id) for added in blocks] == blocks
    assert [store.height(added.id) for added in blocks] == [added.height for added in blocks] and store.height(bytes(32)) is None
    assert [store.best(height) for height in (-1, 0, 1, 2, 3, HUGE)] == [None, *(added.id for added in blocks), None, None]
    assert list(store.headers(1, 9)) == [(added.id, added.header, added.seal) for added in blocks[1:]]
    assert list(store.headers(-5, 1)) == [(blocks[0].id, blocks[0].header, b"")]
    assert list(store.headers(2, HUGE)) == [(blocks[2].id, blocks[2].header, blocks[2].seal)]
    assert list(store.headers(2, 1)) == []


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 33])
def test_every_carrier_is_found_at_its_position(store: AnyStore, count: int) -> None:
    genesis = block("g")
    added = block("a", genesis, [bytes([index]) * index for index in range(count)])
    extend(store, genesis, added)
    assert [store.transaction(1 << 24 | index) for index in range(count)] == list(added.transactions)
    assert [store.transaction(1 << 24 | index) for index in (count, count + 16, 2**24 - 1)] == [None] * 3
    assert [store.transaction(position) for position in (2 << 24, -1, HUGE)] == [None] * 3
    assert store.block(added.id) == added


def test_a_large_carrier_survives(store: AnyStore) -> None:
    large = bytes(range(256)) * 5_000
    extend(store, block("g", None, [b"x", large, b""]))
    assert [store.transaction(index) for index in range(4)] == [b"x", large, b"", None]


def test_a_branch_is_kept_and_positions_follow_the_best_chain(store: AnyStore) -> None:
    trunk = chain_of("trunk", 3)
    branch = chain_of("branch", 3, trunk[0])
    extend(store, *trunk)
    extend(store, *branch, best=False)
    assert store.tip() == (2, trunk[2].id)
    assert store.transaction(1 << 24) == trunk[1].transactions[0]
    store.commit(Commit(expected_tip=trunk[2].id, best=tuple((added.height, added.id) for added in branch)))
    assert store.tip() == (3, branch[2].id)
    assert [store.transaction(height << 24) for height in range(4)] == [added.transactions[0] for added in (trunk[0], *branch)]
    assert [store.block(added.id) for added in trunk] == trunk
    store.commit(Commit(expected_tip=branch[2].id, best=((1, trunk[1].id),)))
    assert store.tip() == (1, trunk[1].id)
    assert store.best(2) is None
    assert store.transaction(2 << 24) is None


def test_a_block_that_is_there_is_left_as_it_is(store: AnyStore) -> None:
    genesis = block("g")
    extend(store, genesis)
    store.commit(Commit(genesis.id, blocks=(replace(genesis, votes=b"others"), replace(genesis, transactions=()))))
    assert store.block(genesis.id) == genesis
    assert [leaf[0] for leaf in store.leaves()] == [genesis.id]


def test_leaves_are_all_blocks_from_the_flush_on(store: AnyStore) -> None:
    trunk = chain_of("trunk", 3)
    extend(store, *trunk)
    extend(store, late := block("late", trunk[0]), best=False)
    expected = [(added.id, added.parent, added.height, added.work) for added in (trunk[0], trunk[1], late, trunk[2])]
    assert list(store.leaves()) == expected
    store.flush(flush_of(1))
    assert list(store.leaves()) == expected[1:]


def test_deltas_live_until_their_flush(store: AnyStore) -> None:
    trunk = chain_of("trunk", 4)
    extend(store, *trunk)
    extend(store, late := block("late", trunk[0]), best=False)
    assert [found[0] for found in store.deltas()] == [added.id for added in (trunk[0], trunk[1], late, trunk[2], trunk[3])]
    store.flush(flush_of(1))
    assert list(store.deltas()) == [(added.id, b"delta " + added.id) for added in trunk[2:]]
    store.commit(Commit(trunk[3].id, deltas=((trunk[2].id, b"other"), (late.id, b"too late"))))
    assert list(store.deltas()) == [(trunk[2].id, b"other"), (trunk[3].id, b"delta " + trunk[3].id)]


def test_a_long_read_shows_one_moment(store: AnyStore) -> None:
    trunk = chain_of("trunk", 3)
    extend(store, *trunk)
    headers, leaves, deltas = store.headers(0, 9), store.leaves(), store.deltas()
    store.flush(flush_of(1))
    extend(store, block("more", trunk[2]))
    assert [len(list(found)) for found in (headers, leaves, deltas)] == [3, 3, 3]
    assert len(list(store.headers(0, 9))) == 4
    for _ in store.headers(0, 9):
        extend(store, block(f"on {store.tip()}", tip_block(store)))
    assert tip_block(store).height == 7


# --- what a commit refuses ---------------------------------------------------------------------------------------------------


def test_another_tip_writes_nothing(folder: Folder) -> None:
    first, second = folder.open(), folder.open()
    genesis, rival = block("g"), block("r")
    extend(first, genesis)
    before = contents(second)
    with pytest.raises(Fault) as caught:
        second.commit(Commit(None, (rival,), ((0, rival.id),), ((rival.id, b""),), ((b"t", b"c"),), (), (("m", b"v"),)))
    assert caught.value.code == "store.tip.moved"
    with pytest.raises(Fault, match=r"store\.tip\.moved"):
        second.commit(Commit(rival.id))
    assert contents(second) == before == contents(first)
    extend(second, block("a", genesis))
    assert first.tip() == second.tip()


@pytest.mark.parametrize(
    ("heights", "names"),
    [
        ([4], ["c1"]),
        ([3], ["a2"]),
        ([3], ["unknown"]),
        ([3, 5], ["b3", "b4"]),
        ([3], ["c3"]),
        ([3, 4], ["b3", "c4"]),
        ([3], ["b4"]),
        ([2], ["b4"]),
        ([0], ["a0"]),
        ([1], ["a1"]),
        ([-1], ["a0"]),
    ],
)
def test_a_chain_that_does_not_hang_together_is_refused(store: AnyStore, heights: list[int], names: list[str]) -> None:
    trunk = chain_of("a", 3)
    extend(store, *trunk)
    branch = [block("b3", trunk[2]), *chain_of("c", 2, trunk[1])]
    branch += [block("b4", branch[0]), block("c3", branch[1]), block("c4", branch[2])]
    store.flush(flush_of(1))
    before = contents(store)
    ids = [digest(f"id {name}") for name in names]
    with pytest.raises(Fault) as caught:
        store.commit(Commit(trunk[2].id, tuple(branch), tuple(zip(heights, ids, strict=True)), pool_add=((b"t", b"c"),)))
    assert caught.value.code == "store.commit"
    assert contents(store) == before


def test_naming_the_tip_again_is_no_contradiction(store: AnyStore) -> None:
    trunk = chain_of("a", 3)
    extend(store, *trunk)
    store.commit(Commit(trunk[2].id, best=((1, trunk[1].id), (2, trunk[2].id))))
    assert store.tip() == (2, trunk[2].id)


def test_a_delta_without_a_block_is_refused(store: AnyStore) -> None:
    with pytest.raises(Fault, match=r"store\.commit"):
        store.commit(Commit(None, deltas=((bytes(32), b"x"),)))
    assert list(store.deltas()) == []


@pytest.mark.parametrize("height", [0, 3, -1])
def test_a_flush_goes_neither_back_nor_beyond_the_tip(store: AnyStore, height: int) -> None:
    extend(store, *chain_of("a", 3))
    store.flush(flush_of(1, {"a/b": b"1"}))
    before = contents(store)
    with pytest.raises(Fault, match=r"store\.commit"):
        store.flush(flush_of(height, {"a/b": b"2"}))
    assert contents(store) == before


# --- pool and small values ---------------------------------------------------------------------------------------------------


def test_the_pool_keeps_the_order_of_acceptance(store: AnyStore) -> None:
    store.commit(Commit(None, pool_add=((b"z", b"1"), (b"a", b"2"), (b"m", b"3"))))
    store.commit(Commit(None, pool_add=((b"a", b"another"), (b"b", b"4")), pool_remove=(b"m", b"nobody")))
    assert store.pool() == [(b"z", b"1"), (b"a", b"2"), (b"b", b"4")]
    store.commit(Commit(None, pool_add=((b"z", b"5"),), pool_remove=(b"z",)))
    assert store.pool() == [(b"a", b"2"), (b"b", b"4"), (b"z", b"5")]


@pytest.mark.parametrize("left", [0, 1])
def test_a_block_may_take_all_that_waits(store: AnyStore, left: int) -> None:
    waiting = [(number.to_bytes(2, "big"), b"body") for number in range(300)]
    gone = tuple(item_id for item_id, _ in waiting[left:])
    store.commit(Commit(None, pool_add=tuple(waiting)))
    store.commit(Commit(None, pool_add=((b"new", b"body"),), pool_remove=(*gone, b"nobody")))
    assert store.pool() == [*waiting[:left], (b"new", b"body")]
    assert store.census().rows["pool"] == left + 1


def test_small_values_are_replaced(store: AnyStore) -> None:
    store.commit(Commit(None, meta=(("votes", b"1"), ("miner", b""))))
    store.commit(Commit(None, meta=(("votes", b"2"), ("votes", b"3"))))
    assert [store.meta(name) for name in ("votes", "miner", "other")] == [b"3", b"", None]


# --- the flushed state -------------------------------------------------------------------------------------------------------

KEYS = [
    "run/1/L",
    "run/1/L/00000001",
    "run/1/L/00000009",
    "run/1/L%2F/00000001",
    "run/1/L-/00000003",
    "run/1/L.",
    "run/1/L0",
    "run/1/l",
    "z",
]
"""Keys whose order depends on comparing bytes: `%` < `-` < `.` < `/` < `0`, capitals before small letters."""


@pytest.fixture
def filled(store: AnyStore) -> AnyStore:
    extend(store, *chain_of("a", 3))
    store.flush(flush_of(0, {key: key.encode() for key in KEYS}))
    return store


def test_entries_are_found_by_key(filled: AnyStore) -> None:
    assert [filled.entry(key) for key in KEYS] == [key.encode() for key in KEYS]
    assert [filled.entry(key) for key in ("", "run/1/", "run/1/L/0000000", "RUN/1/L")] == [None] * 4


def test_entries_are_in_bytewise_order(filled: AnyStore) -> None:
    assert [key for key, _ in filled.scan("", "", 99)] == sorted(KEYS, key=str.encode)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("run/1/L/00000000", None),
        ("run/1/L/00000001", "run/1/L/00000001"),
        ("run/1/L/00000008", "run/1/L/00000001"),
        ("run/1/L/00000009", "run/1/L/00000009"),
        ("run/1/L/99999999", "run/1/L/00000009"),
        ("run/1/L/", None),
        ("run/1/L.", None),
        ("run/1/L0", "run/1/L/00000009"),
        ("", None),
        ("~", "run/1/L/00000009"),
    ],
)
def test_floor_stays_in_its_folder(filled: AnyStore, key: str, found: str | None) -> None:
    assert filled.floor("run/1/L/", key) == (None if found is None else (found, found.encode()))


def test_floor_in_an_empty_folder(filled: AnyStore) -> None:
    assert [filled.floor(f"run/{name}/", f"run/{name}/5") for name in ("0", "2", "1/K", "1/M")] == [None] * 4


@pytest.mark.parametrize(
    ("prefix", "after", "limit", "expected"),
    [
        ("run/1/L", "", 99, ["run/1/L", *(key for key in sorted(KEYS) if key.startswith("run/1/L") and key != "run/1/L")]),
        ("run/1/L/", "", 99, ["run/1/L/00000001", "run/1/L/00000009"]),
        ("run/1/L/", "run/1/L/00000001", 99, ["run/1/L/00000009"]),
        ("run/1/L/", "run/1/L/00000009", 99, []),
        ("run/1/L/", "run/1/L", 99, ["run/1/L/00000001", "run/1/L/00000009"]),
        ("run/1/L/", "z", 99, []),
        ("run/1/L/", "", 1, ["run/1/L/00000001"]),
        ("run/1/L/", "", 0, []),
        ("y", "", 99, []),
        ("", "run/1/l", 99, ["z"]),
    ],
)
def test_scan(filled: AnyStore, prefix: str, after: str, limit: int, expected: list[str]) -> None:
    assert filled.scan(prefix, after, limit) == [(key, key.encode()) for key in expected]


def test_a_flush_replaces_and_deletes(filled: AnyStore) -> None:
    filled.flush(flush_of(2, {"z": None, "nobody": None, "run/1/l": b"new", "a": b"first"}))
    assert [filled.entry(key) for key in ("z", "run/1/l", "a")] == [None, b"new", b"first"]
    assert [key for key, _ in filled.scan("", "", 99)] == sorted([*(key for key in KEYS if key != "z"), "a"])
    assert filled.flushed() == (2, 0)


def test_tiles_are_replaced_deleted_and_redone_at_another_depth(store: AnyStore) -> None:
    extend(store, *chain_of("a", 3))
    store.flush(flush_of(0, tiles=[(0, b"a"), (7, b"b"), (9, b"c")], tile_bits=4))
    store.flush(flush_of(1, tiles=[(0, b""), (7, b"d")], tile_bits=4))
    assert list(store.tiles()) == [(7, b"d"), (9, b"c")]
    assert [store.tile(number) for number in (0, 7, 9, -1, HUGE)] == [b"", b"d", b"c", b"", b""]
    store.flush(flush_of(1, tiles=[(1, b"e"), (30, b"f")], tile_bits=5))
    assert (list(store.tiles()), store.flushed()) == ([(1, b"e"), (30, b"f")], (1, 5))


def test_positions_are_found_by_the_beginning_of_an_id(store: AnyStore) -> None:
    extend(store, *chain_of("a", 3))
    high, twin, low = b"\xff" * 32, b"\xff" * 8 + bytes(24), bytes(32)
    store.flush(flush_of(0, ids=[(high, 5), (low, 1)]))
    store.flush(flush_of(1, ids=[(twin, 1 << 24), (high, 5), (b"\x7f" * 32, 2 << 24 | 3)]))
    assert [store.positions(found) for found in (high, twin, low)] == [[5, 1 << 24], [5, 1 << 24], [1]]
    assert (store.positions(b"\x7f" * 32), store.positions(b"\x80" * 32)) == ([2 << 24 | 3], [])
    assert [position for _, position in store.ids()] == [5, 1 << 24, 1, 2 << 24 | 3]


def test_trails_are_found_by_key_and_number(store: AnyStore) -> None:
    extend(store, *chain_of("a", 3))
    store.flush(flush_of(0, trails=[("run/b", 2, 20, "run/a"), ("run/a", 1, 10, "run/a")]))
    store.flush(flush_of(1, trails=[("run/b", 3, 1 << 60, "run/b")]))
    assert [store.trail("run/b", number) for number in (1, 2, 3, -1, HUGE)] == [None, (20, "run/a"), (1 << 60, "run/b"), None, None]
    assert (store.trail("run/a", 1), store.trail("run", 1)) == ((10, "run/a"), None)
    assert list(store.trails()) == [("run/a", 1, 10, "run/a"), ("run/b", 2, 20, "run/a"), ("run/b", 3, 1 << 60, "run/b")]
