"""Examples of every form, good and bad, so that a test can be written once for all kinds.

`good_body` makes a body out of a schema; `spoil` lists everything that can be wrong with its fields.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from chain.keys import SigningKey, seal_text
from trace import forms
from trace.drugs.schemas import CN_ID, NUMBER, Distinct, OneOf
from trace.fields import Field, Items, Record, Schema
from trace.forms import Choice, Flag, Form, Integer, ListOf, OneWordOr, Pattern, Ranges, String, Text
from trace.parties.keys import KIND_PATTERN
from trace.parties.prefixes import PREFIX

TOO_LONG = "9" * 5_000
"""Longer than any field, shorter than an envelope."""

_PATTERNS: dict[int, str] = {
    id(forms.GTIN): "09521001001014",
    id(forms.GTIN_DIGITS): "09521001001014",
    id(forms.GLN): "9521000000018",
    id(forms.GLN_DIGITS): "9521000000018",
    id(forms.LOT): "LOT1",
    id(forms.DATE): "2026-01-01",
    id(forms.HASH): "ab" * 32,
    id(forms.KEY): SigningKey.from_seed(b"k" * 32).text,
    id(forms.SEAL): seal_text(b"s" * 32),
    id(forms.SIGNATURE): "A" * 86,
    id(forms.SALT): "A" * 22,
    id(forms.MARKET): "CN",
    id(forms.CODE): "word",
    id(KIND_PATTERN): "drugs.*",
    id(PREFIX): "9521099",
    id(NUMBER): "R-1",
    id(CN_ID): "8999001",
}
"""Example of each Pattern, by identity."""


@singledispatch
def good(form: Form) -> Any:
    """A value that the form accepts."""
    raise AssertionError(f"no example of {type(form).__name__}")


good.register(Pattern, lambda form: _PATTERNS[id(form)])
good.register(String, lambda form: "x" * form.shortest)
good.register(Integer, lambda form: max(form.lowest, min(1, form.highest)))
good.register(Flag, lambda form: True)
good.register(Choice, lambda form: form.words[0])
good.register(OneOf, lambda form: form.values[0])
good.register(Text, lambda form: {"zh": "词", "en": "words"})
good.register(Ranges, lambda form: [[0, 1]])
good.register(ListOf, lambda form: [good(form.item)])
good.register(Distinct, lambda form: good(form.list))
good.register(OneWordOr, lambda form: form.word)


@good.register
def good_record(record: Record) -> dict[str, Any]:
    """A value of a record: every field that must be there, and the first of those of which one must be."""
    return {field.name: good(field.form) for field in record.fields if not field.optional or field.name in record.exactly_one[:1]}


def full_record(record: Record) -> dict[str, Any]:
    """A value of a record with every field that can stand together."""
    kept = [field for field in record.fields if field.name not in record.exactly_one[1:]]
    return {field.name: good(field.form) for field in kept}


def good_items(items: Items | None) -> list[dict[str, Any]]:
    """One item of every tag."""
    return [] if items is None else [good_record(record) for record in items.records.values()]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A body or item with one thing wrong."""

    what: str
    """Which fault, for the test's name."""
    value: dict[str, Any]
    """The spoiled object."""
    field: str
    """The field that the refusal names, as far as it begins."""


def spoil(record: Record) -> Iterator[Spoiled]:
    """Every field of a record with every fault: missing, null, wrong type, too long, bad format; and a field too many."""
    whole = full_record(record)
    for field in record.fields:
        if field.name in whole:
            yield from _spoil_field(whole, field, field.name in record.exactly_one)
    yield Spoiled("unknown", {**whole, "zzz": 1}, "zzz")


def _spoil_field(whole: dict[str, Any], field: Field, one_of: bool) -> Iterator[Spoiled]:
    name = field.name
    if not field.optional or one_of:
        yield Spoiled("missing", {key: value for key, value in whole.items() if key != name}, name)
    if not field.nullable:
        yield Spoiled("null", {**whole, name: None}, name)
    for number, value in enumerate(wrong_types(field.form)):
        yield Spoiled(f"type{number}", {**whole, name: value}, name)
    for number, value in enumerate(wrong_values(field.form)):
        yield Spoiled(f"value{number}", {**whole, name: value}, name)


def wrong_types(form: Form) -> list[Any]:
    """Values of types that the form does not have."""
    match form:
        case Integer():
            return ["1", True, [1]]
        case Flag():
            return [1, "true"]
        case Record() | Text():
            return [[], "x", 1]
        case ListOf() | Ranges() | Distinct() | OneWordOr():
            return [{}, 1]
        case OneOf():
            return [{}, "x"]
    return [1, [], {}, True]


def wrong_values(form: Form) -> list[Any]:
    """Values of the right type that are too long, too great, empty, or of another format."""
    match form:
        case Pattern() | Choice():
            return ["", TOO_LONG, "\u0000", "药 \u202e"]
        case String():
            return ["", "x" * (form.longest + 1), "a\nb", " a"]
        case Integer():
            return [form.lowest - 1, form.highest + 1]
        case Text():
            return [{}, {"fr": "x"}, {"zh": ""}, {"en": "x" * (form.each.longest + 1)}, {"en": 1}]
        case ListOf():
            short: list[Any] = [[]] if form.shortest else []
            return [*short, [None], [good(form.item)] * 2]
        case Distinct():
            return [[], [None], [*good(form), *good(form)]]
        case Ranges():
            return [[], [[1, 1]], [[0, 1], [1, 2]], [[0, 99_999_999]]]
        case OneWordOr():
            return ["some", []]
        case OneOf():
            return [[], ["x"]]
    return [{}]


def good_body(schema: Schema) -> dict[str, Any]:
    """A body that the schema accepts."""
    return good_record(schema.body)
