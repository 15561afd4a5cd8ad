"""PyPI biip as a second opinion: its published vectors, and both parsers on random valid strings."""

from typing import Any

import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from hypothesis import given

from tests.trace.gs1.strategies import items
from tests.trace.gs1.vectors import Case, outcome, table
from trace.gs1 import digitallink, symbology
from trace.gs1.checkdigit import check_digit, gtin14
from trace.gs1.elements import Elements, build_bracketed, build_raw, parse_bracketed, parse_raw, raw_of
from trace.gs1.identifiers import validate_value
from trace.gs1.item import Item
from trace.gs1.repairs import attempts

KNOWN = {
    "0107032069804988100329\x1d\x1d15210526": "two separators in a row are no element string; the scan repairs it (`separators`)",
    "  \t (17)221231 \n  ": "blanks around the code are a repair of the scan, not of the parser",
    "(10) ABC 123\t(17)221231": "blanks inside the code likewise",
    "https://example.com/01/614141123452": "a GTIN in a link has 14 digits",
    "https://example.com/01/614141123452/22/2A/10/ABC123": "likewise",
}
"""Differences, one by one: in all of them biip is the more lenient."""


def biip_table(name: str) -> list[Case]:
    return table("biip_vectors")[name]


def pairs(case: Case) -> Elements:
    return tuple((element["ai"], element["value"]) for element in case["elements"])


def test_check_digits() -> None:
    for case in biip_table("check_digit"):
        valid, got = outcome(check_digit, case["payload"])
        assert (int(got) if valid else None) == case["expected"], case


@pytest.mark.parametrize("name", ["gtin_convert", "upc_convert"])
def test_fourteen_digits(name: str) -> None:
    for case in biip_table(name):
        if case["op"] == "as_gtin_14" and len(case["input"]) > 7 and case["input"][0] != "9":
            assert gtin14(case["input"]) == case["expected"], case


def test_gtins() -> None:
    for case in biip_table("gtin_parse"):
        assert outcome(gtin14, case["input"])[0] == case["valid"], case


@pytest.mark.parametrize("name", ["element_strings", "hri_parse"])
def test_elements(name: str) -> None:
    parse, build = (parse_raw, build_bracketed) if name == "element_strings" else (parse_bracketed, build_raw)
    for case in biip_table(name):
        valid, got = outcome(parse, case["input"])
        if case["input"] in KNOWN:
            assert not valid, case
            assert any(outcome(parse, one.text)[0] for one in attempts(case["input"])), case
            continue
        assert valid == case["valid"], (case, got)
        if valid and "elements" in case:
            assert got == pairs(case), case
        if valid and "hri" in case:
            assert build(got) == case["hri"], case


def test_links() -> None:
    for case in biip_table("digital_link_parse"):
        valid, got = outcome(digitallink.parse_link, case["input"])
        assert valid == case["valid"], (case, got)
        if valid:
            assert got.elements == pairs(case), case
    for case in biip_table("digital_link_canonical"):
        valid, got = outcome(digitallink.parse_link, case["input"])
        assert valid == (case["input"] not in KNOWN), case
        assert not valid or digitallink.build_link(got.elements, "https://id.gs1.org") == case["expected"], case
    for case in biip_table("digital_link_to_hri"):
        assert build_bracketed(digitallink.parse_link(case["input"]).elements) == case["expected"], case
    for case in biip_table("hri_to_digital_link"):
        assert digitallink.build_link(parse_raw(case["input"]), "https://id.gs1.org") == case["expected"], case


def test_dates() -> None:
    for case in biip_table("element_dates"):
        if case["input"].startswith(("4324", "4325")) and case["input"].endswith("9999"):
            continue  # 9999 stands for "no time" there; goods in transport, not medicines
        assert outcome(parse_raw, case["input"])[0] == case.get("valid", True), case


def test_prefixes() -> None:
    for case in biip_table("symbology_identifier"):
        if case["expected"]["gs1"] == "GS1_128":
            assert symbology.split(case["input"]).form == symbology.ELEMENTS
        elif not case["input"].startswith(("]E0", "]Y")):
            assert symbology.split(case["input"]).form == symbology.PLAIN


def theirs(parsed: Any) -> Elements:
    return tuple((element.ai.ai, element.value) for element in parsed.element_strings)


@given(items)
def test_same_elements(item: Item) -> None:
    raw = raw_of(item)
    assert theirs(GS1Message.parse(raw)) == parse_raw(raw)


@given(items)
def test_same_links(item: Item) -> None:
    link = digitallink.build(item, "https://example.com")
    assert theirs(GS1DigitalLinkURI.parse(link)) == digitallink.parse_link(link).elements
    assert GS1Message.parse(raw_of(item)).as_gs1_digital_link_uri().as_uri(domain="example.com") == link


@given(items)
def test_same_dates(item: Item) -> None:
    for element in GS1Message.parse(raw_of(item)).element_strings:
        validate_value(element.ai.ai, element.value)
        if element.ai.ai == "17":
            assert element.date is not None
            assert element.date.isoformat() == item.expiry
