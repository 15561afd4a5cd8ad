"""Options that several commands share, with their help taken from the table of settings."""

import sys
from pathlib import Path

import click

from chain.errors import Fault
from chain.keyfile import read_key_file
from chain.keys import SigningKey
from trace.config import BY_NAME
from trace.operatorkeys import read_passphrase


def _help(name: str) -> str:
    setting = BY_NAME[name]
    return f"{setting.help} (default: {setting.default or 'none'}; {setting.variable})."


data_option = click.option("--data", metavar="DIR", type=click.Path(file_okay=False), help=_help("data"))
"""`--data DIR`."""
host_option = click.option("--host", metavar="ADDRESS", help=_help("host"))
"""`--host ADDRESS`."""
port_option = click.option("--port", metavar="N", type=click.IntRange(0, 65535), help=_help("port"))
"""`--port N`."""
url_option = click.option("--url", metavar="URL", help="Ask this server instead of a data folder.")
"""`--url URL`."""
key_option = click.option(
    "--key",
    "key_file",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Key file that signs.",
)
"""`--key FILE`."""
passphrase_option = click.option(
    "--passphrase-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the passphrase of the key file; asked for where it is not given.",
)
"""`--passphrase-file FILE`."""


def read_key(key_file: Path, passphrase_file: Path | None) -> SigningKey:
    """The key in a key file; asks for the passphrase where no file holds it. Raises Fault `keys.*`."""
    return read_key_file(key_file, read_passphrase(passphrase_file) if passphrase_file is not None else ask_passphrase("Passphrase"))


def ask_passphrase(question: str, *, confirm: bool = False) -> str:
    """A passphrase from a person, unseen; without a terminal, the first line of standard input. Raises Fault `keys.passphrase`."""
    if sys.stdin.isatty():
        return str(click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True))
    passphrase = sys.stdin.readline().rstrip("\r\n")
    if not passphrase:
        raise Fault("keys.passphrase", "a passphrase from a terminal, --passphrase-file or standard input", "nothing")
    return passphrase
