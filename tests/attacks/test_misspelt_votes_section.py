"""The attacker spells the votes section in another way (unsorted, a vote twice, cut off, too many), so that one block has many bytes.
Votes stand in order, each once."""

import pytest

from chain import finality
from tests.attacks.peer import Stage, travelling


def section(stage: Stage, what: str) -> bytes:
    """Votes that the head's chain does not hold yet."""
    tip, root = stage.evil.tip, stage.evil.spy._branches.root
    pair = [stage.evil.signed(root.point, (tip.header.height, bytes([number]) * 32)) for number in range(2)]
    first, second = (finality.encode_votes([vote]) for vote in sorted(pair))
    return {
        "unsorted": second + first, "twice": first + first, "cut off": first + second[:-1],
        "too many": b"".join(finality.encode_votes([vote]) for vote in pair * (finality.SECTION_LIMIT // 2 + 1)),
    }[what]  # fmt: skip


@pytest.mark.parametrize("what", ["unsorted", "twice", "cut off", "too many"])
def test_in_a_block_it_is_refused(stage: Stage, what: str) -> None:
    votes = section(stage, what)
    stage.assert_refused("block.vote.section", lambda number: ("block", travelling(stage.evil.forge(votes=votes))))


@pytest.mark.parametrize(
    ("what", "code"), [("unsorted", "vote.section"), ("twice", "vote.section"), ("cut off", "vote.section"), ("too many", "peer.size")]
)
def test_as_a_message_it_is_refused(stage: Stage, what: str, code: str) -> None:
    votes = section(stage, what)
    stage.assert_refused(code, lambda number: ("vote", votes), signatures=0)
