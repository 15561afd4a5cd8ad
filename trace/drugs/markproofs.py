"""Proofs that a serial is in a batch, or is not, as evidence carries them (DOMAIN §2, PROTOCOL §8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chain import codec
from chain.evidenceforms import write_hashes
from chain.interfaces import StateView
from trace.drugs.entries import BatchName, batch_name, find_batch
from trace.drugs.marktree import MarkTree, Neighbour
from trace.drugs.membership import batches_of
from trace.drugs.packstore import PackStore


@dataclass(slots=True)
class MarkProver:
    """Looks one mark up."""

    view: StateView
    """The state."""
    packs: PackStore
    """The mark lists that this node has."""
    mark: bytes
    """The mark."""
    proofs: list[dict[str, Any]] = field(default_factory=list)
    """What was proven, as bundles carry it."""
    asked: list[BatchName] = field(default_factory=list)
    """The batches that the proofs are about."""

    def find(self, gtin: str, lot: str | None) -> tuple[str | None, int | None]:
        """(lot, slot): in the printed lot, or without one in whichever has it; else the printed lot and None, with a second proof where
        another batch has it."""
        printed = None if lot is None else batch_name(gtin, lot)
        slot = None if printed is None else self._prove(printed)
        if slot is not None:
            return lot, slot
        for name in batches_of(self.view, gtin):
            if name != printed and self._has(name):
                slot = self._prove(name)
                return (name.lot, slot) if lot is None else (lot, None)
        return lot, None

    def _trees(self, name: BatchName) -> Iterator[tuple[int, MarkTree]]:
        """(number of a part, its tree) of a batch, as far as this node has the mark lists."""
        batch = find_batch(self.view, name)
        for number, part in enumerate(batch["roots"] if batch else ()):
            tree = self.packs.tree(bytes.fromhex(part["root"]), batch["marks"] if batch else None)
            if tree is not None:
                yield number, tree

    def _has(self, name: BatchName) -> bool:
        return any(tree.find(self.mark) is not None for _, tree in self._trees(name))

    def _prove(self, name: BatchName) -> int | None:
        """Adds the proof of the mark, or of its absence from each part. Returns the slot."""
        self.asked.append(name)
        absences = []
        for number, tree in self._trees(name):
            index = tree.find(self.mark)
            if index is not None:
                self.proofs.append(_write(name.lot, number, [Neighbour(tree.leaf(index), tree.path(index))]))
                return tree.slot(index)
            absence = tree.absence(self.mark)
            if absence is not None:
                absences.append(_write(name.lot, number, [leaf for leaf in (absence.before, absence.after) if leaf is not None]))
        self.proofs += absences
        return None


def _write(lot: str, part: int, leaves: Sequence[Neighbour]) -> dict[str, Any]:
    listed = [{"index": leaf.path[0], "leaf": codec.encode_base64(leaf.leaf), "path": write_hashes(leaf.path[1])} for leaf in leaves]
    return {"lot": lot, "part": part, "leaves": listed}
