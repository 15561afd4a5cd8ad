"""Packs of a batch: serials, marks, tree, proofs of presence and absence, the files behind them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import merkle
from chain.errors import Malformed, Refusal
from chain.store.blobs import FolderBlobs, MemoryBlobs
from trace.drugs import marks, packs
from trace.drugs.marktree import KEPT_LEVEL, Absence, MarkTree, Neighbour, hash_levels, validate_absence
from trace.drugs.packs import PackList
from trace.drugs.packstore import PackStore
from trace.drugs.shapes import Root

GTIN = "09521001001014"
SIZES = (1, 2, 3, 15, 16, 17, 31, 32, 33, 100, 257)
"""Around the borders of the kept level."""


def numbered(count: int, prefix: str = "S") -> list[str]:
    return [f"{prefix}{number:05d}" for number in range(count)]


@pytest.mark.parametrize("count", SIZES)
def test_the_tree_is_that_of_rfc_9162_over_sorted_marks(count: int) -> None:
    serials = numbered(count)
    found = PackList.of_serials(GTIN, serials)
    leaves = sorted(marks.leaf_data(marks.mark(marks.tag(GTIN, serial)), slot) for slot, serial in enumerate(serials))
    assert found.encode() == b"".join(leaves)
    assert found.root == merkle.root(leaves)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    for slot, serial in enumerate(serials):
        assert found.pack(slot) == packs.Pack(slot, marks.tag(GTIN, serial))
        index, path = found.path(slot)
        assert path == merkle.inclusion_path(hashes, index)
        assert leaves[index][32:] == slot.to_bytes(4, "big")
        roots = [marks_root(found)]
        assert marks.is_in_batch(roots, slot, marks.tag(GTIN, serial).hex(), (index, path))


def marks_root(found: PackList) -> Root:
    return {"from": 0, "to": found.count, "root": found.root.hex()}


@pytest.mark.parametrize("count", SIZES)
def test_absence_is_proven_by_two_neighbours(count: int) -> None:
    tree = PackList.of_serials(GTIN, numbered(count)).tree
    for serial in [*numbered(40, "T"), "0", "ZZZ"]:
        mark = marks.mark(marks.tag(GTIN, serial))
        proof = tree.absence(mark)
        assert proof is not None
        validate_absence(mark, proof, tree.count, tree.root)
    assert tree.absence(tree.leaf(count // 2)[:32]) is None
    first, last = bytes(32), b"\xff" * 32
    before, after = tree.absence(first), tree.absence(last)
    assert before is not None and before.before is None
    assert after is not None and after.after is None
    validate_absence(first, before, tree.count, tree.root)
    validate_absence(last, after, tree.count, tree.root)


def test_no_absence_is_proven_of_a_pack_that_is_there() -> None:
    tree = PackList.of_serials(GTIN, numbered(50)).tree
    for index in range(50):
        mark = tree.leaf(index)[:32]
        neighbours = [None, *(Neighbour(tree.leaf(near), tree.path(near)) for near in range(50))]
        for before in neighbours:
            for after in (neighbours[index], neighbours[index + 1], None):
                with pytest.raises(Malformed):
                    validate_absence(mark, Absence(before, after), tree.count, tree.root)


def test_a_proof_of_absence_with_other_neighbours_or_another_root_fails() -> None:
    tree, other = PackList.of_serials(GTIN, numbered(50)).tree, PackList.of_serials(GTIN, numbered(50, "T")).tree
    mark = marks.mark(marks.tag(GTIN, "ABSENT"))
    proof = tree.absence(mark)
    assert proof is not None
    validate_absence(mark, proof, 50, tree.root)
    for wrong in (Absence(proof.after, proof.before), Absence(proof.before, proof.before), Absence(None, proof.after), Absence(None, None)):
        with pytest.raises(Malformed):
            validate_absence(mark, wrong, 50, tree.root)
    with pytest.raises(Malformed) as error:
        validate_absence(mark, proof, 50, other.root)
    assert error.value.code == "merkle.inclusion"


def test_a_serial_that_occurs_twice_is_refused_by_place() -> None:
    serials = numbered(300)
    serials[250] = serials[7]
    with pytest.raises(Refusal) as error:
        PackList.of_serials(GTIN, serials)
    assert (error.value.code, error.value.line, error.value.found) == ("drugs.serial.duplicate", 250, serials[7])


@pytest.mark.parametrize("serial", ["", "A" * 21, "has blank", "Ü", "a\n", "\x00"])
def test_a_serial_of_another_form_is_refused_by_place(serial: str) -> None:
    with pytest.raises(Refusal) as error:
        PackList.of_serials(GTIN, ["GOOD", serial])
    assert (error.value.code, error.value.line) == ("drugs.serial.format", 1)


@pytest.mark.parametrize("serials", [[], ["A"] * (packs.COUNT_LIMIT + 1)])
def test_an_empty_or_oversized_batch_is_refused(serials: list[str]) -> None:
    with pytest.raises(Refusal) as error:
        PackList.of_serials(GTIN, serials)
    assert error.value.code == "drugs.serial.count"


def test_a_pack_that_is_not_there() -> None:
    found = PackList.of_serials(GTIN, numbered(3))
    for slot in (-1, 3):
        with pytest.raises(IndexError):
            found.pack(slot)
        with pytest.raises(IndexError):
            found.path(slot)
        with pytest.raises(IndexError):
            found.tree.path(slot)


def test_random_serials_are_strong_and_all_different() -> None:
    serials = packs.new_serials(2_000)
    assert len(set(serials)) == 2_000
    assert {len(serial) for serial in serials} == {13}
    assert set().union(*serials) == set(packs.SERIAL_ALPHABET)
    assert packs.are_strong(serials)


@pytest.mark.parametrize(
    "serials",
    [
        numbered(1000),
        ["81234567890000000001", "81234567890000000002"],
        ["A" * 20, "A" * 20 + "B"],
        ["1"],
        ["ABCDEFGHJK" + serial for serial in numbered(100)],
    ],
)
def test_serials_that_can_be_guessed_are_weak(serials: list[str]) -> None:
    assert not packs.are_strong(serials)


def test_a_serial_of_another_lot_is_found() -> None:
    first, second = PackList.of_serials(GTIN, numbered(500)), PackList.of_serials(GTIN, [*numbered(100, "T"), "S00321"])
    assert packs.first_shared(first.tree, second.tree) == (321, 100)
    assert packs.first_shared(first.tree, PackList.of_serials(GTIN, numbered(100, "U")).tree) is None
    packs.validate_new(first.tree, [("L1", PackList.of_serials(GTIN, numbered(9, "V")).tree)])
    with pytest.raises(Refusal) as error:
        packs.validate_new(second.tree, [("L1", first.tree)])
    assert (error.value.code, error.value.line, error.value.found) == ("drugs.serial.duplicate", 100, "slot 321 of lot L1")


# --- files -------------------------------------------------------------------------------------------------------------------


def test_a_list_that_was_added_is_found_by_its_root_after_a_restart(tmp_path: Path) -> None:
    found = PackList.of_serials(GTIN, numbered(1_000))
    digest = PackStore(FolderBlobs(tmp_path / "blobs"), tmp_path / "trees").add(found.tree)
    assert (tmp_path / "trees" / f"{found.root.hex()}.tree").is_file()
    again = PackStore(FolderBlobs(tmp_path / "blobs"), tmp_path / "trees")
    tree = again.tree(found.root)
    assert tree is not None
    assert tree is again.tree(found.root, digest)
    assert bytes(tree.marks) == found.encode()
    assert all(tree.path(index) == found.tree.path(index) for index in range(0, 1_000, 37))


def test_a_published_list_is_found_by_its_digest_and_gets_a_side_file(tmp_path: Path) -> None:
    found = PackList.of_serials(GTIN, numbered(100))
    blobs = FolderBlobs(tmp_path / "blobs")
    digest = blobs.put(found.encode())
    store = PackStore(blobs, tmp_path / "trees")
    assert store.tree(found.root) is None
    tree = store.tree(found.root, digest)
    assert tree is not None and tree.root == found.root
    assert PackStore(blobs, tmp_path / "trees").tree(found.root) is not None


def test_in_memory_there_are_no_side_files() -> None:
    found = PackList.of_serials(GTIN, numbered(100))
    blobs = MemoryBlobs()
    digest = PackStore(blobs).add(found.tree)
    assert PackStore(blobs).tree(found.root) is None
    tree = PackStore(blobs).tree(found.root, digest)
    assert tree is not None and tree.path(50) == found.tree.path(50)


def test_a_list_with_another_root_is_not_taken(tmp_path: Path) -> None:
    found, other = PackList.of_serials(GTIN, numbered(100)), PackList.of_serials(GTIN, numbered(100, "T"))
    blobs = MemoryBlobs()
    store = PackStore(blobs, tmp_path)
    assert store.tree(found.root, blobs.put(other.encode())) is None
    assert store.tree(found.root, blobs.put(b"no list")) is None
    assert store.tree(found.root, "00" * 32) is None


@settings(max_examples=40)
@given(data=st.data())
def test_a_side_file_that_was_changed_never_proves_anything_wrong(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("side")
    found = PackList.of_serials(GTIN, numbered(300))
    blobs = MemoryBlobs()
    digest = PackStore(blobs, folder).add(found.tree)
    side = folder / f"{found.root.hex()}.tree"
    body = bytearray(side.read_bytes())
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        body[at] ^= data.draw(st.integers(1, 255))
    else:
        del body[at:]
    side.write_bytes(body)
    tree = PackStore(blobs, folder).tree(found.root, digest)
    assert tree is not None and tree.root == found.root
    for index in range(0, 300, 23):
        leaf, (place, path) = merkle.leaf_hash(tree.leaf(index)), tree.path(index)
        if path != found.tree.path(index)[1]:
            with pytest.raises(Malformed):
                merkle.validate_inclusion(leaf, place, 300, path, found.root)
        assert (tree.root_from(index) == found.root) == (path == found.tree.path(index)[1])


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    found = PackList.of_serials(GTIN, numbered(10))
    assert PackStore(MemoryBlobs(), blocked / "trees").add(found.tree)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_malformed(mark_list: bytes, levels: bytes) -> None:
    try:
        tree = MarkTree(mark_list, levels)
    except Malformed as error:
        assert error.code == "drugs.marks.size"
    else:
        assert tree.count == len(mark_list) // 36


@given(st.sets(st.text(packs.SERIAL_ALPHABET, min_size=1, max_size=20), min_size=1, max_size=80))
def test_every_serial_is_in_and_no_other(serials: set[str]) -> None:
    found = PackList.of_serials(GTIN, sorted(serials))
    assert hash_levels(found.encode()) == bytes(found.tree.levels)
    assert len(found.tree.levels) >= 32 and KEPT_LEVEL == 4
    assert {found.tree.root_from(index) for index in range(len(serials))} == {found.root}
    for slot, serial in enumerate(sorted(serials)):
        index = found.tree.find(marks.mark(marks.tag(GTIN, serial)))
        assert index is not None and found.tree.slot(index) == slot
    assert found.tree.find(marks.mark(marks.tag(GTIN, "a"))) is None
