"""What events make of an entry, as far as evidence reads it (PROTOCOL §8, steps 9 and 10). Pure; who had to sign is asked elsewhere.

Each function takes the fields so far (None before the first event) and one more event, and returns the fields after it. An event that such
a thing cannot have is Malformed: these rules know no other kinds, and later ones have another number in the header.
"""

from collections.abc import Mapping
from typing import Any

from chain import codec
from chain.disclosed import Disclosed
from chain.errors import ChainError, Malformed
from chain.interfaces import Value
from chain.proof import Happening
from trace.drugs.entries import BatchName, recall_key
from trace.parties.entries import ADMIN_SCOPE, REGULATOR_SCOPE, make_admin_key
from trace.parties.licences import with_licence

ENTRY, ENROLMENT = "evidence.event.entry", "evidence.event.enrolment"
"""Codes: of goods, of who may sign."""
RECALL, CLOSE, RELEASE, RECEIVE = "drugs.recall", "drugs.recall.close", "drugs.release", "drugs.receive"
"""Kinds that come after the first event of a product or batch."""
_PRODUCT_FIELDS = ("names", "makers", "markets", "release", "joined", "shelf_months", "cn_id")
_KEY_FIELDS = ("class", "scope", "from", "until", "label", "profession", "person", "seal")
Fields = dict[str, Any]
"""Fields of an entry."""


def validate_same(entry: Value, expected: Mapping[str, Any], code: str, key: str) -> None:
    """The entry has these fields, whatever it has besides. Raises Malformed `code`."""
    wrong = [name for name, value in expected.items() if codec.encode([entry.get(name)]) != codec.encode([value])]
    if wrong:
        raise Malformed(code, f"{wrong[0]} as its events made it", codec.encode([entry.get(wrong[0])]).decode()[:100], field=key)


def _refuse(code: str, thing: str, item: Disclosed) -> Malformed:
    return Malformed(code, f"an event of {thing}", f"{item.kind} {item.id.hex()}")


# --- goods -------------------------------------------------------------------------------------------------------------------


def numbers_after(numbers: list[str], item: Disclosed) -> list[str]:
    """Recalls that stand after a recall, or after one was closed (which is in the history of a thing only where it was an error)."""
    number = item.body["number"]
    return [*numbers, number] if item.kind == RECALL else [each for each in numbers if each != number]


def opens(item: Disclosed, close: Disclosed) -> bool:
    """Is it the recall that the other event closes?"""
    return bool(item.kind == RECALL and item.body["number"] == close.body["number"])


def product_after(before: Fields | None, gtin: str, item: Disclosed) -> Fields:
    """A product; its owner is whoever signed for it."""
    if before is None and (item.kind, item.body.get("gtin")) == ("drugs.product", gtin):
        return {**{name: item.body.get(name) for name in _PRODUCT_FIELDS}, "recalls": [], "withdrawn": []}
    if before is not None and item.kind in (RECALL, CLOSE):
        return {**before, "recalls": numbers_after(before["recalls"], item)}
    raise _refuse(ENTRY, f"product {gtin}", item)


def batch_after(before: Fields | None, name: BatchName, item: Disclosed, event: Happening) -> Fields:
    """A batch, but for maker, releases and status, which need the signers."""
    body = item.body
    if before is None and (item.kind, body.get("gtin"), body.get("lot")) == ("drugs.batch", name.gtin, name.lot):
        return {
            "site": body["site"], "signer": item.by, "count": body["count"],
            "roots": [{"from": 0, "to": body["count"], "root": body["root"]}], "expiry": body["expiry"], "printed_expiry": body["expiry"],
            "market": body["market"], "recalls": [], "since": event.time, "sources": None,
        }  # fmt: skip
    if before is not None and item.kind in (RECALL, CLOSE):
        return {**before, "recalls": numbers_after(before["recalls"], item)}
    if before is not None and item.kind in (RELEASE, RECEIVE):
        return before
    raise _refuse(ENTRY, f"batch {name.path}", item)


