"""A second ledger, on which what is rare happens: licences renewed, keys revoked and replaced, a regulator more, a ward, two releases,
Chinese codes, a market west of Greenwich, goods that arrive damaged or come back, recalls in error."""

from typing import Any

from tests.trace.drugs import goods as trading
from tests.trace.drugs.bundle_goods import Goods, Market
from tests.trace.drugs.goods import GTIN, difference, line, loose, product_body, recall_body, return_body
from tests.trace.drugs.ledgers import PARTIES, anchor_value, code, founding, make_ledger
from tests.trace.world import (
    BRIDGE,
    HOSPITAL,
    HOSPITAL_PHARMACY,
    NORTH,
    OTHER_MAKER,
    PLANT,
    RIVER,
    enrol_body,
    gln,
    key_body,
    names,
    role,
    signing_key,
)
from trace.drugs.packs import PackList
from trace.gs1.item import Item

BOARD, CORNER, WEST, THEATRE = gln("952100000009"), gln("952100110001"), gln("952100120001"), gln("952100800032")
"""A regulator that came later; a pharmacy that it enrolled; one west of Greenwich; a theatre opened by the hospital itself."""
OFFICE = gln("952100000108")
"""A site of a regulator, by the genesis document."""
ALL = {"kinds": ["drugs.*"], "sites": "all", "daily": None}
CHINESE = [f"8999001{number:013d}" for number in range(10)]
"""The packs of lot N."""


def document() -> dict[str, Any]:
    """A market more, west of Greenwich."""
    found = founding()
    agency, *others = found["regulators"]
    markets = [*found["markets"], {"code": "XW", "offset_minutes": -300, "custody": "named"}]
    agency = {**agency, "markets": [*agency["markets"], "XW"]}
    site = {"gln": OFFICE, "kind": "office", "names": names("office"), "region": "East"}
    return {**found, "markets": markets, "regulators": [{**agency, "sites": [site]}, *others]}


def make_second() -> Goods:
    """The ledger, and its bundles."""
    trading._LISTS["N", 10] = PackList.of_serials(GTIN, CHINESE)
    ledger = make_ledger(document=document(), parties=(*PARTIES, "hospital"))
    market = Market(ledger)
    _enrol(market)
    _make(market)
    _deliver(market)
    _bring_back(market)
    _count(market)
    _end(market)
    goods = Goods(ledger, "second", "second early")
    goods.anchors["second"] = anchor_value(ledger.anchor())
    goods.anchors["second early"] = anchor_value(ledger.anchor(checkpoint=ledger.head_at(2)))
    _gather(goods)
    return goods


def _enrol(market: Market) -> None:
    world = market.trade.world
    board = enrol_body(world, "board", BOARD, roles=[role("regulator")])
    market.do("parties.enrol", board, "agency/admin")
    licence = {**role("pharmacy", "2026-12-31"), "licence": "C-1"}
    shop = [{"gln": CORNER, "kind": "shop", "names": names("corner"), "region": "East"}]
    market.do("parties.enrol", enrol_body(world, "corner", CORNER, roles=[licence], sites=shop), "board/admin")
    market.do("parties.licence", {"party": CORNER, **licence, "from": "2026-12-31", "until": "2027-12-31"}, "board/admin")
    market.do("parties.licence", {"party": CORNER, **licence, "licence": "C-2", "from": "2026-01-01", "until": None}, "agency/desk")
    market.do("parties.key", key_body(world, "corner/till", CORNER, scope=ALL), "corner/admin")
    west = [{"gln": WEST, "kind": "shop", "names": names("west"), "region": "West"}]
    market.do("parties.enrol", enrol_body(world, "west", WEST, country="XW", roles=[role("pharmacy")], sites=west), "agency/admin")
    market.do("parties.key", key_body(world, "west/till", WEST, scope=ALL), "west/admin")
    theatre = {"gln": THEATRE, "party": HOSPITAL, "kind": "theatre", "names": names("theatre"), "region": "East", "open": True}
    market.do("parties.site", theatre, "hospital/admin")
    reason = {"zh": "演示", "en": "Demonstration"}
    market.do("parties.suspend", {"party": NORTH, "roles": ["distributor"], "reason": reason}, "agency/desk")
    market.do("parties.reinstate", {"party": NORTH, "reason": reason}, "agency/desk")
    proof = world.proof("river/new", RIVER)
    body = {"party": RIVER, "public": signing_key("river/new").text, "seal": None, "proof": proof, "reason": reason}
    market.do("parties.admin", body, "agency/admin")
    market.do("parties.key", key_body(world, "bridge/later", RIVER, scope=ALL), "river/new")


