"""Cases over the second ledger: what is rare and right, and what attesters who lie make of it."""

from collections.abc import Iterator
from typing import Any

from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import Maker
from tests.trace.drugs.bundle_second import BOARD, CHINESE, CORNER, OFFICE, THEATRE
from tests.trace.drugs.bundle_second_signers import Forge, Forged, changing, keys, resigning, signers
from tests.trace.drugs.forging import Forgery
from tests.trace.drugs.goods import GTIN
from tests.trace.world import AGENCY, MAKER, NORTH, signing_key
from trace.drugs.entries import batch_name, product_key
from trace.parties.queries import key_key, party_key, site_key


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
        ("asked in an office", "WRONG_CUSTODY"), ("by another maker", "GENUINE_SALEABLE"),
    ):  # fmt: skip
        yield Case(f"second: {name}", name, goods.ask(name, viewer="pharmacy", place=goods.places[name]), verdict, anchor="second")
    for name, text, refused in (
        ("another Chinese code", CHINESE[3], "evidence.code.other"), ("no Chinese code", CHINESE[2][:-1], "evidence.code.other"),
    ):  # fmt: skip
        asked = goods.ask(scan=text, viewer="pharmacy", place=CORNER)
        yield Case(f"second: {name}", "Chinese code", asked, "LEDGER_INCONSISTENT", refused, anchor="second")


def _forgetting(key: str) -> Forge:
    return lambda forged: forged.forget(key)


def _moving(key: str, place: int, **moved: int) -> Forge:
    return lambda forged: forged.move(key, place, **moved)


def second_forgeries(goods: Goods) -> Iterator[Case]:
    """And what attesters who lie make of it."""
    for part in (_entries, signers, keys, _releases, _recalls):
        for name, title, refused, forge, *gaps in part(goods):
            verdict = {} if refused else {"verdict": "NOT_SHOWN" if gaps else "GENUINE_SALEABLE"}
            make = Maker(goods, name)
            asked = {"place": goods.places[name]}
            yield make.forged(f"second forged: {title}", refused, forge, gaps=gaps, ask=asked, **verdict)


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
        yield (name, title, custody, changing(_run(goods, name), **changed), *gaps)
    wrong: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
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
    )
    for name, title, key, fields in wrong:
        gaps = ["evidence.state.missing"] if any(number in fields.get("recalls", ()) for number in ("R-10", "R-11")) else []
        yield (name, title, entry, changing(key, **fields), *gaps)
    makers: dict[str, Any] = {product_key(GTIN): {"makers": [MAKER]}}
    yield ("by another maker", "a maker whom the owner did not name", entry,
           resigning("drugs.product", {}, "maker/line", body={"makers": [MAKER]}, **makers))  # fmt: skip
    yield "at the corner", "a market that nobody founded", entry, lambda forged: forged.show("market/ZZ", forged.entries["market/CN"])
    for key in (batch, product_key(GTIN), "recall/R-13", site_key(CORNER)):
        yield "at the corner", f"a {key.partition('/')[0]} without events", entry, _forgetting(key)
    for title, key in (
        ("party", party_key(CORNER)), ("key", key_key(signing_key("corner/till").text)),
        ("admin", key_key(signing_key("corner/admin").text)),
    ):  # fmt: skip
        yield "at the corner", f"a {title} without events", "evidence.event.enrolment", _forgetting(key)
    run, late = _run(goods, "at the corner"), "evidence.history.head"
    yield "at the corner", "events whose heights fall", late, lambda forged: forged.keep(run, "drugs.ship", "drugs.batch")
    for title, place, moved in (
        ("two times at one height", 0, {"time": 1}), ("a time that falls", -1, {"height": 1, "time": -10**9}),
        ("a height above the head's", -1, {"height": 1000, "time": 10**9}), ("a transaction at two heights", 0, {"height": 1, "time": 1}),
    ):  # fmt: skip
        yield "at the corner", title, late, _moving(run, place, **moved)
    chinese: dict[str, Any] = {product_key(GTIN): {"cn_id": "8999002"}}
    yield ("Chinese code", "an identifier of another product", entry,
           resigning("drugs.product", {}, "maker/line", body={"cn_id": "8999002"}, **chinese))  # fmt: skip


def _releases(goods: Goods) -> Forged:
    entry, batch = "evidence.event.entry", batch_name(GTIN, "D").batch_key
    first, second = next(item["value"] for item in goods.bundles["at the corner"]["state"]["entries"] if item["key"] == batch)["releases"]
    here, said = "at the corner", {"lot": "D", "as": "authority"}
    qp = {"key": signing_key("maker/qp").text, "party": MAKER}
    yield (
        here,
        "a maker's release as an authority",
        entry,
        resigning("drugs.release", said, "maker/qp", **{batch: {"releases": [first, {**second, **qp}]}}),
    )
    yield (
        here,
        "a release given twice",
        entry,
        resigning("drugs.release", said, "maker/qp", body={"as": "qp"}, **{batch: {"releases": [first, {**second, **qp, "as": "qp"}]}}),
    )
    rejected = {"status": "rejected", "releases": [{**first, "decision": "rejected"}, second]}
    yield (
        here,
        "a release after a rejection",
        entry,
        resigning("drugs.release", {"lot": "D", "as": "qp"}, "maker/qp", body={"decision": "rejected"}, **{batch: rejected}),
    )
    line_key = {"key": signing_key("maker/line").text}
    yield (
        here,
        "a release by the key that signed the batch",
        entry,
        resigning("drugs.release", {"lot": "D", "as": "qp"}, "maker/line", **{batch: {"releases": [{**first, **line_key}, second]}}),
    )

    def device(forged: Forgery) -> None:
        forged.resign(forged.number("parties.key", public=qp["key"]), "maker/admin", body={"class": "device"})
        forged.change(key_key(qp["key"]), **{"class": "device"})

    yield here, "a quality release by a device", entry, device
    other = {"releases": [first, {**second, "party": MAKER}]}
    yield here, "a release for another party", entry, changing(batch, **other)
    yield here, "a release of another batch", entry, resigning("drugs.release", said, "agency/desk", body={"lot": "E"})

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
        yield here, f"a recall of the {title} closed by its owner alone", entry, resigning(*closing, "maker/qp")
    missing = "evidence.state.missing"
    yield here, "a recall closed by a regulator who is not shown", None, resigning(*closing, "maker/qp", "second/admin"), missing
    yield here, "a recall closed by the regulator that came later", None, resigning(*closing, "maker/qp", "board/admin")
    yield (
        here,
        "a recall closed that was never opened",
        entry,
        resigning("drugs.recall.close", {"number": "R-10"}, "maker/qp", "agency/admin", body={"number": "R-99"}),
    )
