"""`parties.suspend` and `parties.reinstate`: stopping a party, or some of its roles, and letting it go on (DOMAIN §6)."""

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import GLN, Choice, ListOf
from trace.kinds import Demand, Kind
from trace.parties import queries
from trace.parties.authority import validate_decided_party
from trace.parties.entries import REASON, ROLES, record

SUSPEND = Schema(Record((Field("party", GLN), Field("roles", ListOf(Choice(ROLES), len(ROLES)), nullable=True), Field("reason", REASON))))
"""Body of `parties.suspend`; `roles` null = all."""
REINSTATE = Schema(Record((Field("party", GLN), Field("reason", REASON))))
"""Body of `parties.reinstate`."""


def suspend(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """From the next block on the party, or the roles named, may do only what brings goods to rest (row 9)."""
    body = transaction.body
    party = validate_decided_party(view, transaction, block)
    if party["suspended"] is not None:
        raise Refusal("parties.party.suspended", "a party that is not suspended", body["party"], field="party")
    suspended = {"roles": body["roles"], "since": block.time, "reason": body["reason"]}
    return record(transaction, block, {queries.party_key(body["party"]): {**party, "suspended": suspended}})


def reinstate(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """Ends a suspension at once."""
    gln = transaction.body["party"]
    party = validate_decided_party(view, transaction, block)
    if party["suspended"] is None:
        raise Refusal("parties.party.not_suspended", "a suspended party", gln, field="party")
    return record(transaction, block, {queries.party_key(gln): {**party, "suspended": None}})


KINDS = {
    "parties.suspend": Kind(SUSPEND, Demand(("regulator",)), suspend),
    "parties.reinstate": Kind(REINSTATE, Demand(("regulator",)), reinstate),
}
"""Kinds of this file."""
