"""Stores that fail, stop and are used by several threads: one suite for every implementation."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chain.errors import Fault
from chain.interfaces import Commit
from chain.store.codes import CODES
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS, Crash, FaultPlan
from tests.chain.store_samples import AnyStore, Folder, block, chain_of, contents, digest, extend, flush_of, tip_block

HUGE = 2**80
"""A number that no store can hold but anybody may ask for."""


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def failing(folder: Folder, plan: FaultPlan) -> AnyStore:
    """A store with something in every table, whose next step may be made to fail by `plan`."""
    store = folder.open(plan)
    extend(store, *chain_of("a", 2))
    store.commit(Commit(tip_block(store).id, pool_add=((b"old", b"carrier"),), meta=(("m", b"before"),)))
    store.flush(flush_of(0, {"a": b"1"}, tiles=[(0, b"t")], ids=[(bytes(32), 0)], trails=[("a", 1, 0, "a")]))
    return store


def _step(store: AnyStore, step: str) -> None:
    """A step with something in each of its parts."""
    if step == "flush":
        store.flush(flush_of(1, {"a": None, "b": b"2"}, tiles=[(1, b"u")], tile_bits=1, ids=[(b"\1" * 32, 1 << 24)]))
        return
    tip = tip_block(store)
    added = block("next", tip)
    best, deltas = ((added.height, added.id),), ((added.id, b"delta"),)
    store.commit(Commit(tip.id, (added,), best, deltas, ((b"new", b"c"),), (b"old",), (("m", b"after"),)))


@pytest.mark.parametrize("point", [*COMMIT_POINTS[:-1], *FLUSH_POINTS[:-1]])
@pytest.mark.parametrize("error", [Fault("store.full"), Fault("store.io"), Crash()], ids=["full", "io", "crash"])
def test_what_fails_before_the_end_leaves_nothing(
    folder: Folder, failing: AnyStore, plan: FaultPlan, point: str, error: BaseException
) -> None:
    before = contents(failing)
    plan.plan(point, error)
    with pytest.raises(type(error)):
        _step(failing, point.split(".")[0])
    again = folder.open()
    assert contents(again) == before
    if isinstance(error, Fault):
        assert contents(failing) == before, "a store that failed can still be read"
        _step(failing, point.split(".")[0])
        assert contents(failing) == contents(again) != before


@pytest.mark.parametrize("step", ["commit", "flush"])
@pytest.mark.parametrize("error", [Fault("store.io"), Crash()], ids=["io", "crash"])
def test_what_fails_at_the_end_is_persisted(folder: Folder, failing: AnyStore, plan: FaultPlan, step: str, error: BaseException) -> None:
    before = contents(failing)
    plan.plan(f"{step}.after", error)
    with pytest.raises(type(error)):
        _step(failing, step)
    again = folder.open()
    assert contents(again) != before
    assert again.tip() == ((2, digest("id next")) if step == "commit" else before["tip"])
    assert again.flushed() == ((1, 1) if step == "flush" else before["flushed"])


def test_every_point_is_passed_in_order(failing: AnyStore, plan: FaultPlan) -> None:
    plan.passed.clear()
    _step(failing, "commit")
    _step(failing, "flush")
    assert [point for point in plan.passed if not point.startswith("read.")] == [*COMMIT_POINTS, *FLUSH_POINTS]


def test_a_plan_counts_passings(failing: AnyStore, plan: FaultPlan) -> None:
    plan.plan("commit.meta", Fault("store.io"), passing=2)
    _step(failing, "commit")
    with pytest.raises(Fault, match=r"store\.io"):
        failing.commit(Commit(tip_block(failing).id))


def test_a_closed_store_says_so(folder: Folder, store: AnyStore) -> None:
    extend(store, block("g"))
    store.close()
    store.close()
    calls: list[Callable[[], object]] = [
        store.tip,
        lambda: store.entry("a"),
        lambda: store.headers(0, 1),
        lambda: store.commit(Commit(None)),
        lambda: store.flush(flush_of(0)),
        lambda: _in_a_thread(store.tip),
    ]
    for call in calls:
        with pytest.raises(Fault) as caught:
            call()
        assert caught.value.code == "store.closed"
    assert folder.open().tip() == (0, digest("id g"))


def test_threads_that_were_reading_learn_that_the_store_is_closed(store: AnyStore) -> None:
    extend(store, block("g"))
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(store.tip).result() == (0, digest("id g"))
        store.close()
        for _ in range(2):
            with pytest.raises(Fault, match=r"store\.closed"):
                threads.submit(store.tip).result()


def test_every_code_has_its_sentences() -> None:
    assert all(code.startswith("store.") for code in CODES)
    assert all(text for sentence in CODES.values() for text in (sentence.zh, sentence.en, sentence.next_zh, sentence.next_en))


# --- threads -----------------------------------------------------------------------------------------------------------------


def _in_a_thread(call: Callable[[], object]) -> object:
    """Calls in another thread; raises here what it raised there."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(call).result()


def test_reading_threads_see_whole_commits(store: AnyStore) -> None:
    """While one thread commits, others find for each tip its delta, its carriers and its small value."""
    extend(store, block("b0"))
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            tip = tip_block(store)
            assert store.transaction(tip.height << 24) == tip.transactions[0]
            assert store.best(tip.height) == tip.id
            assert int(store.meta("height") or b"0") >= tip.height

    def write() -> None:
        try:
            for number in range(1, 40):
                added = block(f"b{number}", tip_block(store))
                store.commit(Commit(added.parent, (added,), ((number, added.id),), meta=(("height", str(number).encode()),)))
        finally:
            stop.set()

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        write()
        for reader in readers:
            reader.result()
    assert store.tip() == (39, digest("id b39"))
