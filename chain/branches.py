"""The executed blocks above the last final one, as a tree over the final state, and fork choice among them (PROTOCOL §5, §6).

Each block carries its changes as an overlay over its parent and its version of the state tree, so following another branch is choosing
another leaf. What becomes final is folded into the base; branches that do not descend from it are forgotten.
"""

from collections.abc import Iterator

from chain import attesters, base, blocks, codec, finality, merkle, rules, state, statetiles, tally, work
from chain.blocks import Block
from chain.branch import Branch, Executed
from chain.compactrange import CompactRange
from chain.errors import Fault
from chain.interfaces import Application, BlockContext, BlockRecord, StateView, Store

RECENT_MINERS = 32
"""Miners remembered with a block: more than spacing ever looks back."""


class Branches:
    """The tree of executed blocks. Only the node changes it, under its lock."""

    def __init__(self, store: Store, application: Application) -> None:
        """Reads the flushed state and every block above it. Raises Fault `store.damaged` where they do not fit each other."""
        self._store, self._application = store, application
        self.base = base.Base(store)
        self.tree = statetiles.StateTree(self.base.tile_bits, store.tiles(), store.tile)
        self._branches: dict[bytes, Branch] = {}
        self._children: dict[bytes, list[Branch]] = {}
        self._tips: dict[bytes, Branch] = {}
        self.changes = 0
        """As `chain.tally.Tree.changes`."""
        self.beside: dict[bytes, int] = {}
        """Id -> height of blocks above the folded one that are known by their headers to lie beside it."""
        self._load_root()
        self._load_above()

    # --- starting ---

    def _load_root(self) -> None:
        """The block that the flushed state belongs to. On the first start block 0 is taken from its delta and flushed."""
        history = CompactRange()
        recent: list[bytes] = []
        header_bytes = b""
        for _, header_bytes, _ in self._store.headers(0, max(self.base.height, 0) + 1):
            history.append(merkle.leaf_hash(header_bytes))
            recent = [blocks.decode_header(header_bytes).miner, *recent[: RECENT_MINERS - 1]]
        header = blocks.decode_header(header_bytes)
        total = next((work_ for block_id, _, _, work_ in self._store.leaves() if block_id == header.id), 0)
        self.root = Branch(header, header.id, total, None, base.Delta({}, ()), None, history, tuple(recent), {}, frozenset(), {})
        self._branches[self.root.id] = self._tips[self.root.id] = self.root
        if self.base.height < 0:
            delta = base.decode_delta(dict(self._store.deltas())[self.root.id])
            self.tree.fold(self.tree.update(None, state.tree_changes(delta.values)))
            self.base.fold(0, (), delta, {})
            self.flush()
        if self.tree.root(None) != header.state_root:
            raise Fault("store.damaged", header.state_root.hex(), self.tree.root(None).hex(), field="state")

    def _load_above(self) -> None:
        """Every stored block above the flush whose parent is known, without judging it again: it was judged before it was stored."""
        deltas = dict(self._store.deltas())
        for block_id, parent_id, height, total in self._store.leaves():
            parent, body = self._branches.get(parent_id), deltas.get(block_id)
            if height <= self.root.header.height or parent is None or body is None:
                continue
            record = self._store.block(block_id)
            if record is None:
                raise Fault("store.damaged", "block " + block_id.hex(), "no such row", field="block")
            self._load_one(record, body, parent, total)

    def _load_one(self, record: BlockRecord, body: bytes, parent: Branch, total: int) -> None:
        """Grows the tree by a stored block with its changes."""
        block, delta = blocks.from_record(record), base.decode_delta(body)
        overlay = state.Overlay(self.view(parent), {key: codec.load(value) for key, value in delta.values.items()})
        version = self.tree.update(parent.version, state.tree_changes(delta.values))
        self.add(self.grow(block, parent, Executed(overlay, delta, version, finality.decode_votes(block.votes)), total))

    # --- following another process that writes (`chain.follower`) ---

    def catch_up(self, block_id: bytes) -> Branch | None:
        """The branch of a block that another process has stored, with those below it down to a known one. None where the changes of one of
        them are flushed already: then all has to be read anew."""
        missing: list[tuple[BlockRecord, bytes]] = []
        while block_id not in self._branches:
            record, body = self._store.block(block_id), self._store.delta(block_id)
            if record is None or body is None or record.height <= self.root.header.height:
                return None
            missing.append((record, body))
            block_id = record.parent
        for record, body in reversed(missing):
            self._load_one(record, body, self._branches[record.parent], record.work)
            block_id = record.id
        return self._branches[block_id]

    def forget_flushed(self) -> bool:
        """Lets go of what another process has flushed. False where it has flushed more than is folded here: all has to be read anew."""
        height, bits = self._store.flushed()
        if height > self.base.height:
            return False
        kept: list[base.Kept] = []
        for above in range(height + 1, self.base.height + 1):
            block_id = self._store.best(above)
            record = self._store.block(block_id) if block_id else None
            body = self._store.delta(block_id) if block_id else None
            if record is None or body is None:
                raise Fault("store.damaged", f"the changes of block {above}", "no such row", field="delta")
            kept.append(base.Kept(above, [item.id for item in blocks.from_record(record).transactions], base.decode_delta(body)))
        self.base.forget_flushed(bits, kept)
        self.tree.forget_flushed(bits, (state.key_hash(key) for each in kept for key in each.delta.values))
        return True

    # --- looking ---

    def get(self, block_id: bytes) -> Branch | None:
        """An executed block."""
        return self._branches.get(block_id)

    def __iter__(self) -> Iterator[Branch]:
        return iter(list(self._branches.values()))

    def view(self, branch: Branch) -> StateView:
        """The state after a block."""
        overlay = branch.overlay  # looked at once: a fold may take it away while others read
        return self.base if overlay is None else overlay

    def chain(self, tip: Branch) -> Iterator[Branch]:
        """The blocks from `tip` down to, not including, the folded one."""
        branch: Branch | None = tip
        while branch is not None and branch.overlay is not None:
            yield branch
            branch = self._branches.get(branch.header.previous)

    def is_ancestor(self, source: finality.Point, target: finality.Point) -> bool:
        """Whether `source` lies on the way from `target` down, as far as this node knows."""
        branch = self._branches.get(target[1])
        if branch is None or branch.header.height != target[0]:
            return False
        while branch is not None and branch.header.height > source[0]:
            far = self._branches.get(branch.jump)
            near = far is None or far.header.height < source[0]
            branch = self._branches.get(branch.header.previous) if near else far
        return branch is not None and branch.point == source

    def _jump(self, parent: Branch) -> bytes:
        """Id of an ancestor for a child of `parent`, so chosen that the way to any ancestor takes about log2 steps (Myers, skew-binary
        jumps): as far again as the parent's own jump where that was as long as the one before it, else just the parent."""
        first = self._branches.get(parent.jump)
        second = self._branches.get(first.jump) if first else None
        if first is None or second is None or parent.header.height - first.header.height != first.header.height - second.header.height:
            return parent.id
        return second.id

    def regime(self, point: finality.Point) -> tally.Regime | None:
        """As `chain.tally.Tree.regime`."""
        branch = self._branches.get(point[1])
        if branch is None or branch.point != point:
            return None
        if branch.regime is None:
            branch.regime = attesters.regime(self.view(branch))
        return branch.regime

    def is_beside(self, point: finality.Point) -> bool:
        """As `chain.tally.Tree.is_beside`: at or below the folded block another one is final there; above it, headers have shown it."""
        if point[0] > self.root.header.height:
            return self.beside.get(point[1]) == point[0]
        return self._store.best(point[0]) != point[1]

    def checkpoint(self, tip: Branch, every: int) -> Branch:
        """The last block on the way down from `tip` whose height votes may name."""
        branch = tip
        while branch.header.height % every and branch.header.previous in self._branches:
            branch = self._branches[branch.header.previous]
        return branch

    # --- growing ---

    def judge_header(self, record: BlockRecord, parent: Branch, chain: bytes) -> None:
        """What can be said of a block over an executed parent before its body is read (header, seal). Raises InvalidBlock or Malformed."""
        header = blocks.decode_header(record.header)
        before = rules.Parent(parent.header, chain, parent.history.root(), parent.recent)
        rules.validate_header(header, before, self.view(parent))
        rules.validate_seal(Block(header, record.seal, (), b"", b""), chain)

    def judge(self, block: Block, parent: Branch, chain: bytes, known: frozenset[bytes]) -> Branch:
        """The rules of PROTOCOL §4-§6 for the body of a block whose header was judged, cheap to dear; the branch is not added yet.

        Transactions whose leaf is in `known` have had their signatures checked by this node. Raises InvalidBlock or Malformed.
        """
        view = self.view(parent)
        rules.validate_roots(block)
        votes = rules.validate_votes(block, chain, view)
        rules.validate_signatures(block.transactions, known)
        context = BlockContext(chain, block.header.height, block.header.time)
        overlay, trails = rules.apply_transactions(view, block.transactions, context, self._application)
        encoded = state.encode_changes(overlay.values)
        version = self.tree.update(parent.version, state.tree_changes(encoded))
        rules.validate_state_root(block.header, self.tree.root(version))
        return self.grow(block, parent, Executed(overlay, base.Delta(encoded, trails), version, votes))

    def grow(self, block: Block, parent: Branch, executed: Executed, total: int | None = None) -> Branch:
        """The branch of an executed block; `total` is its cumulative work where it is known already."""
        header = block.header
        history = parent.history.copy()
        history.append(merkle.leaf_hash(header.encode()))
        trails = {(t.key, t.number): (header.height << 24 | line, t.origin) for line, t in executed.delta.trails}
        return Branch(
            header=header, id=header.id, overlay=executed.overlay, delta=executed.delta, version=executed.version, history=history,
            work=parent.work + work.work_of_target(work.target_of(header.target)) if total is None else total,
            recent=(header.miner, *parent.recent[: RECENT_MINERS - 1]), votes=frozenset(executed.votes), trails=trails,
            ids={item.id: line for line, item in enumerate(block.transactions)}, jump=self._jump(parent),
        )  # fmt: skip

    def remember_beside(self, block_id: bytes, height: int) -> None:
        """A block that is known to lie beside the folded one."""
        self.changes += 1
        self.beside[block_id] = height

    def add(self, branch: Branch) -> None:
        """Puts a branch on the tree."""
        self.changes += 1
        if branch.overlay is not None:
            branch.overlay.rest()
        self._branches[branch.id] = branch
        self._children.setdefault(branch.header.previous, []).append(branch)
        self._tips.pop(branch.header.previous, None)
        self._tips[branch.id] = branch

    def twin(self, branch: Branch) -> Branch | None:
        """Another block of the same miner on the same parent, the one that came first."""
        siblings = self._children.get(branch.header.previous, ())
        return next((other for other in siblings if other.header.miner == branch.header.miner and other is not branch), None)

    def choose(self, head: finality.Point) -> Branch:
        """Fork choice among the leaves that build on the justified `head`."""
        tips = [rules.Candidate(branch.id, branch.work) for branch in self._tips.values()]
        chosen = rules.prefer(tips, lambda tip: self.is_ancestor(head, self._branches[tip.id].point))
        return self._branches[chosen.id]

    def difference(self, old: Branch, new: Branch) -> tuple[list[Branch], list[Branch]]:
        """(blocks only on the way to `old`, blocks only on the way to `new`), each newest first."""
        left: list[Branch] = []
        joined: list[Branch] = []
        while old is not new:
            if old.header.height >= new.header.height:
                left.append(old)
                old = self._branches[old.header.previous]
            else:
                joined.append(new)
                new = self._branches[new.header.previous]
        return left, joined

    # --- becoming final ---

    def fold(self, final: finality.Point) -> list[Branch]:
        """Makes the state of the final block the base and forgets what does not descend from it; the blocks that became final."""
        branch = self._branches.get(final[1])
        if branch is None:
            raise Fault("store.damaged", f"the final block {final[1].hex()}", "no such block", field="final")
        below = list(reversed(list(self.chain(branch))))
        for each in below:
            self._fold_one(each)
        return below

    def _fold_one(self, branch: Branch) -> None:
        if branch.version is None or branch.overlay is None:
            return
        self.changes += 1
        self.tree.fold(branch.version)
        self.base.fold(branch.header.height, branch.ids, branch.delta, branch.overlay.values)
        for other in self._children.get(branch.id, ()):
            if other.overlay is not None:
                other.overlay.parent = self.base
        branch.overlay.folded()
        branch.overlay, branch.version, branch.delta = None, None, base.Delta({}, ())
        branch.ids, branch.trails = {}, {}
        before, self.root = self.root, branch
        self._forget(before, branch)

    def _forget(self, before: Branch, root: Branch) -> None:
        """Lets go of the block that was folded before, and of everything on it that does not descend from the new one."""
        gone = [before]
        while gone:
            branch = gone.pop()
            self._branches.pop(branch.id, None)
            self._tips.pop(branch.id, None)
            gone += [child for child in self._children.pop(branch.id, ()) if child is not root]

    def flush(self) -> None:
        """Writes the final state that has gathered in memory."""
        bits, bodies = self.tree.take_dirty()
        self.base.flush(base.Tiles(bits, bodies))
        self.tree.flushed()
