"""The attacker spells the proof section in another way (a node unused, twice, out of order, out of range), so that one block has many
bytes, or hides bytes in it. One set of paths has one encoding."""

import struct

import pytest

from chain import blocks
from tests.attacks.peer import Message, Stage, travelling

NODES = [bytes([number]) * 32 for number in range(3)]


def section(nodes: list[bytes], *references: int) -> bytes:
    """A section with one path of one transaction."""
    paths = struct.pack(f">HQB{len(references)}I", 1, 5, len(references), *references)
    return struct.pack(">I", len(nodes)) + b"".join(nodes) + paths


BAD = {
    "unused": section(NODES, 0, 1), "repeated": section([NODES[0], NODES[0]], 0, 1), "out of order": section(NODES[:2], 1, 0),
    "out of range": section(NODES[:1], 0, 1), "more bytes": section(NODES[:1], 0) + b"\0", "cut off": section(NODES[:1], 0)[:-1],
    "billions": b"\xff\xff\xff\xff" + bytes(40), "empty": b"",
}  # fmt: skip


def test_the_right_spelling(stage: Stage) -> None:
    item = stage.evil.transaction(proofs=((5, tuple(NODES)),))
    assert blocks.encode_proofs([item]) == section(NODES, 0, 1, 2)
    assert stage.send(("block", travelling(stage.evil.forge(items=[item])))) == {}
    stage.assert_calm()


@pytest.mark.parametrize("what", BAD)
def test_another_spelling_is_refused(stage: Stage, what: str) -> None:
    def make(number: int) -> Message:
        return "block", travelling(stage.evil.forge(items=[stage.evil.transaction(number)], proofs=BAD[what]))

    stage.assert_refused("block.proofs", make)
