"""The description of the API is valid, and the API keeps to it whatever it is asked (schemathesis)."""

import os
import warnings
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from trace.web.apidocument import document

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

EXAMPLES = int(os.environ.get("PHARMATRACE_EXAMPLES", "15"))
"""Cases for each operation; raise it for a long run."""


def test_the_description_is_valid() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_every_operation_is_described_and_there(app: Flask) -> None:
    described = {path.replace("{", "<").replace("}", ">").replace("<id>", "<name>") for path in document()["paths"]}
    rules = {str(rule).replace("path:", "") for rule in app.url_map.iter_rules()}
    assert {path for path in described if not path.startswith("/01/")} <= rules
    assert {rule for rule in rules if rule.startswith("/api/")} - {"/api/openapi.json"} <= described


OPERATIONS = sorted((path, method.upper()) for path, methods in document()["paths"].items() for method in methods)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: str(part))
def test_the_api_keeps_to_its_description(app: Flask, path: str, method: str) -> None:
    """Valid and invalid requests: no 5xx, no status, content type or body that the description does not know. No schema can promise that
    a well-formed transaction is accepted, and anything may be scanned."""
    excluded = [positive_data_acceptance] if method == "POST" else [] if path.startswith("/api/") else [negative_data_rejection]
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", app)[path][method]

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def keeps(case: Any) -> None:
        case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=excluded)  # nothing there unpacks

    keeps()
