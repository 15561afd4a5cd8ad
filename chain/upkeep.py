"""The half of a node that does what time demands: blocks whose time has come, questions that nobody answered, things to be sent again,
votes that were withheld, offences and seats that have to be written down (PROTOCOL §6)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from chain import attesters, codec, envelopes, finality, messages, state, transactions
from chain.errors import ChainError, Fault, Malformed
from chain.exchange import Exchange
from chain.finality import Vote
from chain.transactions import Draft, Transaction

STATUS_MS = 5_000
"""Every node says this often what it has, so that one who missed a block hears of it."""
RESEND_MS = 10_000
"""Own transactions and the own vote are sent again this often until they are final: longer than most messages are under way."""
RESEND_LIMIT = 500
"""Own transactions sent again at a time, the oldest."""
LOOK_MS = 1_000
"""How often withheld votes, offences and seats are looked after."""
HANDOVER_MS = 5 * 60_000
"""How long after the last final block a change of the set waits for a checkpoint that hands it over."""
EVIDENCE_RETRY_MS = 60_000
"""How long a node waits for its own or another node's report of an offence before it reports again."""


class Upkeep(Exchange):
    """What a node does by itself."""

    _said: int | None
    """When the status was published last."""
    _resent: int
    """When own things were sent again last."""
    _looked: int
    """When this node last looked for something to do."""
    _reported: dict[bytes, int]
    """What was reported -> when."""

    def _start_upkeep(self) -> None:
        self._said, self._resent, self._looked, self._reported = None, self.clock.now(), 0, {}

    def _keep_up(self) -> list[ChainError]:
        """Does everything that is due; returns the fault of two finals, should it show now."""
        with self.lock:
            now = self.clock.now()
            for held in self._future.due(now):
                self._take_held(held)
            self._ask_bodies(now)
            try:
                if now >= self._looked + LOOK_MS or now < self._looked:
                    self._looked = now
                    self._look()
            except Fault as fault:
                if fault.code != "finality.conflict":
                    raise
                return [fault]
            self._say(now)
        return []

    def _ask_bodies(self, now: int) -> None:
        """Asks for the bodies of headers that are known without them."""
        self._sync.forget(self._branches.root.header.height, [branch.id for branch in self._branches] if len(self._sync) else ())
        if not len(self._sync):
            return
        for name in self._sync.give_up():
            self._blame(name, Malformed("peer.withheld", "the body of a header that it has shown", "none"))
        named = [peer.name for peer in self.peers.all() if peer.name and peer.banned_until <= now]
        for peer, ids in self._sync.wanted(named or [""], now).items():
            self._publish("get_body", [messages.encode_ids(ids)], peer)

    def _look(self) -> None:
        if self._later:
            self._count_later()
        if self.operator is not None and self.operator.vote is not None and self._promise.target < self._tip.header.height:
            self._advance(None, None, ())
        if self._recovery is not None:
            self._recovery = self._recovery.believing(self._shown_height(), self.clock.now())
            self._ask_votes("")
        self._keep_certified()
        if self.operator is not None and self.conflict is None:
            self._report_offences()
            self._report_forks()
            self._take_seats()

    def _count_later(self) -> None:
        """Votes of a set that was still to come: its block may be here now."""
        known, epoch = self._voters(), self._newest_epoch()
        ready = [vote for vote in self._later if vote.epoch <= epoch]
        for vote in ready:
            del self._later[vote]
        votes = [vote for vote in ready if vote.voter in known]
        for vote in votes:
            try:
                self.receive_vote(finality.encode_votes([vote]))
            except ChainError as error:
                if error.code == "finality.conflict":
                    raise

    # --- sending again ---

    def _say(self, now: int) -> None:
        """Publishes the status, and what only this node may have."""
        if self.wire is None:
            return
        if self._said is None or now >= self._said + STATUS_MS or now < self._said:
            self._said = now
            self._publish("status", [messages.encode_status(self.status())])
        if now >= self._resent + RESEND_MS or now < self._resent:
            self._resent = now
            self._send_again(now)

    def _send_again(self, now: int) -> None:
        own = [waiting.transaction for waiting in self._pool.waiting() if waiting.own and waiting.since + RESEND_MS <= now]
        self._publish("transaction", [transactions.encode(item, with_proofs=True) for item in own[:RESEND_LIMIT]])
        signer = self.operator.vote if self.operator else None
        mine = [vote for vote in self.votes() if signer and vote.voter == signer.public and vote.target_height > self.final_height]
        self._publish("vote", [finality.encode_votes(mine[-finality.SECTION_LIMIT :])] if mine else [])

    # --- what attesters and miners write down ---

    def _report_offences(self) -> None:
        """Turns what the votes prove into transactions. Every node does; the first in a block counts, the others are refused."""
        seated = attesters.voters(self.view())
        leaving = (attesters.entry(self.view())["next"] or {"remove": ()})["remove"]
        for voter, (first, second) in sorted(self._tally.offences.items()):
            if seated.get(voter) and seated[voter] not in leaving and self._is_due(b"offence" + voter):
                proof = {"first": _text([first]), "second": _text([second])}
                if not any(item.kind == "consensus.offence" and item.body == proof for item in self._pool):
                    self._write_down("consensus.offence", proof)

    def _report_forks(self) -> None:
        """Turns pairs of notes that no honest attester signs into transactions."""
        for first, second in self._gathered.contradictions():
            proof = {"first": first.decode("utf-8"), "second": second.decode("utf-8"), "places": None}
            if self._is_due(b"fork" + hashlib.sha256(first + second).digest()):
                self._write_down("consensus.fork", proof)

    def _take_seats(self) -> None:
        """When the block that recorded a change of the set is final, its votes are written down and the change takes effect."""
        change, votes = attesters.entry(self.view())["next"], self._tally.certificate
        if change is None or not votes or votes[0].epoch != change["epoch"] or votes[0].source_height < change["recorded"]:
            return
        if not self.is_handed_over() and self.clock.now() < self._final().header.time + HANDOVER_MS:
            return
        name = b"seat" + change["epoch"].to_bytes(4, "big")
        if self._is_due(name) and not any(item.kind == "consensus.seat" for item in self._pool):
            self._write_down("consensus.seat", {"votes": _text(votes)})

    def _is_due(self, name: bytes) -> bool:
        """Whether something was not reported a moment ago; notes that it is now."""
        now, before = self.clock.now(), self._reported.get(name)
        if before is not None and before <= now < before + EVIDENCE_RETRY_MS:
            return False
        self._reported[name] = now
        return True

    def _write_down(self, kind: str, body: Mapping[str, Any]) -> None:
        item = self.consensus_transaction(kind, body)
        if item is not None:
            self.submit([item])

    def consensus_transaction(self, kind: str, body: Mapping[str, Any]) -> Transaction | None:
        """A transaction of the chain's own kinds, signed by this node's vote key, or by its miner key where it is no attester; None for a
        node that has neither. Its salt follows from its content: nothing here is secret, and equal content has another `seq`."""
        if self.operator is None:
            return None
        vote = self.operator.vote
        signer = vote if vote is not None and vote.public in attesters.voters(self.view()) else self.operator.miner
        window = self.pending_view().get(state.state_key("seq", signer.text))
        salt = hashlib.sha256(codec.encode(dict(body))).digest()[: envelopes.SALT_BYTES]
        draft = Draft(self.chain_hex, kind, body, window["high"] + 1 if window else 1, self.clock.now(), salt)
        return transactions.sign(draft, signer)


def _text(votes: "list[Vote] | tuple[Vote, ...]") -> str:
    """Votes as evidence carries them."""
    return codec.encode_base64(finality.encode_votes(votes))
