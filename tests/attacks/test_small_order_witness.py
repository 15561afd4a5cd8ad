"""A witness, or an attester, with a key under which every signature holds: as part of a policy, an anchor, a note."""

import pytest

from chain import anchor, checkpoint, notes
from chain.checkpoint import Policy
from chain.errors import Malformed
from chain.keys import key_text
from chain.keyvectors import SMALL_ORDER
from chain.notes import Line, Note, NoteKey
from tests.chain.test_anchor import sample
from tests.chain.test_checkpoint import head, member

FORGED = b"\1" + bytes(63)
"""A signature of the identity: holds for any message under the identity key where nobody looks at the order."""


@pytest.mark.parametrize("point", sorted(SMALL_ORDER))
def test_no_policy_and_no_anchor_takes_such_a_witness(point: bytes) -> None:
    key = NoteKey("witness.example/0", notes.COSIGNATURE, point)
    with pytest.raises(Malformed, match=r"note\.key"):
        checkpoint.validate_policy(Policy(1, (key,)))
    value = anchor.as_value(sample(1, 0, 0))
    with pytest.raises(Malformed, match=r"note\.key"):
        anchor.from_value({**value, "witnesses": {"k": 1, "keys": [key.text]}})
    with pytest.raises(Malformed, match=r"anchor\.field"):
        anchor.from_value({**value, "members": [{**member(0), "note": key_text(point)}]})


def test_its_signature_does_not_hold() -> None:
    key = NoteKey("witness.example/0", notes.COSIGNATURE, b"\1" + bytes(31))
    line = Line(key.name, key.id, (5).to_bytes(8, "big") + FORGED)
    with pytest.raises(Malformed, match=r"note\.signature"):
        notes.verify(Note(head(7).text, (line,)), [key])
