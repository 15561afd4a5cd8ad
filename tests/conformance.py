"""Where the third-party vectors lie. They are never committed: CI must have them, a stranger's clone skips with one line."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("PHARMATRACE_CONFORMANCE", Path(__file__).resolve().parents[2] / "shared" / "conformance"))
"""Folder of the vectors; by default a sibling of the checkout."""


def folder(name: str) -> Path:
    """The sub-folder `name` of the vectors; skips the calling test where there is none, except in CI, where that is a failure."""
    path = ROOT / name
    if not path.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"conformance vectors are missing: {path}")
        pytest.skip("third-party vectors not present (set PHARMATRACE_CONFORMANCE)", allow_module_level=True)
    return path
