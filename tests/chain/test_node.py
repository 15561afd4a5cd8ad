"""The node on a toy application: accepting, mining, finality, restarts, two branches, faults, audit."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from chain import blocks, codec, finality, rules, statetree, transactions
from chain.audit import audit
from chain.clock import SetClock
from chain.errors import ChainError, Fault, InvalidBlock, NotYet, Refusal
from chain.interfaces import BlockContext, Changes, StateView
from chain.keys import SigningKey
from chain.node import Node, Receipt
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from tests.chain.toy import OTHER, RIVAL, START, USER, Counters, advance, raising, start


def accepted(answers: list[Receipt | ChainError]) -> list[Receipt]:
    for answer in answers:
        assert isinstance(answer, Receipt), answer
    return [answer for answer in answers if isinstance(answer, Receipt)]


def refused(answers: list[Receipt | ChainError]) -> str:
    (answer,) = answers
    assert isinstance(answer, ChainError), answer
    return answer.code


def reopened(node: Node) -> Node:
    assert isinstance(node.store, MemoryStore)
    return Node(node.store.reopen(), Counters(), SetClock(node.clock.now()))


def mined(node: Node, count: int = 1) -> None:
    for _ in range(count):
        advance(node)
        assert node.mine() is not None


def test_a_transaction_is_stored_then_in_a_block_then_final() -> None:
    node = start(MemoryStore())
    item = raising(node, "a", 1)
    (receipt,) = accepted(node.submit([item]))
    assert receipt.level == "stored" and not receipt.known
    mined(node)
    (again,) = accepted(node.submit([item]))
    assert (again.level, again.known, again.position) == ("in_block", True, 1 << 24)
    mined(node)
    assert node.final_height == 1
    assert accepted(node.submit([item]))[0].level == "final"
    entry = node.view().get("counter/a")
    assert entry is not None and entry["n"] == 1 and entry["history"]["n"] == 1
    assert [event.transaction.id for event in node.history("counter/a")] == [item.id]
    assert audit(node.store, Counters()) is None


def test_refusals_change_nothing_and_name_their_reason() -> None:
    node = start(MemoryStore())
    now = node.clock.now()
    assert refused(node.submit([raising(node, "a", 1, by=101)])) == "toy.limit"
    assert refused(node.submit([raising(node, "a", 1, chain="00" * 32)])) == "chain.tx.chain"
    assert refused(node.submit([raising(node, "a", 1, kind="toy.lower")])) == "chain.tx.kind"
    assert refused(node.submit([raising(node, "a", 1, at=now + 10_001)])) == "chain.tx.future"
    assert refused(node.submit([raising(node, "a", 1, at=now - 2, until=now - 1)])) == "chain.tx.expired"
    assert refused(node.submit([raising(node, "a", 1, until=now + transactions.UNTIL_LIMIT_MS + 1)])) == "chain.tx.expired"
    assert refused(node.submit([raising(node, "a", 0)])) == "chain.seq.used"
    assert refused(node.submit([raising(node, "a", 1_000_001)])) == "chain.seq.far"
    assert refused(node.submit([b"\0\0\0"])) == "codec.carrier"
    forged = transactions.encode(raising(node, "a", 1), with_proofs=True)
    assert refused(node.submit([forged.replace(b'"by":1', b'"by":2')])) == "chain.tx.signature"
    assert node.waiting == 0
    accepted(node.submit([raising(node, "a", 1)]))


def test_the_seq_window() -> None:
    entry = None
    for seq in (5, 3, 300, 290):
        entry = rules.use_seq(entry, seq)
    assert entry is not None and entry["high"] == 300
    for seq, code in ((300, "used"), (290, "used"), (44, "old"), (3, "old"), (1_000_301, "far")):
        with pytest.raises(Refusal, match=f"chain.seq.{code}"):
            rules.use_seq(entry, seq)
    assert rules.use_seq(entry, 45)["high"] == 300


def test_signatures_of_cosigners_are_checked() -> None:
    node = start(MemoryStore())
    both = transactions.sign(
        transactions.Draft(node.chain_hex, "toy.raise", {"name": "a", "by": 1}, 1, node.clock.now(), bytes(16)), USER, OTHER
    )
    stranger = SigningKey.from_seed(b"x" * 32).sign(b"something else")
    bad = transactions.decode(both.envelope, (both.signatures[0], stranger), ())
    assert refused(node.submit([bad])) == "chain.tx.cosignature"
    accepted(node.submit([both]))


def test_a_restart_finds_everything() -> None:
    store = MemoryStore()
    node = start(store)
    for seq in range(1, 30):
        accepted(node.submit([raising(node, f"n{seq % 7}", seq)]))
        if seq % 3 == 0:
            mined(node)
    accepted(node.submit([raising(node, "waiting", 30)]))
    before = (node.tip.id, node.final_height, dict(node.view().scan("")), node.waiting)
    node = Node(store.reopen(), Counters(), SetClock(node.clock.now()), operator=node.operator)
    assert (node.tip.id, node.final_height, dict(node.view().scan("")), node.waiting) == before
    mined(node, 2)
    assert [event.number for event in node.history("counter/n1")] == [1, 2, 3, 4, 5]
    assert audit(node.store, Counters()) is None


def test_flushing_changes_nothing_that_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 5)
    flushed, plain = start(MemoryStore()), None
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 10**9)
    plain = start(MemoryStore())
    for node in (flushed, plain):
        monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 5 if node is flushed else 10**9)
        for seq in range(1, 60):
            accepted(node.submit([raising(node, f"c{seq % 11}", seq)]))
            mined(node)
    assert flushed.store.flushed()[0] > 40 and plain.store.flushed()[0] == 0
    assert dict(flushed.view().scan("")) == dict(plain.view().scan(""))
    assert flushed.tip.id == plain.tip.id
    assert [e.transaction.id for e in flushed.history("counter/c3")] == [e.transaction.id for e in plain.history("counter/c3")]
    flushed.close()
    again = reopened(flushed)
    assert dict(again.view().scan("")) == dict(plain.view().scan(""))
    assert audit(again.store, Counters()) is None


def fork(length_a: int, length_b: int) -> tuple[Node, list[bytes], list[bytes]]:
    """A node without votes and two branches of other nodes on block 0, as they travel."""
    branches = []
    for seed, length in (("a", length_a), ("b", length_b)):
        other = start(MemoryStore(), attest=False)
        bodies = []
        for seq in range(1, length + 1):
            advance(other, 1_000 if seed == "a" else 1_100)
            accepted(other.submit([raising(other, seed, seq, signer=USER if seed == "a" else OTHER)]))
            other.mine()
            record = other.store.block(other.tip.id)
            assert record is not None
            bodies.append(blocks.encode(record))
        branches.append(bodies)
    node = start(MemoryStore(), attest=False)
    advance(node, 3_600_000)
    return node, branches[0], branches[1]


@pytest.mark.parametrize(("length_a", "length_b"), [(1, 2), (2, 1), (3, 5), (2, 2)])
def test_most_work_wins_whatever_comes_first(length_a: int, length_b: int) -> None:
    tips = set()
    for order in (0, 1):
        node, branch_a, branch_b = fork(length_a, length_b)
        accepted(node.submit([raising(node, "own", 1, signer=RIVAL)]))
        for body in branch_a + branch_b if order == 0 else branch_b + branch_a:
            node.receive_block(body)
        tips.add(node.tip.id)
        winner = "a" if node.view().get("counter/a") else "b"
        loser = {"a": "b", "b": "a"}[winner]
        if length_a != length_b:
            assert winner == ("a" if length_a > length_b else "b")
        assert node.view().get(f"counter/{loser}") is None
        # what the losing branch held and the time still allows waits for a block again, beside the own transaction
        assert node.waiting == 1 + (length_b if winner == "a" else length_a) * (winner == "b" if order == 0 else winner == "a")
        mined(node)
        assert node.waiting == 0
        assert audit(node.store, Counters()) is None
        everything = dict(node.view().scan(""))
        again = reopened(node)
        assert again.tip.id == node.tip.id and dict(again.view().scan("")) == everything
    assert len(tips) == 1


def test_a_final_block_is_never_left() -> None:
    node, _, long = fork(1, 6)
    node = start(MemoryStore())
    accepted(node.submit([raising(node, "mine", 1)]))
    mined(node, 2)
    assert node.final_height == 1
    advance(node, 3_600_000)
    tip = node.tip.id
    codes = set()
    for body in long:
        try:
            node.receive_block(body)
        except (InvalidBlock, NotYet) as error:
            codes.add(error.code)
    assert node.tip.id == tip and codes == {"block.final", "block.parent"}


def test_blocks_that_break_a_rule_are_named() -> None:
    node, branch, _ = fork(2, 1)
    record = blocks.parse(branch[0])
    header = blocks.decode_header(record.header)
    node.receive_block(branch[0])
    second = blocks.parse(branch[1])
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"height": 9}, "block.height"),
        ({"time": header.time}, "block.time"),
        ({"history_root": bytes(32)}, "block.history_root"),
        ({"target": 0x207FFFFE}, "block.target"),
        ({"miner": RIVAL.public}, "block.miner"),
        ({"rules": 2}, "block.rules"),
        ({"state_root": bytes(32)}, "block.seal"),
    )
    for change, code in changes:
        altered = altered_header(second.header, change)
        body = branch[1].replace(second.header, altered)
        with pytest.raises(InvalidBlock, match=code):
            node.receive_block(body)
    node.receive_block(branch[1])


def altered_header(header_bytes: bytes, change: dict[str, Any]) -> bytes:
    """The header with a field changed and enough work done again."""
    fields = {name: getattr(blocks.decode_header(header_bytes), name) for name in blocks.Header.__slots__}
    header = blocks.Header(**{**fields, **change})
    nonce = 0
    while int.from_bytes(blocks.with_nonce(header, nonce).id, "big") >= 2**254:
        nonce += 1
    return blocks.with_nonce(header, nonce).encode()


def test_votes_travel_in_blocks_and_make_them_final_elsewhere() -> None:
    source = start(MemoryStore())
    follower = Node(copy_of(source), Counters(), SetClock(START + 10**7))
    for seq in range(1, 5):
        accepted(source.submit([raising(source, "a", seq)]))
        mined(source)
        record = source.store.block(source.tip.id)
        assert record is not None
        follower.receive_block(blocks.encode(record))
    assert source.final_height == 3 and follower.final_height == 2
    follower.receive_vote(finality.encode_votes(source.votes()))
    assert follower.final_height == 3


def copy_of(node: Node) -> MemoryStore:
    store = MemoryStore()
    record = node.store.block(node.chain)
    assert record is not None
    document = codec.decode(record.transactions[0])
    Node.create(store, document, Counters())
    return store


def test_offences() -> None:
    chain = bytes(32)
    key = SigningKey.from_seed(b"q" * 32)

    def vote(source: int, target: int, name: bytes = b"a") -> finality.Vote:
        return finality.sign_vote(chain, 0, (source, b"s" * 32), (target, name * 32), key)

    assert finality.is_offence(vote(1, 5), vote(2, 5))
    assert finality.is_offence(vote(1, 5), vote(1, 5, b"b"))
    assert finality.is_offence(vote(1, 9), vote(3, 5)) and finality.is_offence(vote(3, 5), vote(1, 9))
    assert not finality.is_offence(vote(1, 5), vote(1, 5)) and not finality.is_offence(vote(1, 5), vote(5, 9))


def test_a_commit_that_fails_leaves_memory_as_the_disk() -> None:
    store = MemoryStore()
    node = start(store)
    accepted(node.submit([raising(node, "a", 1)]))
    mined(node)
    tip = node.tip.id
    store.hook = failing("store.full")
    with pytest.raises(Fault, match="store.full"):
        node.submit([raising(node, "a", 2)])
    with pytest.raises(Fault, match="node.read_only"):
        mined(node)
    store.hook = lambda point: None
    advance(node)
    assert node.tip.id == tip and node.waiting == 0
    accepted(node.submit([raising(node, "a", 2)]))
    mined(node, 2)
    assert audit(store, Counters()) is None


def failing(code: str) -> Callable[[str], None]:
    def hook(point: str) -> None:
        if not point.startswith("read."):
            raise Fault(code, "space", "none")

    return hook


def test_a_bulk_submission_gets_no_more_than_its_senders_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.pool.KEY_LIMIT", 50)
    monkeypatch.setattr("chain.acceptance.SUBMIT_SLICE", 20)
    node = start(MemoryStore())
    answers = node.submit([raising(node, f"c{seq}", seq) for seq in range(1, 81)])
    assert [getattr(answer, "code", "") for answer in answers] == [""] * 50 + ["chain.pool.key"] * 30
    assert node.waiting == 50


def test_a_bulk_submission_mines_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.mining.BLOCK_TRANSACTIONS", 50)
    monkeypatch.setattr("chain.acceptance.SUBMIT_SLICE", 50)
    node = start(MemoryStore())
    items = [raising(node, f"k{seq % 40}", seq) for seq in range(1, 201)]
    accepted(node.submit([transactions.encode(item, with_proofs=True) for item in items]))
    assert node.tip.header.height >= 4 and node.waiting == 0
    assert audit(node.store, Counters()) is None


def test_state_proofs_hold_at_the_final_root() -> None:
    node = start(MemoryStore())
    for seq in range(1, 20):
        accepted(node.submit([raising(node, f"p{seq}", seq)]))
    mined(node, 2)
    header, proof = node.prove(["counter/p3", "counter/absent"])
    assert header.height == node.final_height
    assert isinstance(proof, statetree.MultiProof)


def test_mining_only_when_something_is_due() -> None:
    node = start(MemoryStore())
    advance(node, 2_000)
    assert not node.should_mine()
    accepted(node.submit([raising(node, "a", 1)]))
    assert node.should_mine()
    node.mine()
    assert not node.should_mine()
    advance(node, 1_000)
    assert node.should_mine(), "a block with transactions is not final yet"
    node.mine()
    advance(node, 10_000)
    assert not node.should_mine()
    advance(node, 6 * 3600 * 1000)
    assert node.should_mine(), "the heartbeat"


def test_every_flipped_byte_of_a_block_is_named() -> None:
    store = MemoryStore()
    node = start(store)
    for seq in range(1, 6):
        accepted(node.submit([raising(node, "a", seq)]))
        mined(node)
    source = random.Random(os.environ.get("SEED", "flip"))
    block_id = node.store.best(3)
    assert block_id is not None
    good = store.disk.blocks[block_id]
    for name in ("header", "seal", "proofs", "votes"):
        for _ in range(40):
            body = bytearray(getattr(good, name))
            body[source.randrange(len(body))] ^= 1 << source.randrange(8)
            store.disk.blocks[block_id] = type(good)(**{**{f: getattr(good, f) for f in good.__slots__}, name: bytes(body)})
            finding = audit(store, Counters())
            assert finding is not None and finding.height == 3, (name, finding)
    for _ in range(60):
        carrier = bytearray(good.transactions[0])
        carrier[source.randrange(len(carrier))] ^= 1 << source.randrange(8)
        store.disk.blocks[block_id] = type(good)(**{**{f: getattr(good, f) for f in good.__slots__}, "transactions": (bytes(carrier),)})
        finding = audit(store, Counters())
        assert finding is not None and finding.height == 3 and finding.transaction == 0, finding
    store.disk.blocks[block_id] = good
    assert audit(store, Counters()) is None


def test_a_clock_that_goes_back_drops_nothing_that_was_acknowledged() -> None:
    store = MemoryStore()
    node = start(store)
    advance(node, 60_000)
    accepted(node.submit([raising(node, "a", 1)]))
    node = Node(store.reopen(), Counters(), SetClock(START + 20_000), operator=node.operator)
    mined(node)
    assert node.waiting == 1, "signed in what is the future now"
    advance(node, 50_000)
    mined(node)
    assert node.waiting == 0 and node.view().get("counter/a")


class Talkers(Counters):
    """Counters that take a note of up to 5,000 letters."""

    def apply(self, view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
        changes = super().apply(view, transaction, block)
        note = "n" * transaction.body.get("note", 0)
        return Changes({key: {**value, "note": note} for key, value in changes.values.items()}, changes.trails)


def test_a_value_that_is_too_large_is_refused_when_it_is_accepted() -> None:
    node = start(MemoryStore())
    node.application = Talkers()
    others = [raising(node, "a", seq) for seq in (1, 2)]
    large = raising(node, "b", 3, body={"name": "b", "by": 1, "note": 5_000})
    assert accepted(node.submit([others[0]]))
    assert refused(node.submit([large])) == "state.value.size"
    assert accepted(node.submit([others[1]]))
    mined(node)
    assert node.tip.header.count == 2 and node.view().get("counter/b") is None
    fits = raising(node, "b", 3, body={"name": "b", "by": 1, "note": 3_500})
    assert accepted(node.submit([fits]))
    mined(node)
    assert node.tip.header.count == 1
