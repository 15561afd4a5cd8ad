"""The attacker cuts messages off, empties them, fills fields with zeros or ones, or adds bytes, in every kind of message. Each is refused
under a code; none stops the node."""

import pytest

from chain import finality, gathering, messages, notes
from chain.checkpoint import Checkpoint
from chain.messages import SIZE_LIMITS
from tests.attacks.peer import EVIL, Stage, carrier, headers_of, travelling
from tests.chain.team import party

EMPTY_IS_GOOD = {"vote", "get_votes", "get_transactions"}
"""Kinds that may be empty."""


def checkpoint_of(stage: Stage) -> bytes:
    found = Checkpoint(stage.node.origin, stage.node.final_height + 1, bytes(32))
    lines = gathering.own_lines(found, party(EVIL), stage.evil.vote, stage.node.clock.now() // 1000)
    return notes.encode(notes.Note(found.text, lines))


def good(stage: Stage, kind: str) -> bytes:
    block, votes = stage.evil.forge(), finality.encode_votes(stage.evil.spy.votes())
    return {
        "transaction": carrier(stage.evil.transaction())[1], "block": travelling(block), "body": travelling(block),
        "vote": votes, "votes": messages.encode_known(9, votes),
        "status": messages.encode_status(stage.node.status()), "get_headers": messages.encode_ids([stage.node.chain]),
        "headers": messages.encode_headers(headers_of([block])), "get_body": messages.encode_ids([block.header.id]), "get_votes": b"",
        "get_transactions": b"", "checkpoint": checkpoint_of(stage),
    }[kind]  # fmt: skip


def variants(body: bytes) -> list[bytes]:
    """The message with something missing, null, too much, or another."""
    cut = [body[:end] for end in {0, 1, len(body) // 2, len(body) - 1} if 0 <= end < len(body)]
    wide = [body[:at] + fill * 8 + body[at + 8 :] for at in range(0, min(len(body), 320), 8) for fill in (b"\0", b"\xff")]
    return [each for each in [*cut, body + b"\0", *wide] if each != body]


@pytest.mark.parametrize("kind", sorted(SIZE_LIMITS))
def test_every_broken_message_is_refused_or_harmless(stage: Stage, kind: str) -> None:
    body, before, refused = good(stage, kind), stage.state(), 0
    for bad in variants(body):
        stage.node._sync.note(kind, "n3", stage.evil.forge().header.id if kind == "body" else b"")
        codes = stage.send((kind, bad))
        refused += sum(codes.values())
        assert all(len(code.split(".")) >= 2 for code in codes)
        stage.peer.banned_until, stage.peer.score = 0, 0
    after = stage.state()
    assert {**after, "waiting": 0} == {**before, "waiting": 0}
    assert refused >= len(variants(body)) // 3
    stage.assert_bounded()


@pytest.mark.parametrize("kind", sorted(set(SIZE_LIMITS) - EMPTY_IS_GOOD))
def test_an_empty_message_is_refused(stage: Stage, kind: str) -> None:
    stage.node._sync.note(kind, "n3")
    (code,) = stage.send((kind, b""))
    assert code in ("peer.frame", "block.body", "codec.carrier", "peer.unasked", "note.text")
    stage.assert_calm()
