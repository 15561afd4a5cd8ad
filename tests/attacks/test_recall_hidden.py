"""A server hides a recall: its entry is left out, or its number is taken out of the batch."""

from chain import codec
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import apply_changes, put, with_histories


def test_without_the_entry_its_number_stays_red(phone: Phone) -> None:
    value = phone.goods.bundles["recalled"]
    value = apply_changes(value, with_histories(value, [each for each in value["histories"] if not each["key"].startswith("recall/")]))
    kept = {each["key"]: each["value"] for each in value["state"]["entries"] if not each["key"].startswith("recall/")}
    value["state"] = phone.goods.ledger.state_of(kept)
    outcome = phone.judge_bytes(codec.encode(value, 12), "recalled")
    assert (outcome.verdict.code, outcome.verdict.light, outcome.refusal) == ("RECALLED_BATCH", "red", None)


def test_the_number_cannot_be_taken_out(phone: Phone) -> None:
    entries = phone.goods.bundles["recalled"]["state"]["entries"]
    number = next(number for number, each in enumerate(entries) if each["key"].startswith("batch/"))
    outcome = phone.judge("recalled", put([], "state", "entries", number, "value", "recalls"))
    assert_refused(outcome, "evidence.state.proof", 6)


def test_the_recall_cannot_be_called_absent(phone: Phone) -> None:
    entries = phone.goods.bundles["recalled"]["state"]["entries"]
    number = next(number for number, each in enumerate(entries) if each["key"].startswith("recall/"))
    assert_refused(phone.judge("recalled", put(None, "state", "entries", number, "value")), "evidence.state.proof", 6)
