"""`parties.licence`: roles and the licences they rest on (DOMAIN §6)."""

from collections.abc import Sequence

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import CODE, DATE, GLN
from trace.kinds import Demand, Kind
from trace.market import find_market, market_key
from trace.parties import checks, queries
from trace.parties.authority import validate_decided_party, validate_not_reserved, validate_role_name
from trace.parties.entries import LICENCE_LIMIT, SHORT, record

LICENCE_FIELDS = (Field("role", CODE), Field("licence", SHORT), Field("from", DATE), Field("until", DATE, nullable=True))
"""A role with the licence that it rests on and its first and last day."""
SCHEMA = Schema(Record((Field("party", GLN), *LICENCE_FIELDS)))
"""Body of `parties.licence`."""


def licence(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """Adds a licence, renews one, or ends one on a day to come."""
    body = transaction.body
    party = validate_decided_party(view, transaction, block)
    validate_role_name(body["role"], "role")
    validate_not_reserved(view, transaction, block, (body["role"],), party["country"])
    validate_dates(body)
    day = checks.party_day(view, party, block.time)
    validate_not_over(body, day)
    given = {name: body[name] for name in ("role", "licence", "from", "until")}
    things: dict[str, Value] = {queries.party_key(body["party"]): {**party, "roles": with_licence(party["roles"], given, day)}}
    if body["role"] == "regulator":
        things.update(list_regulator(view, party["country"], body["party"]))
    return record(transaction, block, things)


def validate_dates(given: Value, path: str = "") -> None:
    """Raises Refusal `parties.licence.dates` when the last day lies before the first."""
    if given["until"] is not None and given["until"] < given["from"]:
        raise Refusal("parties.licence.dates", f"until >= {given['from']}", given["until"], field=f"{path}until")


def validate_not_over(given: Value, day: str) -> None:
    """A licence cannot be ended in the past, which would unsay what was right; to stop a party at once, suspend it.

    Raises Refusal `parties.licence.dates`.
    """
    if given["until"] is not None and given["until"] < day:
        raise Refusal("parties.licence.dates", f"until >= {day}, today", given["until"], field="until")


def with_licence(roles: Sequence[Value], given: Value, day: str) -> list[Value]:
    """The role list with a licence added; an interval of the same role and number that it continues or overlaps is prolonged instead.

    Raises Refusal `parties.licence.too_many` when the entry is full of licences that have not ended.
    """
    for place, entry in enumerate(roles):
        same = (entry["role"], entry["licence"]) == (given["role"], given["licence"])
        if same and _reaches(entry, given["from"]) and _reaches(given, entry["from"]):
            merged = {**given, "from": min(entry["from"], given["from"])}
            return [*roles[:place], merged, *roles[place + 1 :]]
    if len(roles) < LICENCE_LIMIT:
        return [*roles, given]
    return [*_without_oldest(roles, day), given]


def _reaches(entry: Value, day: str) -> bool:
    """Does the licence last up to the day or longer?"""
    return entry["until"] is None or bool(day <= entry["until"])


def _without_oldest(roles: Sequence[Value], day: str) -> list[Value]:
    """The list without the licence that ended first; the party's history still shows it."""
    ended = [entry for entry in roles if entry["until"] is not None and entry["until"] < day]
    if not ended:
        raise Refusal("parties.licence.too_many", f"at most {LICENCE_LIMIT} licences that have not ended", len(roles) + 1, field="licence")
    oldest = min(ended, key=lambda entry: (entry["until"], entry["from"], entry["role"], entry["licence"]))
    return [entry for entry in roles if entry is not oldest]


def list_regulator(view: StateView, market: str, gln: str) -> dict[str, Value]:
    """The market's entry with one regulator more; nothing if it is listed already."""
    entry = find_market(view, market)
    if entry is None or gln in entry["regulators"]:
        return {}
    return {market_key(market): {**entry, "regulators": [*entry["regulators"], gln]}}


KINDS = {"parties.licence": Kind(SCHEMA, Demand(("regulator",)), licence)}
"""Kinds of this file."""
