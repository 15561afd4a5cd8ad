"""The attacker accuses an honest attester with votes that prove nothing. Evidence is judged like everything else; nobody loses a seat by
it."""

from dataclasses import replace
from typing import Any

import pytest

from chain import codec, consensus, finality, transactions
from chain.transactions import Draft
from tests.attacks.peer import Message, Stage, carrier
from tests.chain.team import key, vote_key


def accusation(stage: Stage, what: str, number: int) -> Message:
    root = stage.evil.spy._branches.root
    votes = [finality.sign_vote(stage.node.chain, 0, root.point, (9 + each, bytes([each]) * 32), stage.evil.vote) for each in range(2)]
    votes[1] = replace(votes[1], target_height=9)
    forged = [replace(vote, voter=vote_key(0)) for vote in votes]
    good = [stage.evil.signed(root.point, (9 + each, bytes(32)), member=0) for each in range(2)]
    pair = {"forged": forged, "no offence": good, "the same": [good[0], good[0]]}[what]
    body: Any = {name: codec.encode_base64(finality.encode_votes([vote])) for name, vote in zip(("first", "second"), pair, strict=True)}
    draft = Draft(stage.node.chain_hex, "consensus.offence", body, 1 + number, stage.team.clock.now(), bytes(16))
    return carrier(transactions.sign(draft, stage.evil.vote))


@pytest.mark.parametrize(("what", "code"), [("forged", "proof"), ("no offence", "proof")])
def test_votes_that_prove_nothing_are_refused(stage: Stage, what: str, code: str) -> None:
    stage.assert_kept_out(f"consensus.offence.{code}", lambda number: accusation(stage, what, number), signatures=3)
    assert stage.node.view().get(consensus.offence_key(key("vote 0").text)) is None


def test_one_vote_twice_is_refused(stage: Stage) -> None:
    stage.assert_kept_out("consensus.body.field", lambda number: accusation(stage, "the same", number))


def test_only_members_accuse(stage: Stage) -> None:
    item = stage.evil.transaction(kind="consensus.offence", body={"first": "", "second": ""})
    assert stage.send(carrier(item)) == {"consensus.signer": 1}
