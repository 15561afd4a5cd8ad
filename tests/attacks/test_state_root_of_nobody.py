"""A state root that no attester has executed: a forged state under a header and a head of the server's own."""

from chain import codec
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put
from tests.trace.drugs.forging import Forgery


def forged_value(phone: Phone) -> dict[str, object]:
    """Sold packs for sale again, in a state of the server's own."""
    forged = Forgery(phone.goods.ledger, phone.goods.bundles["sold"])
    forged.change(next(key for key in forged.entries if key.startswith("run/")), state="active")
    return forged.value()


def test_under_the_signed_head_it_does_not_hang(phone: Phone) -> None:
    value = forged_value(phone)
    assert_refused(phone.judge("sold", put(value["state"], "state")), "evidence.state.proof", 6)
    assert_refused(phone.judge("sold", put(value["state"], "state"), put(value["head"], "head")), "evidence.head.path", 5)


def test_a_head_of_its_own_is_signed_by_nobody_who_counts(phone: Phone) -> None:
    value = forged_value(phone)
    text = str(value["checkpoint"])
    rows = text.split("\n")
    stranger = "\n".join([*rows[:4], rows[4].replace(phone.anchor["members"][0]["party"], "stranger"), ""])
    data = codec.encode({**value, "checkpoint": stranger}, 12)
    assert_refused(phone.judge_bytes(data, "sold"), "evidence.checkpoint.attesters", 3)
