"""Full disks and failing disks: the node turns read-only, goes on answering, and recovers by itself."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.errors import Fault
from chain.store.faults import COMMIT_POINTS, FLUSH_POINTS
from tests.chain.toy import advance
from tests.faults import disks

ROOT = Path(__file__).resolve().parents[2]
SMALL = 2_500_000
"""Bytes of a small disk."""


@pytest.mark.parametrize("code", ["store.full", "store.io"])
def test_a_disk_that_refuses_at_every_point(tmp_path: Path, code: str) -> None:
    path = tmp_path / "ledger.db"

    def refuse(point: str) -> None:
        if point in ("commit.blocks", "flush.entries"):
            raise Fault(code, "space", "none")

    story = disks.Story(path)
    story.store.hook = refuse
    assert story.write_until_refused().code == code
    story.check_read_only()
    story.store.hook = lambda point: None
    story.check_recovered()
    assert disks.reopened(story, path) == 0


@pytest.mark.parametrize("point", [*COMMIT_POINTS, *FLUSH_POINTS])
def test_one_error_at_a_point_is_over_with_the_next_step(tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.growth.FLUSH_ENTRIES", 9)
    path = tmp_path / "ledger.db"
    story = disks.Story(path)
    left = [3]

    def fail_once(passed: str) -> None:
        left[0] -= passed == point
        if passed == point and left[0] == 0:
            raise Fault("store.io", "a write", "an error")

    story.store.hook = fail_once
    for _ in range(60):
        with contextlib.suppress(Fault):
            story.write()
        advance(story.node, 1_000)
    assert left[0] < 0, "the point was passed again"
    assert story.node.read_only is None and not story.lost()
    assert disks.reopened(story, path) == 0


@pytest.mark.parametrize("limit", [300_000, 700_001])
def test_a_limit_on_the_size_of_files(tmp_path: Path, limit: int) -> None:
    command = [sys.executable, "-m", "tests.faults.disks", str(tmp_path / "ledger.db"), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"acknowledged \d{2,}, lost 0\n", done.stdout)
    assert "the node is read-only: store." in done.stderr and "the disk can be written again" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full; only root may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    ballast = small_disk / "ballast"

    def refuse() -> None:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    story = disks.play(small_disk / "ledger.db", refuse, ballast.unlink)
    assert disks.reopened(story, small_disk / "ledger.db") == 0


def test_a_flush_that_fails_at_the_end_releases_everything(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    story = disks.Story(path)
    for _ in range(12):
        story.write()

    def refuse(point: str) -> None:
        if point.startswith("flush."):
            raise Fault("store.full", "space", "none")

    story.store.hook = refuse
    with pytest.raises(Fault, match=r"store\.full"):
        story.node.close()
    with pytest.raises(Fault, match=r"store\.closed"):
        story.node.store.tip()
    again = disks.Story(path)
    assert all(again.node.transaction(name) for name in story.acknowledged)
    again.node.close()


def test_a_damaged_file_is_not_written_again(tmp_path: Path) -> None:
    """Whatever the disk says afterwards: until a restart, and an audit, nothing more is written."""
    story = disks.Story(tmp_path / "ledger.db")

    def refuse(point: str) -> None:
        if point == "commit.pool":
            raise Fault("store.damaged", "a sound file", "another")

    story.store.hook = refuse
    assert story.write_until_refused().code == "store.damaged"
    story.store.hook = lambda point: None
    advance(story.node, 10_000)
    with pytest.raises(Fault, match=r"node\.read_only"):
        story.write()
    assert not story.lost()
    story.node.close()
