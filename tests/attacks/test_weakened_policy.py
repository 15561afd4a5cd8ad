"""The evidence brings its own policy: fewer attesters, no witnesses, evidence of any age."""

import pytest

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put
from tests.trace.world import signing_key


@pytest.mark.parametrize("name", ["anchor", "policy", "members", "witnesses", "max_age_s", "assurance", "trust_days"])
def test_there_is_no_place_for_it(phone: Phone, name: str) -> None:
    assert_refused(phone.judge("active", put(phone.anchor.get(name, {}), name)), "evidence.bundle.field", 0)


def test_a_genesis_document_with_other_attesters(phone: Phone) -> None:
    mine = [{"party": "mine", "vote": signing_key("mine").text, "note": signing_key("mine").text}]
    outcome = phone.judge("active", put(mine, "genesis", "document", "attesters"))
    assert_refused(outcome, "evidence.genesis.document", 1)


def test_a_market_that_lets_evidence_grow_old(phone: Phone) -> None:
    entries = phone.goods.bundles["active"]["state"]["entries"]
    number = next(number for number, each in enumerate(entries) if each["key"] == "market/CN")
    outcome = phone.judge("active", put(43_200, "state", "entries", number, "value", "fresh_minutes", "dispense"))
    assert_refused(outcome, "evidence.state.proof", 6)
