"""The key files of a node: what it seals, votes and signs heads with, and the passphrase that lets it start unattended."""

import os
from pathlib import Path

from chain.errors import Fault
from chain.keyfile import read_key_file, write_key_file
from chain.node import Operator
from trace.config import Settings

MINER_FILE, VOTE_FILE, NOTE_FILE, PASSPHRASE_FILE = "miner.pem", "vote.pem", "note.pem", "operator.passphrase"
"""File names in the folder of keys."""


def read_operator(folder: Path, settings: Settings) -> Operator | None:
    """The node's own keys, or None where it has none (it then follows and serves, but neither mines nor votes). Raises Fault `keys.*`."""
    if not (folder / MINER_FILE).is_file():
        return None
    passphrase = read_passphrase(Path(settings.text("passphrase_file") or folder / PASSPHRASE_FILE))
    miner = read_key_file(folder / MINER_FILE, passphrase)
    vote, note = (read_key_file(path, passphrase) if path.is_file() else None for path in (folder / VOTE_FILE, folder / NOTE_FILE))
    return Operator(miner, vote, note)


def write_operator(folder: Path, operator: Operator, passphrase: str) -> None:
    """Keeps the node's keys, with the passphrase beside them so that it starts unattended. Raises Fault `keys.file`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, label, key in ((MINER_FILE, "miner", operator.miner), (VOTE_FILE, "vote", operator.vote), (NOTE_FILE, "note", operator.note)):
        if key is not None:
            write_key_file(folder / name, key, passphrase, label)
    path = folder / PASSPHRASE_FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(passphrase + "\n")
    except OSError as error:
        raise Fault("keys.file", f"a new file {path}", error.strerror) from error


def read_passphrase(path: Path) -> str:
    """The first line of a passphrase file. Raises Fault `keys.passphrase`."""
    try:
        return path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("keys.passphrase", f"a passphrase in {path}", error) from error
