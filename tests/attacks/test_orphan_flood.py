"""The attacker sends ten thousand blocks whose parents nobody knows, to fill memory. An orphan is held only with work and an enrolled
miner's seal; few are held of one peer, and who sends more is ignored and loses its place."""

from dataclasses import replace

from chain.blocks import Block
from chain.holding import HELD_PER_PEER
from tests.attacks.peer import Stage, mined, sealed, travelling


def orphan(stage: Stage, number: int, block: Block) -> bytes:
    header = mined(replace(block.header, previous=number.to_bytes(32, "big"), nonce=0))
    return travelling(replace(block, header=header, seal=sealed(stage.node.chain, header, stage.evil.miner)))


def test_ten_thousand_orphans_fill_nothing(stage: Stage) -> None:
    block, before, verified, sent = stage.evil.forge(), stage.state(), stage.verified, 0
    for start in range(0, 10_000, 100):
        stage.send(*(("block", orphan(stage, number, block)) for number in range(start, start + (100 if start < 300 else 0))))
        sent += 100
    stage.send(*(("block", travelling(block)) for _ in range(10_000 - 300)))
    assert stage.is_ignored and stage.peer.reasons["peer.orphans"] == 100 and stage.peer.reasons["block.parent"] == HELD_PER_PEER
    assert stage.verified - verified <= HELD_PER_PEER + 100
    assert len(stage.node._orphans) == 0 and stage.state() == before
    stage.assert_calm()


def test_an_orphan_without_work_is_refused(stage: Stage) -> None:
    def make(number: int) -> tuple[str, bytes]:
        header = mined(replace(block.header, previous=number.to_bytes(32, "big"), nonce=0), worked=False)
        return "block", travelling(replace(block, header=header))

    block = stage.evil.forge()
    stage.assert_refused("block.work", make, signatures=0)
