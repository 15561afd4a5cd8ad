"""Writes `static/verify/phrases.js`, the words of verdicts for the browser, from the Python tables: `python -m tests.verify.phrases`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace.drugs import phrases
from trace.drugs.evidence_codes import CODES
from trace.drugs.phrases import Phrase

TARGET = Path(__file__).resolve().parents[2] / "static" / "verify" / "phrases.js"
"""The module."""
ELSEWHERE = ("evidence.none",)
"""Codes that only a node gives."""
HEAD = "/** Words of verdicts, [zh, en, next zh, next en, viewer]; written by tests/verify/phrases.py from trace/drugs/phrases.py. */\n"
"""First line of the module."""


def row(phrase: Phrase) -> list[str]:
    """The fields of a phrase, without empty ones at the end."""
    fields = [phrase.zh, phrase.en, phrase.next_zh, phrase.next_en, phrase.viewer]
    while fields[-1] == "":
        fields.pop()
    return fields


def table(value: Mapping[str, Any]) -> dict[str, Any]:
    """A table of phrases as JSON values."""
    return {name: row(found) if isinstance(found, Phrase) else [row(each) for each in found] for name, found in value.items()}


def module() -> str:
    """The text of the module: one line an entry."""
    names = ("PHRASES", "CUSTODY", "QUESTIONS", "NO_ANSWERS", "LIGHTS", "WHY", "WHAT", "STEPS")
    return HEAD + "".join(_export(name, table(getattr(phrases, name))) for name in names) + _refusals()


def _refusals() -> str:
    """What every code says that a device can show, and what to do about it: `[zh, en, place of the advice]`."""
    shown = {code: told for code, told in CODES.items() if code not in ELSEWHERE}
    advice = list(dict.fromkeys((told.next_zh, told.next_en) for told in shown.values()))
    rows = {f'"{code}"': [told.zh, told.en, advice.index((told.next_zh, told.next_en))] for code, told in shown.items()}
    listed = "".join(f"  {json.dumps(pair, ensure_ascii=False)},\n" for pair in advice)
    return _export("REFUSALS", rows) + f"export const ADVICE = [\n{listed}];\n"


def _export(name: str, rows: dict[str, Any]) -> str:
    lines = [f"  {key}: {json.dumps(value, ensure_ascii=False)},\n" for key, value in rows.items()]
    return f"export const {name} = {{\n{''.join(lines)}}};\n"


if __name__ == "__main__":
    TARGET.write_text(module(), "utf-8")