def _make(market: Market) -> None:
    markets = [{"market": code, "authorisation": "DEMO-1"} for code in ("CN", "XE", "XW")]
    market.do("drugs.product", product_body(markets=markets, release=["qp", "authority"], cn_id="8999001"), "maker/line")
    for lot, count in (("D", 60), ("E", 30), ("N", 10), ("W", 10), ("H", 10)):
        market.ledger.keep(lot, count)
        changed = {"market": "XW", "made": "2025-12-31"} if lot == "W" else {}
        market.trade.commission(lot, count, release=False, **changed)
        market.ledger.settle()
        if lot != "H":
            release(market, lot, "qp", "maker/qp")
            release(market, lot, "authority", "agency/desk")
    release(market, "H", "qp", "maker/qp")
    market.ledger.keep("O", 10)
    market.do("drugs.batch", trading.batch_body("O", 10, site=OTHER_MAKER), "other/line")
    release(market, "O", "qp", "other/qp")
    release(market, "O", "authority", "agency/desk")


def release(market: Market, lot: str, capacity: str, signer: str) -> None:
    """A release."""
    market.do("drugs.release", {"gtin": GTIN, "lot": lot, "as": capacity, "decision": "released"}, signer)


def _deliver(market: Market) -> None:
    first = market.send((PLANT, NORTH), "maker/line", line("D", (0, 60)), line("E", (0, 30)), line("N", (0, 10)))
    market.take(
        first, "north/desk", line("D", (0, 40)), line("E", (0, 30)), line("N", (0, 10)),
        difference("damaged", "D", (40, 42)), difference("seal_broken", "D", (42, 44)), difference("excursion", "D", (44, 46)),
        difference("missing", "D", (46, 48)),
    )  # fmt: skip
    market.take(first, "north/desk", final=True)
    second = market.send((NORTH, CORNER), "north/desk", line("D", (0, 20)), line("N", (0, 6)))
    market.take(second, "corner/till", line("D", (0, 20)), line("N", (0, 6)), checked=False)
    third = market.send((NORTH, BRIDGE), "north/desk", line("D", (20, 24)))
    market.take(third, "bridge/later", line("D", (20, 24)))
    fourth = market.send((NORTH, HOSPITAL_PHARMACY), "north/desk", line("D", (24, 30)))
    market.take(fourth, "hospital/desk", line("D", (24, 30)))
    fifth = market.do("drugs.ship", trading.ship_body((HOSPITAL_PHARMACY, THEATRE), purpose="transfer", title="stays"), "hospital/desk",
                      items=[line("D", (24, 27))])  # fmt: skip
    market.take(fifth, "hospital/desk", line("D", (24, 27)))
    sixth = market.send((PLANT, WEST), "maker/line", line("W", (0, 5)))
    market.take(sixth, "west/till", line("W", (0, 5)))
    for site, signer, lot, slot in ((CORNER, "corner/till", "D", 10), (CORNER, "corner/till", "N", 3), (BRIDGE, "bridge/later", "D", 21)):
        sale = market.trade.sale(BRIDGE, lot, slot)
        market.do(sale["kind"], {**sale["body"], "site": site}, signer, proofs=sale["proofs"])


def _back(market: Market, way: tuple[str, str], signers: tuple[str, str], ranges: tuple[int, int], **changed: Any) -> None:
    checked = changed.pop("checked", True)
    shipment = market.do("drugs.return", return_body(way, **changed), signers[0], items=[line("D", ranges)])
    market.take(shipment, signers[1], line("D", ranges), checked=checked)


