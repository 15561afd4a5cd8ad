"""Row 6 for every kind of DOMAIN §7: each field missing, null, of another type, out of range; unknown fields; items."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chain.errors import Refusal
from chain.interfaces import Value
from tests.trace.drugs.goods import (
    GTIN,
    HASH,
    Trade,
    batch_body,
    difference,
    line,
    loose,
    product_body,
    recall_body,
    return_body,
    ship_body,
)
from tests.trace.world import BRIDGE, NORTH, PLANT
from trace.drugs.kinds import KINDS
from trace.fields import validate_body, validate_items

_SITE = {"site": BRIDGE, "gtin": GTIN, "lot": "A"}
_PACK = {"t": "pack", "slot": 0, "tag": HASH}
BODIES: dict[str, dict[str, Any]] = {
    "drugs.product": product_body(
        form="tablet", strength="500 mg", storage={"min": 20, "max": 80}, cn_id="8999001", levels=[{"gtin": "5" + GTIN[1:], "holds": 50}]
    ),
    "drugs.batch": batch_body("A", marks=HASH),
    "drugs.release": {"gtin": GTIN, "lot": "A", "as": "qp", "decision": "released", "certificate": HASH, "reason": {"en": "fine"}},
    "drugs.ship": ship_body((PLANT, NORTH), papers=HASH, carrier=NORTH, of=HASH),
    "drugs.cancel": {"shipment": HASH, "reason": "mistake"},
    "drugs.receive": {"shipment": HASH, "checked": True, "final": False},
    "drugs.refuse": {"shipment": HASH, "reason": "damaged"},
    "drugs.return": return_body((NORTH, PLANT), of=HASH),
    "drugs.loosen": {**_SITE, "ranges": [[0, 1]]},
    "drugs.name": _SITE,
    "drugs.dispense": {**_SITE, "slot": 0, "tag": HASH, "receipt": HASH, "use": "retail"},
    "drugs.undo": {**_SITE, "slot": 0, "reason": "till_error", "not_supplied": True},
    "drugs.recall": recall_body("R1", {"lot": "A", "ranges": [[0, 1]]}),
    "drugs.recall.close": {"number": "R1", "outcome": "completed", "text": {"en": "done"}},
}
"""A body of every kind with all its fields."""
OPTIONAL = {
    "drugs.product": {"form", "strength", "shelf_months", "storage", "cn_id", "levels"},
    "drugs.batch": {"marks"},
    "drugs.release": {"certificate", "reason"},
    "drugs.ship": {"papers", "carrier", "of"},
}
NULLABLE = {("drugs.return", "of"), ("drugs.dispense", "receipt")}
LISTS = {"markets", "makers", "release", "levels", "ranges"}


def problem(kind: str, body: Value, items: tuple[Value, ...] = ()) -> tuple[str | None, str]:
    """(field, problem word) of row 6; the word is empty for a good transaction."""
    try:
        validate_body(kind, body, KINDS[kind].schema)
        validate_items(kind, items, KINDS[kind].schema)
    except Refusal as refusal:
        assert refusal.code == "drugs.body.field"
        return refusal.field, refusal.found.partition(":")[0]
    return None, ""


def cases() -> Iterator[tuple[str, str]]:
    return ((kind, name) for kind, body in BODIES.items() for name in body)


def good_items(kind: str) -> tuple[Value, ...]:
    return (_PACK,) if kind == "drugs.name" else ()


def test_there_is_a_body_for_every_kind() -> None:
    assert set(BODIES) == set(KINDS)
    for kind, body in BODIES.items():
        assert problem(kind, {**body, "epcis": HASH, "note": "a note"}, good_items(kind)) == (None, ""), kind


@pytest.mark.parametrize(("kind", "name"), list(cases()))
def test_each_field_missing_null_or_of_another_type(kind: str, name: str) -> None:
    body = BODIES[kind]
    without = {key: value for key, value in body.items() if key != name}
    assert problem(kind, without, good_items(kind)) == ((None, "") if name in OPTIONAL.get(kind, set()) else (name, "missing"))
    expected = (None, "") if (kind, name) in NULLABLE else (name, "type")
    assert problem(kind, {**body, name: None}, good_items(kind)) == expected
    other: Any = "text" if isinstance(body[name], (bool, int, list, dict)) else 7
    assert problem(kind, {**body, name: other}) == (name, "type")
    if not isinstance(body[name], bool):
        assert problem(kind, {**body, name: True}) == (name, "type")


@pytest.mark.parametrize("kind", list(BODIES))
def test_unknown_fields_and_hostile_text(kind: str) -> None:
    body = BODIES[kind]
    assert problem(kind, {**body, "zz": 1}) == ("zz", "unknown")
    assert problem(kind, {**body, "note": ""}) == ("note", "length")
    assert problem(kind, {**body, "note": "x" * 201}) == ("note", "length")
    assert problem(kind, {**body, "note": "a\u202eb"}) == ("note", "format")
    assert problem(kind, {**body, "epcis": "AB" * 32}) == ("epcis", "format")


@pytest.mark.parametrize(
    ("kind", "name", "value", "word"),
    [
        ("drugs.product", "gtin", GTIN[:-1], "format"),
        ("drugs.product", "gtin", "0952100100101４", "format"),
        ("drugs.product", "names", {"zh": "x" * 121}, "length"),
        ("drugs.product", "names", {}, "missing"),
        ("drugs.product", "names", {"fr": "x"}, "unknown"),
        ("drugs.product", "units", 0, "range"),
        ("drugs.product", "units", 10_001, "range"),
        ("drugs.product", "unit", "Two Words", "format"),
        ("drugs.product", "markets", [], "length"),
        ("drugs.product", "markets", [{"market": "CN", "authorisation": "1"}, {"market": "CN", "authorisation": "2"}], "order"),
        ("drugs.product", "markets", [{"market": "cn", "authorisation": "1"}], "format"),
        ("drugs.product", "markets", [{"market": "CN", "authorisation": "x" * 41}], "length"),
        ("drugs.product", "makers", [], "length"),
        ("drugs.product", "makers", ["9521001000018"], "format"),
        ("drugs.product", "release", ["authority"], "range"),
        ("drugs.product", "release", ["qp", "qp"], "range"),
        ("drugs.product", "joined", "2025-02-29", "format"),
        ("drugs.product", "shelf_months", 121, "range"),
        ("drugs.product", "storage", {"min": 20}, "missing"),
        ("drugs.product", "storage", {"min": 20, "max": 1_001}, "range"),
        ("drugs.product", "cn_id", "123456", "format"),
        ("drugs.product", "levels", [{"gtin": GTIN, "holds": 0}], "range"),
        ("drugs.batch", "gtin", "0" + "0" * 12 + "1", "format"),
        ("drugs.batch", "lot", "", "format"),
        ("drugs.batch", "lot", "x" * 21, "format"),
        ("drugs.batch", "lot", "a b", "format"),
        ("drugs.batch", "lot", "批", "format"),
        ("drugs.batch", "count", 0, "range"),
        ("drugs.batch", "count", 10_000_001, "range"),
        ("drugs.batch", "count", 1.0, "type"),
        ("drugs.batch", "root", "ab", "format"),
        ("drugs.batch", "expiry", "2026-13-01", "format"),
        ("drugs.release", "as", "owner", "range"),
        ("drugs.release", "decision", "maybe", "range"),
        ("drugs.ship", "purpose", "recall", "range"),
        ("drugs.ship", "title", "sold", "range"),
        ("drugs.return", "purpose", "delivery", "range"),
        ("drugs.refuse", "reason", "why not", "range"),
        ("drugs.loosen", "ranges", [], "length"),
        ("drugs.loosen", "ranges", [[1, 1]], "range"),
        ("drugs.loosen", "ranges", [[-1, 1]], "range"),
        ("drugs.loosen", "ranges", [[0, 2], [2, 3]], "order"),
        ("drugs.loosen", "ranges", [[5, 6], [0, 1]], "order"),
        ("drugs.dispense", "slot", -1, "range"),
        ("drugs.dispense", "slot", 10_000_000, "range"),
        ("drugs.dispense", "use", "gift", "range"),
        ("drugs.undo", "reason", "mood", "range"),
        ("drugs.recall", "number", "召回一", "format"),
        ("drugs.recall", "number", "x" * 41, "format"),
        ("drugs.recall", "class", 4, "range"),
        ("drugs.recall", "depth", "doctor", "range"),
        ("drugs.recall", "markets", [], "length"),
        ("drugs.recall", "markets", ["CN", "CN"], "order"),
        ("drugs.recall", "contact", "x" * 121, "length"),
        ("drugs.recall", "text", {"en": "x" * 501}, "length"),
        ("drugs.recall.close", "outcome", "forgotten", "range"),
    ],
)
def test_values_out_of_their_form(kind: str, name: str, value: Any, word: str) -> None:
    field, found = problem(kind, {**BODIES[kind], name: value}, good_items(kind))
    assert ((field or "").partition("[")[0].partition(".")[0], found) == (name, word)


def test_scope_of_a_recall() -> None:
    for scope, expected in (
        ({"gtin": GTIN, "ranges": [[0, 1]]}, ("scope.lot", "missing")),
        ({"lot": "A"}, ("scope.gtin", "missing")),
        ({"gtin": GTIN, "packs": 3}, ("scope.packs", "unknown")),
        ({"gtin": GTIN}, (None, "")),
    ):
        assert problem("drugs.recall", {**BODIES["drugs.recall"], "scope": scope}) == expected


# --- items -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].schema.items is None])
def test_kinds_without_items_take_none(kind: str) -> None:
    assert problem(kind, BODIES[kind], (line("A", (0, 1)),)) == ("items", "unknown")


@pytest.mark.parametrize("kind", ["drugs.ship", "drugs.return", "drugs.receive"])
def test_lines(kind: str) -> None:
    both, neither = {**line("A", (0, 1)), "loose": 1}, {"t": "line", "gtin": GTIN, "lot": "A"}
    salted = {**line("A", (0, 1)), "s": "A" * 22}
    assert problem(kind, BODIES[kind], (salted,)) == (None, "")
    cases: tuple[tuple[Value, tuple[str, str]], ...] = (
        (both, ("loose", "unknown")),
        (neither, ("ranges", "missing")),
        ({"gtin": GTIN}, ("t", "missing")),
        ({"t": "crate"}, ("t", "range")),
        (loose("A", 0), ("loose", "range")),
        (loose("A", 10_000_001), ("loose", "range")),
        ({**line("A", (0, 1)), "colour": "red"}, ("colour", "unknown")),
        ({**line("A", (0, 1)), "s": "short"}, ("s", "format")),
    )
    for item, expected in cases:
        assert problem(kind, BODIES[kind], (line("B", (0, 1)), item)) == expected
    many = tuple(loose(f"L{number}", 1) for number in range(201))
    assert problem(kind, BODIES[kind], many) == ("items", "length")


def test_4000_ranges_in_all_lines_together() -> None:
    ranges = [(2 * place, 2 * place + 1) for place in range(2_001)]
    assert problem("drugs.ship", BODIES["drugs.ship"], (line("A", *ranges[:2_000]), line("B", *ranges[:2_000]))) == (None, "")
    assert problem("drugs.ship", BODIES["drugs.ship"], (line("A", *ranges), line("B", *ranges[:2_000]))) == ("items", "length")


def test_differences() -> None:
    kind, body = "drugs.receive", BODIES["drugs.receive"]
    pack = {"slot": 0, "tag": HASH}
    good = (difference("damaged", "A", (0, 1)), difference("missing", "A", loose=1, note=None), difference("damaged", "A", packs=[pack]))
    assert problem(kind, body, good) == (None, "")
    assert problem(kind, body, (difference("damaged", "A", packs=[]),)) == ("packs", "length")
    assert problem(kind, body, (difference("damaged", "A", packs=[{"slot": 0}]),)) == ("packs[0].tag", "missing")
    assert problem(kind, body, (difference("damaged", "A", packs=[pack], loose=1),)) == ("packs", "unknown")
    assert problem(kind, body, (difference("No!", "A", loose=1),)) == ("what", "format")
    assert problem("drugs.ship", BODIES["drugs.ship"], good) == ("t", "range")


def test_packs_of_a_naming() -> None:
    kind, body = "drugs.name", BODIES["drugs.name"]
    assert problem(kind, body) == ("items", "length")
    assert problem(kind, body, (_PACK,) * 501) == ("items", "length")
    assert problem(kind, body, ({**_PACK, "tag": "x"},)) == ("tag", "format")


def test_row_6_comes_before_everything_else(trade: Trade) -> None:
    assert trade.refuse("drugs.loosen", {"site": BRIDGE}, "nobody/at all").code == "drugs.body.field"
    assert trade.refuse("drugs.loosen", BODIES["drugs.loosen"], "nobody/at all").code == "parties.key.unknown"


def test_kinds_that_prove_nothing_take_no_paths(trade: Trade) -> None:
    """A carrier with junk is refused, not the transaction: without the junk it is accepted (PROTOCOL §3)."""
    _, proofs = trade.scanned("A", 60)
    junk = trade.world.sign("drugs.ship", ship_body((NORTH, BRIDGE)), "north/desk", items=[line("A", (60, 61))], proofs=proofs)
    with pytest.raises(Refusal) as caught:
        trade.world.judge(junk)
    assert (caught.value.code, caught.value.field) == ("drugs.body.field", "proofs")
    trade.world.put(replace(junk, proofs=()))
