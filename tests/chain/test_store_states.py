"""Random lives of a store: memory and SQLite do the same steps and must always show the same, also after closing and opening again."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chain.errors import Fault
from chain.interfaces import BlockRecord, Commit, Flush
from chain.store.memory import MemoryStore
from chain.store.sqlite import SqliteStore
from tests.chain.store_samples import block, contents, digest

PARTS = ["a", "A", "0", "9", "-", ".", "_", "~", "%2F", "%25", "00000001", "00000010"]
KEYS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(lambda parts: "/".join(["run", *parts]))
"""Keys of folders within folders, of characters that sort before and after the separator."""
BODIES = st.binary(max_size=40)
SMALL = st.integers(0, 6)


class StoreLife(RuleBasedStateMachine):
    """Two stores under the same steps."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.memory = MemoryStore()
        self.sqlite = SqliteStore(self.folder / "chain.db")
        self.blocks: list[BlockRecord] = []
        self.steps = 0

    def _commit(self, commit: Commit) -> bool:
        """Both do it or both refuse it with the same words."""
        refusals = []
        for store in (self.memory, self.sqlite):
            try:
                store.commit(commit)
            except Fault as fault:
                refusals.append(str(fault))
        assert len(refusals) in (0, 2)
        assert len(set(refusals)) < 2
        return not refusals

    def _tip(self) -> bytes | None:
        tip = self.memory.tip()
        return tip[1] if tip else None

    def _way(self, top: BlockRecord) -> list[tuple[int, bytes]]:
        """(height, id) from the fork with the best chain up to `top`."""
        known = {found.id: found for found in self.blocks}
        way: list[tuple[int, bytes]] = []
        at: BlockRecord | None = top
        while at is not None and self.memory.best(at.height) != at.id:
            way.insert(0, (at.height, at.id))
            at = known.get(at.parent)
        return way or [(top.height, top.id)]

    @rule(data=st.data(), carriers=st.lists(BODIES, max_size=40), best=st.booleans())
    def add_block(self, data: st.DataObject, carriers: list[bytes], best: bool) -> None:
        parent = data.draw(st.sampled_from(self.blocks)) if self.blocks else None
        self.steps += 1
        added = block(f"block {self.steps}", parent, carriers)
        self.blocks.append(added)
        way = tuple(self._way(added)) if best else ()
        if not self._commit(Commit(self._tip(), (added,), way, ((added.id, added.header),), ((added.id, b"carrier"),))):
            self.blocks.pop()

    @rule(data=st.data())
    def reorganise(self, data: st.DataObject) -> None:
        if self.blocks:
            self._commit(Commit(self._tip(), best=tuple(self._way(data.draw(st.sampled_from(self.blocks))))))

    @rule(heights=st.lists(SMALL, min_size=1, max_size=3), data=st.data())
    def name_any_blocks_best(self, heights: list[int], data: st.DataObject) -> None:
        if self.blocks:
            self._commit(Commit(self._tip(), best=tuple((height, data.draw(st.sampled_from(self.blocks)).id) for height in heights)))

    @rule(number=SMALL)
    def commit_on_another_tip(self, number: int) -> None:
        assert not self._commit(Commit(digest(f"nobody {number}"), meta=(("m", b"never"),)))

    @rule(added=st.lists(SMALL), removed=st.lists(SMALL), body=BODIES)
    def change_the_pool(self, added: list[int], removed: list[int], body: bytes) -> None:
        names = [b"%d" % number for number in removed]
        self._commit(Commit(self._tip(), pool_add=tuple((b"%d" % number, body) for number in added), pool_remove=tuple(names)))

    @rule(body=BODIES)
    def set_a_small_value(self, body: bytes) -> None:
        self._commit(Commit(self._tip(), meta=(("m", body),)))

    @rule(
        ahead=SMALL,
        entries=st.dictionaries(KEYS, st.none() | BODIES, max_size=12),
        tiles=st.dictionaries(SMALL, BODIES),
        bits=st.integers(0, 2),
        events=st.lists(st.tuples(KEYS, SMALL, KEYS), max_size=4, unique_by=lambda event: event[:2]),
    )
    def flush(
        self, ahead: int, entries: dict[str, bytes | None], tiles: dict[int, bytes], bits: int, events: list[tuple[str, int, str]]
    ) -> None:
        height = self.memory.flushed()[0] + ahead
        ids = [(digest(key)[:8] + bytes(24), height + 1 << 24 | number) for key, number, _ in events]
        trails = [(key, number, height + 1, origin) for key, number, origin in events]
        step = Flush(height, sorted(entries.items()), sorted(tiles.items()), bits, ids, trails)
        refused = []
        for store in (self.memory, self.sqlite):
            try:
                store.flush(step)
            except Fault as fault:
                refused.append(str(fault))
        assert len(refused) in (0, 2)
        assert len(set(refused)) < 2

    @rule()
    def open_again(self) -> None:
        self.memory = self.memory.reopen()
        self.sqlite.close()
        self.sqlite = SqliteStore(self.folder / "chain.db")

    @rule(prefix=KEYS, key=KEYS | st.just("") | st.just("~"), limit=SMALL, number=SMALL)
    def look_up(self, prefix: str, key: str, limit: int, number: int) -> None:
        folder = prefix[: prefix.rfind("/") + 1]
        answers = []
        for store in (self.memory, self.sqlite):
            floor = (store.floor(folder, key), store.floor(folder, folder + "5"), store.floor(folder, prefix))
            scan = (store.scan(folder, key, limit), store.scan(prefix[:5], "", limit), store.scan("", key, limit))
            index = (store.positions(digest(prefix)), store.trail(prefix, number), store.entry(prefix))
            carriers = [store.transaction(number << 24 | place) for place in (0, 15, 16, 39)]
            answers.append((floor, scan, index, carriers))
        assert answers[0] == answers[1]

    @invariant()
    def both_show_the_same(self) -> None:
        if hasattr(self, "memory"):
            assert contents(self.memory) == contents(self.sqlite)

    def teardown(self) -> None:
        if hasattr(self, "sqlite"):
            self.sqlite.close()
            shutil.rmtree(self.folder)


TestStoreLife = StoreLife.TestCase
TestStoreLife.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
