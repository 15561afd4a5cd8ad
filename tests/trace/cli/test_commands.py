"""Every command explains itself and names what is missing."""

from pathlib import Path

import pytest

from tests.trace.cli.conftest import Run
from trace.cli.group import COMMANDS
from trace.demo.world import EXAMPLAMOL


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


def test_bench_prints_its_figures(run: Run) -> None:
    result = run("bench", "--events", "100", "--packs", "1000")
    assert result.exit_code == 0, result.output
    for line in ("decode + verify alone", "accepted, mined, durable", "ratio", "serials, marks, tree"):
        assert line in result.stdout


def test_a_passphrase_may_come_through_a_pipe(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "till.pem"
    made = run("keys", "new", file, stdin="some words\n")
    assert made.exit_code == 0 and run("keys", "show", file, stdin="some words\n").stdout == made.stdout
    nothing = run("keys", "show", file, stdin="")
    assert nothing.exit_code == 1 and "keys.passphrase" in nothing.stderr and "--passphrase-file" in nothing.stderr
