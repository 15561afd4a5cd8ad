"""Cases over the second ledger: what is rare and right, and what attesters who lie make of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import Maker
from tests.trace.drugs.bundle_second import BOARD, CHINESE, CORNER, OFFICE, THEATRE
from tests.trace.drugs.forging import Forgery
from tests.trace.drugs.goods import GTIN
from tests.trace.world import AGENCY, MAKER, NORTH, RIVER, signing_key
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


def _resigning(kind: str, said: Mapping[str, Any], *signers: str, body: Any = None, **entries: Any) -> Forge:
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
        yield (name, title, entry, _changing(key, **fields), *gaps)
    chinese: dict[str, Any] = {product_key(GTIN): {"cn_id": "8999002"}}
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
    shop: dict[str, Any] = {site_key(THEATRE): {"kind": "shop"}}
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
