"""The attacker sends old votes again and again, of everybody. What the final chain has settled is not looked at any more."""

from chain import finality
from tests.attacks.peer import Stage


def test_old_votes_cost_nothing_and_change_nothing(stage: Stage) -> None:
    old = stage.node.votes()
    stage.team.run(6)
    stage.team.settle()
    blocks = [stage.node.block(height) for height in range(1, stage.node.final_height + 1)]
    old += [vote for block in blocks if block for vote in finality.decode_votes(block.votes)]
    settled = [vote for vote in sorted(set(old)) if vote.target_height <= stage.node.final_height]
    assert len(settled) > 6
    before, verified = stage.state(), stage.verified
    for number in range(20):
        assert stage.send(("vote", finality.encode_votes(settled[number % 5 :]))) == {}
    assert stage.verified == verified and stage.state() == before
    assert not stage.node._tally.offences and not stage.node.recovering
    stage.assert_calm()
