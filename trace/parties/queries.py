"""Reading parties, sites, keys, roles and prefixes from a state view. Pure; nothing here refuses.

Intervals in ms are half open: in force from `from` on, no longer at `until`. Licences count whole days: the day of `until` is the last.
"""

from collections.abc import Iterator
from typing import Any

from chain.interfaces import StateView, Value
from chain.state import prefix, state_key

PREFIX_LENGTHS = range(13, 3, -1)
"""Digits of a number prefix, longest first: the longest prefix that is held owns a number."""


def party_key(gln: str) -> str:
    """State key of a party."""
    return state_key("party", gln)


def site_key(gln: str) -> str:
    """State key of a site."""
    return state_key("site", gln)


def key_key(text: str) -> str:
    """State key of a signing key, from its text `ed25519:...`."""
    return state_key("key", text)


def prefix_key(digits: str) -> str:
    """State key of a number prefix."""
    return state_key("prefix", digits)


def key_index(party: str, kind: str, text: str) -> str:
    """State key of the marker that finds a party's keys by class."""
    return state_key("keys", party, kind, text)


def site_index(party: str, gln: str) -> str:
    """State key of the marker that finds a party's sites."""
    return state_key("sites", party, gln)


# --- parties and roles -------------------------------------------------------------------------------------------------------


def find_party(view: StateView, gln: str) -> Value | None:
    """A party: names, country, roles, suspended, history."""
    return view.get(party_key(gln))


def names_of_party(view: StateView, gln: str) -> Value | None:
    """A party's names by language, or None."""
    party = find_party(view, gln)
    return party["names"] if party else None


def roles_held(party: Value) -> tuple[str, ...]:
    """All roles that a party has or ever had a licence for, in order of enrolment."""
    return tuple(dict.fromkeys(entry["role"] for entry in party["roles"]))


def licence_in_force(entry: Value, day: str) -> bool:
    """Does a role's licence cover the day?"""
    return bool(entry["from"] <= day and (entry["until"] is None or day <= entry["until"]))


def roles_in_force(party: Value, day: str) -> tuple[str, ...]:
    """The roles that a party may act in on a day, suspension aside."""
    return tuple(dict.fromkeys(entry["role"] for entry in party["roles"] if licence_in_force(entry, day)))


def suspended_roles(party: Value, time: int) -> tuple[str, ...]:
    """The roles that are suspended at a block's time; all that the party holds when the suspension names none. A suspension counts from
    the block after the one that recorded it (DOMAIN §6)."""
    suspended = party["suspended"]
    if suspended is None or time <= suspended["since"]:
        return ()
    return roles_held(party) if suspended["roles"] is None else tuple(suspended["roles"])


def is_suspended(party: Value, time: int) -> bool:
    """Is the whole party suspended at a block's time?"""
    suspended = party["suspended"]
    return suspended is not None and suspended["roles"] is None and time > suspended["since"]


# --- sites -------------------------------------------------------------------------------------------------------------------


def find_site(view: StateView, gln: str) -> Value | None:
    """A site: party, kind, names, region, country, open, history."""
    return view.get(site_key(gln))


def names_of_site(view: StateView, gln: str) -> Value | None:
    """A site's names by language, or None."""
    site = find_site(view, gln)
    return site["names"] if site else None


def party_of_site(view: StateView, gln: str) -> str | None:
    """GLN of the party that a site belongs to."""
    site = find_site(view, gln)
    return site["party"] if site else None


def sites_of(view: StateView, party: str) -> Iterator[tuple[str, Value]]:
    """(GLN, site) of all sites of a party, ascending by GLN."""
    for _, marker in view.scan(prefix("sites", party)):
        site = find_site(view, marker["site"])
        if site is not None:
            yield marker["site"], site


# --- keys --------------------------------------------------------------------------------------------------------------------


def find_key(view: StateView, text: str) -> Value | None:
    """A key: party, label, class, profession, person, seal, scope, from, until, revoked, compromised_since, history."""
    return view.get(key_key(text))


def party_of_key(view: StateView, text: str) -> str | None:
    """GLN of the party that a key signs for."""
    key = find_key(view, text)
    return key["party"] if key else None


def is_key_in_force(key: Value, time: int) -> bool:
    """May the key sign at this time? Revocation counts from the moment that it is recorded, in the same block already."""
    return bool(key["revoked"] is None and key["from"] <= time and (key["until"] is None or time < key["until"]))


def was_key_in_force(key: Value, time: int) -> bool:
    """Was a signature that is in a block of this time made by a key then in force? For evidence, after later revocations."""
    revoked = key["revoked"]
    ended = key["until"] is not None and time >= key["until"]
    return bool(key["from"] <= time and not ended and (revoked is None or time <= revoked["at"]))


def is_compromised_at(key: Value, time: int) -> bool:
    """Does an event of this block time fall into the key's compromised time? Such events are amber until affirmed."""
    since = key["compromised_since"]
    return since is not None and bool(time >= since)


def keys_of(view: StateView, party: str, kind: str | None = None) -> Iterator[tuple[str, Value]]:
    """(text, key) of a party's keys, or of those of one class, in bytewise order of class and text."""
    folder = prefix("keys", party) if kind is None else prefix("keys", party, kind)
    for _, marker in view.scan(folder):
        key = find_key(view, marker["key"])
        if key is not None:
            yield marker["key"], key


def is_in_scope(kind: str, scope: Value) -> bool:
    """Does a key's scope contain a kind, by its name or by `module.*`?"""
    kinds = scope["kinds"]
    return kind in kinds or kind.partition(".")[0] + ".*" in kinds


def is_site_in_scope(gln: str, scope: Value) -> bool:
    """Does a key's scope contain a site?"""
    return scope["sites"] == "all" or gln in scope["sites"]


# --- prefixes ----------------------------------------------------------------------------------------------------------------


def find_prefix(view: StateView, digits: str) -> Value | None:
    """A prefix: holders `[{party, from, until}]`, history."""
    return view.get(prefix_key(digits))


def holder_of(entry: Value | None, time: int) -> str | None:
    """GLN of the party that holds a prefix at a time, or None."""
    holders: list[dict[str, Any]] = entry["holders"] if entry else []
    for holding in reversed(holders):
        if holding["from"] <= time and (holding["until"] is None or time < holding["until"]):
            return str(holding["party"])
    return None


def covering_prefix(view: StateView, digits: str, time: int) -> tuple[str, str] | None:
    """(prefix, holder) of the longest held prefix that `digits` begin with, or None."""
    for length in PREFIX_LENGTHS:
        if length <= len(digits):
            holder = holder_of(find_prefix(view, digits[:length]), time)
            if holder is not None:
                return digits[:length], holder
    return None


def prefix_owner(view: StateView, gtin: str, time: int) -> tuple[str, str] | None:
    """(prefix, owner) of a GTIN: the longest held prefix of `gtin[1:]` (DOMAIN §6, parties.prefix), or None."""
    return covering_prefix(view, gtin[1:], time)
