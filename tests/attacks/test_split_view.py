"""The operator shows two phones two histories. One witness that both ask about refuses the second; both notes together are evidence."""

import pytest

from chain import checkpoint, contradiction, merkle, notes, witness
from chain.checkpoint import Checkpoint
from chain.errors import Malformed
from tests.chain.test_checkpoint import LEAVES, ORIGIN, cosigned, head, member
from tests.chain.test_witness import MemoryHeads, note_of, one, request

OTHERS = [*LEAVES[:4], merkle.leaf_hash(b"a hidden recall"), *LEAVES[5:]]


def other(size: int) -> bytes:
    return note_of(Checkpoint(ORIGIN, size, merkle.root_of_hashes(OTHERS[:size])))


def test_the_witness_signs_only_one_of_them() -> None:
    heads = MemoryHeads()
    found = one(heads)
    assert found.add_checkpoint(request(0, 7), 1).status == 200
    assert found.add_checkpoint(witness.encode(7, (), other(7)), 2).status == 409
    proof = merkle.consistency_proof(OTHERS[:9], 7, 9)
    assert found.add_checkpoint(witness.encode(7, proof, other(9)), 2).status == 422
    assert checkpoint.parse(heads.notes[ORIGIN])[0] == head(7)
    kept, shown = heads.pairs[0]
    members = [member(number) for number in range(4)]
    assert contradiction.signer(kept, shown, None, contradiction.keys_of(ORIGIN, members)).name.startswith(ORIGIN)


def test_a_phone_that_has_seen_one_refuses_the_other() -> None:
    fork = checkpoint.parse(other(9))[0]
    for proof in (merkle.consistency_proof(OTHERS[:9], 7, 9), merkle.consistency_proof(LEAVES[:9], 7, 9), ()):
        with pytest.raises(Malformed, match=r"checkpoint\.fork"):
            checkpoint.validate_follows(fork, head(7), proof)


def test_old_state_is_not_served_as_new() -> None:
    """An old head, signed long ago, stays old: its size is below the remembered one, and its time cannot be made newer without the keys."""
    with pytest.raises(Malformed, match=r"checkpoint\.older"):
        checkpoint.validate_follows(head(5), head(7), ())
    _, note = cosigned(head(5), (0, 1, 2), time=1_000)
    members = [member(number) for number in range(4)]
    assert checkpoint.age(checkpoint.judge((head(5), note), members, checkpoint.Policy(0, ())), 100_000) >= 98_000
    line = note.lines[0]
    newer = notes.Line(line.name, line.id, (99_999).to_bytes(8, "big") + line.body[8:])
    with pytest.raises(Malformed, match=r"note\.signature"):
        checkpoint.judge((head(5), notes.Note(note.text, (newer, *note.lines[1:]))), members, checkpoint.Policy(0, ()))
