"""What the state keeps of parties: the forms that their kinds share, new entries, and how a rule writes them (DOMAIN §3, §6).

A value has at most 4 KiB (PROTOCOL §5). The limits below keep the largest party entry (names, 10 licences, a suspension with its reason)
under it whatever characters are used.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chain.interfaces import BlockContext, Changes, Trail, Value
from chain.state import NO_HISTORY, advance
from chain.transactions import Transaction
from trace.forms import Choice, String, Text
from trace.parties import queries

ROLES = (
    "mah", "manufacturer", "importer", "repackager", "distributor", "carrier", "pharmacy", "hospital", "disposal", "laboratory",
    "insurer", "regulator", "miner", "witness",
)  # fmt: skip
"""Roles of a party (DOMAIN §6)."""
SITE_KINDS = ("plant", "warehouse", "shop", "hospital_pharmacy", "ward", "theatre", "office")
"""Kinds of a site (DOMAIN §6)."""
WARD_KINDS = ("ward", "theatre")
"""Kinds of site that a hospital opens itself."""
LICENCE_LIMIT = 10
"""Licences in a party's entry; the one that ended first gives way to an eleventh."""
NAMES = Text(String(120, bytes_limit=360))
"""Names of a party or a site."""
SHORT = String(40, bytes_limit=120)
"""Licence numbers, regions, labels."""
REASON = Text(String(100, bytes_limit=300))
"""Why a party was suspended or its admin key replaced."""
SITE_KIND = Choice(SITE_KINDS)
"""Kind of a site."""
ADMIN_SCOPE: Value = {"kinds": ["parties.*"], "sites": "all", "daily": None}
"""What the first admin key of a party may sign: it manages keys and consents; goods move by device keys."""
REGULATOR_SCOPE: Value = {"kinds": ["parties.*", "drugs.*"], "sites": "all", "daily": None}
"""What the first admin key of a regulator may sign: besides, releases and recalls."""


def make_party(names: Value, country: str, roles: Sequence[Value]) -> dict[str, Any]:
    """A new party, not suspended."""
    return {"names": names, "country": country, "roles": list(roles), "suspended": None, "history": NO_HISTORY}


def make_site(party: str, country: str, fields: Value) -> dict[str, Any]:
    """A site; `fields` has kind, names, region, and `open` unless it is open."""
    return {
        "party": party,
        "kind": fields["kind"],
        "names": fields["names"],
        "region": fields["region"],
        "country": country,
        "open": fields.get("open", True),
        "history": NO_HISTORY,
    }


def make_key(party: str, fields: Value) -> dict[str, Any]:
    """A key; `fields` as in the body of `parties.key`."""
    names = ("label", "class", "profession", "person", "seal", "scope", "from", "until")
    kept = {name: fields[name] for name in names}
    return {"party": party, **kept, "revoked": None, "compromised_since": None, "history": NO_HISTORY}


def make_admin_key(party: str, seal: str | None, start: int, scope: Value = ADMIN_SCOPE) -> dict[str, Any]:
    """An admin key that a party begins with, in force from `start` without end."""
    fields = {"label": "admin", "class": "admin", "profession": None, "person": None, "seal": seal, "scope": scope}
    return make_key(party, {**fields, "from": start, "until": None})


def key_entries(text: str, entry: Value) -> tuple[dict[str, Value], dict[str, Value]]:
    """(thing, marker) of a new key: its entry, and the index entry by which a party's keys are found."""
    return {queries.key_key(text): entry}, {queries.key_index(entry["party"], entry["class"], text): {"key": text}}


def site_entries(gln: str, entry: Value) -> tuple[dict[str, Value], dict[str, Value]]:
    """(thing, marker) of a site: its entry, and the index entry by which a party's sites are found."""
    return {queries.site_key(gln): entry}, {queries.site_index(entry["party"], gln): {"site": gln}}


def record(
    transaction: Transaction, block: BlockContext, things: Mapping[str, Value], markers: Mapping[str, Value] | None = None
) -> Changes:
    """The changes of a rule: each thing gets this event in its history (S-09); markers have none."""
    values: dict[str, Value] = dict(markers or {})
    trails = []
    for key, value in things.items():
        history = advance(value["history"], transaction.id, block)
        values[key] = {**value, "history": history}
        trails.append(Trail(key, history["n"], key))
    return Changes(values, tuple(trails))
