"""What worker processes hand back is what this process would have found itself."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from chain import checking, transactions
from chain.checking import Checker, Gate
from chain.errors import ChainError, Refusal
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from tests.chain.toy import raising, start


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with closing(Checker(1)) as found:
        yield found


def mixed(count: int) -> tuple[list[bytes], Gate]:
    """Carriers good and bad, and the gate of their chain."""
    node = start(MemoryStore())
    items = [raising(node, f"c{seq}", seq) for seq in range(1, count)]
    good = [transactions.encode(item, with_proofs=True) for item in items]
    other = raising(node, "x", 1, chain="00" * 32)
    forged = good[1].replace(items[1].signatures[0], items[2].signatures[0])
    return [*good, transactions.encode(other, with_proofs=True), forged, b"", good[0][:-1]], Gate(node.chain, node.application)


def shown(found: Transaction | ChainError) -> object:
    return (type(found), str(found)) if isinstance(found, ChainError) else found


def test_workers_say_what_this_process_would_say(checker: Checker) -> None:
    carriers, gate = mixed(checking.BULK)
    bulk = checker.start(carriers, gate)()
    assert [shown(found) for found in bulk] == [shown(checker.start([carrier], gate)()[0]) for carrier in carriers]
    assert [found.code for found in bulk if isinstance(found, ChainError)] == [
        "chain.tx.chain", "chain.tx.signature", "codec.carrier", "codec.carrier",
    ]  # fmt: skip


def test_senders_over_their_quota_cost_no_worker_anything(checker: Checker) -> None:
    carriers, gate = mixed(checking.BULK)

    def quota(item: Transaction) -> None:
        if item.seq % 2:
            raise Refusal("chain.pool.key")

    found = checker.start(carriers, Gate(gate.chain, gate.application, quota))()
    for line, answer in enumerate(found[: checking.BULK - 1], 1):
        assert (getattr(answer, "code", None) == "chain.pool.key") == bool(line % 2)
    assert [shown(answer) for answer in found[-4:]] == [shown(checker.start([carrier], gate)()[0]) for carrier in carriers[-4:]]


def test_a_copy_of_a_transaction_begins_unprepared() -> None:
    item = transactions.with_prepared(raising(start(MemoryStore()), "a", 1), (b"root",))
    assert item.prepared == (b"root",) and replace(item, proofs=()).prepared is None
