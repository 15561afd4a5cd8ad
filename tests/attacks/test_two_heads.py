"""Attesters sign one head for one phone and another for the next."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.forging import Forgery


def test_the_second_head_contradicts_the_first(phone: Phone) -> None:
    """The phone has seen the true head; now it is shown another of the same size, signed by the same attester."""
    head = phone.goods.ledger.head
    outcome = phone.judge_forged("sold", _unsold, remembered=head)
    assert_refused(outcome, "evidence.checkpoint.fork", 3)


def test_a_phone_that_has_seen_nothing_pins_the_head_of_its_anchor(phone: Phone) -> None:
    forged = Forgery(phone.goods.ledger, phone.goods.bundles["sold"])
    _unsold(forged)
    assert forged.value()["checkpoint"] != phone.goods.bundles["sold"]["checkpoint"]
    phone.goods.anchors["early"], early = phone.goods.anchors["one"], phone.goods.anchors["early"]
    try:
        assert_refused(phone.judge_forged("sold", _unsold), "evidence.checkpoint.fork", 3)
    finally:
        phone.goods.anchors["early"] = early


def _unsold(forged: Forgery) -> None:
    run = next(key for key in forged.entries if key.startswith("run/"))
    forged.change(run, state="active")


def test_whoever_knows_of_another_head_that_excludes_this_one_refuses_it(goods: Goods) -> None:
    """The asker compared with a second node and holds a proof; in a browser: tests/verify/test_second_node.py."""
    outcome = Phone(goods).judge("active", contradicted="https://second.example")
    assert_refused(outcome, "evidence.checkpoint.fork", 3)
