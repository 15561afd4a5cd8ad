"""The half of a node that vouches for what is final: signs heads of the final chain as a member of the attester set, gathers what the other
members signed, and finds the newest head that more than two thirds of them stand behind (PROTOCOL §7).

A head is signed in the step that makes it final and reaches the disk in the same commit; only then is it sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chain import attesters, checkpoint, gathering, keys, notes
from chain.branch import Branch
from chain.checkpoint import Checkpoint
from chain.errors import Malformed
from chain.finality import Point
from chain.gathering import Certified, Gathering
from chain.interfaces import BlockRecord, Commit
from chain.published import CHECKPOINT, Published

RENEW_S = 60
"""A head that is still the newest is signed again after so long: what freshness comes from."""
CLOCK_S = 60
"""Times this far ahead of the local clock are believed."""
RELAY_AHEAD = 64
"""Lines for heads this far above the own head are passed on; the others know those above, or they are noise."""


class Attesting(Published):
    """Signing and gathering checkpoints."""

    _gathered: Gathering
    _looked_at: tuple[int, Point] | None = None
    """(`changes` of what is gathered, final block) at the last look for a certified head: before they differ there is no other."""
    _signed: Checkpoint | None = None
    """The highest head that this node has signed since it started."""
    _signed_at: int = 0
    """When, seconds."""
    _to_send: tuple[Checkpoint, tuple[notes.Line, ...]] | None = None

    # --- starting ---

    def _load_finality(self) -> None:
        super()._load_finality()
        self._gathered = Gathering(self.origin)
        self._signed, self._to_send, self._looked_at = None, None, None
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
        return (*super()._finality_meta(), *self._published_meta())

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
        self._commit(Commit(self._tip.id, meta=self._published_meta()))
        self._show()
        self._send_signed()
        self._fold()

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
