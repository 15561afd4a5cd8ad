"""A server goes on showing evidence from before the sale."""

from tests.attacks.phone import Phone
from tests.trace.drugs.bundle_changes import put

HOUR_MS = 3_600_000


def test_old_evidence_is_not_green(phone: Phone) -> None:
    outcome = phone.judge("active", now=phone.goods.ledger.clock.now() + HOUR_MS)
    assert (outcome.verdict.code, outcome.verdict.light, outcome.assurance.age_s) == ("PROOF_STALE", "amber", 3_600)


def test_nor_under_a_time_that_lies_ahead(phone: Phone) -> None:
    ahead = phone.goods.ledger.note(seconds=phone.goods.ledger.clock.now() // 1000 + 3_600)
    outcome = phone.judge("active", put(ahead, "checkpoint"))
    assert (outcome.verdict.code, outcome.verdict.light, outcome.assurance.age_s) == ("PROOF_STALE", "amber", None)


def test_nor_where_the_phone_has_seen_more(phone: Phone) -> None:
    head = phone.goods.ledger.head
    newer = type(head)(head.origin, head.size + 1, b"r" * 32)
    outcome = phone.judge("active", remembered=newer)
    assert (outcome.verdict.code, outcome.verdict.light) == ("PROOF_STALE", "amber")
