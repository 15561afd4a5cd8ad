"""`parties.key`, `parties.revoke`, `parties.admin`: the keys that sign for a party (DOMAIN §6).

Names of people never go on the ledger in clear: a person key carries a salted commitment, opened in the record that shows the printed name.
"""

import re
from typing import Any

from chain import keys as signing
from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.state import prefix
from chain.transactions import Transaction
from trace.fields import Field, Record, Schema
from trace.forms import CODE, GLN, HASH, KEY, MS, SEAL, SIGNATURE, Choice, Integer, ListOf, OneWordOr, Pattern
from trace.kinds import NAMES, Demand, Kind
from trace.market import DAY_MS
from trace.parties import checks, entries, queries
from trace.parties.authority import validate_decided_party, validate_key_is_new
from trace.parties.entries import REASON, SHORT
from trace.parties.possession import validate_possession

CLASSES = ("device", "person", "admin")
"""Classes of keys."""
REASONS = ("lost", "stolen", "left", "rotated", "compromised")
"""Why a key is revoked."""
LIFETIME_MS = (3 * 365 + 1) * DAY_MS
"""Longest life of a key that an admin enrols: three years with their leap day."""
ADMIN_LIMIT = 16
"""Admin keys of a party neither revoked nor ended at a time, so that replacing them all stays one small transaction."""
ADMINS_EVER = 512
"""Admin keys that a party enrols in all its life: every question about its admins looks at all of them. `parties.admin` of a regulator is
not bound by it."""
KIND_PATTERN = Pattern("module.name or module.*", re.compile(r"[a-z]{1,16}\.(\*|[a-z_]{1,32}(\.[a-z_]{1,32})?)"))
"""An element of a scope's kinds."""

SCOPE = Record(
    (
        Field("kinds", ListOf(KIND_PATTERN, 32)),
        Field("sites", OneWordOr("all", ListOf(GLN, 50))),
        Field("daily", Integer(1, 1_000_000), nullable=True),
    )
)
"""What a key may sign, where, and how often a day."""
KEY_SCHEMA = Schema(
    Record(
        (
            Field("public", KEY),
            Field("seal", SEAL, nullable=True),
            Field("class", Choice(CLASSES)),
            Field("label", SHORT),
            Field("profession", CODE, nullable=True),
            Field("person", HASH, nullable=True),
            Field("scope", SCOPE),
            Field("from", MS),
            Field("until", MS),
            Field("proof", SIGNATURE),
        )
    )
)
"""Body of `parties.key`."""
REVOKE_SCHEMA = Schema(Record((Field("public", KEY), Field("reason", Choice(REASONS)), Field("compromised_since", MS, nullable=True))))
"""Body of `parties.revoke`."""
ADMIN_SCHEMA = Schema(
    Record(
        (
            Field("party", GLN),
            Field("public", KEY),
            Field("seal", SEAL, nullable=True),
            Field("proof", SIGNATURE),
            Field("reason", REASON),
        )
    )
)
"""Body of `parties.admin`."""


# --- parties.key -------------------------------------------------------------------------------------------------------------


