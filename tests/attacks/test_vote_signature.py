"""The attacker gives votes in the name of others, or carries votes over from another ledger. Every vote is signed over ledger and
link."""

from dataclasses import replace

import pytest

from chain import finality
from tests.attacks.peer import Stage, travelling
from tests.chain.team import vote_key


def vote(stage: Stage, what: str) -> bytes:
    tip, root = stage.evil.tip, stage.evil.spy._branches.root
    good = stage.evil.signed(root.point, (tip.header.height, bytes(32)))
    other = finality.sign_vote(bytes(32), 0, good.source, good.target, stage.evil.vote)
    changed = {
        "other ledger": other, "other voter": replace(good, voter=vote_key(1)), "other link": replace(good, target_id=bytes([1]) * 32),
        "other epoch": replace(good, epoch=1), "none": replace(good, signature=bytes(64)),
    }  # fmt: skip
    return finality.encode_votes([changed[what]])


@pytest.mark.parametrize("what", ["other ledger", "other voter", "other link", "other epoch", "none"])
def test_a_vote_that_its_voter_did_not_sign_is_refused(stage: Stage, what: str) -> None:
    stage.assert_refused("vote.signature", lambda number: ("vote", vote(stage, what)))


def test_in_a_block_it_is_refused(stage: Stage) -> None:
    stage.assert_refused("block.vote.signature", lambda number: ("block", travelling(stage.evil.forge(votes=vote(stage, "none")))))
