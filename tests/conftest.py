"""Fixtures that several folders of tests share."""

from pathlib import Path

import pytest

from chain.clock import SystemClock
from trace.demo.build import build_demo


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of today's demonstration; only to be read. A test that changes it takes a copy."""
    return build_demo(tmp_path_factory.mktemp("demo") / "data", SystemClock().now()).path
