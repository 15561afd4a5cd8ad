"""The attacker wants two nodes to judge one transaction differently: it re-spells the signature (S + L), or puts a transaction that some
nodes hold already into a block under a signature that is none. S is below L, and a block's signatures are those of its own leaves: a node
that holds the transaction under its true signature checks the other one all the same."""

from dataclasses import replace

import pytest

from tests.attacks.peer import Stage, carrier, travelling
from tests.chain.edwards import L


def respelt(signature: bytes) -> bytes:
    return signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")


def test_the_same_signature_spelt_otherwise_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    stage.assert_refused("chain.tx.signature", lambda number: carrier(replace(item, signatures=(respelt(item.signatures[0]),))))


@pytest.mark.parametrize("known", [True, False])
def test_a_block_with_a_bad_signature_is_refused_by_those_who_hold_the_transaction_too(stage: Stage, known: bool) -> None:
    item = stage.evil.transaction()
    if known:
        stage.node.submit([item])
    for bad in (respelt(item.signatures[0]), bytes(64)):
        spoilt = replace(item, signatures=(bad,))
        codes = stage.send(("block", travelling(stage.evil.forge(items=[spoilt]))))
        assert codes == {"chain.tx.signature": 1} and stage.is_ignored
        stage.peer.banned_until = 0
    stage.assert_calm()
