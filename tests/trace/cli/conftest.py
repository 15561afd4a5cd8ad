"""Fixtures of the command line's tests: running a command in this process, a demonstration to change, a passphrase file."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trace.cli.group import cli
from trace.demo.build import VISITORS_OPEN_WITH
from trace.web import create_app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs a command: words, `data` for `--data`, `stdin`."""

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
    """A file with the passphrase of the demonstration's key files."""
    path = tmp_path / "passphrase"
    path.write_text(VISITORS_OPEN_WITH + "\n")
    return path
