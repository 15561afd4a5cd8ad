"""Content-addressed bytes beside the chain: in a folder, or in memory for tests.

A file is written under a temporary name, synchronised, and renamed to its digest, so that a name never shows half a body. What is read is
hashed again: a damaged file counts as missing, and the next `put` of the same bytes repairs it.
"""

import contextlib
import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chain.store.faults import Hook, no_faults
from chain.store.problems import file_fault

BLOB_POINTS = ("blob.before", "blob.written", "blob.synced", "blob.renamed", "blob.after")
"""Points of `FolderBlobs.put` at which a fault hook is called, in their order; from `blob.renamed` on the body can be read."""
_TEMPORARY = ".incoming-"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class MemoryBlobs:
    """`chain.interfaces.Blobs` without a file."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    def put(self, body: bytes) -> str:
        """As Blobs.put."""
        digest = _digest(body)
        self._bodies[digest] = bytes(body)
        return digest

    def get(self, digest: str) -> bytes | None:
        """As Blobs.get."""
        return self._bodies.get(digest)

    def path(self, digest: str) -> str | None:
        """None: there is no file."""
        return None


class FolderBlobs:
    """`chain.interfaces.Blobs` in a folder: `ab/<digest>` for a digest that begins with `ab`."""

    def __init__(self, root: Path, hook: Hook = no_faults) -> None:
        """`root` is made on the first `put`; `hook` is called at every point of `BLOB_POINTS`."""
        self.root = root
        self.hook = hook
        self._swept = False
        self._verified: dict[str, tuple[int, int, int]] = {}

    def put(self, body: bytes) -> str:
        """As Blobs.put. Bytes that are there already are only synchronised again. Raises Fault `store.full` or `store.io`."""
        digest = _digest(body)
        target = self._target(digest)
        try:
            self.hook("blob.before")
            self._sweep()
            if self.get(digest) is None:
                self._write(target, body)
            _synchronise_folder(target.parent)
            self.hook("blob.after")
        except OSError as error:
            raise file_fault(error) from error
        return digest

    def get(self, digest: str) -> bytes | None:
        """As Blobs.get. Raises Fault `store.io` when the disk cannot be read."""
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            body = self._target(digest).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise file_fault(error) from error
        if _digest(body) == digest:
            return body
        _log.warning("blob %s is damaged on disk; it counts as missing", digest)
        return None

    def path(self, digest: str) -> str | None:
        """As Blobs.path. The file is hashed when this store first sees it, and again whenever its inode, size or time of change differ."""
        if not _DIGEST.fullmatch(digest):
            return None
        target = self._target(digest)
        try:
            status = target.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise file_fault(error) from error
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        if self._verified.get(digest) != seen:
            if self.get(digest) is None:
                return None
            self._verified[digest] = seen
        return str(target)

    def _target(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def _write(self, target: Path, body: bytes) -> None:
        """The body under its name. A crash before the rename leaves a temporary file, which the next process sweeps away."""
        _make_folder(target.parent)
        with _temporary(target.parent) as (handle, temporary):
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                self.hook("blob.written")
                os.fsync(file.fileno())
            self.hook("blob.synced")
            temporary.replace(target)
        self.hook("blob.renamed")

    def _sweep(self) -> None:
        """Removes, once, what a crash left under temporary names. Only the one writing process of a folder ever puts."""
        if not self._swept:
            for temporary in self.root.glob(f"??/{_TEMPORARY}*"):
                temporary.unlink(missing_ok=True)
            self._swept = True


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[tuple[int, Path]]:
    """An open new file for the owner alone; removed again when the body of the `with` fails."""
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
    try:
        yield handle, Path(name)
    except Exception:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    """Makes a folder and those above it, each synchronised in the one that holds it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _synchronise_folder(folder.parent)


def _synchronise_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
