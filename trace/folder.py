"""Checking the files beside the chain: mark lists, what was computed from them, the serials of own batches (DATA/blobs, marks, serials)."""

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

from chain.audit import Finding
from chain.errors import ChainError, Fault
from chain.interfaces import StateView, Value
from trace.drugs.marks import LEAF_BYTES
from trace.drugs.marktree import hash_levels
from trace.drugs.packs import PackList
from trace.drugs.packstore import side_parts

PREFIX = "batch/"
"""Beginning of the state keys of batches."""


def audit_files(folder: Path, view: StateView, *, complete: bool) -> Finding | None:
    """The first file that is not as the state says, or None. `complete`: every batch's mark list has to be here (a node that mines)."""
    lists = _lists(folder, view) if complete else ()
    return next(chain(_blobs(folder), lists, _trees(folder), _serials(folder, view)), None)


def _finding(name: Path | str, expected: str, found: str) -> Finding:
    return Finding(None, None, str(name), Fault("audit.difference", expected, found, field=str(name)))


def _blobs(folder: Path) -> Iterator[Finding]:
    for path in sorted((folder / "blobs").glob("??/[0-9a-f]*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != path.name or path.parent.name != digest[:2]:
            yield _finding(path.relative_to(folder), "the bytes of its name", digest)


def _lists(folder: Path, view: StateView) -> Iterator[Finding]:
    for key, batch in view.scan(PREFIX):
        name = batch["marks"]
        if name and not (folder / "blobs" / name[:2] / name).is_file():
            yield _finding(f"blobs/{name[:2]}/{name}", f"the mark list of {key}", "no such file")


def _trees(folder: Path) -> Iterator[Finding]:
    """Side files are made again when they do not fit their list at all; here every node is compared."""
    for path in sorted((folder / "marks").glob("*.tree")):
        parts = side_parts(path.read_bytes())
        blob = folder / "blobs" / parts.digest[:2] / parts.digest if parts else None
        marks = blob.read_bytes() if blob is not None and blob.is_file() else None
        levels = hash_levels(marks) if marks else b""
        good = parts is not None and parts.levels == levels and marks is not None and parts.packs * LEAF_BYTES == len(marks)
        if not good or levels[-32:].hex() != path.stem:
            yield _finding(path.relative_to(folder), "the tree of its mark list", "another")


def _serials(folder: Path, view: StateView) -> Iterator[Finding]:
    for path in sorted((folder / "serials").glob("*/*")):
        gtin, lot = unquote(path.parent.name), unquote(path.name)
        batch = view.get(f"{PREFIX}{gtin}/{path.name}") or view.get(f"{PREFIX}{gtin}/{lot}")
        if batch is not None and len(batch["roots"]) == 1 and not _fits(path, gtin, batch):
            yield _finding(path.relative_to(folder), "the serials of the batch", "others")


def _fits(path: Path, gtin: str, batch: Value) -> bool:
    try:
        root: str = batch["roots"][0]["root"]
        return PackList.of_serials(gtin, path.read_text("ascii").split()).root.hex() == root
    except (ChainError, UnicodeDecodeError):
        return False
