"""Cases of evidence, and changes of JSON values by place."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chain import codec, transactions

Change = Mapping[str, Any]
"""`{at, to}` or `{at, drop: true}`."""


@dataclass(frozen=True)
class Case:
    """One case, with what it must come to."""

    name: str
    bundle: str
    ask: Mapping[str, Any]
    verdict: str
    refused: str | None = None
    gaps: Sequence[str] = ()
    change: Sequence[Change] = ()
    anchor: str = "one"
    anchor_change: Sequence[Change] = ()
    data: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file, without what it comes to."""
        return {
            "name": self.name, "anchor": self.anchor, "anchor_change": list(self.anchor_change), "bundle": self.bundle,
            "change": list(self.change), "bytes": self.data, "ask": dict(self.ask),
        }  # fmt: skip


def put(value: Any, *at: str | int) -> Change:
    """Puts a value at a place."""
    return {"at": list(at), "to": value}


def drop(*at: str | int) -> Change:
    """Takes a place out."""
    return {"at": list(at), "drop": True}


def apply_changes(value: Any, changes: Sequence[Change]) -> Any:
    """The value after the changes."""
    changed = copy.deepcopy(value)
    for change in changes:
        *way, last = change["at"]
        place = changed
        for step in way:
            place = place[step]
        if change.get("drop"):
            del place[last]
        else:
            place[last] = change["to"]
    return changed


def difference(old: Any, new: Any, at: tuple[str | int, ...] = ()) -> Iterator[Change]:
    """Changes that make `new` of `old`."""
    if type(old) is dict and type(new) is dict:
        yield from (drop(*at, name) for name in old if name not in new)
        for name in new:
            yield from difference(old[name], new[name], (*at, name)) if name in old else [put(new[name], *at, name)]
    elif type(old) is list and type(new) is list and len(old) == len(new):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from difference(left, right, (*at, number))
    elif old != new or type(old) is not type(new):
        yield put(new, *at)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place inside a value, containers before what is in them."""
    inner: Sequence[tuple[str | int, Any]] = ()
    if type(value) is dict:
        inner = list(value.items())
    elif type(value) is list:
        inner = list(enumerate(value))
    for name, each in inner:
        yield (*at, name)
        yield from places(each, (*at, name))


def look(value: Any, at: Sequence[str | int]) -> Any:
    """What stands at a place."""
    for step in at:
        value = value[step]
    return value


def with_histories(value: Any, histories: list[Any]) -> list[Change]:
    """Other histories, without the transactions that then nobody mentions."""
    mentioned = list(dict.fromkeys(event[0] for history in histories for event in history["events"] if type(event[0]) is int))
    numbers = {old: new for new, old in enumerate(mentioned)}
    listed = [
        {**history, "events": [[numbers.get(event[0], event[0]), *event[1:]] for event in history["events"]]} for history in histories
    ]
    return [put(listed, "histories"), put([value["transactions"][old] for old in mentioned], "transactions")]


def transaction_id(value: Any, number: int) -> str:
    """Id of a transaction of a bundle, hex."""
    return transactions.identity(codec.encode(value["transactions"][number]["envelope"])).hex()
