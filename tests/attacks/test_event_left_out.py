"""A server leaves an event out of a history: the sale of a pack that it offers again."""

from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import with_histories


def test_a_sale_cannot_be_left_out(phone: Phone) -> None:
    value = phone.goods.bundles["sold"]
    kept = [{**each, "events": each["events"][:-1]} if each["key"].startswith("run/") else each for each in value["histories"]]
    assert_refused(phone.judge("sold", *with_histories(value, kept)), "evidence.history.head", 8)


def test_nor_named_without_being_shown(phone: Phone) -> None:
    value = phone.goods.bundles["sold"]
    place, run = next((place, each) for place, each in enumerate(value["histories"]) if each["key"].startswith("run/"))
    *before, (_, height, time) = run["events"]
    hidden = [*before, ["ab" * 32, height, time]]
    kept = [{**each, "events": hidden} if number == place else each for number, each in enumerate(value["histories"])]
    assert_refused(phone.judge("sold", *with_histories(value, kept)), "evidence.history.head", 8)
