"""The half of a node that vouches for what is final: signs heads of the final chain as a member of the attester set, gathers what the other
members signed, and knows the newest head that more than two thirds of them stand behind (PROTOCOL §7).

A head is signed in the step that makes it final and reaches the disk in the same commit; only then is it published. The state at the newest
certified head stays provable: what became final after it is folded into the base when the next head is certified.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chain import attesters, blocks, checkpoint, codec, gathering, handover, keys, notes, state, statetree
from chain.branch import Branch
from chain.checkpoint import Checkpoint, Policy
from chain.errors import Fault, Malformed
from chain.finality import Point
from chain.gathering import Certified, Gathering
from chain.headertree import HeaderTree
from chain.interfaces import BlockRecord, Commit, StateView
from chain.mining import Mining

CHECKPOINT = "checkpoint"
"""Name of the small value that holds the newest certified head."""
HANDOVER = "handover/"
"""Beginning of the names of the small values that hold handovers; the epoch follows."""
RENEW_S = 60
"""A head that is still the newest is signed again after so long: what freshness comes from."""
CLOCK_S = 60
"""Times this far ahead of the local clock are believed."""
RELAY_AHEAD = 64
"""Lines for heads this far above the own head are passed on; the others know those above, or they are noise."""
FOLD_LAG = 8
"""Final blocks that wait in memory for the next certified head at most; beyond it they are folded, and there are no proofs until one is."""


class Attesting(Mining):
    """Checkpoints."""

    name: str
    """Name of this ledger, as its genesis document has it."""
    origin: str
    """Origin line of this ledger's checkpoints."""
    headers: HeaderTree
    """The tree over the final headers."""
    _gathered: Gathering
    _looked_at: tuple[int, Point] | None = None
    """(`changes` of what is gathered, final block) at the last look for a certified head: before they differ there is no other."""
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
    _signed: Checkpoint | None = None
    """The highest head that this node has signed since it started."""
    _signed_at: int = 0
    """When, seconds."""
    _to_send: tuple[Checkpoint, tuple[notes.Line, ...]] | None = None

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
        self._gathered = Gathering(self.origin)
        self._signed, self._to_send, self._looked_at = None, None, None
        stored = self.store.meta(CHECKPOINT)
        self._certified = self._published = gathering.decode(stored) if stored else None
        self._recent = {self._certified.checkpoint: self._certified} if self._certified else {}
        if self._certified is not None and self.wire is not None:
            self._gathered.add(self._certified.checkpoint, self._certified.lines, self._members(), notes.TIME_LIMIT)

    def _members(self) -> list[Mapping[str, Any]]:
        """Everybody whose line may count now: members of the sets at the final block and at the tip, and those who are to come."""
        found = [attesters.entry(view) for view in (self.final_view(), self.view())]
        return [member for entry in found for member in (*entry["members"], *attesters.coming(entry))]

    # --- signing ---

    def _finality_meta(self) -> tuple[tuple[str, bytes], ...]:
        self._sign_final()
        self._certify()
        return (*super()._finality_meta(), (CHECKPOINT, self._held()), *self._hand_over())

    def _held(self) -> bytes:
        return gathering.encode(self._published) if self._published else b""

    def _sign_final(self) -> None:
        """Signs the newest final head, where this node is a member and has not, or not lately."""
        signer = self.operator.note if self.operator else None
        now = self.clock.now() // 1000
        height = self._tally.final[0]
        if signer is None or self.conflict is not None or self._recovery is not None:
            return
        if self._signed is not None and (
            height < self._signed.height or (height == self._signed.height and now < self._signed_at + RENEW_S)
        ):
            return
        branch = self._branches.get(self._tally.final[1])
        party = self._party_of(signer, branch) if branch else None
        if branch is None or party is None:
            return
        found = Checkpoint(self.origin, height + 1, branch.history.root())
        lines = gathering.own_lines(found, party, signer, now)
        self._gathered.add(found, lines, self._members_at(branch), notes.TIME_LIMIT)
        self._signed, self._signed_at, self._to_send = found, now, (found, lines)

    def _party_of(self, signer: keys.SigningKey, branch: Branch) -> str | None:
        return next((str(member["party"]) for member in self._members_at(branch) if member["note"] == signer.text), None)

    def _members_at(self, branch: Branch) -> list[Mapping[str, Any]]:
        return list(attesters.entry(self._branches.view(branch))["members"])

    def _certify(self) -> None:
        """Takes the highest final head that more than two thirds of its own set have signed."""
        seen = (self._gathered.changes, self._tally.final)
        if self._looked_at == seen:
            return
        self._looked_at = seen
        for found in self._gathered.heads():
            known = self._certified.checkpoint.size if self._certified else 0
            if found.size < known:
                break
            if self._certified is not None and found == self._certified.checkpoint:
                self._take(gathering.merge(self._certified, self._gathered.lines(found)))
                break
            branch = self._final_branch(found)
            if branch is not None and self._gathered.is_attested(found, self._members_at(branch)):
                self._take(Certified(found, self._gathered.lines(found), branch.header.encode(), self._path(branch)))
                self._gathered.forget(found.size)
                break

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

    def take_witnessed(self, found: Checkpoint, lines: Sequence[notes.Line]) -> bool:
        """Adds cosignatures of witnesses to a head; False where it is gone. Raises Malformed `note.signature` where one is wrong, Fault
        when they cannot be made durable."""
        with self.lock:
            certified = self._recent.get(found)
            if certified is None:
                return False
            merged = gathering.merge(certified, lines)
            checkpoint.judge(merged.signed, (), self.policy)
            before = self._published
            self._take(merged)
            if self._published is not before:
                self._make_durable()
            return True

    def _final_branch(self, found: Checkpoint) -> Branch | None:
        """The final block that a head ends in, where it is this node's own head of that size."""
        branch = self._branches.get(self._tally.final[1])
        while branch is not None and branch.header.height > found.height:
            branch = self._branches.get(branch.header.previous)
        fits = branch is not None and branch.header.height == found.height and branch.history.root() == found.root
        return branch if fits else None

    def _path(self, branch: Branch) -> tuple[bytes, ...]:
        """Inclusion path of a final header as the last leaf."""
        if branch.header.height == 0:
            return ()
        parent = self._branches.get(branch.header.previous)
        if parent is not None:
            return parent.history.next_leaf_path()
        return self.headers.inclusion_path(branch.header.height, branch.header.height + 1)

    # --- what became durable ---

    def _show(self) -> None:
        super()._show()
        self._shown_published = self._published

    def _write(self, record: BlockRecord | None, branch: Branch | None, old: Branch) -> None:
        super()._write(record, branch, old)
        self._send_signed()

    def _send_signed(self) -> None:
        if self._to_send is not None:
            found, lines = self._to_send
            self._to_send = None
            self._publish(CHECKPOINT, [notes.encode(notes.Note(found.text, lines))])

    def _keep_certified(self) -> None:
        """Signs again what has not been signed for a minute, and makes a head durable that was certified by what others sent."""
        before = self._published
        self._sign_final()
        self._certify()
        if self._to_send is not None or self._published is not before:
            self._make_durable()

    def _make_durable(self) -> None:
        """Writes the published head down, then lets everybody see it."""
        self._commit(Commit(self._tip.id, meta=((CHECKPOINT, self._held()), *self._hand_over())))
        self._show()
        self._send_signed()
        self._fold()

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

    # --- from the others ---

    def _on_checkpoint(self, body: bytes, peer: str) -> None:
        """Lines of other attesters. Raises Malformed `note.*`, `checkpoint.text`, `.origin`, `.attesters`."""
        found, note = checkpoint.parse(body)
        if found.origin != self.origin:
            raise Malformed("checkpoint.origin", self.origin, found.origin)
        members = self._members()
        known = self._certified.checkpoint.size if self._certified else 0
        if found.size < known:
            return
        fresh = self._gathered.add(found, note.lines, members, self.clock.now() // 1000 + CLOCK_S)
        if not fresh and found.height <= self._tip.header.height and not _names(note, self.origin, members):
            raise Malformed("checkpoint.attesters", "a line of an attester", "none")
        if fresh and found.height <= self._tip.header.height + RELAY_AHEAD:
            self._publish(CHECKPOINT, [notes.encode(notes.Note(found.text, fresh))])


def _names(note: notes.Note, origin: str, members: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a line of the note bears the name of a member."""
    names = {origin, *(f"{origin}/{member['party']}" for member in members)}
    return any(line.name in names for line in note.lines)
