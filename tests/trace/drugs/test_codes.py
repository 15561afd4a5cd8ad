"""Every code of DOMAIN §7 has its sentences and a test that provokes it."""

import re
from pathlib import Path

from tests.trace.drugs.test_selling import LOST_STATES, SOLD_STATES
from trace.drugs.errors import CODES
from trace.drugs.kinds import KINDS
from trace.drugs.shapes import ENDED_STATES
from trace.kinds import NAMES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CODE = re.compile(r"drugs(?:\.[a-z_]+){2}")


def codes_of_the_document() -> set[str]:
    text = (ROOT / "docs" / "DOMAIN.md").read_text("utf-8").partition("## 7. Drugs, main line")[2].partition("## 8. Drugs, every other")[0]
    found, module = set(), ""
    for quoted in re.findall(r"`([a-z_.]+)`", text):
        if CODE.fullmatch(quoted):
            found.add(quoted)
            module = quoted.rpartition(".")[0]
        elif quoted.startswith(".") and module:  # `.not_receiver` after `drugs.shipment.unknown`
            found.add(module + quoted)
    return found - set(KINDS)


def codes_of_the_rules() -> set[str]:
    names = ("making", "moving", "partners", "receiving", "claims", "custody", "selling", "recalling", "conditions", "runs", "shipments")
    text = "".join((ROOT / "trace" / "drugs" / f"{name}.py").read_text("utf-8") for name in names)
    states = {f"drugs.pack.{state}" for state in ENDED_STATES} | {f"drugs.pack.dispensed_{where}" for where in ("here", "elsewhere")}
    return (set(re.findall(r'"(drugs(?:\.[a-z_]+){2})"', text)) | states | {"drugs.pack.moving", "drugs.pack.loose"}) - set(KINDS)


def test_every_kind_of_the_section_is_here() -> None:
    assert set(KINDS) == {name for name in NAMES if name.startswith("drugs.")}


def test_every_code_has_both_sentences_and_a_next_step() -> None:
    missing = (codes_of_the_document() | codes_of_the_rules()) - set(CODES)
    assert not missing
    for code, words in CODES.items():
        assert CODE.fullmatch(code), code
        assert all((words.zh, words.en, words.next_zh, words.next_en)), code


def test_the_document_names_every_code_that_the_rules_raise() -> None:
    without_row = {f"drugs.pack.{state}" for state in (*ENDED_STATES, "loose")} | {"drugs.body.field", "drugs.invariant.runs"}
    assert not codes_of_the_rules() - codes_of_the_document() - without_row


def test_every_code_is_provoked_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in HERE.glob("test_*.py") if path.name != "test_codes.py")
    generated = {f"drugs.pack.{state}" for state in (*LOST_STATES, *SOLD_STATES, *ENDED_STATES)}
    assert set(ENDED_STATES) == {*LOST_STATES, *SOLD_STATES, "dispensed"}
    assert not {code for code in codes_of_the_document() | codes_of_the_rules() if code not in tests} - generated
