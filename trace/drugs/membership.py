"""In which batch a serial is (DOMAIN §2): proven in with its slot, proven out by two neighbours, or not known to this node.

Every proof is checked against the root in the state, so a damaged mark list answers nothing instead of something wrong.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from chain.errors import Malformed
from chain.interfaces import StateView
from chain.made import Made
from trace.drugs import entries, marks, shapes
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.marktree import MarkTree, validate_absence
from trace.drugs.packstore import PackStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from."""

    view: StateView
    """The state."""
    packs: PackStore
    """The mark lists that this node has."""
    made: Made = field(default_factory=Made)
    """What was made of this very state already."""
    places: dict[tuple[bytes, bytes], int | None] = field(default_factory=dict)
    """(root, mark) -> index of the mark's leaf, of what was looked up here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a mark is in a batch."""

    shown: bool
    """Is there a proof, one way or the other?"""
    slot: int | None = None
    """The proven slot; None where the mark is proven not to be in the batch."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pack in a batch."""

    name: BatchName
    """GTIN and lot."""
    slot: int
    """Its proven slot."""


def is_known(source: Source, gtin: str, lot: str | None, serial: str) -> bool:
    """Is the serial in the lot, or without a lot in any batch of the GTIN, as far as this node can tell? A look without a proof."""
    mark = marks.mark(marks.tag(gtin, serial))
    names = batches_of(source.view, gtin) if lot is None else iter((batch_name(gtin, lot),))
    return any(_has(source, name, mark) for name in names)


def _has(source: Source, name: BatchName, mark: bytes) -> bool:
    batch = entries.find_batch(source.view, name)
    trees = (source.packs.tree(bytes.fromhex(part["root"]), batch["marks"]) for part in batch["roots"]) if batch else ()
    return any(tree is not None and _find(source, tree, mark) is not None for tree in trees)


def _find(source: Source, tree: MarkTree, mark: bytes) -> int | None:
    """The mark's leaf in a tree; a scan asks twice, first whether it is there and then for the proof."""
    name = tree.root, mark
    if name not in source.places:
        source.places[name] = tree.find(mark)
    return source.places[name]


def search(source: Source, mark: bytes, gtin: str, without: BatchName | None) -> tuple[Found | None, bool]:
    """The batch of the GTIN that has the mark; and, if none has it, whether all of them could be asked."""
    complete = True
    for name in batches_of(source.view, gtin):
        if name != without:
            answer = look(source, name, mark)
            if answer.slot is not None:
                return Found(name, answer.slot), True
            complete = complete and answer.shown
    return None, complete


def batches_of(view: StateView, gtin: str) -> Iterator[BatchName]:
    """The batches of a GTIN, by lot."""
    start = f"batch/{gtin}/"
    for key, _ in view.scan(start):
        yield batch_name(gtin, unquote(key[len(start) :]))


def look(source: Source, name: BatchName, mark: bytes) -> Answer:
    """Proves a mark into a batch or out of it; neither where this node lacks the mark list, or has a damaged one."""
    batch = entries.find_batch(source.view, name)
    if batch is None:
        return Answer(shown=False)
    for part in batch["roots"]:
        tree = source.packs.tree(bytes.fromhex(part["root"]), batch["marks"])
        if tree is None:
            return Answer(shown=False)
        try:
            slot = _prove(tree, _find(source, tree, mark), mark, part)
        except Malformed as error:
            _log.warning("mark list of %s: %s", name.path, error)
            return Answer(shown=False)
        if slot is not None:
            return Answer(True, slot)
    return Answer(True)


def _prove(tree: MarkTree, index: int | None, mark: bytes, part: shapes.Root) -> int | None:
    """The slot of a mark in a part of a batch by the index of its leaf, or None where it has none. Raises Malformed when the proof does not
    fit the root."""
    size, root = part["to"] - part["from"], bytes.fromhex(part["root"])
    if index is not None:
        if tree.count != size or tree.root_from(index) != root:
            raise Malformed("merkle.inclusion", f"{size} packs under {root.hex()}", f"{tree.count} packs under another root")
        return tree.slot(index)
    proof = tree.absence(mark)
    if proof is not None:
        validate_absence(mark, proof, size, root)
    return None
