"""RFC 9162 trees against the recursive definition of §2.1.1, and proofs that bear no change."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import merkle
from chain.compactrange import CompactRange
from chain.errors import Malformed

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 31, 33, 64, 65)
SIZE = st.integers(1, 70)


def hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"leaf %d" % number) for number in range(count)]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def altered(path: tuple[bytes, ...], bit: int) -> tuple[bytes, ...]:
    whole = bytearray(b"".join(path))
    whole[bit // 8] ^= 1 << bit % 8
    return tuple(bytes(whole[place : place + 32]) for place in range(0, len(whole), 32))


@pytest.mark.parametrize("size", (0, *SIZES))
def test_all_ways_to_the_root_agree(size: int) -> None:
    leaves = hashes(size)
    expected = defined_root(leaves)
    compact, tree = CompactRange(), merkle.Tree()
    for leaf in leaves:
        compact.append(leaf)
        tree.append(leaf)
    assert merkle.root_of_hashes(leaves) == merkle.Tree(leaves).root() == tree.root() == compact.root() == expected
    assert merkle.root(b"leaf %d" % number for number in range(size)) == expected
    assert (compact.size, tree.size) == (size, size)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proven(size: int) -> None:
    leaves = hashes(size)
    tree = merkle.Tree(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(leaves, index)
        assert path == tree.inclusion_path(index)
        merkle.validate_inclusion(leaf, index, size, path, tree.root())
    assert merkle.last_leaf_path(leaves) == merkle.inclusion_path(leaves, size - 1)


@pytest.mark.parametrize("size", SIZES)
def test_a_full_way_leads_to_the_root_that_is_accepted_and_to_no_other(size: int) -> None:
    leaves = hashes(size)
    root = merkle.root_of_hashes(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(leaves, index)
        if merkle.is_full_way(index, size, len(path)):
            assert merkle.root_of_full_way(leaf, index, path) == root
            assert not path or merkle.root_of_full_way(leaf, index, altered(path, 3)) != root
            assert merkle.root_of_full_way(merkle.leaf_hash(b"another"), index, path) != root
        else:
            assert index > size // 2 and size & (size - 1)
        assert not merkle.is_full_way(index, size, len(path) + 1)
    assert all(merkle.is_full_way(index, size, (size - 1).bit_length()) for index in range(1 << (size - 1).bit_length() >> 1))
    assert not merkle.is_full_way(size, size, (size - 1).bit_length()) and not merkle.is_full_way(-1, size, (size - 1).bit_length())


@pytest.mark.parametrize(("index", "path"), [(1, ()), (4, (bytes(32),) * 2), (-1, (bytes(32),)), (0, (b"short",))])
def test_what_is_no_way_leads_nowhere(index: int, path: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed, match=r"merkle\.inclusion"):
        merkle.root_of_full_way(bytes(32), index, path)


def test_every_size_is_consistent_with_every_later_one() -> None:
    leaves = hashes(40)
    tree = merkle.Tree(leaves)
    for new in range(1, 41):
        for old in range(1, new + 1):
            proof = tree.consistency_proof(old, new)
            assert proof == merkle.consistency_proof(leaves[:new], old, new)
            merkle.validate_consistency(old, new, proof, tree.root(old), tree.root(new))


@given(SIZE, st.data())
def test_an_altered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves, index = hashes(size), data.draw(st.integers(0, size - 1))
    root, path = merkle.root_of_hashes(leaves), merkle.inclusion_path(leaves, index)
    wrong = [
        (leaves[index], index, size, (*path, root), root),
        (leaves[index], index, size, path, merkle.leaf_hash(b"")),
        (merkle.leaf_hash(b"another"), index, size, path, root),
        (leaves[index], index + size, size, path, root),
        (leaves[index], -1, size, path, root),
        (leaves[index][:31], index, size, path, root),
        (leaves[index], index, size, (*path, b"short"), root),
    ]
    wrong += [(leaves[index], other, size, path, root) for other in range(size) if other != index]
    if path:
        wrong.append((leaves[index], index, size, path[1:], root))
        wrong.append((leaves[index], index, size, path[:-1], root))
        wrong.append((leaves[index], index, size, altered(path, data.draw(st.integers(0, 256 * len(path) - 1))), root))
    for arguments in wrong:
        with pytest.raises(Malformed, match=r"merkle\.inclusion"):
            merkle.validate_inclusion(*arguments)


@given(SIZE, st.data())
def test_an_altered_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    tree = merkle.Tree(hashes(new))
    proof, before, after = tree.consistency_proof(old, new), tree.root(old), tree.root(new)
    wrong = [
        (old, new, (*proof, after), before, after),
        (old, new, proof, merkle.EMPTY_ROOT, after),
        (old, new, proof, before, merkle.EMPTY_ROOT),
        (0, new, proof, before, after),
        (0, new, (), merkle.EMPTY_ROOT, after),
        (new + 1, new, proof, before, after),
        (old, new, proof, before[:31], after),
    ]
    if proof:
        wrong.append((old, new, proof[1:], before, after))
        wrong.append((old, new, proof[:-1], before, after))
        wrong.append((old, new, altered(proof, data.draw(st.integers(0, 256 * len(proof) - 1))), before, after))
    for arguments in wrong:
        with pytest.raises(Malformed, match=r"merkle\.consistency"):
            merkle.validate_consistency(*arguments)


@given(
    st.integers(-2, 2**64),
    st.integers(-2, 2**64),
    st.lists(st.binary(min_size=32, max_size=32), max_size=70),
    st.binary(min_size=32, max_size=32),
)
def test_any_numbers_and_hashes_are_refused(first: int, second: int, path: list[bytes], root: bytes) -> None:
    with pytest.raises(Malformed):
        merkle.validate_inclusion(merkle.leaf_hash(b""), first, second, path, root)
    with pytest.raises(Malformed):
        merkle.validate_consistency(first, second, path, merkle.leaf_hash(b""), root)


def test_the_prefixes_keep_leaves_and_nodes_apart() -> None:
    """A leaf made of two hashes is not the node over them (RFC 9162 §2.1.1)."""
    left, right = hashes(2)
    assert merkle.leaf_hash(b"\x01" + left + right) != merkle.node_hash(left, right) != merkle.leaf_hash(left + right)


def test_a_repeated_last_leaf_is_another_tree() -> None:
    """The flaw of trees that double an odd last leaf (CVE-2012-2459)."""
    leaves = hashes(3)
    assert merkle.root_of_hashes(leaves) != merkle.root_of_hashes([*leaves, leaves[-1]])


@given(SIZE, SIZE, SIZE)
def test_a_tree_cut_back_and_grown_again_is_as_if_it_had_never_been_longer(size: int, cut: int, more: int) -> None:
    tree, leaves = merkle.Tree(hashes(size)), hashes(size)[:cut]
    tree.truncate(cut)
    assert tree.root() == defined_root(leaves)
    added = [merkle.leaf_hash(b"other %d" % number) for number in range(more)]
    tree.extend(added)
    assert tree.root() == defined_root(leaves + added)
    assert tree.inclusion_path(tree.size - 1) == merkle.last_leaf_path(leaves + added)


@given(SIZE, st.data())
def test_old_sizes_keep_their_roots_and_proofs(size: int, data: st.DataObject) -> None:
    leaves, tree = hashes(size), merkle.Tree(hashes(size))
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, old - 1))
    assert tree.root(old) == defined_root(leaves[:old])
    assert tree.leaf(index) == leaves[index]
    merkle.validate_inclusion(leaves[index], index, old, tree.inclusion_path(index, old), tree.root(old))


def test_what_is_not_there_cannot_be_proven() -> None:
    tree = merkle.Tree(hashes(3))
    for action in (
        lambda: tree.inclusion_path(3),
        lambda: tree.inclusion_path(-1),
        lambda: tree.inclusion_path(2, 2),
        lambda: tree.consistency_proof(0),
        lambda: tree.consistency_proof(3, 2),
        lambda: tree.consistency_proof(1, 4),
        lambda: tree.root(4),
        lambda: tree.leaf(3),
        lambda: merkle.last_leaf_path([]),
    ):
        with pytest.raises(IndexError):
            action()


@given(st.integers(0, 70))
def test_the_path_of_the_next_leaf_is_known_before_it_comes(size: int) -> None:
    compact = CompactRange()
    for leaf in hashes(size):
        compact.append(leaf)
    path, copy = compact.next_leaf_path(), compact.copy()
    leaf = merkle.leaf_hash(b"next")
    copy.append(leaf)
    merkle.validate_inclusion(leaf, size, size + 1, path, copy.root())
    assert compact.root() == defined_root(hashes(size)) and compact.size == size
