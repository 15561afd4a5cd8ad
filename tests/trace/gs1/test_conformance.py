"""The official GS1 tables: check digits, element strings, Digital Links, value rules. Differences stand in `explained.py`."""

from collections.abc import Callable

import pytest

from tests.trace.gs1.explained import LINTERS_LEFT_OUT
from tests.trace.gs1.vectors import Case, cases, compare, outcome
from trace.gs1 import digitallink, symbology, values
from trace.gs1.checkdigit import validate_check_digit
from trace.gs1.elements import SEPARATOR, Elements, build_raw, human_readable, parse_bracketed, parse_raw, validate_associations

LINTERS: dict[str, Callable[[str], None]] = {
    "csum": lambda value: values.check(value, ""),
    "cset39": lambda value: values.validate_characters(value, "Y"),
    "cset64": lambda value: values.validate_characters(value, "Z"),
    "cset82": lambda value: values.validate_characters(value, "X"),
    "csetnumeric": lambda value: values.validate_characters(value, "N"),
    "hh": lambda value: values.hour(value, ""),
    "hhmi": lambda value: values.clock(value, ""),
    "hyphen": lambda value: values.hyphen(value, ""),
    "importeridx": lambda value: values.importer(value, ""),
    "mi": lambda value: values.sixty(value, ""),
    "nonzero": lambda value: values.not_zero(value, ""),
    "pcenc": lambda value: values.percent_encoded(value, ""),
    "pieceoftotal": lambda value: values.piece(value, ""),
    "ss": lambda value: values.sixty(value, ""),
    "yesno": lambda value: values.yes_no(value, ""),
    "yymmd0": lambda value: values.date_or_month(value, ""),
    "yymmdd": lambda value: values.date_exact(value, ""),
    "zero": lambda value: values.zero(value, ""),
}


def differs(case: Case, function: Callable[[], object]) -> str | None:
    """Why our verdict, or our output where one is expected, is another."""
    valid, got = outcome(function)
    if valid != case["valid"]:
        return str(got)
    if valid and case.get("expected") is not None and got != case["expected"]:
        return repr(got)
    return None


def with_caret(elements: Elements) -> str:
    return "^" + build_raw(elements).replace(SEPARATOR, "^")


def test_check_digits() -> None:
    def judge(case: Case) -> str | None:
        valid, error = outcome(lambda: validate_check_digit(case["input"]))
        right = case.get("correct_check_digit", getattr(error, "expected", None))
        return None if valid == case["valid"] and (valid or error.expected == right) else str(error)

    compare("check_digit", cases("check_digit"), judge)


def test_raw_element_strings() -> None:
    compare(
        "raw_element_string",
        cases("raw_element_string"),
        lambda case: differs(case, lambda: parse_raw(case["input"].replace("^", SEPARATOR))),
    )


def test_bracketed_elements() -> None:
    compare(
        "bracketed_ai_parse", cases("bracketed_ai_parse"), lambda case: differs(case, lambda: with_caret(parse_bracketed(case["input"])))
    )


def test_digital_links_parsed() -> None:
    compare(
        "digital_link_parse",
        cases("digital_link_parse"),
        lambda case: differs(case, lambda: with_caret(digitallink.parse_link(case["input"]).elements)),
    )


def test_digital_links_built() -> None:
    def build(case: Case) -> str:
        return digitallink.build_link(parse_bracketed(case["input"]), case["stem"] or "https://id.gs1.org")

    compare("digital_link_generate", cases("digital_link_generate"), lambda case: differs(case, lambda: build(case)))


@pytest.mark.parametrize("form", ["escape", "unescape"])
def test_percent_encoding(form: str) -> None:
    path, query = (
        (digitallink.escape_path, digitallink.escape_query) if form == "escape" else (digitallink.unescape_path, digitallink.unescape_query)
    )

    def judge(case: Case) -> str | None:
        got = path(case["input"]), query(case["input"])
        return None if got == (case["expected_path"], case["expected_query"]) else repr(got)

    compare(f"uri_{form}", cases(f"uri_{form}"), judge)


def test_path_sequences() -> None:
    for case in cases("digital_link_path_sequences"):
        key, *qualifiers = case["sequence"]
        assert follows(key, qualifiers) == case["valid"], case
        if len(qualifiers) > 1:
            assert not follows(key, qualifiers[::-1]), case


def follows(key: str, qualifiers: list[str]) -> bool:
    return outcome(lambda: digitallink.validate_order((key, *qualifiers)))[0]


def test_values() -> None:
    compare("ai_value_rules", cases("ai_value_rules"), lambda case: differs(case, lambda: parse_bracketed(case["input"])))


def test_associations() -> None:
    compare(
        "ai_associations",
        cases("ai_associations"),
        lambda case: differs(case, lambda: validate_associations(parse_bracketed(case["input"]))),
    )


def test_scanner_output() -> None:
    def message(text: str) -> str:
        symbol = symbology.split(text)
        return with_caret(parse_raw(symbol.data)) if symbol.form == symbology.ELEMENTS else symbol.data

    compare("scan_data_parse", cases("scan_data_parse"), lambda case: differs(case, lambda: message(case["input"])))


def test_outcomes_of_the_official_engine() -> None:
    def judge(case: Case) -> str | None:
        valid, got = outcome(lambda: checked(case))
        if valid != case["valid"]:
            return str(got)
        if valid and (with_caret(got) != case["element_string"] or human_readable(got) != case["hri"]):
            return repr(got)
        link = case.get("canonical_digital_link")
        return None if link is None or digitallink.build_link(got, "https://id.gs1.org") == link else repr(got)

    def checked(case: Case) -> Elements:
        elements = parse_raw(symbology.split(case["input"]).data) if case["form"] == "scan" else parse_bracketed(case["input"])
        validate_associations(elements)
        return elements

    compare("engine_outcomes", cases("engine_outcomes"), judge)


def test_human_readable_lines() -> None:
    def lines(case: Case) -> list[str]:
        text = case["input"]
        if text.startswith("http"):
            return human_readable(digitallink.parse_link(text).elements)
        return human_readable(parse_bracketed(text) if text.startswith("(") else parse_raw(text.replace("^", SEPARATOR)))

    rows = [{**case, "valid": True, "expected": case["hri"]} for case in cases("hri")]
    compare("hri", rows, lambda case: differs(case, lambda: lines(case)))


def test_linters() -> None:
    rows = [case for case in cases("component_linters") if case["linter"] in LINTERS]
    assert {case["linter"] for case in cases("component_linters")} == set(LINTERS) | set(LINTERS_LEFT_OUT)
    compare("component_linters", rows, lambda case: differs(case, lambda: LINTERS[case["linter"]](case["input"])))
