"""Fixtures: the demonstration's ledger, built once for a session, and the application on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chain.clock import SystemClock
from trace.demo.build import build_demo
from trace.ledger import Ledger, open_ledger
from trace.web import create_app

LANGUAGES = ("zh", "en")


def examples(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "demo.json").read_text("utf-8"))["examples"]
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("web") / "demo"
    build_demo(path, SystemClock().now(), lambda done, total, what: None)
    return path


@pytest.fixture(scope="session")
def ledger(folder: Path) -> Iterator[Ledger]:
    with open_ledger(folder) as found:
        yield found


@pytest.fixture(scope="session")
def app(ledger: Ledger) -> Flask:
    return create_app({"LEDGER": ledger})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
