"""`parties.site`: opening, changing and closing the places of a party (DOMAIN §6)."""

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import GLN, Flag
from trace.kinds import Demand, Kind
from trace.parties import checks, entries, queries
from trace.parties.authority import validate_party
from trace.parties.entries import NAMES, SHORT, SITE_KIND, WARD_KINDS
from trace.parties.occupancy import is_empty, occupancy

SCHEMA = Schema(
    Record(
        (
            Field("gln", GLN),
            Field("party", GLN),
            Field("kind", SITE_KIND),
            Field("names", NAMES),
            Field("region", SHORT),
            Field("open", Flag()),
        )
    )
)
"""Body of `parties.site`: the whole new description of the site."""


def site(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """Opens a site, changes its description, or closes it."""
    body, gln = transaction.body, transaction.body["gln"]
    party = validate_party(view, body["party"])
    existing = queries.find_site(view, gln)
    validate_entitled(view, transaction, block, party)
    if body["open"]:
        validate_not_of_another(view, body, existing)
    else:
        validate_can_close(view, body, existing)
    entry = entries.make_site(body["party"], party["country"], body)
    if existing is not None:
        entry = {**entry, "history": existing["history"]}
    things, markers = entries.site_entries(gln, entry)
    return entries.record(transaction, block, things, markers if existing is None else {})


def validate_entitled(view: StateView, transaction: Transaction, block: BlockContext, party: Value) -> None:
    """A regulator of the party's country, or the party's admin for a ward or theatre. Raises Refusal `parties.regulator.market`."""
    signer = checks.signer_of(view, transaction)
    if checks.is_regulator_of(view, signer, party["country"], block.time):
        return
    if not _is_own_ward(view, signer, transaction.body, block):
        expected = f"a regulator of {party['country']}, or the hospital's admin key for a ward or theatre"
        raise Refusal("parties.regulator.market", expected, signer.gln, field="by")


def _is_own_ward(view: StateView, signer: checks.Signer, body: Value, block: BlockContext) -> bool:
    """Is this a hospital's admin key, and the site a ward or theatre (before and after) of a hospital with an open pharmacy?"""
    if signer.gln != body["party"] or signer.key["class"] != "admin" or body["kind"] not in WARD_KINDS:
        return False
    existing = queries.find_site(view, body["gln"])
    if existing is not None and existing["kind"] not in WARD_KINDS:
        return False
    if "hospital" not in queries.roles_in_force(signer.party, checks.party_day(view, signer.party, block.time)):
        return False
    return any(entry["open"] and entry["kind"] == "hospital_pharmacy" for _, entry in queries.sites_of(view, signer.gln))


def validate_not_of_another(view: StateView, body: Value, existing: Value | None) -> None:
    """The GLN is new, or the site is the party's own. Raises Refusal `parties.site.exists`."""
    gln = body["gln"]
    owner = existing["party"] if existing is not None else gln if queries.find_party(view, gln) is not None else body["party"]
    if owner != body["party"]:
        raise Refusal("parties.site.exists", f"a new GLN, or a site of {body['party']}", f"{gln} of {owner}", field="gln")


def validate_can_close(view: StateView, body: Value, existing: Value | None) -> None:
    """The party's own site, with nothing in it or on the road. Raises Refusal `parties.site.unknown`, `parties.site.not_empty`."""
    if existing is None or existing["party"] != body["party"]:
        raise Refusal("parties.site.unknown", f"a site of {body['party']}", body["gln"], field="gln")
    if not is_empty(view, body["gln"]):
        count = occupancy(view, body["gln"])
        found = f"stock of {count['batches']} batches, {count['shipments']} open shipments"
        raise Refusal("parties.site.not_empty", "no stock and no open shipments", found, field="open")


KINDS = {"parties.site": Kind(SCHEMA, Demand(), site)}
"""Kinds of this file."""
