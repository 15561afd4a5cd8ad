"""Body schemas: every type with everything that can be wrong with it, in the order of DOMAIN §5 row 6."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import Refusal
from chain.keys import SigningKey
from trace import forms
from trace.fields import EVIDENCE, Field, Items, Record, Schema, make_items, validate_body, validate_items
from trace.forms import Choice, Flag, Form, Integer, ListOf, OneWordOr, Ranges, String, Text

KEY = SigningKey.from_seed(bytes(32)).text


def word_of(form: Form, value: Any) -> str | None:
    """The problem's word, or None for a good value."""
    problem = form.find(value)
    return None if problem is None else problem.word


GOOD: list[tuple[Form, Any]] = [
    (forms.GTIN, "09521001001014"),
    (forms.GTIN, "89521001001010"),
    (forms.GLN, "9521000000018"),
    (forms.LOT, "EX2601A"),
    (forms.LOT, "a/B-_.,;:<=>?!\"%&'()"),
    (forms.DATE, "2024-02-29"),
    (forms.MS, 0),
    (forms.MS, forms.MS_LIMIT),
    (forms.LOOSE, 1),
    (forms.LOOSE, 10_000_000),
    (forms.HASH, "0" * 64),
    (forms.KEY, KEY),
    (forms.SEAL, KEY.replace("ed25519", "x25519")),
    (forms.SIGNATURE, "A" * 86),
    (forms.SALT, "A" * 22),
    (forms.MARKET, "CN"),
    (forms.CODE, "till_error"),
    (Ranges(), [[0, 1]]),
    (Ranges(), [[0, 5], [6, 7], [9, 10_000_000]]),
    (Ranges(2), [[0, 1], [2, 3]]),
    (Text(), {"zh": "药"}),
    (Text(), {"zh": "药" * 500, "en": "x"}),
    (String(3), "abc"),
    (String(2, bytes_limit=6), "药药"),
    (Integer(-5, 5), -5),
    (Flag(), False),
    (Choice(("a", "b")), "b"),
    (ListOf(Integer(0, 9), 2), [1, 2]),
    (ListOf(Integer(0, 9), 2, 0), []),
    (OneWordOr("all", ListOf(forms.GLN, 2)), "all"),
    (OneWordOr("all", ListOf(forms.GLN, 2)), ["9521000000018"]),
]


SEEN = "aÄ药é\u00a0\u0301\u064b\u0905\u2014\u3000\ufffd\U00020000\U0002ebf0\U00031350😀"
"""Characters with a shape of their own, or that change the one before them."""


def test_text_holds_no_character_of_the_format_category_and_every_other_one() -> None:
    for point in range(0x110000):
        category = unicodedata.category(chr(point))
        refused = word_of(String(5), f"a{chr(point)}b") is not None
        if category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            assert refused, f"U+{point:04X}"
        elif category not in ("Cn", "Mn", "Lo"):
            assert not refused, f"U+{point:04X}"
    assert word_of(String(20), SEEN) is None


@pytest.mark.parametrize(("form", "value"), GOOD)
def test_good_values(form: Form, value: Any) -> None:
    assert form.find(value) is None


