"""The rules of the chain: what makes a block part of it. Pure functions, in the order in which a block is judged (PROTOCOL §3-§6).

    validate_block      = header, then body, then the state it leads to; cheap checks before dear ones
    apply_transactions  = the state after a block, transaction by transaction
    prefer              = fork choice among valid blocks

Nothing here reads a clock, a disk or a random number. `Parent` is all that a block may know of what came before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chain import attesters, blocks, consensus, finality, keys, state, transactions, work
from chain.blocks import Block, Header
from chain.errors import ChainError, InvalidBlock, Malformed, Refusal
from chain.interfaces import Application, BlockContext, Changes, StateView, Trail, Value
from chain.transactions import Transaction

RULES = 1
"""The version of the rules that this code knows."""
FUTURE_LIMIT_MS = 10_000
"""How far a transaction's `at`, or a block's time against the local clock, may lie ahead."""
SEQ_WINDOW = 256
"""Numbers below a key's highest that may still be used, so that ten tasks of one device need not wait for each other."""
SEQ_LEAP = 1_000_000
"""How far above its highest number a key may go at once, so that one lost counter file does not lock it out."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a block's rules need of its parent."""

    header: Header
    """The parent's header."""
    chain: bytes
    """Id of the genesis header."""
    history_root: bytes
    """RFC 9162 root over the headers 0 .. parent."""
    recent_miners: tuple[bytes, ...]
    """Miner keys of the parent and the blocks before it, newest first; as many as spacing looks back."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Genesis parameters of the chain, from the state entry `consensus/parameters`."""

    interval_ms: int
    """Aim for the time between blocks, T."""
    floor: int
    """Easiest compact target."""
    vote_every: int
    """Votes name heights that are multiples of this, E."""


def parameters(view: StateView) -> Parameters:
    """The chain's parameters."""
    value = _entry(view, "consensus/parameters")
    return Parameters(value["interval_ms"], value["floor"], value["vote_every"])


def miners(view: StateView) -> dict[bytes, str]:
    """Miner key -> party."""
    value = _entry(view, "consensus/miners")
    return {keys.public_bytes(member["key"]): member["party"] for member in value["members"]}


def _entry(view: StateView, key: str) -> Value:
    value = view.get(key)
    if value is None:
        raise Malformed("genesis.entry", key, "no such entry")
    return value


# --- header ------------------------------------------------------------------------------------------------------------------


def validate_header(header: Header, parent: Parent, view: StateView) -> None:
    """Everything that can be said of a header before its body is read. Raises InvalidBlock."""
    validate_rules_version(header, view)
    validate_link(header, parent)
    validate_target(header, parent, view)
    validate_work(header)
    validate_miner(header, parent, view)


def rules_at(height: int, view: StateView) -> int:
    """The version of the rules that a block at `height` obeys."""
    versions = _entry(view, "consensus/rules")["versions"]
    found: int = max((entry["from_height"], entry["rules"]) for entry in versions if entry["from_height"] <= height)[1]
    return found


def validate_rules_version(header: Header, view: StateView) -> None:
    """The block was made under the rules in force at its height, and this code knows them (PROTOCOL §4, upgrades)."""
    in_force = rules_at(header.height, view)
    if header.rules != in_force:
        raise InvalidBlock("block.rules", in_force, header.rules, field="rules")
    if in_force > RULES:
        raise InvalidBlock("block.rules.unknown", f"rules up to {RULES}: update this node", in_force, field="rules")


def validate_link(header: Header, parent: Parent) -> None:
    """Height, previous id, time above the parent's, and the root over all headers before (S-01, S-09, S-11)."""
    if header.height != parent.header.height + 1:
        raise InvalidBlock("block.height", parent.header.height + 1, header.height, field="height")
    if header.previous != parent.header.id:
        raise InvalidBlock("block.previous", parent.header.id.hex(), header.previous.hex(), field="previous")
    if header.time <= parent.header.time:
        raise InvalidBlock("block.time", f"above {parent.header.time}", header.time, field="time")
    if header.history_root != parent.history_root:
        raise InvalidBlock("block.history_root", parent.history_root.hex(), header.history_root.hex(), field="history_root")


def expected_target(parent: Header, count: int, time: int, view: StateView) -> int:
    """The compact target of a block with `count` transactions at `time` (PROTOCOL §6, work)."""
    chain = parameters(view)
    return work.next_target(parent.target, (parent.count, count), time - parent.time, work.Difficulty(chain.interval_ms, chain.floor))


