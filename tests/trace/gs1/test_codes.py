"""Properties of codes: whatever is built reads back, whatever is thrown at a parser gives a value or a `CodeError`."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.trace.gs1.strategies import CSET82, gtins, items, names, near_codes, packs, texts
from trace.gs1 import chinese, digitallink, symbology
from trace.gs1.checkdigit import gtin14, has_check_digit, is_gln, is_gtin, validate_check_digit
from trace.gs1.dates import format_date, full_year, is_iso_date, parse_date
from trace.gs1.elements import build_bracketed, elements_of, parse_bracketed, parse_raw, raw_of, validate_associations
from trace.gs1.errors import CODES, CodeError
from trace.gs1.forms import parse_text
from trace.gs1.identifiers import IDENTIFIERS, NOT_ATTRIBUTES
from trace.gs1.item import BOX, Item, batch, expiry_agrees, is_name, pack, validate_item

AWKWARD = ("/", "%", "?", "+", "&", "=", "//", "%2F", "..", "(21)", "a/b%c?d", "<GS>", "21", "10EX", ";", ":", '"', "-", "_", "'")
"""Lots and serials that confuse URIs, brackets and element strings."""
GTIN = "09521001001014"


@given(items)
def test_link_reads_back(item: Item) -> None:
    read = digitallink.parse(digitallink.build(item, "https://Example.com:8443"))
    assert read.same_thing(item)
    assert read.host == "example.com:8443"
    assert digitallink.link_item(digitallink.parse_path(digitallink.path_of(item))) == item


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_read_back(name: str) -> None:
    item = pack(GTIN, name, name, "2028-11-30")
    assert parse_text(digitallink.build(item, "https://example.com")).same_thing(item)
    assert parse_text(raw_of(item)) == item
    assert parse_text(build_bracketed(elements_of(item))) == item


@given(items)
def test_element_string_reads_back(item: Item) -> None:
    assert parse_text(f"]d2{raw_of(item)}") == item
    assert parse_text(build_bracketed(elements_of(item))) == item


@given(packs)
def test_month_only_reads_back(item: Item) -> None:
    if item.expiry is None:
        return
    code = raw_of(item).replace(f"17{format_date(item.expiry)}", f"17{item.expiry[2:4]}{item.expiry[5:7]}00", 1)
    read = parse_text(code)
    assert read.expiry_month_only
    assert raw_of(read) == code
    assert expiry_agrees(read, item.expiry)
    assert not expiry_agrees(read, "2099-01-01")


@given(texts)
@example("]")
@example("] ")
@example("[]Yp")
@example("https://[")
@example("http://a/01/")
@example("\u2070\u2070\u2070")
@example("(01)" * 50)
def test_any_text_is_a_value_or_a_code_error(text: str) -> None:
    for parser in (parse_text, parse_raw, parse_bracketed, digitallink.parse_link, digitallink.parse_path, symbology.split):
        attempt(parser, text)
    for function in (gtin14, validate_check_digit, parse_date, chinese.parse):
        attempt(function, text)
    assert is_name(text) is (0 < len(text) <= 20 and set(text) <= set(CSET82))


def attempt(parser: object, text: str) -> None:
    """Calls the parser; its refusal must have a sentence."""
    assert callable(parser)
    try:
        parser(text)
    except CodeError as error:
        assert error.code in CODES


@given(near_codes)
def test_what_reads_has_checked_values(text: str) -> None:
    try:
        item = parse_text(text)
    except CodeError:
        return
    if item.kind != BOX and item.cn_code is None:
        validate_item(item)
    assert item.gtin is None or is_gtin(item.gtin)


@given(gtins, names, names)
def test_wrong_digit_is_refused(gtin: str, lot: str, serial: str) -> None:
    wrong = gtin[:-1] + str((int(gtin[-1]) + 1) % 10)
    with pytest.raises(CodeError) as caught:
        pack(wrong, lot, serial)
    assert (caught.value.code, caught.value.expected, caught.value.found) == ("gs1.check_digit", gtin[-1], wrong[-1])


@given(st.dates())
def test_dates_within_the_window_read_back(day: object) -> None:
    iso = str(day)
    if full_year(int(iso[2:4])) == int(iso[:4]):
        assert parse_date(format_date(iso)) == (iso, False)
    else:
        with pytest.raises(CodeError, match=r"gs1\.value\.date"):
            format_date(iso)


@pytest.mark.parametrize(
    ("reference", "two", "year"),
    [(2026, 76, 2076), (2026, 77, 1977), (2026, 26, 2026), (2000, 50, 2050), (2000, 51, 1951), (2099, 49, 2149), (2099, 50, 2050)],
)
def test_century_window(reference: int, two: int, year: int) -> None:
    assert full_year(two, reference) == year


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("281130", ("2028-11-30", False)),
        ("280200", ("2028-02-29", True)),
        ("270200", ("2027-02-28", True)),
        ("280229", ("2028-02-29", False)),
    ],
)
def test_real_days(value: str, expected: tuple[str, bool]) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize("value", ["270229", "281131", "281301", "280001", "28111", "2811300", "28113x", "٢٨١١٣٠", "-81130"])
def test_days_that_are_not(value: str) -> None:
    with pytest.raises(CodeError, match=r"gs1\.value\."):
        parse_date(value)


@pytest.mark.parametrize("value", ["2028-02-30", "2028-2-03", "28-02-03", "2028-02-03T00:00", "20280203", None, 5, "２０２８-02-03"])
def test_iso_dates_that_are_not(value: object) -> None:
    assert not is_iso_date(value)


@pytest.mark.parametrize("value", ["", " A", "A ", "A#", "é", "A\n", "x" * 21, "A\x1d", None, 1])
def test_names_that_are_not(value: object) -> None:
    assert not is_name(value)


def test_variable_measure_is_no_medicine() -> None:
    with pytest.raises(CodeError, match=r"gs1\.gtin\.indicator"):
        batch("95012345678903", "A")


@pytest.mark.parametrize(("value", "holds"), [("9521001000017", True), ("9521001000018", False), ("952100100001", False), (None, False)])
def test_gln(value: object, holds: bool) -> None:
    assert is_gln(value) is holds


def test_no_identifier_begins_another() -> None:
    for number in IDENTIFIERS:
        assert not any(number[:width] in IDENTIFIERS for width in range(2, len(number)))
    assert set(IDENTIFIERS) >= NOT_ATTRIBUTES


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/01/09521001001014/21/A/10/B", "gs1.link.order"),
        ("/01/09521001001014?21=A", "gs1.link.order"),
        ("/01/09521001001014/10/A/10/B", "gs1.link.order"),
        ("/01/09521001001014/10/A?10=A", "gs1.element.repeated"),
        ("/gtin/09521001001014/lot/A", "gs1.link.key"),
        ("/414/9521001000017", "gs1.link.key"),
        ("/01/09521001001014/10", "gs1.link.key"),
        ("/01/09521001001014/10/", "gs1.value.length"),
        ("/01/09521001001014/10/A b", "gs1.link.character"),
        ("/01/09521001001014/10/A%20b", "gs1.value.character"),
        ("/01/09521001001014/10/" + "x" * 21, "gs1.value.length"),
        ("/01/09521001001014?17=281131", "gs1.value.date"),
        ("/01/09521001001015", "gs1.check_digit"),
        ("/01/9521001001014", "gs1.value.length"),
        ("/01/09521001001014?1717=1", "gs1.identifier.unknown"),
        ("/01/95012345678903", "gs1.gtin.indicator"),
    ],
)
def test_links_that_are_refused(path: str, code: str) -> None:
    with pytest.raises(CodeError) as caught:
        digitallink.parse(f"https://example.com{path}")
    assert caught.value.code == code


def test_parameters_of_ours_are_no_identifiers() -> None:
    read = digitallink.parse(f"https://example.com/01/{GTIN}/10/A/21/B?17=281130&as=pharmacy&at=9521006000180&linkType=all&x#top")
    assert read.same_thing(pack(GTIN, "A", "B", "2028-11-30"))


def test_lot_may_stand_in_the_query() -> None:
    assert digitallink.parse(f"https://example.com/shop/01/{GTIN}/21/B?10=A").same_thing(pack(GTIN, "A", "B"))


@pytest.mark.parametrize(
    "origin", ["", "https://", "ftp://a", "https://a/b", "https://a?x", "https://user@a", "a b", "javascript:alert(1)"]
)
def test_origins_that_are_refused(origin: str) -> None:
    with pytest.raises(CodeError, match=r"gs1\.link\.origin"):
        digitallink.build(batch(GTIN, "A"), origin)


@pytest.mark.parametrize("origin", ["example.com", "https://example.com", "https://example.com/", "HTTPS://example.com"])
def test_origins(origin: str) -> None:
    assert digitallink.build(batch(GTIN, "A"), origin) == f"https://example.com/01/{GTIN}/10/A"


def test_what_has_no_link_says_so() -> None:
    with pytest.raises(CodeError, match=r"gs1\.element\.missing"):
        digitallink.path_of(chinese.parse("81234567890123456789"))


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ("(01)09521001001014(01)09521001001021(21)A", "gs1.element.repeated"),
        ("(01)09521001001014(02)09521001001014(37)1", "gs1.element.excluded"),
        ("(10)A(21)B", "gs1.element.missing"),
        ("(01)09521001001014(3102)000100(3103)000100", "gs1.element.excluded"),
        ("(01)09521001001014(250)X", "gs1.element.missing"),
    ],
)
def test_associations_that_are_refused(elements: str, code: str) -> None:
    with pytest.raises(CodeError) as caught:
        validate_associations(parse_bracketed(elements))
    assert caught.value.code == code


def test_same_element_twice_is_once() -> None:
    assert parse_text(f"01{GTIN}01{GTIN}21A") == pack(GTIN, None, "A")


def test_trace_codes() -> None:
    item = chinese.parse("81234567890123456789")
    assert (item.gtin, item.serial, item.cn_code) == (None, "81234567890123456789", "81234567890123456789")
    assert chinese.drug_identifier("81234567890123456789") == "8123456"
    assert chinese.is_drug_identifier("8999001")
    assert not chinese.is_drug_identifier("0999001")
    for wrong in ("71234567890123456789", "8123456789012345678", "812345678901234567890", "8123456789012345678A", "８1234567890123456789"):
        assert not chinese.is_trace_code(wrong)


def test_json_of_an_item_has_what_is_there() -> None:
    assert pack(GTIN, "A", "B").as_json() == {"kind": "pack", "gtin": GTIN, "lot": "A", "serial": "B"}
    assert has_check_digit(GTIN)
