"""An inner node of a tree is shown as a leaf: of the items of a delivery, of the marks of a batch, of the headers."""

from chain import codec
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put


def test_a_path_one_step_short(phone: Phone) -> None:
    leaf = phone.goods.bundles["active"]["marks"][0]["leaves"][0]
    short = codec.encode_base64(codec.decode_base64(leaf["path"])[32:])
    outcome = phone.judge("active", put(short, "marks", 0, "leaves", 0, "path"), put(leaf["index"] >> 1, "marks", 0, "leaves", 0, "index"))
    assert_refused(outcome, "evidence.marks.path", 7)


def test_of_the_items(phone: Phone) -> None:
    transactions = phone.goods.bundles["active"]["transactions"]
    number = next(number for number, item in enumerate(transactions) if item["items"] and item["items"][0]["path"])
    short = codec.encode_base64(codec.decode_base64(transactions[number]["items"][0]["path"])[32:])
    outcome = phone.judge("active", put(short, "transactions", number, "items", 0, "path"))
    assert_refused(outcome, "evidence.event.item", 0)


def test_of_the_headers(phone: Phone) -> None:
    path = codec.decode_base64(phone.goods.bundles["active"]["head"]["path"])
    assert_refused(phone.judge("active", put(codec.encode_base64(path[32:]), "head", "path")), "evidence.head.path", 5)


def test_of_the_state(phone: Phone) -> None:
    ends = phone.goods.bundles["active"]["state"]["ends"]
    assert_refused(phone.judge("active", put([ends[0] - 1, *ends[1:]], "state", "ends")), "evidence.state.proof", 6)
