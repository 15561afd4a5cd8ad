"""A server answers every scan with the evidence of one good pack."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put


def test_it_is_about_another_code(phone: Phone) -> None:
    phone.assert_green("active")
    scan = phone.goods.ask("sold")["scan"]
    assert_refused(phone.judge("active", scan=scan), "evidence.code.other", 7)


def test_nor_with_the_right_code_written_on_it(phone: Phone) -> None:
    sold = phone.goods.bundles["sold"]
    outcome = phone.judge("active", put(sold["code"], "code"), scan=phone.goods.ask("sold")["scan"])
    assert_refused(outcome, "evidence.marks.neighbours", 7)


def test_nor_with_the_right_serial_s_proof(phone: Phone) -> None:
    sold = phone.goods.bundles["sold"]
    changes = [put(sold[field], field) for field in ("code", "marks")]
    outcome = phone.judge("active", *changes, scan=phone.goods.ask("sold")["scan"])
    assert outcome.verdict.light != "green" and outcome.facts.run is None
