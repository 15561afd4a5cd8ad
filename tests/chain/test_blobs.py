"""Content-addressed bytes: what is stored comes back, whatever happens to the folder."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.errors import Fault
from chain.store.blobs import BLOB_POINTS, FolderBlobs, MemoryBlobs
from chain.store.faults import Crash, FaultPlan

BODY = b"a mark list" * 1_000
DIGEST = hashlib.sha256(BODY).hexdigest()
PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = [
    "",
    "..",
    "../../etc/passwd",
    DIGEST.upper(),
    DIGEST[:-1],
    DIGEST + "0",
    f"{DIGEST[:2]}/{DIGEST}",
    "\0" * 64,
    "é" * 64,
    DIGEST + "\n",
]


@pytest.fixture(params=["memory", "folder"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryBlobs | FolderBlobs:
    return MemoryBlobs() if request.param == "memory" else FolderBlobs(tmp_path / "blobs")


def _file(root: Path) -> Path:
    return root / DIGEST[:2] / DIGEST


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_what_was_put_comes_back(blobs: MemoryBlobs | FolderBlobs) -> None:
    assert blobs.get(DIGEST) is None
    assert blobs.path(DIGEST) is None
    assert blobs.put(BODY) == blobs.put(BODY) == DIGEST
    assert blobs.get(DIGEST) == BODY
    assert blobs.get(blobs.put(b"")) == b""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_digest_is_nothing(blobs: MemoryBlobs | FolderBlobs, name: str) -> None:
    blobs.put(BODY)
    assert blobs.get(name) is None
    assert blobs.path(name) is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_come_back(blobs: MemoryBlobs | FolderBlobs, bodies: list[bytes]) -> None:
    digests = [blobs.put(body) for body in bodies]
    assert [blobs.get(digest) for digest in digests] == bodies


def test_a_path_can_be_mapped(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs.put(BODY)
    path = blobs.path(DIGEST)
    assert path is not None
    assert Path(path).read_bytes() == BODY
    assert Path(path).stat().st_mode & 0o077 == 0, "a mark list is for the owner's eyes"


@pytest.mark.parametrize("damage", [b"", BODY[:-1], BODY + b"x", b"X" + BODY[1:]])
def test_damage_counts_as_missing_and_is_repaired(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs.put(BODY)
    assert blobs.path(DIGEST) is not None
    _file(tmp_path).write_bytes(damage)
    os.utime(_file(tmp_path), ns=(5, 5))
    assert (blobs.get(DIGEST), blobs.path(DIGEST)) == (None, None)
    assert DIGEST in caplog.text
    blobs.put(BODY)
    assert blobs.get(DIGEST) == BODY


@pytest.mark.parametrize("point", BLOB_POINTS)
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), OSError(errno.EIO, "broken"), Crash()], ids=["full", "io", "crash"])
def test_failing_at_any_point_leaves_all_or_nothing(tmp_path: Path, point: str, error: BaseException) -> None:
    plan = FaultPlan()
    plan.plan(point, error)
    expected = Crash if isinstance(error, Crash) else Fault
    with pytest.raises(expected) as caught:
        FolderBlobs(tmp_path / "blobs", plan).put(BODY)
    if isinstance(error, OSError):
        assert isinstance(caught.value, Fault)
        assert caught.value.code == ("store.full" if error.errno == errno.ENOSPC else "store.io")
    again = FolderBlobs(tmp_path / "blobs")
    assert again.get(DIGEST) == (BODY if point in BLOB_POINTS[3:] else None)
    assert again.put(BODY) == DIGEST
    assert again.get(DIGEST) == BODY
    assert _files(tmp_path) == [_file(tmp_path / "blobs")], "what a crash left behind is swept away"


def test_a_disk_that_refuses_to_write_is_a_fault(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from chain.errors import Fault
from chain.store.blobs import FolderBlobs
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
blobs = FolderBlobs(Path(sys.argv[1]))
small = blobs.put(b"x" * 1000)
try:
    blobs.put(b"a mark list" * 1_000)
except Fault as fault:
    print(fault.code, len(blobs.get(small)))
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("store.full 1000\n", "")
    assert len(_files(tmp_path)) == 1


def test_a_folder_that_cannot_be_used_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    blobs = FolderBlobs(tmp_path / "file")
    for call in (lambda: blobs.put(BODY), lambda: blobs.get(DIGEST), lambda: blobs.path(DIGEST)):
        with pytest.raises(Fault, match=r"store\.io"):
            call()
