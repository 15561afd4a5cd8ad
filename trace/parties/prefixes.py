"""`parties.prefix`: who owns which numbers (DOMAIN §6). The longest prefix that is held owns a GTIN."""

import re
from typing import Any

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.state import NO_HISTORY
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import GLN, Pattern, String
from trace.kinds import Demand, Kind
from trace.parties import checks, queries
from trace.parties.authority import validate_party
from trace.parties.entries import record

PREFIX = Pattern("4 to 13 digits", re.compile("[0-9]{4,13}"))
"""A number prefix; 13 digits are one single number (NTIN)."""
HOLDING_LIMIT = 40
"""Holdings that a prefix entry keeps; older ones stay in its history."""
SCHEMA = Schema(Record((Field("prefix", String(40)), Field("party", GLN, nullable=True))))
"""Body of `parties.prefix`; the prefix is judged by the rule, which has a code for it."""


def prefix(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """Gives a prefix to a party, with its present owner's consent, or releases it (`party` null)."""
    digits, gln = transaction.body["prefix"], transaction.body["party"]
    problem = PREFIX.find(digits)
    if problem is not None:
        raise Refusal("parties.prefix.format", problem.expected, digits, field="prefix")
    if gln is not None:
        validate_party(view, gln)
    validate_consent(view, transaction, block)
    return record(transaction, block, {queries.prefix_key(digits): hold(view, digits, gln, block.time)})


def validate_consent(view: StateView, transaction: Transaction, block: BlockContext) -> None:
    """Admin keys of the present owner and of the new one have signed. Raises Refusal `parties.prefix.consent`.

    The present owner is whoever holds the longest prefix that covers this one: numbers are given only by those who own them.
    """
    digits, gln = transaction.body["prefix"], transaction.body["party"]
    covering = queries.covering_prefix(view, digits, block.time)
    if gln is None and (covering is None or covering[0] != digits):
        raise Refusal("parties.prefix.consent", "a prefix that somebody holds", f"nobody holds {digits}", field="prefix")
    parties = ([] if covering is None else [covering[1]]) + ([] if gln is None else [gln])
    for party in parties:
        if not checks.has_consent(view, transaction, block, party):
            raise Refusal("parties.prefix.consent", f"a signature by an admin key of {party}", "none", field="with")


def hold(view: StateView, digits: str, gln: str | None, time: int) -> dict[str, Any]:
    """The prefix entry in which the present holding ends at `time` and, unless `gln` is None, that of `gln` begins."""
    entry = queries.find_prefix(view, digits) or {"holders": [], "history": NO_HISTORY}
    holders: list[Value] = [_ended(holding, time) for holding in entry["holders"]]
    if gln is not None:
        holders.append({"party": gln, "from": time, "until": None})
    return {**entry, "holders": holders[-HOLDING_LIMIT:]}


def _ended(holding: Value, time: int) -> Value:
    return {**holding, "until": time} if holding["until"] is None else holding


KINDS = {"parties.prefix": Kind(SCHEMA, Demand(("regulator",)), prefix)}
"""Kinds of this file."""
