"""What a dishonest miner or sender might try with bytes that every rule but one accepts."""

from dataclasses import replace
from typing import Any

import pytest

from chain import blocks, keys, rules, transactions
from chain.candidate import SECTION_SHARE
from chain.checking import BULK
from chain.errors import ChainError, InvalidBlock
from chain.finality import SECTION_LIMIT, VOTE_BYTES
from chain.interfaces import BlockContext
from chain.keys import SigningKey
from chain.node import Node
from chain.store.memory import MemoryStore
from tests.chain.toy import OTHER, USER, Counters, advance, raising, start


def sealed(miner: Node, *items: transactions.Transaction) -> bytes:
    """A block of these transactions as a miner would make that does not look at signatures."""
    for item in items:
        miner._candidate.add(item, Counters())
    header = miner.mine()
    record = miner.store.block(header.id) if header else None
    assert record is not None
    return blocks.encode(record)


def test_a_waiting_transaction_vouches_for_its_own_signature_only() -> None:
    """Nodes that know a transaction and nodes that do not must judge its block alike; else one forged copy divides the network."""
    miner, knows, new = (start(MemoryStore()) for _ in range(3))
    for node in (miner, knows, new):
        advance(node)
    item = raising(knows, "a", 1)
    knows.submit([item])
    block = sealed(miner, replace(item, signatures=(bytes(keys.SIGNATURE_BYTES),)))
    for node in (new, knows):
        with pytest.raises(InvalidBlock) as error:
            node.receive_block(block)
        assert (error.value.code, error.value.line) == ("chain.tx.signature", 0)


def heavy(node: Node, number: int, witnesses: list[SigningKey], **changes: Any) -> transactions.Transaction:
    """A transaction whose signatures weigh more than its envelope."""
    now = node.clock.now()
    body = {"name": f"n{number}", "by": 1}
    draft = transactions.Draft(node.chain_hex, "toy.raise", body, number + 1, now, bytes(16), **changes)
    return transactions.sign(draft, USER, *witnesses)


def test_a_full_candidate_is_a_block_that_travels() -> None:
    """Whatever transactions look like: signatures, items and paths count as many bytes as they take in the block."""
    node = start(MemoryStore())
    witnesses = [SigningKey.from_seed(bytes([number]) * 32) for number in range(8)]
    paths = tuple((number, tuple(bytes([number, place]) * 16 for place in range(40))) for number in range(9))
    items = tuple({"n": number} for number in range(200))
    for item in (
        heavy(node, 0, witnesses), heavy(node, 1, []), heavy(node, 2, witnesses, items=items), heavy(node, 3, [], proofs=paths),
        raising(node, "x", 1, signer=OTHER),
    ):  # fmt: skip
        candidate = type(node._candidate)(BlockContext(node.chain, 1, node.clock.now()), node.view())
        candidate.add(item, Counters())
        section = blocks.encode_proofs(candidate.items)
        assert 4 + len(transactions.encode(item)) + len(section) - 4 <= candidate.size
    framing = blocks.HEADER_BYTES + keys.SIGNATURE_BYTES + 16 + SECTION_LIMIT * VOTE_BYTES
    assert SECTION_SHARE + framing <= blocks.BLOCK_LIMIT


def test_a_block_above_the_limit_is_no_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is a rule about the block, not about the message that brings it."""
    node = start(MemoryStore())
    advance(node)
    node.submit([raising(node, "a", 1)])
    node.mine()
    block = node.block(1)
    assert block is not None
    size = len(blocks.encode(blocks.to_record(block, 0)))
    assert blocks.size(block) == size
    monkeypatch.setattr(blocks, "BLOCK_LIMIT", size - 1)
    with pytest.raises(InvalidBlock, match=r"block\.size"):
        rules.validate_roots(block)


def test_the_first_wrong_thing_is_named_alike_one_by_one_and_in_bulk() -> None:
    """DOMAIN §5: another spelling (row 1) comes before another chain (row 2), however many are sent together."""
    node = start(MemoryStore())
    item = raising(node, "a", 1, chain="00" * 32)
    carrier = transactions.encode(item, with_proofs=True)
    spelt = item.envelope[:-1] + b" }"
    wrong = len(spelt).to_bytes(4, "big") + spelt + carrier[4 + len(item.envelope) :]
    for carriers in ([wrong], [wrong] * BULK):
        codes = {answer.code for answer in node.submit(carriers) if isinstance(answer, ChainError)}
        assert codes == {"chain.tx.canonical"}
    node.close()
