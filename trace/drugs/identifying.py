"""Which pack evidence is about, and whether it is in its batch (PROTOCOL §8, step 7; DOMAIN §2)."""

from dataclasses import dataclass, replace
from typing import cast

from chain import merkle
from chain.errors import Malformed
from trace.drugs import entries, marks
from trace.drugs.bundle import MarkProof
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.marktree import Absence, validate_absence
from trace.drugs.proven import Proven, roots_of
from trace.drugs.shapes import Root
from trace.gs1 import scan as gs1
from trace.gs1.digitallink import link_item, parse_path, path_of
from trace.gs1.errors import CodeError
from trace.gs1.item import PACK, Item


@dataclass(frozen=True, slots=True)
class Located:
    """What the marks of a bundle prove about a serial."""

    slot: int | None = None
    """Its slot in the batch that the code names."""
    absent: bool = False
    """Is it proven not to be in that batch?"""
    other_lot: str | None = None
    """Another batch of the GTIN that it is proven to be in."""


def read_code(code: str) -> Item:
    """The item that a bundle's `code` names. Raises Malformed `evidence.bundle.field` unless it is spelt as PROTOCOL §8 says."""
    try:
        item = link_item(parse_path(code))
        good = path_of(replace(item, expiry=None)) == code and item.gtin is not None
    except CodeError as error:
        raise Malformed("evidence.bundle.field", error.expected, error.found, field="code") from error
    if not good:
        raise Malformed("evidence.bundle.field", "/01/GTIN[/10/LOT][/21/SERIAL]", code, field="code")
    return item


def read_scan(proven: Proven, code: Item, text: str) -> Item:
    """The reading of a scanned text that is what the evidence is about. Raises Malformed `evidence.code.other`, Gap."""
    reading = gs1.read(text)
    found = gs1.resolve(reading, lambda item: _fits(proven, code, item)).item
    if found is None or not _fits(proven, code, found):
        raise Malformed("evidence.code.other", path_of(code), text[:100])
    return found


def _fits(proven: Proven, code: Item, item: Item) -> bool:
    gtin = item.gtin
    if item.cn_code is not None:
        entry = proven.get(entries.cn_id_key(item.cn_code[:7]))
        gtin = str(entry["gtin"]) if entry else None
    return (gtin, item.serial) == (code.gtin, code.serial) and item.lot in (None, code.lot)


def locate(proven: Proven, code: Item) -> Located:
    """Where the serial of a pack is. Every proof of the bundle is checked, whether it is needed or not.

    Raises Malformed `evidence.marks.path`, `.neighbours`, Gap where the batch of a proof is not shown.
    """
    if code.kind != PACK or code.gtin is None or code.serial is None:
        if proven.marks:
            raise Malformed("evidence.marks.path", "no marks without a serial", len(proven.marks))
        return Located()
    mark = marks.mark(marks.tag(code.gtin, code.serial))
    inside: dict[str, int] = {}
    outside: dict[str, set[int]] = {}
    for proof in proven.marks:
        slot = _judge(proven, batch_name(code.gtin, proof.lot), proof, mark)
        if slot is None:
            outside.setdefault(proof.lot, set()).add(proof.part)
        else:
            inside[proof.lot] = slot
    if code.lot is None:  # without a printed lot nothing contradicts it, and no tree shows that a serial is in no batch
        return Located()
    other = next((lot for lot in inside if lot != code.lot), None)
    return Located(inside.get(code.lot), _is_out(proven, code, outside), other)


def _is_out(proven: Proven, code: Item, outside: dict[str, set[int]]) -> bool:
    """Has every part of the batch a proof that the mark is not in it?"""
    if code.gtin is None or code.lot is None or code.lot not in outside:
        return False
    batch = proven.get(batch_name(code.gtin, code.lot).batch_key)
    return batch is not None and outside[code.lot] == set(range(len(roots_of(batch))))


def _judge(proven: Proven, name: BatchName, proof: MarkProof, mark: bytes) -> int | None:
    """The slot of the mark in a part of a batch, or None where it is proven not to be there."""
    batch = proven.get(name.batch_key)
    if batch is None or proof.part >= len(roots_of(batch)):
        raise Malformed("evidence.marks.path", "a part of a batch", f"part {proof.part} of {name.path}")
    part = cast(Root, batch["roots"][proof.part])
    size, root = part["to"] - part["from"], bytes.fromhex(part["root"])
    first = proof.leaves[0]
    if len(proof.leaves) == 1 and first.leaf[: marks.MARK_BYTES] == mark:
        return _slot(part, proof, (size, root))
    _validate_neighbours(proof, mark, (size, root))
    return None


def _slot(part: Root, proof: MarkProof, tree: tuple[int, bytes]) -> int:
    leaf, (index, hashes) = proof.leaves[0].leaf, proof.leaves[0].path
    try:
        merkle.validate_inclusion(merkle.leaf_hash(leaf), index, tree[0], hashes, tree[1])
    except Malformed as error:
        raise Malformed("evidence.marks.path", error.expected, error.found) from error
    slot = int.from_bytes(leaf[marks.MARK_BYTES :], "big")
    if not part["from"] <= slot < part["to"]:
        raise Malformed("evidence.marks.path", f"a slot of {part['from']} .. {part['to'] - 1}", slot)
    return slot


def _validate_neighbours(proof: MarkProof, mark: bytes, tree: tuple[int, bytes]) -> None:
    if len(proof.leaves) == 2:
        found = Absence(*proof.leaves)
    else:
        (only,) = proof.leaves
        found = Absence(None, only) if mark < only.leaf[: marks.MARK_BYTES] else Absence(only, None)
    try:
        validate_absence(mark, found, *tree)
    except Malformed as error:
        code = "evidence.marks.path" if error.code == "merkle.inclusion" else "evidence.marks.neighbours"
        raise Malformed(code, error.expected, error.found) from error
