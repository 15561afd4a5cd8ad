"""Evidence as other implementations judge it: tests/vectors/bundles.json, case by case."""

from typing import Any

import pytest

from tests.trace.drugs import bundle_cases

VECTORS = bundle_cases.read()


@pytest.mark.parametrize("case", VECTORS["cases"], ids=bundle_cases.names(VECTORS["cases"]))
def test_a_case_comes_to_what_it_must(case: dict[str, Any]) -> None:
    assert bundle_cases.found(bundle_cases.judge(case, VECTORS)) == case["expect"]


def test_the_file_is_what_the_script_makes() -> None:
    assert bundle_cases.make() == VECTORS, "python -m tests.trace.drugs.bundle_cases"


def test_whatever_is_refused_is_not_green_and_not_trusted() -> None:
    for case in VECTORS["cases"]:
        if case["expect"]["refused"]:
            assert case["expect"]["light"] == "red" and not case["expect"]["signed"], case["name"]
