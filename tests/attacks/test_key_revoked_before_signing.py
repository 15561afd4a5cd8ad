"""A stolen key signs after it was revoked, and the attesters let it pass."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.forging import Forgery
from tests.trace.world import signing_key
from trace.parties.queries import key_key


def revoke(forged: Forgery, name: str, admin: str, since: int | None) -> None:
    """A revocation in the block of the key's enrolment."""
    text = signing_key(name).text
    (history,) = (history for history in forged.bundle["histories"] if history["key"] == key_key(text))
    _, height, time = history["events"][0]
    body = {"public": text, "reason": "stolen", "compromised_since": since and time}
    forged.add([key_key(text)], "parties.revoke", body, admin, when=(height, time))
    forged.change(key_key(text), revoked={"at": time, "reason": "stolen"}, compromised_since=since and time)


def test_the_receipt_of_a_revoked_key_is_refused(phone: Phone) -> None:
    assert_refused(
        phone.judge_forged("active", lambda forged: revoke(forged, "bridge/till", "river/admin", None)), "evidence.event.key", 10
    )


def test_a_batch_of_a_revoked_key_is_refused(phone: Phone) -> None:
    assert_refused(phone.judge_forged("active", lambda forged: revoke(forged, "maker/line", "maker/admin", 1)), "evidence.event.key", 9)


def test_a_revocation_left_out_of_the_entry_is_refused(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        revoke(forged, "bridge/till", "river/admin", None)
        forged.change(key_key(signing_key("bridge/till").text), revoked=None)

    assert_refused(phone.judge_forged("active", forge), "evidence.event.enrolment", 10)


def test_a_batch_of_a_key_s_compromised_time_is_red(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        text = signing_key("maker/line").text
        start = forged.ledger.document["start"]
        forged.add([key_key(text)], "parties.revoke", {"public": text, "reason": "stolen", "compromised_since": start}, "maker/admin")
        (history,) = (history for history in forged.bundle["histories"] if history["key"] == key_key(text))
        forged.change(key_key(text), revoked={"at": history["events"][-1][2], "reason": "stolen"}, compromised_since=start)

    outcome = phone.judge_forged("active", forge)
    assert (outcome.verdict.code, outcome.verdict.light, outcome.refusal) == ("ISSUER_REVOKED", "red", None)