def validate_target(header: Header, parent: Parent, view: StateView) -> None:
    """The target is the one that the difficulty rule gives."""
    expected = expected_target(parent.header, header.count, header.time, view)
    if header.target != expected:
        raise InvalidBlock("block.target", f"{expected:08x}", f"{header.target:08x}", field="target")


def validate_work(header: Header) -> None:
    """The id lies below the target (S-10)."""
    target = work.target_of(header.target)
    if int.from_bytes(header.id, "big") >= target:
        raise InvalidBlock("block.work", f"an id below {target:064x}", header.id.hex(), field="nonce")


def spacing(mining_parties: int) -> int:
    """How many blocks before a block must be sealed by other parties: floor((m-1)/3)."""
    return (mining_parties - 1) // 3


def validate_miner(header: Header, parent: Parent, view: StateView) -> None:
    """The miner is enrolled, and its party sealed none of the blocks just before (no owner of a fast machine can censor)."""
    known = miners(view)
    party = known.get(header.miner)
    if party is None:
        raise InvalidBlock("block.miner", "an enrolled miner key", header.miner.hex(), field="miner")
    if party in resting(known, parent.recent_miners):
        raise InvalidBlock("block.spacing", "a party that sealed none of the blocks just before", party, field="miner")


def resting(known: Mapping[bytes, str], recent: Sequence[bytes]) -> set[str | None]:
    """The parties that may not seal the next block, by the `recent` miners, newest first."""
    return {known.get(miner) for miner in recent[: spacing(len(set(known.values())))]}


# --- body --------------------------------------------------------------------------------------------------------------------


def validate_roots(block: Block) -> None:
    """The body fits a block and is the one that the header commits to. A mismatch condemns the copy, not the block: ask elsewhere."""
    header = block.header
    if blocks.size(block) > blocks.BLOCK_LIMIT:
        raise InvalidBlock("block.size", f"at most {blocks.BLOCK_LIMIT} bytes", blocks.size(block))
    if header.count != len(block.transactions) or header.count > blocks.TRANSACTION_LIMIT:
        raise InvalidBlock("block.count", header.count, len(block.transactions), field="count")
    found = blocks.transactions_root(block.transactions)
    if header.transactions_root != found:
        raise InvalidBlock("block.transactions_root", header.transactions_root.hex(), found.hex(), field="transactions_root")
    found = blocks.sections_root(block.proofs, block.votes)
    if header.sections_root != found:
        raise InvalidBlock("block.sections_root", header.sections_root.hex(), found.hex(), field="sections_root")


def validate_seal(block: Block, chain: bytes) -> None:
    """The miner answers for the block with its signature."""
    message = blocks.seal_message(chain, block.header.id)
    if not keys.verify(keys.key_text(block.header.miner), message, block.seal):
        raise InvalidBlock("block.seal", "the miner's signature", "another", field="seal")


def validate_votes(block: Block, chain: bytes, view: StateView) -> tuple[finality.Vote, ...]:
    """The votes section holds votes of attesters for earlier blocks, in order. Returns them. What they weigh, each link's set decides."""
    members = frozenset(attesters.voters(view))
    try:
        votes = finality.decode_votes(block.votes)
        for vote in votes:
            finality.validate_vote(vote, chain, members)
            if vote.target_height >= block.header.height:
                raise Malformed("vote.link", f"a target below height {block.header.height}", vote.target_height)
    except Malformed as error:
        raise InvalidBlock(f"block.{error.code}", error.expected, error.found, field="votes") from error
    return votes


def validate_signatures(items: Sequence[Transaction], known: frozenset[bytes] = frozenset()) -> None:
    """Every signature of every transaction whose leaf is not `known` to be good. Raises InvalidBlock with the transaction's number.

    Known by leaf (id and signatures), not by id: the id does not cover the signatures, and a block may bring others.
    """
    for line, item in enumerate(items):
        if item.leaf in known:
            continue
        try:
            transactions.validate_signatures(item)
        except Refusal as error:
            raise blame(error, line) from error


def blame(error: ChainError, line: int) -> InvalidBlock:
    """The block's fault when its transaction number `line` is refused."""
    return InvalidBlock(error.code, error.expected, error.found, field=error.field or "transaction", line=line)


