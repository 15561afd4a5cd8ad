"""The attacker asks small questions that have large answers, over and over. A question costs its sender work, an answer costs by its
size, one question has one answer of bounded size; beyond its share the sender is not answered, then ignored."""

import pytest

from chain import exchange, messages, peers
from tests.attacks.peer import Stage


def answered(stage: Stage) -> int:
    """Bytes that the node has sent to the cheat."""
    return sum(len(body) for kind, body in stage.evil.heard() if kind != "status")


@pytest.mark.parametrize("kind", ["get_headers", "get_body", "get_votes", "get_transactions"])
def test_what_is_answered_is_bounded_and_the_sender_ignored(stage: Stage, kind: str) -> None:
    ids = [branch.id for branch in stage.node._branches.chain(stage.node._tip)][: messages.BODIES_LIMIT]
    body = {"get_headers": messages.encode_ids([stage.node.chain]), "get_body": messages.encode_ids(ids)}.get(kind, b"")
    before = stage.state()
    stage.evil.heard()
    allowed = peers.SHARE_LIMIT // peers.COSTS[kind]
    codes = stage.send(*((kind, body) for _ in range(allowed + 200)))
    assert codes["peer.flood"] == 100 and stage.is_ignored
    assert answered(stage) > 0 or kind == "get_transactions"
    assert stage.state() == before
    stage.assert_calm()


def test_one_id_many_times_is_no_question(stage: Stage) -> None:
    body = messages.encode_ids([stage.node.tip.id] * messages.BODIES_LIMIT)
    stage.assert_refused("peer.frame", lambda number: ("get_body", body), signatures=0)


def test_large_answers_cost_what_they_weigh(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "ANSWER_COST_PER_KIB", peers.SHARE_LIMIT // 10)
    ids = messages.encode_ids([branch.id for branch in stage.node._branches.chain(stage.node._tip)])
    codes = stage.send(*(("get_body", ids) for _ in range(100)))
    assert codes["peer.flood"] > 80 and answered(stage) < 40_000
    stage.assert_calm()


def test_waiting_transactions_are_sent_up_to_a_size(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "ANSWERED_BYTES", 3_000)
    stage.node.submit([stage.evil.transaction(number) for number in range(50)])
    stage.evil.heard()
    assert stage.send(("get_transactions", b"")) == {}
    assert 2_000 < answered(stage) <= 4_000
