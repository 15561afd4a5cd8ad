"""Cases of evidence that is accepted: every verdict that a bundle can carry, and what is not shown."""

from collections.abc import Iterator

from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import RECEIPT, Goods
from tests.trace.world import BRIDGE, HILLSIDE, NORTH, STATION

DAY_MS = 24 * 3600 * 1000


def verdicts(goods: Goods) -> Iterator[Case]:
    """The cases."""
    yield from _packs(goods)
    yield from _people(goods)
    yield from _scans(goods)


def _packs(goods: Goods) -> Iterator[Case]:
    for name, place, verdict in (
        ("active", BRIDGE, "GENUINE_SALEABLE"), ("sold", BRIDGE, "ALREADY_DISPENSED_HERE"), ("undone", BRIDGE, "GENUINE_SALEABLE"),
        ("lost", BRIDGE, "MISSING"), ("moving", HILLSIDE, "IN_TRANSIT_TO_YOU"), ("refused", NORTH, "IN_TRANSIT_TO_YOU"),
        ("cancelled", NORTH, "GENUINE_SALEABLE"), ("returned", NORTH, "IN_TRANSIT_TO_YOU"), ("factory", BRIDGE, "WRONG_CUSTODY"),
        ("recalled", BRIDGE, "RECALLED_BATCH"), ("recalled_pack", BRIDGE, "RECALLED_PACK"), ("unreleased", BRIDGE, "NOT_RELEASED"),
        ("loose", HILLSIDE, "GENUINE_SALEABLE"), ("loose_sold", HILLSIDE, "ALREADY_DISPENSED_HERE"),
        ("named_again", HILLSIDE, "GENUINE_SALEABLE"), ("loose_elsewhere", BRIDGE, "WRONG_CUSTODY"),
        ("unknown_serial", BRIDGE, "UNKNOWN_SERIAL"), ("other_lot", BRIDGE, "BATCH_MISMATCH"), ("unknown_batch", BRIDGE, "UNKNOWN_BATCH"),
        ("unknown_product", BRIDGE, "UNKNOWN_PRODUCT"), ("batch_code", BRIDGE, "BATCH_CODE"), ("product_code", BRIDGE, "NO_SERIAL"),
    ):  # fmt: skip
        yield Case(f"pharmacy: {name}", name, goods.ask(name, viewer="pharmacy", place=place), verdict)
    yield Case("a code without a lot", "lotless", goods.ask("lotless", viewer="pharmacy", place=BRIDGE), "GENUINE_SALEABLE")
    yield Case("no scan: the code of the bundle", "active", goods.ask(viewer="pharmacy", place=BRIDGE), "GENUINE_SALEABLE")


def _people(goods: Goods) -> Iterator[Case]:
    for title, name, changed, verdict in (
        ("consumer at the place", "active", {"place": BRIDGE}, "GENUINE_NOT_YET_SOLD"),
        ("consumer somewhere", "nowhere", {}, "GENUINE_CHECK_PLACE"),
        ("consumer says yes", "nowhere", {"answer": "yes"}, "GENUINE_NOT_YET_SOLD"),
        ("consumer says no", "nowhere", {"answer": "no"}, "WRONG_CUSTODY"),
        ("buyer with the receipt", "sold", {"receipt": RECEIPT}, "DISPENSED_TO_YOU"),
        ("buyer without", "sold", {}, "SOLD_ONCE"),
        ("buyer says yes", "sold", {"answer": "yes"}, "SOLD_AS_YOU_SAY"),
        ("somebody else", "sold", {"answer": "no"}, "SOLD_NOT_TO_YOU"),
        ("distributor", "cancelled", {"viewer": "distributor", "place": NORTH}, "GENUINE_SALEABLE"),
        ("consumer and a pack at the factory", "factory", {}, "NOT_IN_A_SHOP"),
    ):
        yield Case(title, name, goods.ask(name, **changed), verdict)
    later = {"now": goods.ledger.clock.now() + 800 * DAY_MS, "viewer": "pharmacy", "place": BRIDGE}
    yield Case("after the expiry day", "active", goods.ask("active", **later), "EXPIRED", gaps=["evidence.anchor.date"])
    stale = {"now": goods.ledger.clock.now() + 16 * 60_000, "viewer": "pharmacy", "place": BRIDGE}
    yield Case("a quarter of an hour and more later", "active", goods.ask("active", **stale), "PROOF_STALE")
    stale = {"now": goods.ledger.clock.now() + 16 * 60_000, "place": BRIDGE}
    yield Case("consumer, older than the anchor allows", "active", goods.ask("active", **stale), "PROOF_STALE")
    yield Case("red stays red when it is old", "recalled", goods.ask("recalled", **later | {"place": BRIDGE}), "RECALLED_BATCH",
               gaps=["evidence.anchor.date"])  # fmt: skip


def _scans(goods: Goods) -> Iterator[Case]:
    here = {"viewer": "pharmacy", "place": BRIDGE}
    gtin = goods.items["active"].gtin
    yield Case("expiry on the code altered", "active", goods.ask(scan=f"/01/{gtin}/10/A/21/A000004?17=291231", **here), "EXPIRY_MISMATCH")
    yield Case("element string", "active", goods.ask(scan=f"(01){gtin}(17)271231(10)A(21)A000004", **here), "GENUINE_SALEABLE")
    yield Case("lower case", "active", goods.ask(scan=f"(01){gtin}(17)271231(10)a(21)a000004", **here), "GENUINE_SALEABLE")
    yield Case(
        "another serial", "active", goods.ask(scan=f"/01/{gtin}/10/A/21/A000006", **here), "LEDGER_INCONSISTENT", "evidence.code.other"
    )
    yield Case("another lot", "active", goods.ask(scan=f"/01/{gtin}/10/B/21/A000004", **here), "LEDGER_INCONSISTENT", "evidence.code.other")
    yield Case("no medicine code", "active", goods.ask(scan="hello", **here), "LEDGER_INCONSISTENT", "evidence.code.other")
    yield Case("at a place that is not shown", "active", goods.ask("active", viewer="pharmacy", place=STATION), "WRONG_CUSTODY",
               gaps=["evidence.state.missing"])  # fmt: skip
    yield Case("without its place", "nowhere", goods.ask("nowhere", viewer="pharmacy", place=BRIDGE), "GENUINE_SALEABLE")
