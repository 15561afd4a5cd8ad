"""Who may sign: rows 7-11 of DOMAIN §5, for every kind of every module. The first check that fails gives the code.

Rules run after these checks and may take the signer's key and party as given; `signer_of` reads them again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chain.errors import Refusal
from chain.interfaces import BlockContext, StateView, Value
from chain.state import state_key
from chain.transactions import Transaction
from trace.kinds import Demand
from trace.market import day_in, regulators_of
from trace.parties import queries


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever signed a transaction, as the state knows them."""

    text: str
    """The signing key."""
    key: Value
    """Its entry."""
    gln: str
    """The party that it signs for."""
    party: Value
    """The party's entry."""
    changes: Mapping[str, Value] = field(default_factory=dict)
    """What the checks themselves change: the day's count of a key with a daily cap."""


def authorise(view: StateView, transaction: Transaction, block: BlockContext, demand: Demand) -> Signer:
    """Rows 7-11. Raises Refusal `parties.key.*`, `parties.party.suspended`, `parties.role.missing`, `parties.licence.expired`,
    `parties.site.*`; returns the signer."""
    key = validate_key(view, transaction.by, block)
    site = _named_site(transaction, demand)
    located = site if demand.locate is None else demand.locate(view, transaction)
    validate_scope(transaction.kind, key, located, demand)
    changes = count_for_cap(view, transaction.by, key, block)
    signer = Signer(transaction.by, key, key["party"], _entry(queries.find_party(view, key["party"])), changes)
    validate_not_suspended(signer, block, demand)
    validate_role(view, signer, block, demand)
    if site is not None:
        validate_own_site(view, signer.gln, site, str(demand.site))
    return signer


def signer_of(view: StateView, transaction: Transaction) -> Signer:
    """The signer of a transaction that has passed `authorise`."""
    key = _entry(queries.find_key(view, transaction.by))
    return Signer(transaction.by, key, key["party"], _entry(queries.find_party(view, key["party"])))


def _entry(value: Value | None) -> Value:
    """An entry that enrolment guarantees: keys are written only for parties that exist, and neither is ever deleted."""
    if value is None:
        raise Refusal("parties.key.unknown", "an enrolled key", "no entry", field="by")
    return value


def _named_site(transaction: Transaction, demand: Demand) -> str | None:
    return transaction.body.get(demand.site) if demand.site is not None else None


# --- row 7 -------------------------------------------------------------------------------------------------------------------


def validate_key(view: StateView, text: str, block: BlockContext) -> Value:
    """Row 7: enrolled, in force at block time, not revoked. Raises Refusal `parties.key.unknown`, `.not_yet`, `.expired`, `.revoked`."""
    key = queries.find_key(view, text)
    if key is None:
        raise Refusal("parties.key.unknown", "an enrolled key", text, field="by")
    if block.time < key["from"]:
        raise Refusal("parties.key.not_yet", f"a block from {key['from']} on", block.time, field="by")
    if key["until"] is not None and block.time >= key["until"]:
        raise Refusal("parties.key.expired", f"a block before {key['until']}", block.time, field="by")
    if key["revoked"] is not None:
        raise Refusal("parties.key.revoked", "a key in force", f"revoked at {key['revoked']['at']}: {key['revoked']['reason']}", field="by")
    return key


# --- row 8 -------------------------------------------------------------------------------------------------------------------


def validate_scope(kind: str, key: Value, site: str | None, demand: Demand) -> None:
    """Row 8: kind and site lie in the key's scope. Raises Refusal `parties.key.scope`, `parties.key.site`."""
    scope = key["scope"]
    if not demand.in_every_scope and not queries.is_in_scope(kind, scope):
        raise Refusal("parties.key.scope", ", ".join(scope["kinds"]), kind, field="kind")
    if site is not None:
        validate_site_scope(key, site, demand.site)


def validate_site_scope(key: Value, site: str, name: str | None = None) -> None:
    """Row 8 for one site; also for rules that learn the site late. Raises Refusal `parties.key.site`."""
    if not queries.is_site_in_scope(site, key["scope"]):
        raise Refusal("parties.key.site", ", ".join(key["scope"]["sites"]), site, field=name)


def count_for_cap(view: StateView, text: str, key: Value, block: BlockContext) -> Mapping[str, Value]:
    """Row 8, daily cap: the key's count on its party's local day after this transaction. Raises Refusal `parties.key.cap`."""
    daily = key["scope"]["daily"]
    if daily is None:
        return {}
    name = state_key("cap", text)
    day = party_day(view, _entry(queries.find_party(view, key["party"])), block.time)
    counted = view.get(name)
    used = counted["n"] if counted is not None and counted["day"] == day else 0
    if used >= daily:
        raise Refusal("parties.key.cap", f"at most {daily} transactions a day", f"number {used + 1} on {day}", field="by")
    return {name: {"day": day, "n": used + 1}}


