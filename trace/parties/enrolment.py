"""`parties.enrol`: a regulator makes an organisation a party (DOMAIN §6, S-21)."""

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import GLN_DIGITS, KEY, MARKET, SEAL, SIGNATURE, ListOf
from trace.gs1.checkdigit import has_check_digit
from trace.kinds import Demand, Kind
from trace.parties import checks, entries, licences, queries
from trace.parties.authority import validate_key_is_new, validate_not_reserved, validate_regulator, validate_role_name
from trace.parties.entries import NAMES, SHORT, SITE_KIND
from trace.parties.possession import validate_possession
from trace.parties.prefixes import PREFIX, hold

SITE_FIELDS = (Field("gln", GLN_DIGITS), Field("kind", SITE_KIND), Field("names", NAMES), Field("region", SHORT))
"""A site as enrolment and genesis name it."""
SCHEMA = Schema(
    Record(
        (
            Field("gln", GLN_DIGITS),
            Field("names", NAMES),
            Field("country", MARKET),
            Field("roles", ListOf(Record(licences.LICENCE_FIELDS), 8)),
            Field("prefixes", ListOf(PREFIX, 20, 0)),
            Field("sites", ListOf(Record(SITE_FIELDS), 50)),
            Field("admin", KEY),
            Field("seal", SEAL, nullable=True),
            Field("proof", SIGNATURE),
        )
    )
)
"""Body of `parties.enrol`. GLNs are judged by the rule, which has a code for their check digit; so are roles."""


def enrol(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """A new party with its roles, sites, prefixes and first admin key."""
    body = transaction.body
    roles = tuple(entry["role"] for entry in body["roles"])
    validate_regulator(view, transaction, block, body["country"])
    validate_check_digits(body)
    validate_party_is_new(view, body["gln"])
    for place, role in enumerate(roles):
        validate_role_name(role, f"roles[{place}].role")
    validate_not_reserved(view, transaction, block, roles, body["country"])
    for place, entry in enumerate(body["roles"]):
        licences.validate_dates(entry, f"roles[{place}].")
    validate_prefixes_are_free(view, transaction, block)
    validate_sites_are_new(view, body)
    validate_key_is_new(view, body["admin"], "admin")
    validate_possession(body, body["admin"], body["gln"], block)
    return _enrolled(view, transaction, block)


def validate_check_digits(body: Value) -> None:
    """GLN of the party and of every site. Raises Refusal `parties.gln.check_digit`."""
    numbers = [("gln", body["gln"])] + [(f"sites[{place}].gln", site["gln"]) for place, site in enumerate(body["sites"])]
    for field, number in numbers:
        if not has_check_digit(number):
            raise Refusal("parties.gln.check_digit", "a GLN whose check digit is right", number, field=field)


def validate_party_is_new(view: StateView, gln: str) -> None:
    """The GLN names neither a party nor a site. Raises Refusal `parties.enrol.exists`."""
    if queries.find_party(view, gln) is not None:
        raise Refusal("parties.enrol.exists", "a GLN that is not enrolled", gln, field="gln")
    owner = queries.party_of_site(view, gln)
    if owner is not None:
        raise Refusal("parties.enrol.exists", "a GLN that is not enrolled", f"{gln}, a site of {owner}", field="gln")


def validate_prefixes_are_free(view: StateView, transaction: Transaction, block: BlockContext) -> None:
    """Nobody holds the prefixes, and who holds a shorter one above them has co-signed. Raises Refusal `parties.prefix.taken`."""
    for place, digits in enumerate(transaction.body["prefixes"]):
        covering = queries.covering_prefix(view, digits, block.time)
        if covering is None:
            continue
        if covering[0] == digits or not checks.has_consent(view, transaction, block, covering[1]):
            found = f"{digits}, under {covering[0]} of {covering[1]}"
            raise Refusal("parties.prefix.taken", "a prefix that nobody holds", found, field=f"prefixes[{place}]")


def validate_sites_are_new(view: StateView, body: Value) -> None:
    """Every site's GLN is new, named once, and no other party's. Raises Refusal `parties.site.exists`."""
    seen: set[str] = set()
    for place, site in enumerate(body["sites"]):
        gln = site["gln"]
        if gln in seen or queries.find_site(view, gln) is not None or queries.find_party(view, gln) is not None:
            raise Refusal("parties.site.exists", "a GLN that no site or party has", gln, field=f"sites[{place}].gln")
        seen.add(gln)


def _enrolled(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    body, gln, country = transaction.body, transaction.body["gln"], transaction.body["country"]
    is_regulator = any(entry["role"] == "regulator" for entry in body["roles"])
    things: dict[str, Value] = {queries.party_key(gln): entries.make_party(body["names"], country, body["roles"])}
    markers: dict[str, Value] = {}
    for site in body["sites"]:
        thing, marker = entries.site_entries(site["gln"], entries.make_site(gln, country, site))
        things.update(thing)
        markers.update(marker)
    things.update({queries.prefix_key(digits): hold(view, digits, gln, block.time) for digits in body["prefixes"]})
    scope = entries.REGULATOR_SCOPE if is_regulator else entries.ADMIN_SCOPE
    thing, marker = entries.key_entries(body["admin"], entries.make_admin_key(gln, body["seal"], block.time, scope))
    things.update(thing)
    if is_regulator:
        things.update(licences.list_regulator(view, country, gln))
    return entries.record(transaction, block, things, {**markers, **marker})


KINDS = {"parties.enrol": Kind(SCHEMA, Demand(("regulator",)), enrol)}
"""Kinds of this file."""
