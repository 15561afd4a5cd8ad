"""The attacker answers every question for headers with a full answer, so that the node asks for ever. The next question follows only
where the last answer held something new; what is known is not verified again, and how many are kept is bounded."""

from chain import messages, sync
from tests.attacks.peer import Stage, headers_of


def test_the_same_headers_again_are_the_end(stage: Stage) -> None:
    answer = ("headers", messages.encode_headers(headers_of(stage.evil.chain(stage.evil.tip, messages.HEADERS_LIMIT))))
    stage.evil.say(("status", messages.encode_status(stage.evil.status(height=10_000))))
    stage.node.pump()
    verified, asked = stage.verified, 0
    for _ in range(50):
        questions = [kind for kind, _ in stage.evil.heard() if kind == "get_headers"]
        if not questions:
            break
        asked += len(questions)
        assert stage.send(answer) == {}
    assert asked == 2 and stage.verified - verified == messages.HEADERS_LIMIT
    stage.assert_calm()


def test_new_headers_without_end_are_bounded(stage: Stage) -> None:
    branch, place = stage.evil.chain(stage.evil.tip, sync.HEADERS_KEPT + 600), 0
    stage.evil.say(("status", messages.encode_status(stage.evil.status(height=10_000))))
    stage.node.pump()
    while any(kind == "get_headers" for kind, _ in stage.evil.heard()):
        part = branch[place : place + messages.HEADERS_LIMIT]
        place += messages.HEADERS_LIMIT
        assert stage.send(("headers", messages.encode_headers(headers_of(part)))) == {}
    assert place < len(branch)
    stage.assert_calm()
