"""What a genesis document may not say about those who attest."""

import pytest

from chain import genesis
from chain.errors import Malformed
from tests.chain.toy import OTHER, RIVAL, document


@pytest.mark.parametrize("shared", ["vote", "note", "party"])
def test_attesters_share_nothing(shared: str) -> None:
    founding = document()
    first = founding["attesters"][0]
    second = {"party": "9521001000017", "vote": RIVAL.text, "note": OTHER.text}
    genesis.validate_document({**founding, "attesters": [first, second]})
    with pytest.raises(Malformed) as refusal:
        genesis.validate_document({**founding, "attesters": [first, {**second, shared: first[shared]}]})
    assert (refusal.value.code, refusal.value.field) == ("genesis.field", "attesters")
