"""`keys`: key files. A private key never leaves its file unencrypted, and no server ever sees one (P6)."""

from pathlib import Path

import click

from chain.keyfile import write_key_file
from chain.keys import SigningKey
from trace.cli.options import ask_passphrase, passphrase_option, read_key
from trace.operatorkeys import read_passphrase


@click.group("keys")
def keys_command() -> None:
    """Make and look at key files."""


@keys_command.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--label", default="", metavar="TEXT", help="What the key is for; written in clear into the file. Never a person's name.")
@passphrase_option
def new_command(file: Path, label: str, passphrase_file: Path | None) -> None:
    """Make a new Ed25519 key, keep it encrypted in FILE, and print the public key that a party's admin enrols."""
    passphrase = read_passphrase(passphrase_file) if passphrase_file is not None else ask_passphrase("New passphrase", confirm=True)
    key = SigningKey.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_key_file(file, key, passphrase, label)
    click.echo(key.text)


@keys_command.command("show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@passphrase_option
def show_command(file: Path, passphrase_file: Path | None) -> None:
    """Print the public key of a key file."""
    click.echo(read_key(file, passphrase_file).text)
