"""Declarative body schemas and their validation: DOMAIN §5 row 6.

A body has exactly the fields of its kind. Fields are judged in the order of the schema, each in the order missing, type, format, range,
length, order; fields that the schema does not know come last, the smallest name first. Items are judged after the body, one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain.errors import Refusal
from chain.interfaces import Value
from trace.forms import HASH, RANGES_LIMIT, SALT, Choice, Form, Problem, String


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object."""

    name: str
    """Its name."""
    form: Form
    """What its value may be."""
    optional: bool = False
    """May the field be absent? (`name?` in DOMAIN)"""
    nullable: bool = False
    """May its value be null? (`or null` in DOMAIN)"""


@dataclass(frozen=True, slots=True)
class Record(Form):
    """An object with exactly these fields."""

    fields: tuple[Field, ...]
    """The fields, in the order in which they are judged."""
    exactly_one: tuple[str, ...] = ()
    """Names of optional fields of which exactly one is present, such as `ranges` and `loose`."""
    needs: tuple[tuple[str, str], ...] = ()
    """(field, other): a field that cannot stand without another."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find; the path is `.name` of the field concerned, then the place inside it."""
        if not isinstance(value, dict):
            return Problem("type", "an object", value)
        return self._find_in_fields(value) or self._find_in_names(value)

    def _find_in_fields(self, value: Mapping[str, Any]) -> Problem | None:
        for entry in self.fields:
            if entry.name not in value:
                if not entry.optional:
                    return Problem("missing", _named(entry.name), "no such field", f".{entry.name}")
                continue
            content = value[entry.name]
            if content is None and entry.nullable:
                continue
            problem = entry.form.find(content)
            if problem is not None:
                return Problem(problem.word, problem.expected, problem.found, f".{entry.name}{problem.path}")
        return None

    def _find_in_names(self, value: Mapping[str, Any]) -> Problem | None:
        known = [entry.name for entry in self.fields]
        unknown = sorted(name for name in value if name not in known)
        if unknown:
            return Problem("unknown", "only " + ", ".join(known), unknown[0], f".{unknown[0]}")
        present = [name for name in self.exactly_one if name in value]
        if self.exactly_one and len(present) != 1:
            word, place = ("unknown", present[1]) if present else ("missing", self.exactly_one[0])
            return Problem(word, "exactly one of " + ", ".join(self.exactly_one), ", ".join(present) or "none", f".{place}")
        for name, other in self.needs:
            if name in value and other not in value:
                return Problem("missing", f"{other} beside {name}", "no such field", f".{other}")
        return None


def _named(name: str) -> str:
    return f"the field {name}"


@dataclass(frozen=True, slots=True)
class Items:
    """The items that a kind carries beside its body (PROTOCOL §3): objects told apart by `t`, each with an optional salt `s`."""

    records: Mapping[str, Record]
    """Value of `t` -> the item's fields, without `t` and `s`."""
    limits: Mapping[str, int]
    """Value of `t` -> most items of it in one transaction."""
    fewest: int = 0
    """Fewest items in all; 0 where a rule has a code of its own for an empty list."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Form of a kind's body and items."""

    body: Record
    """The fields of the body."""
    items: Items | None = None
    """The items; None = the kind has none."""


EVIDENCE = (Field("epcis", HASH, optional=True), Field("note", String(200), optional=True))
"""Optional in every drugs body: the hash id of the EPCIS event it was made from, and a note. Neither changes state."""


def make_item_record(*fields: Field, exactly_one: tuple[str, ...] = (), tag: str) -> Record:
    """An item's record with the common fields: `t` first, `s` last."""
    return Record((Field("t", Choice((tag,))), *fields, Field("s", SALT, optional=True)), exactly_one)


def make_items(limits: Mapping[str, int], records: Mapping[str, tuple[Field, ...]], **options: Any) -> Items:
    """Items of several tags. `options`: `fewest`, and `exactly_one` (names; holds for every tag)."""
    exactly_one = options.pop("exactly_one", ())
    made = {tag: make_item_record(*fields, exactly_one=exactly_one, tag=tag) for tag, fields in records.items()}
    return Items(made, limits, **options)


def validate_body(kind: str, body: Value, schema: Schema) -> None:
    """Row 6 for the body. Raises Refusal `<module>.body.field` with `field`; `found` begins with the problem's word."""
    problem = schema.body.find(body)
    if problem is not None:
        raise _refusal(kind, problem, None)


def validate_items(kind: str, items: Sequence[Value], schema: Schema) -> None:
    """Row 6 for the items. Raises Refusal `<module>.body.field` with `line` (the item's index) and `field` inside the item."""
    if schema.items is None:
        if items:
            raise _refusal(kind, Problem("unknown", "no items", f"{len(items)} items", ".items"), None)
        return
    if len(items) < schema.items.fewest:
        raise _refusal(kind, Problem("length", f"at least {schema.items.fewest} items", f"{len(items)} items", ".items"), None)
    for line, item in enumerate(items):
        problem = _find_in_item(item, schema.items)
        if problem is not None:
            raise _refusal(kind, problem, line)
    problem = _find_in_totals(items, schema.items)
    if problem is not None:
        raise _refusal(kind, problem, None)


def _find_in_item(item: Value, items: Items) -> Problem | None:
    record = items.records.get(item["t"]) if isinstance(item.get("t"), str) else None
    if record is None:
        word = "range" if isinstance(item.get("t"), str) else "type" if "t" in item else "missing"
        return Problem(word, "one of " + ", ".join(items.records), item.get("t", "no such field"), ".t")
    return record.find(item)


def _find_in_totals(items: Sequence[Value], allowed: Items) -> Problem | None:
    """Limits that hold for a transaction as a whole: items of each tag, ranges of all items together."""
    for tag, limit in allowed.limits.items():
        count = sum(item["t"] == tag for item in items)
        if count > limit:
            return Problem("length", f"at most {limit} items {tag}", f"{count} items", ".items")
    ranges = sum(len(item["ranges"]) for item in items if isinstance(item.get("ranges"), list))
    if ranges > RANGES_LIMIT:
        return Problem("length", f"at most {RANGES_LIMIT} ranges in a transaction", f"{ranges} ranges", ".items")
    return None


def _refusal(kind: str, problem: Problem, line: int | None) -> Refusal:
    module = kind.partition(".")[0]
    field = problem.path.removeprefix(".") or "body"
    return Refusal(f"{module}.body.field", problem.expected, problem.describe(), field=field, line=line)
