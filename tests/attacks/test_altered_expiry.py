"""The expiry on the pack was altered: printed anew, or also in the evidence."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put
from tests.trace.drugs.forging import Forgery
from trace.drugs.entries import batch_name


def test_printed_anew_it_does_not_fit_the_batch(phone: Phone) -> None:
    outcome = phone.judge("active", scan=phone.goods.ask("active")["scan"].replace("17=271231", "17=301231"))
    assert (outcome.verdict.code, outcome.verdict.light) == ("EXPIRY_MISMATCH", "red")


def test_changed_in_the_evidence_too(phone: Phone) -> None:
    entries = phone.goods.bundles["active"]["state"]["entries"]
    number = next(number for number, each in enumerate(entries) if each["key"].startswith("batch/"))
    outcome = phone.judge("active", put("2030-12-31", "state", "entries", number, "value", "printed_expiry"))
    assert_refused(outcome, "evidence.state.proof", 6)


def test_changed_by_attesters_too(phone: Phone) -> None:
    def forge(forged: Forgery) -> None:
        key = batch_name(str(phone.goods.items["active"].gtin), "A").batch_key
        forged.change(key, expiry="2030-12-31", printed_expiry="2030-12-31")

    assert_refused(phone.judge_forged("active", forge), "evidence.event.entry", 9)