BAD: list[tuple[Form, Any, str]] = [
    (forms.GTIN, 9521001001014, "type"),
    (forms.GTIN, None, "type"),
    (forms.GTIN, "9521001001014", "format"),
    (forms.GTIN, "09521001001015", "format"),
    (forms.GTIN, "99521001001017", "format"),
    (forms.GTIN, "٠٩٥٢١٠٠١٠٠١٠١٤", "format"),
    (forms.GTIN, "09521001001014\n", "format"),
    (forms.GLN, "9521000000019", "format"),
    (forms.GLN, "", "format"),
    (forms.LOT, "", "format"),
    (forms.LOT, "x" * 21, "format"),
    (forms.LOT, "EX 1", "format"),
    (forms.LOT, "批号", "format"),
    (forms.LOT, "a\x1d", "format"),
    (forms.DATE, "2025-02-29", "format"),
    (forms.DATE, "20250228", "format"),
    (forms.DATE, "0000-01-01", "format"),
    (forms.DATE, "2025-01-00", "format"),
    (forms.DATE, "2025-W01-1", "format"),
    (forms.DATE, 20250101, "type"),
    (forms.MS, -1, "range"),
    (forms.MS, forms.MS_LIMIT + 1, "range"),
    (forms.MS, "0", "type"),
    (forms.MS, True, "type"),
    (forms.LOOSE, 0, "range"),
    (forms.LOOSE, 10_000_001, "range"),
    (forms.HASH, "0" * 63, "format"),
    (forms.HASH, "A" * 64, "format"),
    (forms.HASH, b"0" * 64, "type"),
    (forms.KEY, KEY[:-1], "format"),
    (forms.KEY, KEY[:-1] + "B", "format"),
    (forms.KEY, KEY.removeprefix("ed25519:"), "format"),
    (forms.SEAL, KEY, "format"),
    (forms.SIGNATURE, "A" * 85 + "B", "format"),
    (forms.SALT, "A" * 21 + "B", "format"),
    (forms.MARKET, "cn", "format"),
    (forms.MARKET, "CHN", "format"),
    (forms.CODE, "Till", "format"),
    (forms.CODE, "a" * 41, "format"),
    (Ranges(), {}, "type"),
    (Ranges(), [[0]], "type"),
    (Ranges(), [[0, True]], "type"),
    (Ranges(), [[0, 1], "x"], "type"),
    (Ranges(), [[0, 0]], "range"),
    (Ranges(), [[-1, 1]], "range"),
    (Ranges(), [[0, 10_000_001]], "range"),
    (Ranges(), [], "length"),
    (Ranges(1), [[0, 1], [2, 3]], "length"),
    (Ranges(), [[0, 1], [1, 2]], "order"),
    (Ranges(), [[5, 6], [0, 1]], "order"),
    (Text(), "text", "type"),
    (Text(), {}, "missing"),
    (Text(), {"zh": "药", "fr": "x"}, "unknown"),
    (Text(), {"en": ""}, "length"),
    (Text(), {"en": "x" * 501}, "length"),
    (Text(), {"en": None}, "type"),
    (Text(), {"en": "a\nb"}, "format"),
    (Text(), {"en": "evil\u202egnp.exe"}, "format"),
    *((String(5), f"a{chr(point)}b", "format") for ends in forms.UNSEEN for point in ends),
    (String(5), " a", "format"),
    (String(5), "a ", "format"),
    (String(5), "\u2028", "format"),
    (String(5), "abcdef", "length"),
    (String(5, shortest=2), "a", "length"),
    (String(5, bytes_limit=6), "药药药", "length"),
    (Integer(0, 9), 10, "range"),
    (Integer(0, 9), 1.0, "type"),
    (Integer(0, 9), None, "type"),
    (Flag(), 1, "type"),
    (Choice(("a", "b")), "c", "range"),
    (Choice(("a", "b")), 1, "type"),
    (ListOf(Integer(0, 9), 2), {}, "type"),
    (ListOf(Integer(0, 9), 2), [], "length"),
    (ListOf(Integer(0, 9), 2), [1, 2, 3], "length"),
    (ListOf(Integer(0, 9), 2), [1, 10], "range"),
    (ListOf(Integer(0, 9), 2), [1, 1], "order"),
    (OneWordOr("all", ListOf(forms.GLN, 2)), "some", "format"),
    (OneWordOr("all", ListOf(forms.GLN, 2)), 1, "type"),
]


@pytest.mark.parametrize(("form", "value", "word"), BAD)
def test_bad_values(form: Form, value: Any, word: str) -> None:
    assert word_of(form, value) == word


def test_problem_order_inside_ranges() -> None:
    """A list with every kind of fault names the earliest in the order type, range, length, order."""
    every_fault = [[5, 5], [3, 4], [3, 4], "x"]
    assert word_of(Ranges(2), every_fault) == "type"
    assert word_of(Ranges(2), every_fault[:3]) == "range"
    assert word_of(Ranges(1), every_fault[1:3]) == "length"
    assert word_of(Ranges(2), every_fault[1:3]) == "order"


SCHEMA = Schema(
    Record(
        (
            Field("gln", forms.GLN),
            Field("until", forms.DATE, nullable=True),
            Field("lot", forms.LOT, optional=True),
            Field("scope", Record((Field("kinds", ListOf(forms.CODE, 3)),))),
            *EVIDENCE,
        )
    )
)
BODY = {"gln": "9521000000018", "until": None, "scope": {"kinds": ["a"]}}


def refusal(body: dict[str, Any], schema: Schema = SCHEMA) -> Refusal:
    with pytest.raises(Refusal) as caught:
        validate_body("demo.kind", body, schema)
    assert caught.value.code == "demo.body.field"
    assert caught.value.line is None
    return caught.value


def test_accepts_optional_and_nullable() -> None:
    validate_body("demo.kind", BODY, SCHEMA)
    validate_body("demo.kind", {**BODY, "lot": "A", "until": "2026-01-01", "epcis": "0" * 64, "note": "x"}, SCHEMA)


@pytest.mark.parametrize(
    ("changed", "field", "word"),
    [
        ({"gln": None}, "gln", "type"),
        ({"lot": None}, "lot", "type"),
        ({"until": "soon"}, "until", "format"),
        ({"scope": {}}, "scope.kinds", "missing"),
        ({"scope": {"kinds": ["a", "B"]}}, "scope.kinds[1]", "format"),
        ({"scope": {"kinds": ["a"], "more": 1}}, "scope.more", "unknown"),
        ({"scope": []}, "scope", "type"),
        ({"note": "x" * 201}, "note", "length"),
        ({"extra": 1}, "extra", "unknown"),
        ({"epcis": "x"}, "epcis", "format"),
    ],
)
def test_names_the_field_and_the_problem(changed: dict[str, Any], field: str, word: str) -> None:
    found = refusal({**BODY, **changed})
    assert (found.field, found.found.partition(":")[0]) == (field, word)


