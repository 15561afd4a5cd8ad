"""`register` and `label`: a batch from three facts, and nothing half written when it is refused."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from chain.errors import Fault
from tests.trace.cli.conftest import Run
from trace.demo.world import DEMOSULIN, EXAMPLAMOL, TESTOCILLIN


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


def test_a_lot_that_is_on_the_ledger_is_refused_as_the_ledger_refuses_it(run: Run, demo: Path, passphrase: Path, tmp_path: Path) -> None:
    assert register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--count", "10").exit_code == 0
    kept = demo / "serials" / EXAMPLAMOL / "NEW%2F1"
    before = kept.read_text()
    other = tmp_path / "serials.txt"
    other.write_text("ABCDEFGHJKMNP\n")
    for arguments in (("--count", "10"), ("--serials", str(kept)), ("--serials", str(other))):
        again = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, *arguments)
        assert again.exit_code == 1 and "drugs.batch.exists" in again.stderr, again.output
    assert kept.read_text() == before


def test_serials_outlive_a_send_without_an_answer(run: Run, demo: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch may be on the ledger; without its serials its packs could never be printed."""

    def silent(*_: object) -> str:
        raise Fault("cli.server", "an answer", "timed out", field="url")

    monkeypatch.setattr("trace.cli.registering.post_transaction", silent)
    first = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--count", "10", "--url", "http://127.0.0.1:9")
    kept = demo / "serials" / EXAMPLAMOL / "NEW%2F1"
    assert first.exit_code == 1 and f"--serials {kept}" in first.stderr.replace("\n", "")
    again = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--serials", kept)
    assert again.exit_code == 0, again.output
    third = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--serials", kept)
    assert third.exit_code == 1 and kept.is_file(), "a refusal does not take away what was there before"


def test_random_serials_are_strong_however_few(run: Run, demo: Path, passphrase: Path) -> None:
    result = register(run, demo, passphrase, "--gtin", EXAMPLAMOL, "--count", "1")
    assert result.exit_code == 0 and "can be guessed" not in result.stderr


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
