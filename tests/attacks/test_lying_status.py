"""The attacker claims more work, a higher final block, or another ledger. A status is a claim: the node asks, at most once in two
seconds, and believes nothing; free answers cannot be had more often than that."""

from dataclasses import replace

from chain import messages
from tests.attacks.peer import Stage


def test_claims_of_more_work_move_nothing(stage: Stage) -> None:
    before = stage.state()
    for number in range(1_000):
        status = stage.evil.status(height=1_000_000 + number, work=2**256 - 1)
        stage.evil.say(("status", messages.encode_status(status)))
    stage.node.pump()
    asked = [kind for kind, _ in stage.evil.heard()]
    assert asked.count("get_headers") == 1 and asked.count("get_transactions") <= 1 and len(asked) < 5
    assert stage.state() == before
    stage.assert_calm()


def test_claims_of_a_higher_final_block_move_nothing(stage: Stage) -> None:
    before = stage.state()
    for number in range(1_000):
        claim = replace(stage.node.status(), final=(2**64 - 1 - number, bytes(32)))
        stage.evil.say(("status", messages.encode_status(claim)))
    stage.node.pump()
    asked = [kind for kind, _ in stage.evil.heard()]
    assert asked.count("get_votes") == 1 and len(asked) < 5
    assert stage.state() == before
    stage.assert_calm()


def test_another_ledger_is_refused(stage: Stage) -> None:
    claim = replace(stage.node.status(), chain=bytes(32))
    stage.assert_refused("peer.chain", lambda number: ("status", messages.encode_status(claim)), signatures=0)
