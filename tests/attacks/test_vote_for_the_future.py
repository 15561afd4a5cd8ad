"""The attacker puts votes for blocks that are not below its own block into the section, or votes that lead backwards. Both are
refused."""

from chain import finality
from tests.attacks.peer import Stage, travelling


def test_a_vote_for_the_block_itself_or_later_is_refused(stage: Stage) -> None:
    height = stage.evil.tip.header.height + 1
    vote = stage.evil.signed(stage.evil.tip.point, (height, bytes(32)))
    stage.assert_refused(
        "block.vote.link", lambda number: ("block", travelling(stage.evil.forge(votes=finality.encode_votes([vote])))), signatures=3
    )


def test_a_vote_that_leads_backwards_is_refused(stage: Stage) -> None:
    tip = stage.evil.tip
    vote = stage.evil.signed(tip.point, (tip.header.height, bytes(32)))
    stage.assert_refused("vote.link", lambda number: ("vote", finality.encode_votes([vote])), signatures=0)
