"""The mark lists that this node has, ready for proofs: each a blob, with the upper levels of its tree in a side file.

    FOLDER/<root>.tree    "PharmaTrace tree" | digest of the mark list, 32 | packs, u64 | kept levels

A side file is a cache: whatever is wrong with it, it is made again from the mark list. Lists that are not published are found by it too.
"""

import contextlib
import logging
import mmap
import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from chain.errors import ChainError
from chain.interfaces import Blobs
from trace.drugs.marks import LEAF_BYTES
from trace.drugs.marktree import Buffer, MarkTree, hash_levels

OPEN_LIMIT = 256
"""Mark lists that are kept open; each costs two mappings, no memory of its own."""
_MAGIC = b"PharmaTrace tree"
_HEADER_BYTES = len(_MAGIC) + 32 + 8
_log = logging.getLogger(__name__)


class SideParts(NamedTuple):
    """What a side file says."""

    digest: str
    """Digest of its mark list, hex."""
    packs: int
    """How many packs it has."""
    levels: Buffer
    """The kept levels."""


def side_parts(side: bytes | mmap.mmap) -> SideParts | None:
    """The parts of a side file; None for bytes that are none."""
    if len(side) <= _HEADER_BYTES or bytes(side[: len(_MAGIC)]) != _MAGIC:
        return None
    digest = bytes(side[len(_MAGIC) : len(_MAGIC) + 32]).hex()
    return SideParts(digest, int.from_bytes(side[_HEADER_BYTES - 8 : _HEADER_BYTES], "big"), memoryview(side)[_HEADER_BYTES:])


class PackStore:
    """Mark lists by the root of their tree. Any thread may use it."""

    def __init__(self, blobs: Blobs, folder: Path | None = None) -> None:
        """`folder` holds the side files and is made when needed; None: levels are computed at each start (tests, small ledgers)."""
        self._blobs, self._folder = blobs, folder
        self._open: OrderedDict[bytes, MarkTree] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, tree: MarkTree) -> str:
        """Keeps a mark list; durable on return. Returns its digest, the `marks` of drugs.batch. Raises Fault as Blobs.put."""
        digest = self._blobs.put(bytes(tree.marks))
        self._write_side(tree, digest)
        self._remember(tree)
        return digest

    def tree(self, root: bytes, digest: str | None = None) -> MarkTree | None:
        """The tree with this root; `digest` is the published mark list, if there is one. None where this node does not have it."""
        with self._lock:
            found = self._open.get(root)
            if found is not None:
                self._open.move_to_end(root)
                return found
        found = self._from_side(root) or self._from_blob(root, digest)
        if found is not None:
            self._remember(found)
        return found

    def _remember(self, tree: MarkTree) -> None:
        with self._lock:
            self._open[tree.root] = tree
            while len(self._open) > OPEN_LIMIT:
                self._open.popitem(last=False)

    def _side_path(self, root: bytes) -> Path | None:
        return None if self._folder is None else self._folder / f"{root.hex()}.tree"

    def _from_side(self, root: bytes) -> MarkTree | None:
        """The tree by its side file; None where that is missing or does not fit its mark list."""
        path = self._side_path(root)
        side = None if path is None else _map(path)
        parts = None if side is None else side_parts(side)
        marks = None if parts is None else self._marks(parts.digest)
        if parts is None or marks is None:
            return None
        with contextlib.suppress(ChainError):
            tree = MarkTree(marks, parts.levels)
            if tree.root == root and tree.count == parts.packs:
                return tree
        _log.warning("%s does not fit its mark list; it is made again", path)
        return None

    def _from_blob(self, root: bytes, digest: str | None) -> MarkTree | None:
        """The tree by its mark list; None where the list is missing or has another root."""
        marks = None if digest is None else self._marks(digest)
        if digest is None or marks is None or not len(marks) or len(marks) % LEAF_BYTES:
            return None
        tree = MarkTree(marks, hash_levels(marks))
        if tree.root != root:
            _log.warning("mark list %s does not have the root %s", digest, root.hex())
            return None
        self._write_side(tree, digest)
        return tree

    def _marks(self, digest: str) -> Buffer | None:
        path = self._blobs.path(digest)
        mapped = None if path is None else _map(Path(path))
        return self._blobs.get(digest) if mapped is None else memoryview(mapped)

    def _write_side(self, tree: MarkTree, digest: str) -> None:
        """Writes the side file under a temporary name first. A failure is no fault: the file is only a cache."""
        path = self._side_path(tree.root)
        if path is None or path.exists():
            return
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tree-")
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + bytes.fromhex(digest) + tree.count.to_bytes(8, "big"))
                file.write(tree.levels)
            Path(temporary).replace(path)
        except OSError as error:
            _log.warning("%s could not be written: %s", path, error.strerror)
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)


def _map(path: Path) -> mmap.mmap | None:
    """A file in memory; None where it cannot be read or is empty."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
