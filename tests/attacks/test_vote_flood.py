"""The attacker, a member, votes for ever higher blocks that nobody knows, to fill memory and to have everybody pass its votes on. Few of
a voter are kept, and votes far above the head are not passed on; nothing that others say is pushed out."""

from chain import exchange, finality, tally
from tests.attacks.peer import Stage
from tests.chain.team import vote_key


def flood(stage: Stage, count: int) -> list[tuple[str, bytes]]:
    source, height = stage.evil.spy._branches.root.point, stage.evil.tip.header.height
    votes = [stage.evil.signed(source, (height + 100 + number, number.to_bytes(32, "big"))) for number in range(count)]
    return [("vote", finality.encode_votes(votes[start : start + 50])) for start in range(0, count, 50)]


def test_few_are_kept_and_none_passed_on(stage: Stage) -> None:
    before = stage.state()
    kept = {number: set(stage.node._tally._by_voter[vote_key(number)]) for number in range(3)}
    stage.team.wire(1).inbox.clear()
    assert stage.send(*flood(stage, 1_000)) == {}
    assert len(stage.node._tally._by_voter[stage.evil.vote.public]) == tally.VOTES_KEPT
    assert {number: set(stage.node._tally._by_voter[vote_key(number)]) for number in range(3)} == kept
    assert not [kind for kind, _, sender in stage.team.wire(1).inbox if kind == "vote" and sender == "n0"]
    assert stage.state() == before
    stage.assert_calm()


def test_what_is_known_is_not_verified_again(stage: Stage) -> None:
    messages, verified = flood(stage, 200), stage.verified
    for _ in range(20):
        stage.team.clock.advance(6_000)
        stage.send(*messages)
    assert stage.verified - verified == 200
    stage.assert_bounded()


def test_votes_of_a_set_to_come_are_few(stage: Stage) -> None:
    source, verified = stage.evil.spy._branches.root.point, stage.verified
    votes = [finality.sign_vote(bytes(32), 9, source, (50 + number, bytes(32)), stage.evil.stranger) for number in range(1_000)]
    stage.send(*(("vote", finality.encode_votes(votes[start : start + 500])) for start in (0, 500)))
    assert len(stage.node._later) == exchange.LATER_VOTES and stage.verified == verified
    stage.assert_calm()
