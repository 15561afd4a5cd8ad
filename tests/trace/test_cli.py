"""The command line: what scripts rely on, what a person reads when something is wrong, and that nothing is half written."""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trace.cli.exporting import cell
from trace.cli.group import COMMANDS, cli
from trace.demo.build import PASSPHRASE
from trace.demo.world import BRIDGE, DEMOSULIN, EXAMPLAMOL, TESTOCILLIN
from trace.ledger import hold
from trace.web import create_app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str | Path, data: Path | None = None, stdin: str | None = None) -> Result:
        words: Sequence[str] = [*map(str, arguments), *(["--data", str(data)] if data else [])]
        return CliRunner().invoke(cli, words, obj=create_app, input=stdin, env={"LANG": "en", "LC_ALL": "C.UTF-8"})

    return invoke


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration that a test may change."""
    return Path(shutil.copytree(built_demo, tmp_path / "demo"))


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


# --- every command -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0 and "Usage:" in result.output


@pytest.mark.parametrize("command", ["run", "mine", "audit", "export", "label", "scan", "register"])
def test_a_folder_without_a_ledger_is_named(run: Run, tmp_path: Path, command: str, passphrase: Path) -> None:
    key = tmp_path / "key.pem"
    run("keys", "new", key, "--passphrase-file", passphrase)
    more = {
        "label": ["--gtin", EXAMPLAMOL, "--lot", "L1"],
        "scan": [EXAMPLAMOL],
        "register": ["--key", str(key), "--passphrase-file", str(passphrase), "--lot", "L1", "--expiry", "2030-01-01", "--count", "1"],
    }
    result = run(command, *more.get(command, []), data=tmp_path / "nothing")
    assert result.exit_code == 1
    assert "ledger.folder" in result.stderr and "demo" in result.stderr
    assert not (tmp_path / "nothing").exists()


# --- finality ----------------------------------------------------------------------------------------------------------------


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


# --- keys --------------------------------------------------------------------------------------------------------------------


def test_a_new_key_file_opens_with_its_passphrase_only(run: Run, tmp_path: Path, passphrase: Path) -> None:
    file = tmp_path / "keys" / "till.pem"
    made = run("keys", "new", file, "--label", "till 1", "--passphrase-file", passphrase)
    assert made.exit_code == 0 and made.stdout.startswith("ed25519:")
    assert run("keys", "show", file, "--passphrase-file", passphrase).stdout == made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    wrong = run("keys", "show", file, stdin="another\n")
    assert wrong.exit_code == 1 and "keys.passphrase" in wrong.stderr


def test_a_key_file_is_never_overwritten(run: Run, tmp_path: Path, passphrase: Path) -> None:
    file = tmp_path / "till.pem"
    run("keys", "new", file, "--passphrase-file", passphrase)
    before = file.read_bytes()
    again = run("keys", "new", file, "--passphrase-file", passphrase)
    assert again.exit_code == 1 and "keys.file" in again.stderr and file.read_bytes() == before


# --- audit -------------------------------------------------------------------------------------------------------------------


def test_audit_ends_with_zero_when_all_is_well(run: Run, built_demo: Path) -> None:
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


# --- mine, export ------------------------------------------------------------------------------------------------------------


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


# --- scan --------------------------------------------------------------------------------------------------------------------


def test_scan_gives_every_example_its_verdict(run: Run, built_demo: Path) -> None:
    for example in json.loads((built_demo / "demo.json").read_text("utf-8"))["examples"]:
        place = ("--at", example["at"]) if example["at"] else ()
        result = run("scan", "--json", "--as", example["as"], *place, example["scan"], data=built_demo)
        verdict = json.loads(result.stdout)["verdict"]
        assert (verdict["code"], verdict["light"]) == (example["verdict"], example["light"])


def test_scan_tells_a_person_what_and_why(run: Run, built_demo: Path) -> None:
    code = f"(01){EXAMPLAMOL}(17)281123(10)EX2601A(21)AN1EMSA8HMC54FBK"
    result = run("scan", code, "--as", "pharmacy", "--at", BRIDGE, data=built_demo)
    assert result.exit_code == 0 and "Example Pharma" in result.stdout and "evidence 0 s old" in result.stdout


def test_scan_of_a_place_that_is_none_names_the_field(run: Run, built_demo: Path) -> None:
    result = run("scan", EXAMPLAMOL, "--at", "12", data=built_demo)
    assert result.exit_code == 2 and "--at" in result.stderr


@pytest.mark.parametrize("url", ["ftp://example.com", "file:///etc/passwd", "http://127.0.0.1:9"])
def test_a_server_that_is_none_is_named(run: Run, url: str) -> None:
    result = run("scan", EXAMPLAMOL, "--url", url)
    assert result.exit_code == 1 and "cli.server" in result.stderr


# --- register, label ---------------------------------------------------------------------------------------------------------


def register(run: Run, demo: Path, passphrase: Path, *arguments: str | Path) -> Result:
    key = demo / "keys" / "pharma-line.pem"
    expiry = (date.today() + timedelta(days=400)).isoformat()
    return run("register", "--key", key, "--passphrase-file", passphrase, "--lot", "NEW/1", "--expiry", expiry, *arguments, data=demo)


def test_a_registered_batch_is_on_the_ledger_and_its_labels_can_be_printed(run: Run, demo: Path, passphrase: Path, tmp_path: Path) -> None:
    made = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--count", "30")
    assert made.exit_code == 0, made.output
    batches = [json.loads(line) for line in run("export", "--what", "state", data=demo).stdout.splitlines()]
    assert any(row["key"] == f"batch/{EXAMPLAMOL}/NEW%2F1" and row["value"]["count"] == 30 for row in batches)
    label = ("label", "--gtin", EXAMPLAMOL, "--lot", "NEW/1")
    sheet = run(*label, "--format", "sheet", "--output", tmp_path / "print", data=demo)
    assert sheet.exit_code == 0 and "(10) NEW/1" in (tmp_path / "print" / "labels.html").read_text()
    one = run(*label, "--slots", "7", data=demo)
    assert "(21) " in one.stdout and f"/01/{EXAMPLAMOL}/10/NEW%2F1/21/" in one.stdout
    assert run("audit", data=demo).exit_code == 0


def test_a_refused_batch_leaves_nothing_behind(run: Run, demo: Path, passphrase: Path) -> None:
    before = sorted(demo.rglob("serials/**/*"))
    result = register(run, demo, passphrase, "--gtin", DEMOSULIN, "--count", "10")
    assert result.exit_code == 1 and "drugs.batch.not_maker" in result.stderr
    assert sorted(path for path in demo.rglob("serials/**/*") if path.is_file()) == [path for path in before if path.is_file()]


def test_what_was_not_said_and_is_not_clear_is_asked_for(run: Run, demo: Path, passphrase: Path) -> None:
    result = register(run, demo, passphrase, "--count", "10")
    assert result.exit_code == 1 and "cli.batch" in result.stderr and TESTOCILLIN in result.stderr


def test_a_serial_of_another_batch_is_refused_at_the_door(run: Run, demo: Path, passphrase: Path, tmp_path: Path) -> None:
    serials = tmp_path / "serials.txt"
    serials.write_text("\n".join([(demo / "serials" / EXAMPLAMOL / "EX2601A").read_text().split()[5], "ABCDEFGHJKMNP"]) + "\n")
    result = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--serials", serials)
    assert result.exit_code == 1 and "drugs.serial.duplicate" in result.stderr


@pytest.mark.parametrize("slots", ["x", "5-2", "0-31", "-3", "1-2-3"])
def test_slots_that_are_none_are_named(run: Run, built_demo: Path, slots: str) -> None:
    result = run("label", "--gtin", EXAMPLAMOL, "--lot", "EX2601A", f"--slots={slots.replace('0-31', '0-1001')}", data=built_demo)
    assert result.exit_code == 1 and "cli.batch" in result.stderr


def test_a_label_of_a_scanned_code_needs_no_ledger(run: Run, tmp_path: Path) -> None:
    result = run("label", f"(01){EXAMPLAMOL}(17)281123(10)EX2601A(21)MYT1HH3KFWJ71BPR", data=tmp_path / "none")
    assert result.exit_code == 0 and "/21/MYT1HH3KFWJ71BPR" in result.stdout


# --- demo --------------------------------------------------------------------------------------------------------------------


def test_demo_shows_a_code_and_an_address_for_each_verdict(run: Run, demo: Path) -> None:
    result = run("demo", "--exit", data=demo)
    document = json.loads((demo / "demo.json").read_text())
    assert result.exit_code == 0 and "█" in result.stdout
    for verdict in {example["verdict"] for example in document["examples"]}:
        assert verdict in result.stdout
    assert f"at {BRIDGE}" in result.stdout and "using today's demonstration" in result.stderr


def test_demo_of_another_day_is_built_anew(run: Run, demo: Path) -> None:
    document = json.loads((demo / "demo.json").read_text())
    document["genesis"]["start"] -= 86_400_000
    (demo / "demo.json").write_text(json.dumps(document))
    result = run("demo", "--exit", data=demo)
    assert result.exit_code == 0 and "removing the demonstration of another day" in result.stderr
    assert run("audit", data=demo).exit_code == 0


def test_demo_never_overwrites_something_else(run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "ledger.db").write_text("mine")
    result = run("demo", "--exit", data=precious)
    assert result.exit_code == 1 and "demo.folder" in result.stderr and (precious / "ledger.db").read_text() == "mine"


def test_a_second_writer_is_refused(run: Run, demo: Path) -> None:
    with hold(demo):
        result = run("mine", data=demo)
    assert result.exit_code == 1 and "ledger.busy" in result.stderr
    assert run("mine", data=demo).exit_code == 0