def recall_after(before: Fields | None, key: str, item: Disclosed) -> Fields:
    """The recall with this state key."""
    body = item.body
    own = item.kind in (RECALL, CLOSE) and recall_key(body["number"]) == key
    if own and before is None and item.kind == RECALL:
        return {**{name: body[name] for name in ("class", "depth", "markets")}, "status": "open"}
    if own and before is not None and item.kind == CLOSE:
        return {**before, "status": body["outcome"]}
    raise _refuse(ENTRY, key, item)


# --- who may sign ------------------------------------------------------------------------------------------------------------


def admin_key(party: str, seal: str | None, start: int, *, regulator: bool) -> Fields:
    """The key that a party, or a regulator, begins with."""
    entry = make_admin_key(party, seal, start, REGULATOR_SCOPE if regulator else ADMIN_SCOPE)
    return {name: value for name, value in entry.items() if name != "history"}


def key_begun(text: str, party: str, told: tuple[Disclosed, Happening], *, regulator: bool) -> Fields:
    """A key by its first event. `regulator`: was its party one then?"""
    item, event = told
    body = item.body
    if item.kind == "parties.key" and body.get("public") == text:
        return {"party": party, **{name: body.get(name) for name in _KEY_FIELDS}, "revoked": None, "compromised_since": None}
    if (item.kind, body.get("admin"), body.get("gln")) == ("parties.enrol", text, party):
        return admin_key(party, body["seal"], event.time, regulator=is_regulator(body))
    if (item.kind, body.get("public"), body.get("party")) == ("parties.admin", text, party):
        return admin_key(party, body["seal"], event.time, regulator=regulator)
    raise _refuse(ENROLMENT, f"key {text}", item)


def key_after(before: Fields, text: str, item: Disclosed, event: Happening) -> Fields:
    """A key after it was revoked, or its compromise dated back."""
    body, since = item.body, before["compromised_since"]
    if item.kind == "parties.revoke" and body.get("public") == text:
        moved = body["compromised_since"]
        if before["revoked"] is None:
            return {**before, "revoked": {"at": event.time, "reason": body["reason"]}, "compromised_since": moved}
        if moved is not None and (since is None or moved < since):
            return {**before, "compromised_since": moved}
    if (item.kind, body.get("party"), before["revoked"]) == ("parties.admin", before["party"], None):
        return {**before, "revoked": {"at": event.time, "reason": "lost"}}
    raise _refuse(ENROLMENT, f"key {text}", item)


def is_regulator(enrolled: Value) -> bool:
    """Has the body of an enrolment, or a party's entry, the role?"""
    return any(each["role"] == "regulator" for each in enrolled["roles"])


def party_after(before: Fields | None, gln: str, told: tuple[Disclosed, Happening], day: str) -> Fields:
    """A party; `day`: local day of the event where the party is."""
    item, event = told
    body = item.body
    if before is None and (item.kind, body.get("gln")) == ("parties.enrol", gln):
        return {"names": body["names"], "country": body["country"], "roles": body["roles"], "suspended": None}
    if before is not None and body.get("party") == gln:
        if item.kind == "parties.licence":
            given = {name: body[name] for name in ("role", "licence", "from", "until")}
            return {**before, "roles": _with_licence(before["roles"], given, day)}
        if item.kind == "parties.suspend" and before["suspended"] is None:
            return {**before, "suspended": {"roles": body["roles"], "since": event.time, "reason": body["reason"]}}
        if item.kind == "parties.reinstate":
            return {**before, "suspended": None}
    raise _refuse(ENROLMENT, f"party {gln}", item)


def _with_licence(roles: list[Value], given: Value, day: str) -> list[Value]:
    try:
        return with_licence(roles, given, day)
    except ChainError as error:
        raise Malformed(ENROLMENT, "room for a licence", error.found) from error


def site_after(gln: str, item: Disclosed, country: str) -> Fields:
    """A site as its newest event describes it; `country`: of its entry, where the event does not say."""
    body = item.body
    if item.kind == "parties.site" and body.get("gln") == gln:
        return {**{name: body[name] for name in ("party", "kind", "names", "region")}, "country": country}
    for each in body["sites"] if item.kind == "parties.enrol" else ():
        if each["gln"] == gln:
            return {"party": body["gln"], **{name: each[name] for name in ("kind", "names", "region")}, "country": body["country"]}
    raise _refuse(ENTRY, f"site {gln}", item)
