"""The attacker sends headers that do not hang together, or hang on nothing that was asked about. They are refused before any
signature."""

from chain import messages
from tests.attacks.peer import Message, Stage, headers_of


def test_headers_that_are_no_chain_are_refused(stage: Stage) -> None:
    def make(number: int) -> Message:
        stage.node._sync.note("headers", "n3")
        return "headers", messages.encode_headers(headers_of([branch[0], branch[2]]))

    branch = stage.evil.chain(stage.evil.tip, 3)
    stage.assert_refused("peer.headers", make, signatures=0)


def test_headers_on_an_unknown_block_are_refused(stage: Stage) -> None:
    def make(number: int) -> Message:
        stage.node._sync.note("headers", "n3")
        return "headers", messages.encode_headers(headers_of(branch[1:]))

    branch = stage.evil.chain(stage.evil.tip, 3)
    stage.assert_refused("peer.unasked", make, signatures=0)