def party_day(view: StateView, party: Value, time: int) -> str:
    """The calendar day where a party is."""
    return day_in(view, party["country"], time)


# --- rows 9 and 10 -----------------------------------------------------------------------------------------------------------


def validate_not_suspended(signer: Signer, block: BlockContext, demand: Demand) -> None:
    """Row 9: neither the party nor every role that it could act in is suspended. Raises Refusal `parties.party.suspended`."""
    suspended = queries.suspended_roles(signer.party, block.time)
    if not suspended or demand.while_suspended:
        return
    usable = [role for role in queries.roles_held(signer.party) if role in demand.roles]
    if queries.is_suspended(signer.party, block.time) or (usable and all(role in suspended for role in usable)):
        since = signer.party["suspended"]["since"]
        raise Refusal("parties.party.suspended", "a party that is not suspended", f"{signer.gln} suspended since {since}", field="by")


def validate_role(view: StateView, signer: Signer, block: BlockContext, demand: Demand) -> None:
    """Row 10: one of the roles is held, its licence in force on the block's day; a role that is suspended does not count.

    Raises Refusal `parties.role.missing`, `parties.licence.expired`.
    """
    if not demand.roles:
        return
    suspended = () if demand.while_suspended else queries.suspended_roles(signer.party, block.time)
    held = [entry for entry in signer.party["roles"] if entry["role"] in demand.roles and entry["role"] not in suspended]
    if not held:
        found = ", ".join(queries.roles_held(signer.party)) or "none"
        raise Refusal("parties.role.missing", "one of " + ", ".join(demand.roles), found, field="by")
    day = party_day(view, signer.party, block.time)
    if not any(queries.licence_in_force(entry, day) for entry in held):
        found = "; ".join(f"{entry['role']} {entry['from']} to {entry['until']}" for entry in held)
        raise Refusal("parties.licence.expired", f"a licence in force on {day}", found, field="by")


# --- row 11 ------------------------------------------------------------------------------------------------------------------


def validate_own_site(view: StateView, gln: str, site: str, name: str) -> None:
    """Row 11: the site exists, belongs to the party and is open. Raises Refusal `parties.site.unknown`, `.other_party`, `.closed`."""
    entry = queries.find_site(view, site)
    if entry is None:
        raise Refusal("parties.site.unknown", "an enrolled site", site, field=name)
    if entry["party"] != gln:
        raise Refusal("parties.site.other_party", f"a site of {gln}", f"{site} of {entry['party']}", field=name)
    if not entry["open"]:
        raise Refusal("parties.site.closed", "an open site", site, field=name)


# --- co-signatures -----------------------------------------------------------------------------------------------------------


def signers(view: StateView, transaction: Transaction, block: BlockContext) -> Iterator[Signer]:
    """The signer and every co-signer whose key is enrolled and in force; other co-signatures count for nobody (DOMAIN §5)."""
    for text in (transaction.by, *transaction.cosigners):
        key = queries.find_key(view, text)
        if key is not None and queries.is_key_in_force(key, block.time):
            yield Signer(text, key, key["party"], _entry(queries.find_party(view, key["party"])))


def has_consent(view: StateView, transaction: Transaction, block: BlockContext, gln: str) -> bool:
    """Did an admin key of the party sign or co-sign?"""
    return any(signer.gln == gln and signer.key["class"] == "admin" for signer in signers(view, transaction, block))


def is_regulator_of(view: StateView, signer: Signer, market: str, time: int) -> bool:
    """May the signer act as regulator of the market: listed in it, role in force and not suspended?"""
    from_market = signer.gln in regulators_of(view, market)
    in_force = "regulator" in queries.roles_in_force(signer.party, party_day(view, signer.party, time))
    return from_market and in_force and "regulator" not in queries.suspended_roles(signer.party, time)


def missing_regulators(view: StateView, transaction: Transaction, block: BlockContext, market: str) -> tuple[str, ...]:
    """The market's regulators with a licence in force who neither signed nor co-signed with an admin key; empty = all agreed."""
    day = day_in(view, market, block.time)
    parties = {gln: _entry(queries.find_party(view, gln)) for gln in regulators_of(view, market)}
    acting = [gln for gln, party in parties.items() if "regulator" in queries.roles_in_force(party, day)]
    return tuple(gln for gln in acting if not has_consent(view, transaction, block, gln))
