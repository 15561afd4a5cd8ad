"""The attacker shows good headers and never gives the bodies, so that the node waits for ever or has no room for what the honest show. A
body is asked for at one peer after the other; after three rounds in vain its header and those on it are dropped and whoever showed them
pays."""

from chain import messages, sync
from tests.attacks.peer import Stage, headers_of, travelling


def show(stage: Stage, count: int) -> None:
    stage.node._ask_headers("n3")
    assert stage.send(("headers", messages.encode_headers(headers_of(stage.evil.chain(stage.evil.tip, count))))) == {}


def test_headers_whose_bodies_nobody_has_are_dropped(stage: Stage) -> None:
    show(stage, 40)
    before = stage.state()
    assert len(stage.node._sync) == 40
    for _ in range(40):
        stage.team.clock.advance(sync.REQUEST_MS)
        for node in stage.team.nodes.values():
            node.pump()
        stage.evil.heard()
        if not len(stage.node._sync):
            break
    assert not len(stage.node._sync) and stage.peer.reasons["peer.withheld"] >= 1
    assert stage.state() == before
    stage.assert_calm()


def test_a_peer_fills_no_more_than_its_share_of_headers(stage: Stage) -> None:
    branch = stage.evil.chain(stage.evil.tip, sync.HEADERS_KEPT + 100)
    for start in range(0, len(branch), messages.HEADERS_LIMIT):
        stage.node._ask_headers("n3")
        stage.team.clock.advance(2_000)
        stage.send(("headers", messages.encode_headers(headers_of(branch[start : start + messages.HEADERS_LIMIT]))))
    assert len(stage.node._sync) == sync.HEADERS_PER_PEER < sync.HEADERS_KEPT
    stage.assert_calm()


def test_a_body_that_comes_late_is_welcome(stage: Stage) -> None:
    block = stage.evil.chain(stage.evil.tip, 1)[0]
    stage.node._ask_headers("n3")
    stage.send(("headers", messages.encode_headers(headers_of([block]))))
    stage.team.clock.advance(sync.REQUEST_MS + 1)
    stage.node.pump()
    assert stage.send(("body", travelling(block))) == {} and stage.node.tip.id == block.header.id
