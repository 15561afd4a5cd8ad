"""The attacker answers with the body of another block, or with a body of its own making. An answer belongs to the header that was asked
for; a body that does not fit is asked for elsewhere, and the block itself is not condemned."""

from dataclasses import replace

from chain import blocks, messages
from tests.attacks.peer import Stage, headers_of, travelling


def test_it_is_asked_for_elsewhere(stage: Stage) -> None:
    good = stage.evil.forge(items=[stage.evil.transaction(0)])
    other = stage.evil.forge(items=[stage.evil.transaction(1, name="b")])
    stage.node._ask_headers("n3")
    assert stage.send(("headers", messages.encode_headers(headers_of([good])))) == {}
    assert ("get_body", messages.encode_ids([good.header.id])) in stage.evil.heard()
    before = stage.state()
    assert stage.send(("body", travelling(other))) == {"peer.unasked": 1}
    mixed = replace(good, transactions=other.transactions, proofs=other.proofs)
    assert stage.send(("body", travelling(mixed))) == {"peer.body": 1}
    assert stage.state() == before and len(stage.node._sync) == 1
    stage.team.settle()
    assert stage.send(("body", travelling(good))) == {}
    assert stage.node.tip.id == good.header.id and blocks.transactions_root(good.transactions) == good.header.transactions_root
    stage.assert_calm()
