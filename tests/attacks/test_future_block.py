"""The attacker, or an honest miner with a fast clock, seals a block of the future. It is held back, at no cost to its sender, and taken
when its time comes; what lies further ahead than two hours is refused."""

from chain.holding import FUTURE_MS, HELD_PER_PEER
from tests.attacks.peer import Stage, travelling


def test_it_is_held_back_and_then_taken(stage: Stage) -> None:
    now = stage.team.clock.now()
    block = stage.evil.forge(header={"time": now + 60_000})
    before = stage.state()
    assert stage.send(("block", travelling(block))) == {"block.future": 1}
    assert stage.peer.score == 0 and stage.state() == before
    stage.team.clock.set(now + 49_999)
    stage.node.pump()
    assert stage.state() == before
    stage.team.clock.set(now + 50_000)
    stage.node.pump()
    assert stage.node.tip.id == block.header.id


def test_it_is_refused_where_it_lies_too_far_ahead(stage: Stage) -> None:
    time = stage.team.clock.now() + FUTURE_MS + 1
    stage.assert_refused("block.time", lambda number: ("block", travelling(stage.evil.forge(header={"time": time + number}))))


def test_few_are_held_of_one_peer(stage: Stage) -> None:
    time, before = stage.team.clock.now() + 60_000, stage.state()
    codes = stage.send(*(("block", travelling(stage.evil.forge(header={"time": time + number}))) for number in range(2 * HELD_PER_PEER)))
    assert codes == {"block.future": HELD_PER_PEER, "peer.orphans": HELD_PER_PEER}
    assert len(stage.node._future) == HELD_PER_PEER and stage.state() == before
    stage.assert_bounded()
