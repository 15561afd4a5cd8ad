"""The half of a node that seals blocks: when one is due, what goes into it, the search for its nonce (S-10; PROTOCOL §6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chain import attesters, base, blocks, finality, keys, rules, state, work
from chain.acceptance import Receipt
from chain.blocks import Block, Header
from chain.branch import Branch, Executed
from chain.candidate import Candidate
from chain.checking import Checked
from chain.errors import ChainError
from chain.finality import Vote
from chain.growth import Growth
from chain.transactions import Transaction

BLOCK_TRANSACTIONS = 4_000
"""Waiting transactions at which a miner seals a block without waiting for the interval."""
HEARTBEAT_MS = 6 * 3600 * 1000
"""An idle chain gets a block this often."""
SEARCH_TRIES = 1 << 20
"""Nonces tried between two looks at whether the search should stop."""


class Mining(Growth):
    """Sealing blocks."""

    def _submit_slice(self, carriers: Sequence[bytes | Transaction], checked: Sequence[Checked], own: bool) -> list[Receipt | ChainError]:
        answers = super()._submit_slice(carriers, checked, own)
        if self.operator and self._candidate.is_full(BLOCK_TRANSACTIONS):
            self.mine()
        return answers

    def may_mine(self) -> bool:
        """Whether a block by this node on the present head would be valid: it has an enrolled key, its party's turn has come again
        (spacing), these rules are still in force, and no two finals were seen."""
        if self.operator is None or self.conflict is not None:
            return False
        view, known = self.view(), rules.miners(self.view())
        party = known.get(self.operator.miner.public)
        in_force = rules.rules_at(self._tip.header.height + 1, view) <= rules.RULES
        return party is not None and in_force and party not in rules.resting(known, self._tip.recent)

    def should_mine(self) -> bool:
        """Whether a block is due: transactions wait, a block with transactions is not final yet, or the heartbeat (PROTOCOL §6, when)."""
        now = self.clock.now()
        if not self.may_mine() or now < self._tip.header.time + rules.parameters(self.view()).interval_ms:
            return False
        unsettled = any(branch.header.count and branch.header.height > self.final_height for branch in self._branches.chain(self._tip))
        return bool(self._candidate.items) or unsettled or now >= self._tip.header.time + HEARTBEAT_MS

    def mine(self) -> Header | None:
        """Seals the candidate as the next block and adopts it; None for a node that may not mine now. Raises Fault."""
        with self.lock:
            self._validate_writable()
            if self.operator is None or not self.may_mine():
                return None
            self._freshen()
            block, branch = self._build(self._candidate, self._tip, self.operator.miner)
            self._adopt(block, branch)
            return block.header

    def _build(self, candidate: Candidate, parent: Branch, miner: keys.SigningKey) -> tuple[Block, Branch]:
        """The sealed block and its branch, not adopted yet."""
        encoded = state.encode_changes(candidate.overlay.values)
        version = self._branches.tree.update(parent.version, state.tree_changes(encoded))
        votes = self._uncounted_votes(parent)
        body = Body(candidate, self._branches.tree.root(version), blocks.encode_proofs(candidate.items), finality.encode_votes(votes))
        header = self._header(body, parent, miner)
        header = blocks.with_nonce(header, search(header))
        seal = miner.sign(blocks.seal_message(self.chain, header.id))
        block = Block(header, seal, tuple(candidate.items), body.proofs, body.votes)
        executed = Executed(candidate.overlay, base.Delta(encoded, tuple(candidate.trails)), version, votes)
        return block, self._branches.grow(block, parent, executed)

    def _uncounted_votes(self, parent: Branch) -> tuple[Vote, ...]:
        """The votes that the blocks up to `parent` do not contain yet: first those that justified something, then the newest."""
        known = attesters.voters(self._branches.view(parent))
        fit = [vote for vote in self.votes() if vote.target_height <= parent.header.height and vote.voter in known]
        missing = self._without_counted(set(fit), parent)
        fit = [vote for vote in fit if vote in missing]
        owed = [vote for vote in fit if vote in self._tally.owed]
        newest_first = [vote for vote in reversed(fit) if vote not in self._tally.owed]
        return tuple((owed + newest_first)[: finality.SECTION_LIMIT])

    def _without_counted(self, votes: set[Vote], tip: Branch) -> set[Vote]:
        """Those that no block on the way down from `tip` contains; one that does lies above the vote's target."""
        lowest = min((vote.target_height for vote in votes), default=0)
        for branch in self._branches.chain(tip):
            if not votes or branch.header.height <= lowest:
                break
            if not votes.isdisjoint(branch.votes):
                votes -= branch.votes
                lowest = min((vote.target_height for vote in votes), default=0)
        return votes

    def _header(self, body: "Body", parent: Branch, miner: keys.SigningKey) -> Header:
        """The header without its nonce."""
        view, items, block = self._branches.view(parent), body.candidate.items, body.candidate.block
        return Header(
            rules=rules.rules_at(block.height, view), count=len(items), height=block.height, time=block.time, previous=parent.id,
            transactions_root=blocks.transactions_root(items), state_root=body.state_root, history_root=parent.history.root(),
            sections_root=blocks.sections_root(body.proofs, body.votes), miner=miner.public,
            target=rules.expected_target(parent.header, len(items), block.time, view),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """What a header commits to."""

    candidate: Candidate
    """The transactions, executed."""
    state_root: bytes
    """Root of the state tree after them."""
    proofs: bytes
    """Proof section."""
    votes: bytes
    """Votes section."""


def search(header: Header) -> int:
    """Tries nonces until the id lies below the target (S-10)."""
    prefix, target = header.encode()[: blocks.NONCE_OFFSET], work.target_of(header.target)
    start = 0
    while True:
        nonce = work.search(prefix, target, start, SEARCH_TRIES)
        if nonce is not None:
            return nonce
        start += SEARCH_TRIES
