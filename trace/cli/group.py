"""The group of all commands, how they get their settings, and how an error reaches a person.

Exit codes: 0 done; 1 the ledger said no (or `audit` found a fault); 2 the command was not understood. Errors go to standard error with
their stable code, so that scripts can read standard output.
"""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.console import Console

from chain.errors import ChainError
from trace.cli.words import explain
from trace.config import Settings, load

WebFactory = Callable[[Mapping[str, Any]], Any]
"""`create_app` of the web layer, handed in by `app.py`: commands and pages do not import each other."""

COMMANDS: Mapping[str, str] = {
    "run": "serving",
    "demo": "demonstrating",
    "mine": "serving",
    "keys": "keyring",
    "register": "registering",
    "label": "labelling",
    "verifier": "verifierpage",
    "scan": "scanning",
    "verify": "verifying",
    "anchor": "verifying",
    "audit": "checking",
    "finality": "checking",
    "export": "exporting",
    "witness": "witnessing",
    "bench": "benching",
}
"""Command -> module of this package that holds it under the command's name."""

out = Console(highlight=False, soft_wrap=True)
"""Standard output."""
err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Standard error: progress and errors."""


class LazyGroup(click.Group):
    """Loads a command's module when it is called for, so that `--help` and small commands start quickly."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"trace.cli.{COMMANDS[name]}"), f"{name}_command")
        return command

    def invoke(self, context: click.Context) -> Any:
        """Runs the command; says the ledger's errors in a sentence instead of a traceback."""
        try:
            return super().invoke(context)
        except ChainError as error:
            for line in explain(error):
                click.echo(line, err=True)
            sys.exit(1)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            click.echo(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            sys.exit(1)


def settings_of(**options: str | int | None) -> Settings:
    """The settings in force for a command, its own options first."""
    return load(options)


def web_factory() -> WebFactory:
    """The web layer that `app.py` handed in."""
    factory: WebFactory = click.get_current_context().find_root().obj
    return factory


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name=None, version="0.1.0", prog_name="pharmatrace")
def cli() -> None:
    """PharmaTrace (药溯链): a ledger of the life of every medicine.

    Start with `demo`. Every setting can also be given as an environment variable PHARMATRACE_<NAME>.
    """


def main(factory: WebFactory | None = None) -> None:
    """Runs the command line; `factory` makes the web application for the commands that serve."""
    if os.environ.get("PYTHONIOENCODING") is None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal or pipe that cannot write Chinese shows ? instead of failing
                stream.reconfigure(errors="replace")
    cli.main(obj=factory, prog_name="pharmatrace")
