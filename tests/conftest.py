"""Fixtures that several folders of tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""Property tests have no deadline: a busy machine is no failure. Everything else stays as Hypothesis has it, in CI and elsewhere."""


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of today's demonstration; only to be read. A test that changes it takes a copy."""
    from chain.clock import SystemClock  # here: tests of the ledger alone do not load the whole product
    from trace.demo.build import build_demo

    return build_demo(tmp_path_factory.mktemp("demo") / "data", SystemClock().now()).path
