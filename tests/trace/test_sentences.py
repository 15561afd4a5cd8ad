"""Every code has a sentence in both languages (P8), and an explanation carries the facts."""

import ast
from pathlib import Path

import pytest

from chain.errors import InvalidBlock, Refusal
from trace.sentences import TABLES, UNKNOWN, explain, find_sentence, sentence

ROOT = Path(__file__).resolve().parents[2]
RAISED = {"Refusal", "Malformed", "InvalidBlock", "NotYet", "Fault", "CodeError"}
"""Errors whose first argument is a code."""


def raised_codes(folder: str) -> set[str]:
    """Every literal code that the Python files below a folder raise."""
    codes = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    codes.add(first.value)
    return codes


@pytest.mark.parametrize("folder", ["chain", "trace/gs1", "trace/parties", "trace/drugs"])
def test_every_raised_code_has_a_sentence(folder: str) -> None:
    codes = raised_codes(folder)
    assert codes
    assert {code for code in codes if find_sentence(code) is None} == set()


def test_every_sentence_of_parties_is_raised_and_tested() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "trace").glob("test_*.py"))
    for code in raised_codes("trace/parties"):
        assert f'"{code}"' in tests, code


def test_sentences_are_complete_and_distinct_by_code() -> None:
    codes = [code for table in TABLES for code in table]
    assert len(codes) == len(set(codes))
    for table in TABLES:
        for words in table.values():
            assert all((words.zh, words.en, words.next_zh, words.next_en))


def test_explanation_carries_the_facts() -> None:
    refusal = Refusal("parties.site.closed", "an open site", "9521006000180", field="site")
    english, chinese = explain(refusal, "en"), explain(refusal, "zh")
    assert english == {
        "code": "parties.site.closed", "expected": "an open site", "found": "9521006000180", "field": "site",
        "message": "The site is closed. Expected: an open site, found: 9521006000180.", "next": "Use an open site, or ask to reopen it.",
    }  # fmt: skip
    assert chinese["message"] == "这个场所已关闭。应为:an open site,实为:9521006000180。"
    assert explain(Refusal("parties.key.exists"), "en")["message"] == "This key is enrolled already."


def test_families_of_codes_share_sentences() -> None:
    assert sentence("ehr.body.field") is sentence("parties.body.field")
    assert sentence(InvalidBlock("block.vote.signature").code) is sentence("vote.signature")
    assert sentence("no.such.code") is UNKNOWN
