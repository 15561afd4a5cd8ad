"""The attacker votes with keys that have no seat. Only those whom the state names are counted."""

from chain import finality
from tests.attacks.peer import Stage, travelling
from tests.chain.team import key


def vote(stage: Stage, number: int) -> bytes:
    source, target = stage.evil.tip.point, (stage.evil.tip.header.height + 1, bytes(32))
    return finality.encode_votes([finality.sign_vote(stage.node.chain, 0, source, target, key(f"stranger {number}"))])


def test_as_a_message_it_is_refused(stage: Stage) -> None:
    stage.assert_refused("vote.member", lambda number: ("vote", vote(stage, number)), signatures=0)


def test_in_a_block_it_is_refused(stage: Stage) -> None:
    stage.assert_refused("block.vote.member", lambda number: ("block", travelling(stage.evil.forge(votes=vote(stage, number)))))
