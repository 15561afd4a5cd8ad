"""A verifier that somebody wrote from the documents alone ends as ours do on every vector: the documents say what the programs do."""

import ast
import json
import sys
from pathlib import Path

import pytest

from tests import independent_verifier

VECTORS = Path(__file__).parent / "vectors"
ALLOWED = {"cryptography", *sys.stdlib_module_names}


def test_it_knows_nothing_of_this_program() -> None:
    tree = ast.parse(Path(independent_verifier.__file__).read_text("utf-8"))
    named = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    named += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in named} <= ALLOWED


def test_evidence_is_judged_as_here() -> None:
    vectors = json.loads((VECTORS / "bundles.json").read_text("utf-8"))
    assert len(vectors["cases"]) > 200
    assert independent_verifier.differing(vectors) == []


def test_facts_lead_to_the_same_verdicts() -> None:
    vectors = json.loads((VECTORS / "verdict.json").read_text("utf-8"))
    assert independent_verifier.differing_verdicts(vectors) == []


@pytest.mark.parametrize("arguments", [["cases", str(VECTORS / "bundles.json")], ["verdicts", str(VECTORS / "verdict.json")]])
def test_its_command_line_says_that_all_agree(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert independent_verifier.main(arguments) == 0
    count, total = capsys.readouterr().out.split()[::2][:2]
    assert count == total
