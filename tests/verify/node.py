"""Asks the browser's verifier, run by node, and gives its answers back."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

RUNNER = Path(__file__).with_name("runner.mjs")
"""What node runs."""
TIMEOUT_S = 300
"""Longer than any run here takes on a slow machine."""


def ask(questions: Sequence[Sequence[Any]], runner: Path = RUNNER) -> list[Any]:
    """The answers to `[name, ...arguments]` each: the value, or `("refused", code)`.

    Skips the test where there is no node, and fails it under CI.
    """
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node is missing")
        pytest.skip("node is not installed")
    body = json.dumps(questions, ensure_ascii=True).encode("ascii")
    done = subprocess.run([node, "--no-warnings", str(runner)], input=body, capture_output=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
    found = json.loads(done.stdout)
    assert len(found) == len(questions)
    return [("refused", each["refused"]) if "refused" in each else each["ok"] for each in found]
