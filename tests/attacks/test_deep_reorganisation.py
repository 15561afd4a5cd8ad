"""The attacker offers a branch a thousand blocks deep. Headers come first and are bounded; while its bodies are withheld nothing is
executed, and when honest votes make the present chain final all of it is forgotten."""

from chain import messages, sync
from tests.attacks.peer import Stage, headers_of


def test_a_thousand_headers_move_nothing(stage: Stage) -> None:
    branch = stage.evil.chain(stage.evil.tip, 1_000)
    before, verified = stage.state(), stage.verified
    stage.node._ask_headers("n3")
    for start in range(0, 1_000, messages.HEADERS_LIMIT):
        part = branch[start : start + messages.HEADERS_LIMIT]
        assert stage.send(("headers", messages.encode_headers(headers_of(part)))) == {}
    assert stage.verified - verified == 1_000 and len(stage.node._sync) == 1_000 <= sync.HEADERS_KEPT
    assert stage.state() == before
    stage.assert_calm()
