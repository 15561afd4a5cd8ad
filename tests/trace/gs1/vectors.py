"""Reading the third-party tables, and comparing with them under the table of explained differences."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import folder
from tests.trace.gs1.explained import TABLE, explained
from trace.gs1.errors import CodeError

Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    """The cases of a table of the gs1 folder."""
    loaded: list[Case] = json.loads((folder("gs1") / f"{name}.json").read_text())["cases"]
    return loaded


def outcome(function: Callable[..., object], *values: object) -> tuple[bool, Any]:
    """(True, value) or (False, error); any other exception is a failure of the test."""
    try:
        return True, function(*values)
    except CodeError as error:
        return False, error


def compare(name: str, rows: list[Case], differs: Callable[[Case], str | None], key: str = "input") -> None:
    """Fails on any difference that is not explained, and on any explanation that no difference needs."""
    found = {case[key]: reason for case in rows if (reason := differs(case)) is not None}
    new = {case: reason for case, reason in found.items() if explained(name, case) is None}
    assert not new, f"{len(new)} unexplained: {new}"
    stale = [line.case for line in TABLE if line.file == name and not any(line.covers(name, case) for case in found)]
    assert not stale, f"explained, but no longer different: {stale}"
    if not rows:
        pytest.fail(f"{name} is empty")


def table(name: str) -> dict[str, list[Case]]:
    """A file of several tables."""
    loaded: dict[str, list[Case]] = json.loads((folder("gs1") / f"{name}.json").read_text())["tables"]
    return loaded
