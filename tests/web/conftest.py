"""Fixtures: the demonstration's ledger, and the application on it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from trace.ledger import Ledger, open_ledger
from trace.web import create_app

Example = dict[str, Any]
"""An entry of demo.json: verdict, light, as, at, path, scan."""


@pytest.fixture(scope="session")
def folder(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demonstration that these tests may write to."""
    path = tmp_path_factory.mktemp("web") / "data"
    shutil.copytree(built_demo, path)
    return path


@pytest.fixture(scope="session")
def ledger(folder: Path) -> Iterator[Ledger]:
    with open_ledger(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def examples(folder: Path) -> list[Example]:
    found: list[Example] = json.loads((folder / "demo.json").read_text("utf-8"))["examples"]
    return found


@pytest.fixture(scope="session")
def app(ledger: Ledger) -> Flask:
    return create_app({"LEDGER": ledger, "ANCHOR": b""})  # the device's own check: tests/verify


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
