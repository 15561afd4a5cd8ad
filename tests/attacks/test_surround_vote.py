"""The attacker votes for a link around an earlier one of its own, to go back on what it helped to justify. The two votes are the
proof."""

from chain import consensus, finality
from tests.attacks.peer import Stage


def test_it_is_proven_and_costs_the_seat(stage: Stage) -> None:
    height = stage.evil.tip.header.height
    inner = stage.evil.signed((height + 2, bytes([2]) * 32), (height + 3, bytes([3]) * 32))
    outer = stage.evil.signed((height + 1, bytes([1]) * 32), (height + 4, bytes([4]) * 32))
    assert stage.send(("vote", finality.encode_votes([inner])), ("vote", finality.encode_votes([outer]))) == {}
    assert set(stage.node._tally.offences[stage.evil.vote.public]) == {inner, outer}
    stage.team.run(8)
    assert stage.node.final_view().get(consensus.offence_key(stage.evil.vote.text)) is not None
    stage.assert_calm()
