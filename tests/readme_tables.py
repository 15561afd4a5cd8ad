"""The tables of README.md that are written by the program itself: settings, commands, rules.

`python -m tests.readme_tables` writes them anew; tests/test_project.py fails while they differ.
"""

import re
from pathlib import Path

import click

from trace.cli.group import COMMANDS, cli
from trace.config import as_markdown
from trace.registry import KINDS

README = Path(__file__).resolve().parents[1] / "README.md"


def settings() -> str:
    """Every setting."""
    return as_markdown()


def commands() -> str:
    """Every command with the first sentence of its help."""
    lines = ["| command | what it does |", "|---|---|"]
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        lines.append(f"| `{name}` | {command.get_short_help_str(limit=300)} |")
    return "\n".join(lines)


def rules() -> str:
    """Every transaction kind with the function that is its rule."""
    lines = ["| kind | rule |", "|---|---|"]
    for name, kind in KINDS.items():
        module = kind.rule.__module__.replace(".", "/")
        lines.append(f"| `{name}` | `{kind.rule.__name__}` in `{module}.py` |")
    return "\n".join(lines)


TABLES = {"settings": settings, "commands": commands, "rules": rules}


def section(name: str) -> re.Pattern[str]:
    """The part of the README between the marks of a table."""
    return re.compile(rf"(<!-- {name}: begin[^\n]*-->\n)(.*?)(\n<!-- {name}: end -->)", re.DOTALL)


def main() -> None:
    """Writes all tables anew."""
    text = README.read_text("utf-8")
    for name, table in TABLES.items():
        found = section(name).search(text)
        assert found is not None, name
        text = text[: found.start(2)] + table() + text[found.end(2) :]
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
