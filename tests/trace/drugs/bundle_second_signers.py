"""Lies about who may sign, on the second ledger: licences, suspensions, keys, regulators, sites."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_second import ALL, BOARD, CORNER, THEATRE
from tests.trace.drugs.forging import Forgery
from tests.trace.world import NORTH, RIVER, signing_key
from trace.parties.queries import key_key, party_key, site_key

Forge = Callable[[Forgery], None]
"""What a forger does."""


def changing(key: str, **changed: Any) -> Forge:
    return lambda forged: forged.change(key, **changed)


def resigning(kind: str, said: Mapping[str, Any], *signers: str, body: Any = None, **entries: Any) -> Forge:
    """Signs a transaction anew; `entries`: state key -> fields that follow from it."""

    def forge(forged: Forgery) -> None:
        forged.resign(forged.number(kind, **said), *signers, body=body)
        for key, changed in entries.items():
            forged.change(key, **changed)

    return forge


Forged = Iterator[tuple[Any, ...]]
"""(bundle, title, code, what is done, codes of gaps...)."""


def signers(goods: Goods) -> Forged:
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
        yield "at the corner", title, enrolment, changing(key, **changed)
    for title, kind, said, signer in (
        ("a licence that the party gave itself", "parties.licence", {"licence": "C-2"}, "corner/admin"),
        ("a reinstatement by the party itself", "parties.reinstate", {}, "maker/admin"),
        ("a key that a device enrolled", "parties.key", {"public": signing_key("corner/till").text}, "maker/line"),
        ("a key that another party's admin enrolled", "parties.key", {"public": signing_key("corner/till").text}, "maker/admin"),
        ("a party that a maker enrolled", "parties.enrol", {"gln": CORNER}, "maker/admin"),
    ):
        yield "at the corner", title, enrolment, resigning(kind, said, signer)

    def suspended(roles: list[str] | None, key: str, after: tuple[str, dict[str, Any]]) -> Forge:
        def forge(forged: Forgery) -> None:
            height, time = forged.when(forged.number(after[0], **after[1]))
            body = {"party": key.partition("/")[2], "roles": roles, "reason": reason}
            forged.add([key], "parties.suspend", body, "maker/line", when=(height, time))
            forged.change(key, suspended={"roles": roles, "since": time, "reason": reason})

        return forge

    def licensed(ended: bool) -> Forge:
        """Nine licences more, so that one has to give way."""

        def forge(forged: Forgery) -> None:
            roles = list(held)
            for number in range(9):
                until = "2025-06-30" if ended and number == 0 else None
                given = {"role": "pharmacy", "licence": f"X-{number}", "from": "2025-01-01", "until": until}
                forged.add([corner], "parties.licence", {"party": CORNER, **given}, "agency/admin")
                roles.append(given)
            forged.change(corner, roles=[role for role in roles if role["until"] != "2025-06-30"])

        return forge

    yield "at the corner", "an eleventh licence, and none that ended", enrolment, licensed(False)
    yield "at the corner", "an eleventh licence in the place of one that ended", None, licensed(True)
    till_key = signing_key("corner/till").text
    for title, scope in (
        ("a kind beyond its scope", {**ALL, "kinds": ["drugs.ship"]}), ("a place beyond its scope", {**ALL, "sites": [NORTH]}),
    ):  # fmt: skip
        yield (
            "at the corner",
            title,
            "evidence.event.key",
            resigning("parties.key", {"public": till_key}, "corner/admin", body={"scope": scope}, **{till: {"scope": scope}}),
        )
    licence = ("parties.licence", {"licence": "C-2"})
    yield "at the corner", "a key enrolled by a suspended party", enrolment, suspended(None, corner, licence)
    yield "sold at the corner", "a sale in a suspended role", "evidence.event.role", suspended(["pharmacy"], corner, licence)
    yield "at the corner", "suspended twice", enrolment, suspended(None, north, ("parties.suspend", {}))
    enrolled = ("parties.enrol", {"gln": BOARD})
    agreed = "evidence.event.missing"
    yield "at the corner", "a regulator by a device key of the first", None, resigning(*enrolled, "agency/desk"), agreed
    yield "at the corner", "a regulator by its own word", enrolment, resigning(*enrolled, "maker/admin"), agreed
    theatre = ("parties.site", {"gln": THEATRE})
    yield "in a theatre", "a theatre that a maker opened", enrolment, resigning(*theatre, "maker/admin")
    yield "in a theatre", "a theatre that a device opened", enrolment, resigning(*theatre, "hospital/desk")
    shop: dict[str, Any] = {site_key(THEATRE): {"kind": "shop"}}
    yield ("in a theatre", "a shop that the hospital opened itself", enrolment,
           resigning(*theatre, "hospital/admin", body={"kind": "shop"}, **shop))  # fmt: skip


def keys(goods: Goods) -> Forged:
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
    yield later, "an admin that a maker replaced", enrolment, resigning("parties.admin", {}, "maker/admin")
    new = key_key(signing_key("river/new").text)
    yield (
        later,
        "an admin key with a wider scope",
        enrolment,
        changing(new, scope={"kinds": ["parties.*", "drugs.*"], "sites": "all", "daily": None}),
    )

    def circle(forged: Forgery) -> None:
        scope = {"kinds": ["drugs.*", "parties.*"], "sites": "all", "daily": None}
        for name, other in (("maker/line", "maker/qp"), ("maker/qp", "maker/line")):
            number = forged.number("parties.key", public=signing_key(name).text)
            forged.resign(number, other, body={"class": "admin", "scope": scope})
            forged.change(key_key(signing_key(name).text), **{"class": "admin", "scope": scope})

    yield "at the corner", "keys that enrolled each other", enrolment, circle
