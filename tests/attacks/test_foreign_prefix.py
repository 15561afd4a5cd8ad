"""A maker commissions packs under another manufacturer's prefix, and the attesters let it pass."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.forging import Forgery
from tests.trace.world import MAKER, OTHER_MAKER


def enrolment_of(forged: Forgery, party: str) -> int:
    """Number of the transaction that enrolled a party."""
    return next(number for number, item in enumerate(forged.bundle["transactions"]) if item["envelope"]["body"].get("gln") == party)


def test_the_owner_s_enrolment_must_name_the_prefix(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        forged.resign(enrolment_of(forged, MAKER), "agency/admin", body={"prefixes": ["9521002"]})

    assert_refused(phone.judge_forged("active", forge), "evidence.event.prefix", 9)


def test_a_prefix_that_somebody_else_holds(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        forged.entries["prefix/9521001"] = {
            "holders": [{"from": 0, "party": OTHER_MAKER, "until": None}],
            "history": {"head": "00" * 32, "n": 0},
        }

    assert_refused(phone.judge_forged("active", forge), "evidence.event.prefix", 9)
