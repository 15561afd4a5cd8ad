"""The operator shows a head that too few witnesses have signed, or one witness several times under several names."""

import pytest

from chain import checkpoint, notes
from chain.checkpoint import Policy
from chain.errors import Malformed
from chain.notes import Note, NoteKey
from tests.chain.test_checkpoint import cosigned, head, member, signer, witness

POLICY = Policy(2, (witness(0), witness(1), witness(2)))


def judged(note: Note) -> None:
    support = checkpoint.judge((head(7), note), [member(0)], POLICY)
    checkpoint.validate_attested(support)
    checkpoint.validate_witnessed(support, POLICY)


def test_one_witness_is_too_few() -> None:
    with pytest.raises(Malformed, match=r"checkpoint\.witnesses"):
        judged(cosigned(head(7), [0], witnesses=[0])[1])


def test_a_witness_that_signs_twice_is_one() -> None:
    text = head(7).text
    twice = [notes.cosign(text, witness(0).name, signer("witness 0"), seconds) for seconds in (5, 6, 7)]
    with pytest.raises(Malformed, match=r"checkpoint\.witnesses"):
        judged(Note(text, (*cosigned(head(7), [0])[1].lines, *twice)))


def test_a_witness_under_the_name_of_another_does_not_count() -> None:
    text = head(7).text
    lines = [notes.cosign(text, witness(number).name, signer("witness 0"), 5) for number in (0, 1)]
    with pytest.raises(Malformed, match=r"checkpoint\.witnesses"):
        judged(Note(text, (*cosigned(head(7), [0])[1].lines, *lines)))


def test_a_policy_that_names_one_key_twice_is_refused() -> None:
    doubled = NoteKey("another.example/9", notes.COSIGNATURE, witness(0).public)
    with pytest.raises(Malformed, match=r"checkpoint\.policy"):
        checkpoint.validate_policy(Policy(2, (witness(0), doubled, witness(1))), [member(0)])


def test_the_only_attester_is_no_witness_of_itself() -> None:
    own = NoteKey("witness.example/own", notes.COSIGNATURE, signer("note 0").public)
    with pytest.raises(Malformed, match=r"checkpoint\.policy"):
        checkpoint.validate_policy(Policy(1, (own,)), [member(0)])