def key(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """A party's admin adds a key of a device, a person or a further admin."""
    body = transaction.body
    signer = checks.signer_of(view, transaction)
    if signer.key["class"] != "admin":
        raise Refusal("parties.key.not_admin", f"an admin key of {signer.gln}", f"a {signer.key['class']} key", field="by")
    validate_key_is_new(view, body["public"], "public")
    validate_key_allowed(body["public"])
    validate_possession(body, body["public"], signer.gln, block)
    validate_scope_kinds(body["scope"]["kinds"])
    validate_scope_sites(view, body["scope"]["sites"], signer.gln)
    validate_lifetime(body, block)
    if body["class"] == "admin":
        validate_admin_count(view, signer.gln, block)
    things, markers = entries.key_entries(body["public"], entries.make_key(signer.gln, body))
    return entries.record(transaction, block, things, markers)


def validate_key_allowed(text: str) -> None:
    """Not one of the keys under which anything verifies. Raises Refusal `parties.key.forbidden`."""
    try:
        signing.validate_allowed(text)
    except Refusal as error:
        raise Refusal("parties.key.forbidden", error.expected, error.found, field="public") from error


def validate_scope_kinds(kinds: list[str]) -> None:
    """Every kind is one of these rules, or all of a module. Raises Refusal `parties.scope.unknown`."""
    modules = {name.partition(".")[0] for name in NAMES}
    for place, name in enumerate(kinds):
        module, _, rest = name.partition(".")
        if name not in NAMES and not (rest == "*" and module in modules):
            raise Refusal("parties.scope.unknown", "a kind of these rules, or module.*", name, field=f"scope.kinds[{place}]")


def validate_scope_sites(view: StateView, sites: Any, gln: str) -> None:
    """Every site is the party's own. Raises Refusal `parties.site.other_party`."""
    for place, site in enumerate([] if sites == "all" else sites):
        owner = queries.party_of_site(view, site)
        if owner != gln:
            raise Refusal("parties.site.other_party", f"a site of {gln}", f"{site} of {owner or 'nobody'}", field=f"scope.sites[{place}]")


def validate_lifetime(body: Value, block: BlockContext) -> None:
    """A beginning before the end, an end to come, at most three years. Raises Refusal `parties.key.dates`."""
    if body["until"] <= max(body["from"], block.time):
        raise Refusal("parties.key.dates", f"until above {max(body['from'], block.time)}", body["until"], field="until")
    if body["until"] - body["from"] > LIFETIME_MS:
        raise Refusal("parties.key.dates", f"until at most {body['from'] + LIFETIME_MS}", body["until"], field="until")


def validate_admin_count(view: StateView, gln: str, block: BlockContext) -> None:
    """Raises Refusal `parties.key.too_many` when the party has its full number of admin keys, those to come included."""
    count = len(living_admins(view, gln, block))
    if count >= ADMIN_LIMIT:
        raise Refusal("parties.key.too_many", f"at most {ADMIN_LIMIT} admin keys neither revoked nor ended", count + 1, field="class")

    ever = sum(1 for _ in view.scan(prefix("keys", gln, "admin")))
    if ever >= ADMINS_EVER:
        raise Refusal("parties.key.too_many", f"at most {ADMINS_EVER} admin keys in all, revoked ones too", ever + 1, field="class")


def living_admins(view: StateView, gln: str, block: BlockContext) -> dict[str, Value]:
    """Text -> entry of a party's admin keys that sign now or may sign later."""
    found = queries.keys_of(view, gln, "admin")
    return {text: key for text, key in found if key["revoked"] is None and (key["until"] is None or block.time < key["until"])}


# --- parties.revoke ----------------------------------------------------------------------------------------------------------


def revoke(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """Ends a key for ever; may date its compromise back. What counts is block time: a thief cannot back-date (DOMAIN §6)."""
    body = transaction.body
    target = queries.find_key(view, body["public"])
    if target is None:
        raise Refusal("parties.key.unknown", "an enrolled key", body["public"], field="public")
    validate_may_revoke(view, transaction, block, target)
    validate_not_repeated(target, body["compromised_since"])
    if body["compromised_since"] is not None and body["compromised_since"] > block.time:
        raise Refusal("parties.revoke.date", f"at most {block.time}", body["compromised_since"], field="compromised_since")
    validate_not_last_admin(view, body["public"], target, block)
    revoked = target["revoked"] or {"at": block.time, "reason": body["reason"]}
    value = {**target, "revoked": revoked, "compromised_since": body["compromised_since"]}
    return entries.record(transaction, block, {queries.key_key(body["public"]): value})


def validate_may_revoke(view: StateView, transaction: Transaction, block: BlockContext, target: Value) -> None:
    """An admin key of its party, a regulator of its country, or the key itself. Raises Refusal `parties.key.not_admin`.

    The key itself may end itself, not unsay what it signed: whoever stole it could make every batch that it ever signed unsaleable.
    """
    signer = checks.signer_of(view, transaction)
    own = signer.text == transaction.body["public"] and transaction.body["compromised_since"] is None
    admin = signer.gln == target["party"] and signer.key["class"] == "admin"
    party = queries.find_party(view, target["party"])
    if own or admin or (party is not None and checks.is_regulator_of(view, signer, party["country"], block.time)):
        return
    expected = f"an admin key of {target['party']}, a regulator of its country, or the key itself without compromised_since"
    raise Refusal("parties.key.not_admin", expected, f"a {signer.key['class']} key of {signer.gln}", field="by")


def validate_not_repeated(target: Value, since: int | None) -> None:
    """Revoked once; again only to move the compromise back. Raises Refusal `parties.key.revoked`."""
    if target["revoked"] is None:
        return
    before = target["compromised_since"]
    if since is None or (before is not None and since >= before):
        expected = "a key in force, or an earlier compromised_since"
        raise Refusal("parties.key.revoked", expected, f"revoked at {target['revoked']['at']}", field="public")


def validate_not_last_admin(view: StateView, text: str, target: Value, block: BlockContext) -> None:
    """A party keeps an admin key; a regulator replaces the last one by `parties.admin`. Raises Refusal `parties.key.last_admin`."""
    if target["class"] != "admin" or target["revoked"] is not None:
        return
    others = (other for other, entry in queries.keys_of(view, target["party"], "admin") if queries.is_key_in_force(entry, block.time))
    if all(other == text for other in others):
        raise Refusal("parties.key.last_admin", f"another admin key of {target['party']} in force", "none", field="public")


# --- parties.admin -----------------------------------------------------------------------------------------------------------


def admin(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """A regulator gives a party that lost its admin key a new one; the old ones are revoked."""
    body, gln = transaction.body, transaction.body["party"]
    party = validate_decided_party(view, transaction, block)
    validate_key_is_new(view, body["public"], "public")
    validate_possession(body, body["public"], gln, block)
    revoked = {"at": block.time, "reason": "lost"}
    old = living_admins(view, gln, block).items()
    things: dict[str, Value] = {queries.key_key(text): {**entry, "revoked": revoked} for text, entry in old}
    is_regulator = "regulator" in queries.roles_held(party)
    scope = entries.REGULATOR_SCOPE if is_regulator else entries.ADMIN_SCOPE
    thing, markers = entries.key_entries(body["public"], entries.make_admin_key(gln, body["seal"], block.time, scope))
    return entries.record(transaction, block, {**things, **thing}, markers)


KINDS = {
    "parties.key": Kind(KEY_SCHEMA, Demand(), key),
    "parties.revoke": Kind(REVOKE_SCHEMA, Demand(while_suspended=True, in_every_scope=True), revoke),
    "parties.admin": Kind(ADMIN_SCHEMA, Demand(("regulator",)), admin),
}
"""Kinds of this file."""
