"""Several attesters agree: votes, justification, finality, fork choice, partitions, late comers, withheld votes (PROTOCOL §6)."""

import pytest

from chain import blocks, finality, state
from chain.audit import audit
from chain.wire.local import Weather
from tests.chain.team import Team, key
from tests.chain.toy import Counters


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_everybody_agrees_and_finality_follows(count: int) -> None:
    team = Team(count)
    team.run(20)
    team.run(4, sending=False)
    assert len(team.tips) == 1
    assert min(team.finals) >= 6 and len(set(team.finals)) == 1
    assert not team.errors
    for node in team.nodes.values():
        assert audit(node.store, Counters()) is None
        assert not node._tally.offences


@pytest.mark.parametrize("weather", [Weather(loss=200, repetition=200, least_delay=0, most_delay=6)])
@pytest.mark.parametrize("count", [4, 7])
def test_bad_weather_delays_but_does_not_divide(count: int, weather: Weather) -> None:
    team = Team(count, weather)
    team.run(60)
    team.network.weather = Weather()
    team.run(10)
    team.run(30, sending=False)
    team.validate()
    assert len(team.tips) == 1 and min(team.finals) > 10
    assert {node._tally.conflict for node in team.nodes.values()} == {None}
    assert not any(node._tally.offences for node in team.nodes.values())
    assert not any(peer.banned_until for node in team.nodes.values() for peer in node.peers.all())


def test_without_two_thirds_blocks_go_on_and_nothing_becomes_final() -> None:
    team = Team(4)
    team.run(10)
    team.network.partition(["n0", "n1"], ["n2", "n3"])
    before = max(team.finals)
    heights = [node.tip.header.height for node in team.nodes.values()]
    team.run(20)
    assert max(team.finals) <= before + 1
    assert all(node.tip.header.height > height for node, height in zip(team.nodes.values(), heights, strict=True))
    assert len(team.tips) == 2
    team.network.heal()
    team.run(40)
    team.run(20, sending=False)
    team.validate()
    assert len(team.tips) == 1 and min(team.finals) > before + 5
    assert all(node.waiting == 0 for node in team.nodes.values()), "what the losing side held is in blocks now"


def test_a_majority_goes_on_and_the_rest_follows_when_the_cut_heals() -> None:
    team = Team(7)
    team.run(10)
    team.network.partition([f"n{number}" for number in range(5)])
    team.run(20)
    assert team.nodes[0].final_height > team.nodes[6].final_height + 5
    team.network.heal()
    team.run(20)
    team.run(20, sending=False)
    team.validate()
    assert len(team.tips) == 1 and len(set(team.finals)) == 1


def test_a_late_comer_catches_up_from_any_peer_and_holds_the_same_final() -> None:
    team = Team(4)
    late = team.stop(3)
    team.run(60)
    node = team.join(3, late)
    assert node.tip.header.height == 0
    team.run(30, sending=False)
    team.validate()
    assert len(team.tips) == 1 and len(set(team.finals)) == 1
    assert audit(node.store, Counters()) is None


def test_votes_that_come_before_their_block_count_when_it_is_there() -> None:
    team = Team(4)
    team.run(6)
    team.network.partition(["n0", "n1", "n2"], ["n3"])
    behind = team.nodes[3]
    team.run(6)
    votes = finality.encode_votes(team.nodes[0].votes())
    final = behind.final_height
    behind.receive_vote(votes)
    assert behind.final_height == final
    ahead = team.nodes[0]
    for height in range(final + 1, ahead.tip.header.height + 1):
        record = ahead.store.block(ahead.store.best(height) or b"")
        assert record is not None
        behind.receive_block(blocks.encode(record))
    assert behind.final_height == ahead.final_height > final


def test_votes_are_withheld_while_an_urgent_transaction_waits() -> None:
    team = Team(4)
    team.run(6)
    censor = next(node for number, node in team.nodes.items() if number != 1 and node.may_mine())
    for node in team.nodes.values():
        node.wire = None
    item = team.send(1, kind="toy.recall")
    team.clock.advance(4_000)
    team.nodes[1]._head_since = team.clock.now()
    for number, node in team.nodes.items():
        node.wire = team.wire(number)
    promised = team.nodes[1]._promise.target
    block = censor.mine()
    assert block is not None and censor.transaction(item.id) is None
    team.errors += team.nodes[1].pump()
    assert team.nodes[1].tip.id == block.id
    assert team.nodes[1]._promise.target == promised, "the recall has waited for more than three intervals"
    team.run(10)
    assert team.nodes[1]._promise.target > promised
    assert censor.transaction(item.id) is not None


def test_a_miner_whose_turn_has_not_come_waits() -> None:
    team = Team(4)
    node = team.nodes[0]
    team.run(4)
    for _ in range(20):
        if node.tip.header.miner == key("miner 0").public:
            break
        team.run(1)
    team.send(0)
    team.clock.advance(2_000)
    assert not node.should_mine() and node.mine() is None
    assert any(other.should_mine() for other in team.nodes.values() if other.pump() is not None and other is not node)


def test_restarts_keep_votes_promises_and_finality() -> None:
    team = Team(4)
    team.run(15)
    for number in range(4):
        before = (team.nodes[number]._promise, team.nodes[number].final_height, team.nodes[number]._tally.head, team.nodes[number].tip.id)
        node = team.join(number, team.stop(number))
        assert (node._promise, node.final_height, node._tally.head, node.tip.id) == before
    team.run(15)
    team.run(5, sending=False)
    team.validate()
    assert len(team.tips) == 1 and min(team.finals) > 10 and not any(node._tally.offences for node in team.nodes.values())


def test_a_checkpoint_every_four_blocks() -> None:
    team = Team(4, vote_every=4)
    team.run(60)
    assert min(team.finals) >= 16 and all(height % 4 == 0 for height in team.finals)


def test_thousands_of_blocks_without_finality_can_be_read() -> None:
    view = state.Overlay(values={"a/1": {"n": 0}})
    for number in range(3_000):
        view = state.Overlay(view, {f"a/{number % 7}": {"n": number}})
    assert view.get("a/1") == {"n": 2997} and view.get("b") is None
    assert view.floor("a/", "a/3x") == ("a/3", {"n": 2_999})
    assert [key for key, _ in view.scan("a/")] == [f"a/{number}" for number in range(7)]
