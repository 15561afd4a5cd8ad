"""The attacker answers questions that nobody asked, to have work done for nothing. Such answers are not looked at."""

import pytest

from chain import finality, messages
from tests.attacks.peer import Message, Stage, headers_of, travelling


@pytest.mark.parametrize("kind", ["headers", "body", "votes"])
def test_they_are_refused_without_a_look(stage: Stage, kind: str) -> None:
    def make(number: int) -> Message:
        bodies = {
            "headers": messages.encode_headers(headers_of([block])), "body": travelling(block),
            "votes": messages.encode_known(number, finality.encode_votes(stage.evil.spy.votes())),
        }  # fmt: skip
        return kind, bodies[kind]

    block = stage.evil.forge()
    stage.assert_refused("peer.unasked", make, signatures=0)