def _bring_back(market: Market) -> None:
    home, shop = (CORNER, NORTH), ("corner/till", "north/desk")
    _back(market, home, shop, (0, 4), checked=False)
    _back(market, home, shop, (4, 6))
    _back(market, (NORTH, PLANT), ("north/desk", "maker/line"), (2, 4))
    _back(market, home, shop, (6, 8), purpose="recall")
    _back(market, (NORTH, PLANT), ("north/desk", "maker/line"), (40, 41), purpose="destruction")
    sent = market.send((NORTH, CORNER), "north/desk", line("D", (30, 34)))
    back = market.do("drugs.refuse", {"shipment": sent, "reason": "damaged"}, "corner/till")
    market.take(back, "north/desk", line("D", (30, 32)), difference("damaged", "D", (32, 33)), checked=False)
    market.take(back, "north/desk", line("D", (33, 34)))


def _count(market: Market) -> None:
    """Packs by number: some are missing, some are found damaged by their tags."""
    trade = market.trade
    market.do("drugs.loosen", {"site": NORTH, "gtin": GTIN, "lot": "E", "ranges": [[0, 30]]}, "north/desk")
    sent = market.send((NORTH, CORNER), "north/desk", loose("E", 12))
    scanned, proofs = trade.scanned("E", 3, 4)
    market.take(
        sent, "corner/till", loose("E", 8), difference("damaged", "E", packs=scanned[:1]), difference("missing", "E", packs=scanned[1:]),
        difference("missing", "E", loose=2), proofs=proofs,
    )  # fmt: skip
    items, paths = trade.scanned("E", 9)
    market.do("drugs.name", {"site": CORNER, "gtin": GTIN, "lot": "E"}, "corner/till", items=[{"t": "pack", **items[0]}], proofs=paths)


def _end(market: Market) -> None:
    """Recalls that were errors, one that stands elsewhere, and a key that ended after it signed."""
    why = {"zh": "演示", "en": "Demonstration"}
    for number, scope in (("R-10", {"lot": "D"}), ("R-11", {}), ("R-12", {"lot": "D", "ranges": [[12, 14]]})):
        market.do("drugs.recall", recall_body(number, scope), "maker/qp")
        market.do("drugs.recall.close", {"number": number, "outcome": "issued_in_error", "text": why}, "maker/qp", "agency/admin")
    market.do("drugs.recall", recall_body("R-13", {"lot": "D"}, markets=["XE"]), "maker/qp")
    market.do("drugs.recall", recall_body("R-14", {"lot": "D"}, markets=["XW"]), "agency/admin")
    market.do("drugs.recall.close", {"number": "R-14", "outcome": "completed", "text": why}, "agency/admin")
    body = {"public": signing_key("corner/till").text, "reason": "rotated", "compromised_since": None}
    market.do("parties.revoke", body, "corner/till")


def _gather(goods: Goods) -> None:
    for name, lot, slot, place in (
        ("at the corner", "D", 11, CORNER), ("sold at the corner", "D", 10, CORNER), ("damaged", "D", 41, NORTH),
        ("seal broken", "D", 43, NORTH), ("excursion", "D", 45, NORTH), ("reported missing", "D", 47, NORTH),
        ("missing at the end", "D", 50, NORTH), ("back unchecked", "D", 1, NORTH), ("back and looked at", "D", 5, NORTH),
        ("back twice", "D", 3, PLANT), ("back for a recall", "D", 7, NORTH), ("for destruction", "D", 40, PLANT),
        ("refused unchecked", "D", 31, NORTH), ("refused and damaged", "D", 32, NORTH), ("refused and looked at", "D", 33, NORTH),
        ("recall in error", "D", 12, CORNER), ("by a later admin", "D", 22, BRIDGE), ("in a theatre", "D", 25, THEATRE),
        ("west of Greenwich", "W", 2, WEST), ("counted", "E", 12, CORNER), ("found damaged", "E", 3, CORNER),
        ("found missing", "E", 4, CORNER), ("named of the counted", "E", 9, CORNER), ("one release of two", "H", 1, PLANT),
        ("by another maker", "O", 1, OTHER_MAKER),
    ):  # fmt: skip
        goods.add(name, code(lot, slot, expiry="2027-12-31"), place)
    for name, slot, place in (("Chinese code", 2, CORNER), ("Chinese code, sold", 3, CORNER), ("Chinese code, elsewhere", 8, CORNER)):
        goods.add(name, Item("pack", serial=CHINESE[slot], cn_code=CHINESE[slot]), place)
    goods.add("asked in an office", code("D", 11, expiry="2027-12-31"), OFFICE)
