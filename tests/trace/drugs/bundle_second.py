"""A second ledger, on which what is rare happens: licences renewed, keys revoked and replaced, a regulator more, a ward, two releases,
Chinese codes, a market west of Greenwich, goods that arrive damaged or come back, recalls in error."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.trace.drugs import goods as trading
from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import Goods, Market
from tests.trace.drugs.bundle_maker import Maker
from tests.trace.drugs.forging import Forgery
from tests.trace.drugs.goods import GTIN, difference, line, loose, product_body, recall_body, return_body
from tests.trace.drugs.ledgers import PARTIES, anchor_value, code, founding, make_ledger
from tests.trace.world import (
    AGENCY,
    BRIDGE,
    HOSPITAL,
    HOSPITAL_PHARMACY,
    MAKER,
    NORTH,
    PLANT,
    RIVER,
    enrol_body,
    gln,
    key_body,
    names,
    role,
    signing_key,
)
from trace.drugs.entries import batch_name, product_key
from trace.drugs.packs import PackList
from trace.gs1.item import Item
from trace.parties.queries import key_key, party_key, site_key

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
    ):  # fmt: skip
        goods.add(name, code(lot, slot, expiry="2027-12-31"), place)
    for name, slot, place in (("Chinese code", 2, CORNER), ("Chinese code, sold", 3, CORNER), ("Chinese code, elsewhere", 8, CORNER)):
        goods.add(name, Item("pack", serial=CHINESE[slot], cn_code=CHINESE[slot]), place)
    goods.add("asked in an office", code("D", 11, expiry="2027-12-31"), OFFICE)


def second_verdicts(goods: Goods) -> Iterator[Case]:
    """What becomes of them."""
    for name, verdict in (
        ("at the corner", "GENUINE_SALEABLE"), ("sold at the corner", "ALREADY_DISPENSED_HERE"), ("damaged", "QUARANTINED"),
        ("seal broken", "QUARANTINED"), ("excursion", "QUARANTINED"), ("reported missing", "MISSING"), ("missing at the end", "MISSING"),
        ("back unchecked", "RETURNED_UNVERIFIED"), ("back and looked at", "GENUINE_SALEABLE"), ("back twice", "GENUINE_SALEABLE"),
        ("back for a recall", "QUARANTINED"), ("for destruction", "QUARANTINED"), ("refused unchecked", "RETURNED_UNVERIFIED"),
        ("refused and damaged", "QUARANTINED"), ("refused and looked at", "GENUINE_SALEABLE"), ("recall in error", "GENUINE_SALEABLE"),
        ("by a later admin", "GENUINE_SALEABLE"), ("in a theatre", "GENUINE_SALEABLE"), ("west of Greenwich", "GENUINE_SALEABLE"),
        ("counted", "CUSTODY_NOT_SHOWN"), ("found damaged", "QUARANTINED"), ("found missing", "MISSING"),
        ("named of the counted", "GENUINE_SALEABLE"), ("one release of two", "NOT_RELEASED"), ("Chinese code", "GENUINE_SALEABLE"),
        ("Chinese code, sold", "ALREADY_DISPENSED_HERE"), ("Chinese code, elsewhere", "WRONG_CUSTODY"),
        ("asked in an office", "WRONG_CUSTODY"),
    ):  # fmt: skip
        yield Case(f"second: {name}", name, goods.ask(name, viewer="pharmacy", place=goods.places[name]), verdict, anchor="second")
    for name, text, refused in (
        ("another Chinese code", CHINESE[3], "evidence.code.other"), ("no Chinese code", CHINESE[2][:-1], "evidence.code.other"),
    ):  # fmt: skip
        asked = goods.ask(scan=text, viewer="pharmacy", place=CORNER)
        yield Case(f"second: {name}", "Chinese code", asked, "LEDGER_INCONSISTENT", refused, anchor="second")


Forge = Callable[[Forgery], None]
"""What a forger does."""


def _changing(key: str, **changed: Any) -> Forge:
    return lambda forged: forged.change(key, **changed)


def _resigning(kind: str, said: Mapping[str, Any], *signers: str, body: Mapping[str, Any] | None = None, **entries: Any) -> Forge:
    """Signs a transaction anew; `entries`: state key -> fields that follow from it."""

    def forge(forged: Forgery) -> None:
        forged.resign(forged.number(kind, **said), *signers, body=body)
        for key, changed in entries.items():
            forged.change(key, **changed)

    return forge


def second_forgeries(goods: Goods) -> Iterator[Case]:
    """And what attesters who lie make of it."""
    for part in (_entries, _signers, _keys, _releases, _recalls):
        for name, title, refused, forge, *gaps in part(goods):
            verdict = {} if refused else {"verdict": "NOT_SHOWN" if gaps else "GENUINE_SALEABLE"}
            make = Maker(goods, name)
            asked = {"place": goods.places[name]}
            yield make.forged(f"second forged: {title}", refused, forge, gaps=gaps, ask=asked, **verdict)


Forged = Iterator[tuple[Any, ...]]
"""(bundle, title, code, what is done, codes of gaps...)."""


def _run(goods: Goods, name: str) -> str:
    return str(next(entry["key"] for entry in goods.bundles[name]["state"]["entries"] if entry["key"].startswith("run/")))


def _entries(goods: Goods) -> Forged:
    custody, entry = "evidence.custody", "evidence.event.entry"
    batch = batch_name(GTIN, "D").batch_key
    for name, title, changed in (
        ("damaged", "a damage left out", {"block": None}),
        ("seal broken", "a broken seal called a return", {"block": {"why": "returned", "by": NORTH}}),
        ("excursion", "an excursion by somebody else", {"block": {"why": "excursion", "by": MAKER}}),
        ("back unchecked", "a return that somebody is said to have looked at", {"block": None}),
        ("back for a recall", "a return for a recall left out", {"block": None}),
        ("refused unchecked", "a refused pack that nobody looked at", {"block": None}),
        ("found damaged", "a counted pack's damage left out", {"block": None}),
        ("back twice", "a block that was lifted", {"block": {"why": "returned", "by": NORTH}}),
        ("at the corner", "another time of its last event", {"since": 1}),
        ("recall in error", "a recall that was closed as an error", {"recalls": ["R-12"]}),
        ("reported missing", "a missing pack that is there", {"state": "active", "site": NORTH, "shipment": None}),
    ):
        gaps = ["evidence.state.missing"] if "recalls" in changed else []
        yield (name, title, custody, _changing(_run(goods, name), **changed), *gaps)
    for name, title, key, changed in (
        ("at the corner", "a recall of another class", "recall/R-13", {"class": 3}),
        ("at the corner", "a recall for other markets", "recall/R-13", {"markets": ["XW"]}),
        ("at the corner", "a recall of another depth", "recall/R-13", {"depth": "wholesale"}),
        ("at the corner", "a recall that is said to be an error", "recall/R-13", {"status": "issued_in_error"}),
        ("at the corner", "a recall that is said to be open", "recall/R-14", {"status": "open"}),
        ("at the corner", "a recall of the batch left out", batch, {"recalls": ["R-14"]}),
        ("at the corner", "a closed recall of the batch", batch, {"recalls": ["R-10", "R-13", "R-14"]}),
        ("at the corner", "a closed recall of the product", product_key(GTIN), {"recalls": ["R-11"]}),
        ("counted", "packs that are not missing after all", batch_name(GTIN, "E").batch_key, {"loose_missing": 0}),
        ("one release of two", "released by one of two", batch_name(GTIN, "H").batch_key, {"status": "released"}),
        ("Chinese code", "another Chinese identifier of the product", product_key(GTIN), {"cn_id": None}),
        ("at the corner", "a regulator left out", "market/CN", {"regulators": [AGENCY]}),
        ("at the corner", "a regulator more", "market/CN", {"regulators": [AGENCY, BOARD, NORTH]}),
        ("west of Greenwich", "another local day", "market/XW", {"offset_minutes": 480}),
        ("west of Greenwich", "custody that the market does not ask for", "market/XW", {"custody": "batch"}),
        ("in a theatre", "a theatre that is a shop", site_key(THEATRE), {"kind": "shop"}),
        ("in a theatre", "a theatre of somebody else", site_key(THEATRE), {"party": NORTH}),
        ("asked in an office", "an office that is a shop", site_key(OFFICE), {"kind": "shop"}),
        ("asked in an office", "an office of somebody else", site_key(OFFICE), {"party": NORTH}),
    ):
        gaps = ["evidence.state.missing"] if any(number in changed.get("recalls", ()) for number in ("R-10", "R-11")) else []
        yield (name, title, entry, _changing(key, **changed), *gaps)
    chinese = {product_key(GTIN): {"cn_id": "8999002"}}
    yield ("Chinese code", "an identifier of another product", entry,
           _resigning("drugs.product", {}, "maker/line", body={"cn_id": "8999002"}, **chinese))  # fmt: skip


def _signers(goods: Goods) -> Forged:
    enrolment, north, corner = "evidence.event.enrolment", party_key(NORTH), party_key(CORNER)
    till = key_key(signing_key("corner/till").text)
    held = next(entry["value"] for entry in goods.bundles["at the corner"]["state"]["entries"] if entry["key"] == corner)["roles"]
    reason = {"zh": "演示", "en": "Demonstration"}
    for title, key, changed in (
        ("a licence left out", corner, {"roles": held[:1]}),
        ("a licence not renewed", corner, {"roles": [{**held[0], "until": "2026-12-31"}, *held[1:]]}),
        ("a reinstatement left out", north, {"suspended": {"roles": ["distributor"], "since": 1, "reason": reason}}),
        ("a revocation left out", till, {"revoked": None}),
        ("a key revoked for another reason", till, {"revoked": {"at": 1, "reason": "stolen"}}),
    ):
        yield "at the corner", title, enrolment, _changing(key, **changed)
    for title, kind, said, signer in (
        ("a licence that the party gave itself", "parties.licence", {"licence": "C-2"}, "corner/admin"),
        ("a reinstatement by the party itself", "parties.reinstate", {}, "maker/admin"),
        ("a key that a device enrolled", "parties.key", {"public": signing_key("corner/till").text}, "maker/line"),
        ("a key that another party's admin enrolled", "parties.key", {"public": signing_key("corner/till").text}, "maker/admin"),
        ("a party that a maker enrolled", "parties.enrol", {"gln": CORNER}, "maker/admin"),
    ):
        yield "at the corner", title, enrolment, _resigning(kind, said, signer)

    def suspended(roles: list[str] | None, key: str, after: tuple[str, dict[str, Any]]) -> Forge:
        def forge(forged: Forgery) -> None:
            height, time = forged.when(forged.number(after[0], **after[1]))
            body = {"party": key.partition("/")[2], "roles": roles, "reason": reason}
            forged.add([key], "parties.suspend", body, "maker/line", when=(height, time))
            forged.change(key, suspended={"roles": roles, "since": time, "reason": reason})

        return forge

    licence = ("parties.licence", {"licence": "C-2"})
    yield "at the corner", "a key enrolled by a suspended party", enrolment, suspended(None, corner, licence)
    yield "sold at the corner", "a sale in a suspended role", "evidence.event.role", suspended(["pharmacy"], corner, licence)
    yield "at the corner", "suspended twice", enrolment, suspended(None, north, ("parties.suspend", {}))
    enrolled = ("parties.enrol", {"gln": BOARD})
    agreed = "evidence.event.missing"
    yield "at the corner", "a regulator by a device key of the first", None, _resigning(*enrolled, "agency/desk"), agreed
    yield "at the corner", "a regulator by its own word", enrolment, _resigning(*enrolled, "maker/admin"), agreed
    theatre = ("parties.site", {"gln": THEATRE})
    yield "in a theatre", "a theatre that a maker opened", enrolment, _resigning(*theatre, "maker/admin")
    yield "in a theatre", "a theatre that a device opened", enrolment, _resigning(*theatre, "hospital/desk")
    shop = {site_key(THEATRE): {"kind": "shop"}}
    yield ("in a theatre", "a shop that the hospital opened itself", enrolment,
           _resigning(*theatre, "hospital/admin", body={"kind": "shop"}, **shop))  # fmt: skip


def _keys(goods: Goods) -> Forged:
    enrolment, till = "evidence.event.enrolment", key_key(signing_key("corner/till").text)
    text = signing_key("corner/till").text

    def again(since: int | None, result: int | None) -> Forge:
        def forge(forged: Forgery) -> None:
            body = {"public": text, "reason": "compromised", "compromised_since": since}
            forged.add([till], "parties.revoke", body, "corner/admin")
            forged.change(till, compromised_since=result)

        return forge

    yield "at the corner", "a second revocation that says no more", enrolment, again(None, None)

    def replaced(forged: Forgery) -> None:
        old, lost = key_key(signing_key("river/admin").text), forged.number("parties.admin")
        _, time = forged.when(lost)
        fields = {"label": "admin", "class": "admin", "profession": None, "person": None, "seal": None, "until": None}
        scope = {"kinds": ["parties.*"], "sites": "all", "daily": None}
        enrolled = forged.number("parties.enrol", gln=RIVER)
        entry = {**fields, "party": RIVER, "scope": scope, "from": forged.when(enrolled)[1], "compromised_since": None}
        forged.show(old, {**entry, "revoked": {"at": time, "reason": "lost"}})
        forged.tell(old, enrolled, lost)
        forged.resign(forged.number("parties.key", public=signing_key("bridge/later").text), "river/admin")

    later = "by a later admin"
    yield later, "a key that the replaced admin enrolled", enrolment, replaced
    yield later, "an admin that a maker replaced", enrolment, _resigning("parties.admin", {}, "maker/admin")
    new = key_key(signing_key("river/new").text)
    yield (
        later,
        "an admin key with a wider scope",
        enrolment,
        _changing(new, scope={"kinds": ["parties.*", "drugs.*"], "sites": "all", "daily": None}),
    )

    def circle(forged: Forgery) -> None:
        scope = {"kinds": ["drugs.*", "parties.*"], "sites": "all", "daily": None}
        for name, other in (("maker/line", "maker/qp"), ("maker/qp", "maker/line")):
            number = forged.number("parties.key", public=signing_key(name).text)
            forged.resign(number, other, body={"class": "admin", "scope": scope})
            forged.change(key_key(signing_key(name).text), **{"class": "admin", "scope": scope})

    yield "at the corner", "keys that enrolled each other", enrolment, circle


def _releases(goods: Goods) -> Forged:
    entry, batch = "evidence.event.entry", batch_name(GTIN, "D").batch_key
    first, second = next(item["value"] for item in goods.bundles["at the corner"]["state"]["entries"] if item["key"] == batch)["releases"]
    here, said = "at the corner", {"lot": "D", "as": "authority"}
    qp = {"key": signing_key("maker/qp").text, "party": MAKER}
    yield (
        here,
        "a maker's release as an authority",
        entry,
        _resigning("drugs.release", said, "maker/qp", **{batch: {"releases": [first, {**second, **qp}]}}),
    )
    yield (
        here,
        "a release given twice",
        entry,
        _resigning("drugs.release", said, "maker/qp", body={"as": "qp"}, **{batch: {"releases": [first, {**second, **qp, "as": "qp"}]}}),
    )
    rejected = {"status": "rejected", "releases": [{**first, "decision": "rejected"}, second]}
    yield (
        here,
        "a release after a rejection",
        entry,
        _resigning("drugs.release", {"lot": "D", "as": "qp"}, "maker/qp", body={"decision": "rejected"}, **{batch: rejected}),
    )
    line_key = {"key": signing_key("maker/line").text}
    yield (
        here,
        "a release by the key that signed the batch",
        entry,
        _resigning("drugs.release", {"lot": "D", "as": "qp"}, "maker/line", **{batch: {"releases": [{**first, **line_key}, second]}}),
    )

    def device(forged: Forgery) -> None:
        forged.resign(forged.number("parties.key", public=qp["key"]), "maker/admin", body={"class": "device"})
        forged.change(key_key(qp["key"]), **{"class": "device"})

    yield here, "a quality release by a device", entry, device
    other = {"releases": [first, {**second, "party": MAKER}]}
    yield here, "a release for another party", entry, _changing(batch, **other)
    yield here, "a release of another batch", entry, _resigning("drugs.release", said, "agency/desk", body={"lot": "E"})

    def foreign(key: str) -> Forge:
        return lambda forged: forged.add([key], "parties.reinstate", {"party": NORTH}, "agency/admin")

    yield here, "an event that no batch can have", entry, foreign(batch)
    yield here, "an event that no product can have", entry, foreign(product_key(GTIN))
    yield here, "an event that no recall can have", entry, foreign("recall/R-13")
    yield "in a theatre", "an event that no site can have", entry, foreign(site_key(THEATRE))
    yield here, "an event that no key can have", "evidence.event.enrolment", foreign(key_key(signing_key("corner/till").text))
    yield here, "an event that no party can have", "evidence.event.enrolment", foreign(party_key(MAKER))
    yield here, "a pack's event of another kind", "evidence.custody", foreign(_run(goods, here))


def _recalls(goods: Goods) -> Forged:
    entry, here = "evidence.event.entry", "recall in error"
    for number, title in (("R-10", "batch"), ("R-11", "product"), ("R-12", "pack")):
        closing = ("drugs.recall.close", {"number": number})
        yield here, f"a recall of the {title} closed by its owner alone", entry, _resigning(*closing, "maker/qp")
    missing = "evidence.state.missing"
    yield here, "a recall closed by a regulator who is not shown", None, _resigning(*closing, "maker/qp", "second/admin"), missing
    yield here, "a recall closed by the regulator that came later", None, _resigning(*closing, "maker/qp", "board/admin")
    yield (
        here,
        "a recall closed that was never opened",
        entry,
        _resigning("drugs.recall.close", {"number": "R-10"}, "maker/qp", "agency/admin", body={"number": "R-99"}),
    )
