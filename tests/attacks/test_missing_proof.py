"""The attacker sells packs that no batch holds: without a proof, or with the proof of another pack. The proof belongs to the transaction's
rules; it travels beside it, and the block's sections commit to it."""

from dataclasses import replace

import pytest

from chain import blocks
from tests.attacks.market import MarketStage
from tests.attacks.peer import carrier, travelling

CODE = "drugs.pack.not_in_batch"


@pytest.mark.parametrize("what", ["none", "another", "altered", "two"])
def test_a_sale_without_its_proof_is_refused(what: str) -> None:
    stage = MarketStage()
    good = stage.team.sale(0)
    ((index, nodes),) = good.proofs
    proofs = {
        "none": (), "another": stage.team.sale(1).proofs, "altered": ((index, (bytes(32), *nodes[1:])),), "two": good.proofs * 2,
    }[what]  # fmt: skip
    bad = replace(good, proofs=proofs)
    before = stage.state()
    assert stage.send(carrier(bad)) == {CODE: 1}
    assert stage.state() == before, "and the transaction itself is not condemned"
    assert stage.send(("block", travelling(stage.evil.forge(items=[bad])))) == {CODE: 1} and stage.is_ignored
    stage.peer.banned_until = 0
    assert stage.send(("block", travelling(stage.evil.forge(items=[good], proofs=blocks.encode_proofs([bad]))))) == {CODE: 1}
    assert stage.node.submit([good]) and stage.node.waiting == 1
    stage.assert_calm()