# --- transactions and state --------------------------------------------------------------------------------------------------


def validate_time(item: Transaction, block: BlockContext) -> None:
    """DOMAIN §5 row 5, time: not from the future, not expired, not valid for longer than 30 days."""
    if item.at > block.time + FUTURE_LIMIT_MS:
        raise Refusal("chain.tx.future", f"at <= {block.time + FUTURE_LIMIT_MS}", item.at, field="at")
    if not block.time <= item.until <= item.at + transactions.UNTIL_LIMIT_MS:
        raise Refusal("chain.tx.expired", f"{block.time} <= until <= at + 30 days", item.until, field="until")


def use_seq(entry: Value | None, seq: int) -> Value:
    """DOMAIN §5 row 5, once: the key's window after using `seq`. `seen` has bit i set when high - i is used; number 0 never is used.

    Raises Refusal `chain.seq.old`, `.far` or `.used`.
    """
    high, seen = (entry["high"], int(entry["seen"], 16)) if entry else (0, 1)
    if seq <= high - SEQ_WINDOW:
        raise Refusal("chain.seq.old", f"above {high - SEQ_WINDOW}", seq, field="seq")
    if seq > high + SEQ_LEAP:
        raise Refusal("chain.seq.far", f"at most {high + SEQ_LEAP}", seq, field="seq")
    if seq > high:
        return {"high": seq, "seen": f"{(seen << (seq - high) | 1) & (2**SEQ_WINDOW - 1):064x}"}
    if seen >> (high - seq) & 1:
        raise Refusal("chain.seq.used", "a number not used before", seq, field="seq")
    return {"high": high, "seen": f"{seen | 1 << (high - seq):064x}"}


def validate_destination(item: Transaction, chain: bytes, application: Application) -> None:
    """DOMAIN §5 row 2: meant for this chain, of a known kind. Raises Refusal `chain.tx.chain` or `chain.tx.kind`."""
    if item.chain != chain.hex():
        raise Refusal("chain.tx.chain", chain.hex(), item.chain, field="chain")
    if not (consensus.knows(item.kind) or application.knows(item.kind)):
        raise Refusal("chain.tx.kind", "a kind that these rules know", item.kind, field="kind")


def apply_transaction(view: StateView, item: Transaction, block: BlockContext, application: Application) -> Changes:
    """What one transaction changes in `view`, or raises Refusal (DOMAIN §5 rows 2, 5 and, by the application, 6-12)."""
    validate_destination(item, block.chain, application)
    seq_key = state.state_key("seq", item.by)
    window = use_seq(view.get(seq_key), item.seq)
    validate_time(item, block)
    changes = consensus.apply(view, item, block) if consensus.knows(item.kind) else application.apply(view, item, block)
    return Changes({**changes.values, seq_key: window}, changes.trails)


def apply_transactions(
    view: StateView, items: Sequence[Transaction], block: BlockContext, application: Application
) -> tuple[state.Overlay, tuple[tuple[int, Trail], ...]]:
    """The state after a block over its parent's, and the trails with the number of their transaction. Raises InvalidBlock."""
    overlay = state.Overlay(view)
    trails: list[tuple[int, Trail]] = []
    for line, item in enumerate(items):
        try:
            changes = apply_transaction(overlay, item, block, application)
        except Refusal as error:
            raise blame(error, line) from error
        overlay.put(changes.values)
        trails += [(line, trail) for trail in changes.trails]
    return overlay, tuple(trails)


def validate_state_root(header: Header, root: bytes) -> None:
    """The state that the transactions lead to is the one that the header names."""
    if header.state_root != root:
        raise InvalidBlock("block.state_root", header.state_root.hex(), root.hex(), field="state_root")


# --- fork choice -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chain as fork choice sees it: by its last block."""

    id: bytes
    """Id of the last block."""
    work: int
    """Cumulative work."""


def prefer(tips: Sequence[Candidate], builds_on: Callable[[Candidate], bool]) -> Candidate:
    """Of the chains through the highest justified block the one with most cumulative work, ties to the smaller id (S-06: "longest").

    Never the order of delivery. `builds_on` tells whether a tip is or descends from the highest justified block.
    """
    return min((tip for tip in tips if builds_on(tip)), key=lambda tip: (-tip.work, tip.id))
