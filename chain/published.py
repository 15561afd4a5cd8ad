"""The half of a node that shows what is vouched for: the newest head that more than two thirds of the attesters have signed, what is proven
at it, and the handover from one set to the next (PROTOCOL §7).

The state at the published head stays provable: what became final after it is folded into the base when the next head is published.
"""

from collections.abc import Sequence

from chain import attesters, blocks, checkpoint, codec, gathering, handover, state, statetree
from chain.branch import Branch
from chain.checkpoint import Checkpoint, Policy
from chain.errors import Fault
from chain.finality import Point
from chain.gathering import Certified
from chain.headertree import HeaderTree
from chain.interfaces import StateView
from chain.mining import Mining

CHECKPOINT = "checkpoint"
"""Name of the small value that holds the published head."""
HANDOVER = "handover/"
"""Beginning of the names of the small values that hold handovers; the epoch follows."""
FOLD_LAG = 8
"""Final blocks that wait in memory for the next certified head at most; beyond it they are folded, and there are no proofs until one is."""


class Published(Mining):
    """The published checkpoint."""

    name: str
    """Name of this ledger, as its genesis document has it."""
    origin: str
    """Origin line of this ledger's checkpoints."""
    headers: HeaderTree
    """The tree over the final headers."""
    policy: Policy = gathering.NOBODY
    """Witnesses that this node asks; set by whoever runs it."""
    _certified: Certified | None = None
    """The newest head that more than two thirds have signed."""
    _recent: dict[Checkpoint, Certified]
    """The newest certified heads, for witnesses that answer late."""
    _published: Certified | None = None
    """The newest certified head with the witnesses of the policy, as the writer sees it: evidence is made at it."""
    _shown_published: Certified | None = None
    """The same once it is durable: what readers see."""

    # --- asking; any thread ---

    @property
    def certified(self) -> Certified | None:
        """The checkpoint at which evidence is made: more than two thirds of the attesters, and the witnesses of the policy where they
        answer in time. None before the first."""
        return self._shown_published

    @property
    def awaiting(self) -> Certified | None:
        """The newest head that more than two thirds of the attesters signed: what witnesses are asked about."""
        return self._certified

    def certified_state(self) -> tuple[Certified, StateView]:
        """The newest checkpoint and the state after its block. Raises Fault `node.checkpoint` where that state is not here now.

        To be called, and the view to be used, under `lock`: a view is that of one block only as long as nothing is folded.
        """
        certified, branch = self._certified_branch()
        return certified, self._branches.view(branch)

    def prove_certified(self, names: Sequence[str]) -> tuple[Certified, statetree.MultiProof]:
        """The newest checkpoint and a proof of what the state after its block holds, or does not hold, at these keys. Raises Fault
        `node.checkpoint`."""
        with self.lock:
            certified, branch = self._certified_branch()
            return certified, self._branches.tree.prove_many(branch.version, [state.key_hash(name) for name in names])

    def _certified_branch(self) -> tuple[Certified, Branch]:
        certified = self._shown_published
        if certified is not None:
            branch = self._branches.get(blocks.decode_header(certified.header).id)
            if branch is not None:
                return certified, branch
        raise Fault("node.checkpoint", "a checkpoint whose state is kept", "none yet")

    def consistency(self, old: int, new: int) -> tuple[bytes, ...] | None:
        """The proof between two sizes of the final chain; None where they are not sizes of it in this order."""
        return self.headers.consistency_proof(old, new) if 0 < old <= new <= self.final_height + 1 else None

    # --- starting ---

    def _load_finality(self) -> None:
        super()._load_finality()
        if not hasattr(self, "headers"):
            self.headers = HeaderTree(self.store)
            first = self.store.block(self.chain)
            document = codec.load(first.transactions[0]) if first and first.transactions else {}
            self.name = str(document.get("name", ""))
            self.origin = checkpoint.origin_of(self.name, self.chain)
        stored = self.store.meta(CHECKPOINT)
        self._certified = self._published = gathering.decode(stored) if stored else None
        self._recent = {self._certified.checkpoint: self._certified} if self._certified else {}

    # --- publishing ---

    def _take(self, certified: Certified) -> None:
        """Takes a certified head, new or with more lines, and publishes it where the witnesses have signed or have had their time."""
        found, held = certified.checkpoint, self._published
        self._recent[found] = certified
        while len(self._recent) > FOLD_LAG:
            del self._recent[next(iter(self._recent))]
        if self._certified is None or found.size >= self._certified.checkpoint.size:
            self._certified = certified
        witnessed = len(checkpoint.judge(certified.signed, (), self.policy).witnesses) >= self.policy.k
        late = held is None or found.size > held.checkpoint.size + FOLD_LAG
        if held is None or found == held.checkpoint or (found.size > held.checkpoint.size and (witnessed or late)):
            self._published = certified

    def _held(self) -> bytes:
        return gathering.encode(self._published) if self._published else b""

    def _published_meta(self) -> tuple[tuple[str, bytes], ...]:
        """What the next commit writes down of it."""
        return ((CHECKPOINT, self._held()), *self._hand_over())

    def _show(self) -> None:
        super()._show()
        self._shown_published = self._published

    # --- from one set to the next ---

    def _hand_over(self) -> tuple[tuple[str, bytes], ...]:
        """The handover to write down with the published head, while a change of the set is under way: of the set that signs to the coming
        one. A later head replaces it until the new set judges."""
        certified = self._published
        branch = self._branches.get(blocks.decode_header(certified.header).id) if certified else None
        if certified is None or branch is None:
            return ()
        entry = attesters.entry(self._branches.view(branch))
        if entry["next"] is None:
            return ()
        proof = self._branches.tree.prove(branch.version, state.key_hash(attesters.ENTRY))
        found = handover.Handover(entry["epoch"], certified, entry, proof)
        return ((f"{HANDOVER}{entry['epoch']}", handover.encode(found)),)

    def handover(self, epoch: int) -> bytes | None:
        """The handover from the set of an epoch to the next, canonical bytes; None where that set still judges, or none is known."""
        certified = self._shown_published
        if certified is None or epoch >= attesters.entry(self.final_view())["epoch"]:
            return None
        return self.store.meta(f"{HANDOVER}{epoch}")

    def is_handed_over(self) -> bool:
        """Whether the change of the set that is under way is in a published head: before that it must not take effect, or nobody who trusts
        the present set could follow."""
        change = attesters.entry(self.view())["next"]
        return change is None or self._published is None or self._published.checkpoint.height >= change["recorded"]

    # --- the state at the checkpoint stays ---

    def _fold_point(self) -> Point:
        """The final block, or the certified one below it, so that its state stays provable."""
        final = self._tally.final
        branch = self._branches.get(final[1])
        if self._published is None or branch is None:
            return final
        lowest = max(self._published.checkpoint.height, final[0] - FOLD_LAG)
        while branch.header.height > lowest:
            parent = self._branches.get(branch.header.previous)
            if parent is None:
                break
            branch = parent
        return branch.point

    def _fold(self) -> None:
        super()._fold()
        if self._branches.root.point != self._tally.final:
            self._mark_beside()

    def _mark_beside(self) -> None:
        """Remembers executed blocks that lie beside the final chain above what is folded: their votes may prove a conflict."""
        final = self._tally.final
        for branch in self._branches:
            if not self._branches.is_ancestor(branch.point, final) and not self._branches.is_ancestor(final, branch.point):
                self._branches.remember_beside(branch.id, branch.header.height)
