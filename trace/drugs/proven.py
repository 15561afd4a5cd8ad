"""What evidence has shown so far, read like a state that may not answer (PROTOCOL §8, steps 6-10).

`Proven` is asked for state keys and for first events. What nobody has shown raises `Gap`, which is no refusal: the fact that needs it stays
unknown, and nothing unknown is ever green.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chain.blocks import Header
from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import Happening, History
from trace.drugs import shapes
from trace.drugs.bundle import MarkProof

T = TypeVar("T")


class Gap(Exception):
    """Something that the evidence does not show."""

    def __init__(self, code: str, what: str) -> None:
        """`code` is stable; `what` is a state key or the like."""
        self.code, self.what = code, what
        super().__init__(f"{code}: {what}")


@dataclass(frozen=True, slots=True)
class Proven:
    """A bundle whose head, state and histories were found good."""

    chain: bytes
    """Id of the genesis header."""
    document: Value
    """The genesis document."""
    head: Header
    """Header of the head."""
    entries: Mapping[str, Value | None]
    """Entries and absences under its state root."""
    histories: Mapping[str, History]
    """Histories that lead to the entries' heads."""
    transactions: tuple[Disclosed, ...]
    """Transactions with good signatures."""
    marks: tuple[MarkProof, ...]
    """Proofs in batch trees."""
    gaps: list[Gap] = field(default_factory=list)
    """What was missing, in the order in which it was missed."""

    def get(self, key: str) -> Value | None:
        """The entry, or None where it is proven absent. Raises Gap `evidence.state.missing`."""
        if key not in self.entries:
            raise Gap("evidence.state.missing", key)
        return self.entries[key]

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """The greatest shown entry <= `key` in the folder `prefix`; another may lie nearer. Raises Gap where none is shown."""
        shown = [name for name, value in self.entries.items() if value is not None and name.startswith(prefix) and name <= key]
        if not shown:
            raise Gap("evidence.state.missing", key)
        value = self.entries[max(shown)]
        return None if value is None else (max(shown), value)

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """A tree of hashes shows no lists. Raises Gap."""
        raise Gap("evidence.state.missing", prefix)

    def need(self, key: str) -> Value:
        """An entry that must be there for what is shown to make sense. Raises Gap, Malformed `evidence.event.key` where it is absent."""
        found = self.get(key)
        if found is None:
            raise Malformed("evidence.event.key", f"an entry {key}", "none")
        return found

    def history(self, key: str) -> History:
        """The whole history of a thing. Raises Gap `evidence.history.missing`."""
        found = self.histories.get(key)
        if found is None or not found.whole:
            raise Gap("evidence.history.missing", key)
        return found

    def event(self, key: str, number: int = 0) -> tuple[Disclosed, Happening]:
        """An event of a whole history that must be shown. Raises Gap `evidence.event.missing`."""
        happening = self.history(key).events[number]
        if not isinstance(happening.what, int):
            raise Gap("evidence.event.missing", f"{key} {number + 1}")
        return self.transactions[happening.what], happening

    def events(self, key: str) -> list[tuple[Disclosed, Happening]]:
        """All events of a thing, each shown; none of one that the genesis document founded. Raises Gap, as `need` where there is none."""
        if not self.need(key)["history"]["n"]:
            return []
        return [self.event(key, number) for number in range(len(self.history(key).events))]

    def attempt(self, ask: Callable[[], T]) -> T | None:
        """The answer, or None with the gap noted."""
        try:
            return ask()
        except Gap as gap:
            self.gaps.append(gap)
            return None


# --- shapes of entries -------------------------------------------------------------------------------------------------------

_TEXT, _NUMBER, _FLAG, _OBJECT = str, int, bool, dict
_Shape = Mapping[str, tuple[type | None, ...]]


def _shape(**fields: type | tuple[type | None, ...]) -> _Shape:
    return {name: kind if isinstance(kind, tuple) else (kind,) for name, kind in fields.items()}


SHAPES: Mapping[str, _Shape] = {
    "product": _shape(
        owner=str, makers=list, names=dict, markets=list, release=list, joined=str, shelf_months=(int, None), recalls=list,
        withdrawn=list,
    ),
    "batch": _shape(
        maker=str, site=str, signer=str, count=int, roots=list, expiry=str, printed_expiry=str, market=str, status=str, releases=list,
        recalls=list, loose_missing=int, since=int,
    ),
    "run": _shape(
        end=int, state=str, site=(str, None), shipment=(str, None), box=(str, None), block=(dict, None), recalls=list, receipts=list,
        units_left=(int, None), since=int, attempts=int,
    ),
    "stock": _shape(named=int, loose=int),
    "shipment": {"from": (str,), "to": (str,), "since": (int,)},
    "recall": {"class": (int,), "depth": (str,), "markets": (list,), "status": (str,)},
    "party": _shape(names=dict, country=str, roles=list, suspended=(dict, None)),
    "site": _shape(party=str, kind=str, names=dict, region=str, country=str),
    "key": {
        "party": (str,), "class": (str,), "scope": (dict,), "from": (int,), "until": (int, None), "revoked": (dict, None),
        "compromised_since": (int, None),
    },
    "market": _shape(offset_minutes=int, custody=str, undo_days=int, fresh_minutes=dict),
    "prefix": _shape(holders=list),
    "cnid": _shape(gtin=str),
}  # fmt: skip
"""Kind of entry -> fields that are read, each with its types."""


def validate_shapes(entries: Mapping[str, Value | None]) -> None:
    """Every entry has the fields that are read, of their types. Raises Malformed `evidence.state.value`."""
    for key, value in entries.items():
        shape = SHAPES.get(key.partition("/")[0], {})
        if value is not None and not all(_fits(value.get(name), kinds) if name in value else False for name, kinds in shape.items()):
            raise Malformed("evidence.state.value", "the fields of its kind", ", ".join(value), field=key)


def _fits(value: Any, kinds: Iterable[type | None]) -> bool:
    return any(value is None if kind is None else type(value) is kind for kind in kinds)


def roots_of(batch: Value) -> list[shapes.Root]:
    """The parts of a batch. Raises Malformed `evidence.state.value`."""
    for part in batch["roots"]:
        good = type(part) is dict and part.keys() == {"from", "to", "root"} and type(part["root"]) is str
        if not good or type(part["from"]) is not int or type(part["to"]) is not int:
            raise Malformed("evidence.state.value", "parts {from, to, root}", "others", field="roots")
    found: list[shapes.Root] = batch["roots"]
    return found
