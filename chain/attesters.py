"""The attester set as the state holds it, and who judges votes while it changes (PROTOCOL §6, the attester set). Pure.

`consensus/set` = `{epoch, from_height, members, next}`, after the first change also `from_time` and `left`. While `next` stands, every link
that begins at or above the block that recorded it needs more than two thirds of both sets. So any two sets that ever judge without each
other are joined by links that both have carried, and no chain can become final behind the back of either.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chain import keys
from chain.errors import Malformed
from chain.interfaces import StateView, Value
from chain.tally import Regime

ENTRY = "consensus/set"
"""State key of the set."""
ATTESTER_LIMIT = 16
"""Attesters in a set: with the largest change under way the entry still fits into the 4 KiB of a state value."""
PARTY_LENGTH = 24
"""Letters and digits of a party's identifier in the set: a GLN has 13, and with longer ones the entry might not fit."""
EPOCH_MS = 7 * 24 * 3600 * 1000
"""A set stays at least this long before the next change by proposal, so that verifiers can follow from set to set."""


def entry(view: StateView) -> Value:
    """The entry. Raises Malformed `genesis.entry` where there is none."""
    found = view.get(ENTRY)
    if found is None:
        raise Malformed("genesis.entry", ENTRY, "no such entry")
    return found


def change_limit(members: int) -> int:
    """Parties that one change may touch: max(1, floor((n-1)/3)), so that those who stay still carry a link of the old set."""
    return max(1, (members - 1) // 3)


def vote_keys(members: Sequence[Mapping[str, Any]]) -> tuple[bytes, ...]:
    """The members' vote keys, 32 bytes each, in order."""
    return tuple(keys.public_bytes(member["vote"]) for member in members)


def coming(found: Value) -> list[Mapping[str, Any]]:
    """The members once the change under way is done; the present ones where there is none."""
    change = found["next"]
    if change is None:
        return list(found["members"])
    return [member for member in found["members"] if member["party"] not in change["remove"]] + list(change["add"])


def regime(view: StateView) -> Regime:
    """Who judges the links that begin at the block of this state."""
    found = entry(view)
    present = frozenset(vote_keys(found["members"]))
    if found["next"] is None:
        return Regime(found["epoch"], (present,))
    return Regime(found["next"]["epoch"], (present, frozenset(vote_keys(coming(found)))))


def voters(view: StateView) -> dict[bytes, str]:
    """Vote key -> party of everybody whose votes a block on this state may hold: present and coming members. Those who have just left are
    there too, with an empty party: the votes that they gave before still have to find their way into blocks."""
    found = entry(view)
    left = {keys.public_bytes(text): "" for text in found.get("left", ())}
    seated = [*found["members"], *(found["next"]["add"] if found["next"] else ())]
    return {**left, **{keys.public_bytes(member["vote"]): member["party"] for member in seated}}


def record(found: Value, height: int, change: Mapping[str, Any]) -> Value:
    """The entry after a change `{add, remove}` was recorded at `height`; one that is under way already is replaced."""
    epoch = (found["next"] or found)["epoch"] + 1
    return {**found, "next": {"epoch": epoch, "recorded": height, "add": list(change["add"]), "remove": sorted(change["remove"])}}


def seat(found: Value, height: int, time: int) -> Value:
    """The entry once the change under way has taken effect."""
    members = coming(found)
    staying = {member["vote"] for member in members}
    left = [member["vote"] for member in found["members"] if member["vote"] not in staying]
    epoch = found["next"]["epoch"]
    return {"epoch": epoch, "from_height": height, "from_time": time, "left": left, "members": members, "next": None}


def without(found: Value, party: str) -> Mapping[str, Any]:
    """The change under way, or none, with a party taken out of the set besides."""
    change = found["next"] or {"add": [], "remove": []}
    present = {member["party"] for member in found["members"]}
    add = [member for member in change["add"] if member["party"] != party]
    return {"add": add, "remove": sorted({*change["remove"], party} & present)}


def is_party(value: Any) -> bool:
    """Whether a value can name a party of the set."""
    return isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= PARTY_LENGTH
