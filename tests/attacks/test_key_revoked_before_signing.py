"""A stolen key signs after it was revoked, and the attesters let it pass."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.forging import Forgery
from tests.trace.world import START, signing_key
from trace.parties.queries import key_key


def test_the_receipt_of_a_revoked_key_is_refused(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        forged.change(key_key(signing_key("bridge/till").text), revoked={"at": START + 1, "reason": "stolen"})

    assert_refused(phone.judge_forged("active", forge), "evidence.event.key", 10)


def test_a_batch_of_a_key_s_compromised_time_is_red(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        forged.change(key_key(signing_key("maker/line").text), compromised_since=START)

    outcome = phone.judge_forged("active", forge)
    assert (outcome.verdict.code, outcome.verdict.light, outcome.refusal) == ("ISSUER_REVOKED", "red", None)
