"""A server edited to say "genuine": its own answer beside evidence that says otherwise."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put

GENUINE = {"code": "GENUINE_SALEABLE", "light": "green"}


def test_its_word_has_no_place_in_evidence(phone: Phone) -> None:
    assert_refused(phone.judge("sold", put(GENUINE, "verdict")), "evidence.bundle.field", 0)


def test_the_evidence_decides(phone: Phone) -> None:
    for name in ("sold", "recalled", "unreleased", "unknown_serial", "factory"):
        outcome = phone.judge(name)
        assert outcome.refusal is None and outcome.verdict.light != "green", name


def test_no_evidence_is_no_green(phone: Phone) -> None:
    assert_refused(phone.judge_bytes(b'{"verdict":"GENUINE_SALEABLE"}', "sold"), "evidence.bundle.field", 0)
