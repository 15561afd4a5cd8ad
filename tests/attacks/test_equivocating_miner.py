"""The attacker seals two blocks on one parent and shows them to different nodes. That is no offence, honest miners re-mine too; everybody
chooses the same one, whatever came first, and a final block is never left."""

import pytest

from chain import blocks, rules
from chain.blocks import Block
from chain.twins import MINER_PAIRS_KEPT, PAIRS_KEPT, Sealed, TwinBook, Twins
from tests.attacks.peer import Stage, travelling


@pytest.mark.parametrize("first", [0, 1])
def test_everybody_chooses_the_same_block(stage: Stage, first: int) -> None:
    twins = [stage.evil.forge(items=[stage.evil.transaction(number, name=f"n{number}")]) for number in range(2)]
    for number in range(2):
        stage.evil.say(("block", travelling(twins[number ^ first])), to=f"n{number}")
    for node in (stage.node, stage.beside):
        node.wire, held = None, node.wire
        node.wire = held
        assert node.pump() == []
    stage.team.settle()
    assert len({node.tip.id for node in stage.team.nodes.values()}) == 1
    (found,) = stage.node.twins.all()
    assert (found.miner, found.parent, found.height) == (stage.evil.miner.public, twins[0].header.previous, twins[0].header.height)
    assert {found.first.id, found.second.id} == {twin.header.id for twin in twins}
    for sealed in (found.first, found.second):  # anybody can check the evidence
        header = blocks.decode_header(sealed.header)
        assert header.id == sealed.id and header.previous == found.parent
        rules.validate_seal(Block(header, sealed.seal, (), b"", b""), stage.node.chain)
    stage.assert_calm()


def test_what_is_remembered_of_twins_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    def pair(miner: int, number: int) -> Twins:
        parent = (miner << 32 | number).to_bytes(32, "big")
        return Twins(miner.to_bytes(32, "big"), parent, number, Sealed(b"a" * 32, b"", b""), Sealed(b"b" * 32, b"", b""))

    book = TwinBook()
    book.note(pair(0, 0))
    for number in range(1, 500):
        book.note(pair(1, number))
        book.note(pair(1, number))
    assert book.seen == 500 and [found.height for found in book.all()] == [*range(499, 499 - MINER_PAIRS_KEPT, -1), 0]
    for miner in range(2, 500):
        book.note(pair(miner, miner))
    assert len(book.all()) == PAIRS_KEPT and book.all()[0] == pair(499, 499)
    assert "sealed two blocks at height 499" in caplog.text