def test_missing_field_is_named() -> None:
    found = refusal({name: value for name, value in BODY.items() if name != "until"})
    assert (found.field, found.found.partition(":")[0]) == ("until", "missing")


def test_fields_are_judged_in_schema_order_and_unknown_ones_last() -> None:
    assert refusal({"zzz": 1, "aaa": 1}).field == "gln"
    assert refusal({**BODY, "zzz": 1, "aaa": 1}).field == "aaa"
    assert refusal({**BODY, "aaa": 1, "scope": None}).field == "scope"


def test_refused_values_are_shortened() -> None:
    assert len(refusal({**BODY, "gln": "9" * 5_000}).found) < 100


LINES = make_items(
    {"line": 2, "difference": 1},
    {
        "line": (Field("lot", forms.LOT), Field("ranges", Ranges(), optional=True), Field("loose", forms.LOOSE, optional=True)),
        "difference": (Field("what", forms.CODE), Field("ranges", Ranges(), optional=True), Field("loose", forms.LOOSE, optional=True)),
    },
    exactly_one=("ranges", "loose"),
)
LINE: dict[str, Any] = {"t": "line", "lot": "A", "loose": 3}


def item_refusal(items: list[Any], allowed: Items | None = LINES) -> Refusal:
    with pytest.raises(Refusal) as caught:
        validate_items("demo.kind", items, Schema(Record(()), allowed))
    assert caught.value.code == "demo.body.field"
    return caught.value


def test_items_accept_their_forms() -> None:
    good: list[dict[str, Any]] = [
        LINE,
        {"t": "line", "lot": "B", "ranges": [[0, 1]], "s": "A" * 22},
        {"t": "difference", "what": "missing", "loose": 1},
    ]
    validate_items("demo.kind", good, Schema(Record(()), LINES))
    validate_items("demo.kind", [], Schema(Record(()), LINES))
    validate_items("demo.kind", [], Schema(Record(())))


@pytest.mark.parametrize(
    ("item", "field", "word"),
    [
        ({"lot": "A", "loose": 3}, "t", "missing"),
        ({**LINE, "t": "box"}, "t", "range"),
        ({**LINE, "t": ["line"]}, "t", "type"),
        ({**LINE, "lot": 5}, "lot", "type"),
        ({"t": "line", "lot": "A"}, "ranges", "missing"),
        ({**LINE, "ranges": [[0, 1]]}, "loose", "unknown"),
        ({**LINE, "more": 1}, "more", "unknown"),
        ({**LINE, "s": "A"}, "s", "format"),
        ({**LINE, "loose": 0}, "loose", "range"),
    ],
)
def test_items_name_line_and_field(item: dict[str, Any], field: str, word: str) -> None:
    found = item_refusal([LINE, item])
    assert (found.line, found.field, found.found.partition(":")[0]) == (1, field, word)


def test_items_have_limits_in_total() -> None:
    assert item_refusal([LINE, LINE, LINE]).field == "items"
    many = {"t": "line", "lot": "A", "ranges": [[2 * number, 2 * number + 1] for number in range(2_001)]}
    found = item_refusal([many, {**many, "lot": "B"}])
    assert (found.field, found.found) == ("items", "length: 4002 ranges")


def test_kinds_without_items_refuse_them() -> None:
    assert item_refusal([LINE], None).found == "unknown: 1 items"
    assert item_refusal([], Items({}, {}, fewest=1)).found == "length: 0 items"


def test_needs_ties_one_field_to_another() -> None:
    record = Record((Field("lot", forms.LOT, optional=True), Field("ranges", Ranges(), optional=True)), needs=(("ranges", "lot"),))
    assert record.find({"lot": "A", "ranges": [[0, 1]]}) is None
    assert record.find({}) is None
    problem = record.find({"ranges": [[0, 1]]})
    assert problem is not None
    assert (problem.word, problem.path) == ("missing", ".lot")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_value_gives_a_problem_or_none(value: Any) -> None:
    """No form raises, whatever it is shown."""
    for form, _ in GOOD:
        problem = form.find(value)
        assert problem is None or (problem.word and problem.describe())


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8))
def test_ranges_accept_exactly_the_sorted_disjoint_ones(pairs: list[tuple[int, int]]) -> None:
    value = [list(pair) for pair in pairs]
    slots = [slot for start, end in pairs for slot in range(start, end + 1)]  # the slot after each range too: they must not touch
    good = bool(pairs) and all(start < end for start, end in pairs) and slots == sorted(set(slots))
    assert (Ranges().find(value) is None) == good
