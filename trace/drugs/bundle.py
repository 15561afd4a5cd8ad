"""The container of evidence for one code: its form alone (PROTOCOL §8). What it proves: `trace.drugs.checking`."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chain import codec
from chain.blocks import HEADER_BYTES
from chain.disclosed import Disclosed, read_transaction
from chain.errors import Malformed
from chain.evidenceforms import (
    ENTRIES_LIMIT,
    FIELD,
    expect,
    read_bytes,
    read_fields,
    read_hashes,
    read_list,
    read_number,
)
from chain.interfaces import Value
from chain.proof import History, StateProof, read_history, read_state
from trace.drugs.marks import LEAF_BYTES
from trace.drugs.marktree import Neighbour

VERSION = 1
"""The format that this module knows."""
SIZE_LIMIT = 1_000_000
"""Bytes of a bundle, unpacked."""
DEPTH_LIMIT = 12
"""Nesting of a bundle: whole envelopes lie in it."""
CODE_LIMIT = 200
"""Characters of `code`."""
NOTE_LIMIT = 65_536
"""Characters of the checkpoint."""
LIST_LIMIT = 64
"""Handovers, and proofs of marks."""
MEDIA_TYPE = "application/vnd.pharmatrace.bundle+json"
"""How bundles are asked for and served."""
FIELDS = ("v", "code", "checkpoint", "head", "consistency", "handovers", "genesis", "state", "marks", "histories", "transactions")
"""Every field of a bundle."""


@dataclass(frozen=True, slots=True)
class MarkProof:
    """One or two leaves of the tree of a part of a batch."""

    lot: str
    """The batch's lot."""
    part: int
    """Number of the part in the batch's `roots`."""
    leaves: tuple[Neighbour, ...]
    """The leaf itself, or the neighbours of a mark that is not there."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose form is right; nothing of it is believed yet."""

    code: str
    """The Digital Link path that it is about."""
    checkpoint: str
    """The signed note."""
    header: bytes
    """The head's header."""
    path: tuple[bytes, ...]
    """Its last-leaf path."""
    consistency: tuple[int, tuple[bytes, ...]] | None
    """(size of an older checkpoint, proof from it)."""
    handovers: tuple[Value, ...]
    """From the anchor's set to the one that judges."""
    genesis_header: bytes
    """Header 0."""
    document: Value
    """The genesis document."""
    state: StateProof
    """Entries and absences."""
    marks: tuple[MarkProof, ...]
    """Proofs in batch trees."""
    histories: Mapping[str, History]
    """State key -> history."""
    transactions: tuple[Disclosed, ...]
    """The transactions that are shown."""


def decode(data: bytes) -> Bundle:
    """The bundle in bytes.

    Raises Malformed `evidence.bundle.size`, `.canonical`, `.version`, `.field`, and for transactions `evidence.event.envelope`, `.item`.
    """
    if len(data) > SIZE_LIMIT:
        raise Malformed("evidence.bundle.size", f"at most {SIZE_LIMIT} bytes", len(data))
    try:
        value = codec.decode(data, DEPTH_LIMIT)
    except Malformed as error:
        raise Malformed("evidence.bundle.canonical", error.expected, f"{error.code}: {error.found}") from error
    return read(value)


def read(value: Any) -> Bundle:
    """The bundle in a decoded JSON value. Raises as `decode`."""
    expect(type(value) is dict and type(value.get("v")) is int, "v", "an object with a version")
    if value["v"] != VERSION:
        raise Malformed("evidence.bundle.version", VERSION, value["v"])
    parts = dict(zip(FIELDS, read_fields(value, FIELDS, "bundle"), strict=True))
    header, path = read_fields(parts["head"], ("header", "path"), "head")
    genesis_header, document = read_fields(parts["genesis"], ("header", "document"), "genesis")
    expect(type(document) is dict, "genesis.document", "an object")
    return Bundle(
        code=_text(parts["code"], CODE_LIMIT, "code"),
        checkpoint=_text(parts["checkpoint"], NOTE_LIMIT, "checkpoint"),
        header=read_bytes(header, "head.header", HEADER_BYTES),
        path=read_hashes(path, "head.path"),
        consistency=_read_consistency(parts["consistency"]),
        handovers=tuple(_object(each, "handovers") for each in read_list(parts["handovers"], LIST_LIMIT, "handovers")),
        genesis_header=read_bytes(genesis_header, "genesis.header", HEADER_BYTES),
        document=document,
        state=read_state(parts["state"]),
        marks=_read_all_marks(parts["marks"]),
        histories=_read_histories(parts["histories"]),
        transactions=_read_transactions(parts),
    )


def _text(value: Any, limit: int, field: str) -> str:
    expect(type(value) is str and 1 <= len(value) <= limit, field, f"1 to {limit} characters")
    return str(value)


def _object(value: Any, field: str) -> Value:
    expect(type(value) is dict, field, "an object")
    found: Value = value
    return found


def _read_consistency(value: Any) -> tuple[int, tuple[bytes, ...]] | None:
    if value is None:
        return None
    size, path = read_fields(value, ("size", "path"), "consistency")
    expect(read_number(size, "consistency") > 0, "consistency", "a size from 1")
    return size, read_hashes(path, "consistency", 2 * LIST_LIMIT)


def _read_all_marks(value: Any) -> tuple[MarkProof, ...]:
    found = tuple(_read_marks(each) for each in read_list(value, LIST_LIMIT, "marks"))
    order = [(each.lot, each.part) for each in found]
    expect(all(left < right for left, right in pairwise(order)), "marks", "lots and parts in ascending order")
    return found


def _read_marks(value: Any) -> MarkProof:
    lot, part, leaves = read_fields(value, ("lot", "part", "leaves"), "marks")
    expect(type(lot) is str and lot.isascii(), "marks.lot", "a lot")
    return MarkProof(
        _text(lot, 20, "marks.lot"), read_number(part, "marks.part"), tuple(map(_read_leaf, read_list(leaves, 2, "marks.leaves", 1)))
    )


def _read_leaf(value: Any) -> Neighbour:
    index, leaf, path = read_fields(value, ("index", "leaf", "path"), "marks.leaves")
    return Neighbour(read_bytes(leaf, "marks.leaves", LEAF_BYTES), (read_number(index, "marks.leaves"), read_hashes(path, "marks.leaves")))


def _read_histories(value: Any) -> dict[str, History]:
    found: dict[str, History] = {}
    for each in read_list(value, ENTRIES_LIMIT, "histories"):
        key, history = read_history(each)
        expect(key > max(found, default=""), "histories", "keys in ascending order")
        found[key] = history
    return found


def _read_transactions(parts: Mapping[str, Any]) -> tuple[Disclosed, ...]:
    """The transactions; the histories mention each, in their order."""
    found = tuple(read_transaction(each) for each in read_list(parts["transactions"], ENTRIES_LIMIT, "transactions"))
    mentioned = [event[0] for history in parts["histories"] for event in history["events"] if type(event[0]) is int]
    if list(dict.fromkeys(mentioned)) != list(range(len(found))) or len({each.id for each in found}) != len(found):
        raise Malformed(FIELD, "transactions in the order of their first mention, each once", f"{len(found)} others", field="transactions")
    return found
