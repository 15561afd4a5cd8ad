"""`finality`, `audit`, `mine` and `export`: what scripts rely on."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from chain.store import driver
from tests.trace.cli.conftest import Run
from trace.cli.exporting import cell


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("--attacker", "0.1", "--depth", "0"), "1.0000000"),
        (("--attacker", "0.1", "--depth", "5"), "0.0009137"),
        (("--attacker", "0.3", "--depth", "10"), "0.0416605"),
        (("--attacker", "0.10", "--risk", "0.001"), "5"),
        (("--attacker", "0.25", "--risk", "0.001"), "15"),
    ],
)
def test_finality_prints_the_paper_s_figures(run: Run, arguments: Sequence[str], printed: str) -> None:
    result = run("finality", *arguments)
    assert (result.exit_code, result.stdout) == (0, printed + "\n")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("--attacker", "0.1"), 2),
        (("--attacker", "0.1", "--depth", "1", "--risk", "0.1"), 2),
        (("--attacker", "ten", "--depth", "1"), 1),
        (("--attacker", "1.5", "--depth", "1"), 1),
        (("--attacker", "0.5", "--risk", "0.001"), 1),
        (("--attacker", "0.1", "--depth", "-1"), 2),
    ],
)
def test_finality_says_what_it_does_not_understand(run: Run, arguments: Sequence[str], exit_code: int) -> None:
    result = run("finality", *arguments)
    assert result.exit_code == exit_code and result.stdout == "" and result.stderr


def test_audit_ends_with_zero_when_all_is_well(run: Run, built_demo: Path) -> None:
    result = run("audit", data=built_demo)
    assert result.exit_code == 0 and "as it must be" in result.stdout


def test_a_quick_audit_says_what_it_looked_at(run: Run, built_demo: Path, demo: Path) -> None:
    result = run("audit", "--fast", data=built_demo)
    assert result.exit_code == 0 and "hashes and roots only" in result.stdout
    assert "does not prove" in run("audit", "--help").stdout
    with closing(driver.sqlite3.connect(demo / "ledger.db")) as connection:
        connection.execute("UPDATE block SET proofs = x'0000000000' WHERE height = 3")
        connection.commit()
    result = run("audit", "--fast", "--json", data=demo)
    fault = json.loads(result.stdout)["fault"]
    assert result.exit_code == 1 and (fault["height"], fault["code"]) == (3, "block.sections_root")


def test_a_long_ledger_is_replayed_in_parts(run: Run, built_demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.replay.FLUSH_ENTRIES", 100)
    result = run("audit", data=built_demo)
    assert result.exit_code == 0 and "as it must be" in result.stdout


def test_audit_names_the_fault_and_ends_with_another_number(run: Run, demo: Path) -> None:
    database = demo / "ledger.db"
    content = database.read_bytes()
    assert b"drugs.recall" in content
    database.write_bytes(content.replace(b"drugs.recall", b"drugs.rebate"))  # everywhere: pages that are free hold old copies
    result = run("audit", "--json", data=demo)
    assert result.exit_code != 0
    fault = json.loads(result.stdout)["fault"]
    assert isinstance(fault["height"], int) and fault["field"] and fault["code"]


def test_audit_of_a_file_that_is_no_database_is_a_finding(run: Run, demo: Path) -> None:
    (demo / "ledger.db").write_bytes(b"not a database" * 1000)
    result = run("audit", data=demo)
    assert result.exit_code != 0 and result.output


def test_mine_seals_a_block_and_shows_its_zero_bits(run: Run, demo: Path) -> None:
    result = run("mine", "--blocks", "2", data=demo)
    assert result.exit_code == 0
    assert result.stdout.count("leading zero bits") == 2 and "final up to height" in result.stdout


@pytest.mark.parametrize("what", ["blocks", "transactions", "state"])
def test_export_writes_lines_of_json_and_csv_of_the_same_rows(run: Run, built_demo: Path, what: str) -> None:
    lines = run("export", "--what", what, data=built_demo).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    table = run("export", "--what", what, "--format", "csv", data=built_demo).stdout.splitlines()
    assert len(rows) == len(table) - 1 > 50


def test_export_does_not_overwrite_a_file(run: Run, built_demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    result = run("export", "--output", target, data=built_demo)
    assert result.exit_code == 1 and target.read_text() == "mine"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_never_begins_like_a_formula(value: str) -> None:
    assert cell(value) == "'" + value
