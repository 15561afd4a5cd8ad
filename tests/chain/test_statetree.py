"""The state tree as a function of its entries, and proofs that say no more and no less than the tree holds."""

import hashlib
import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import codec, statetiles, statetree
from chain.errors import Malformed
from chain.statetree import EMPTY, MultiProof, Proof
from tests.chain.state_entries import ENTRIES, HASHES, PATHS


def defined_root(entries: dict[bytes, bytes], depth: int = 0) -> bytes:
    """PROTOCOL §5, word for word."""
    if not entries:
        return bytes(32)
    if len(entries) == 1:
        ((path, value),) = entries.items()
        return hashlib.sha256(b"\x02" + path + value).digest()
    sides: list[dict[bytes, bytes]] = [{}, {}]
    for path, value in entries.items():
        sides[int.from_bytes(path, "big") >> (255 - depth) & 1][path] = value
    return hashlib.sha256(b"\x03" + defined_root(sides[0], depth + 1) + defined_root(sides[1], depth + 1)).digest()


def tree(entries: dict[bytes, bytes]) -> statetiles.StateTree:
    made = statetiles.StateTree(0, (), lambda number: b"")
    made.fold(made.update(None, entries))
    return made


def prove(entries: dict[bytes, bytes], path: bytes) -> Proof:
    return tree(entries).prove(None, path)


def test_small_trees() -> None:
    """The three forms of a subtree, by hand."""
    zero, one, value = bytes(32), b"\x80" + bytes(31), b"v" * 32
    leaf_zero = hashlib.sha256(b"\x02" + zero + value).digest()
    leaf_one = hashlib.sha256(b"\x02" + one + value).digest()
    assert statetree.root_of({}) == EMPTY
    assert statetree.root_of({zero: value}) == leaf_zero
    assert statetree.root_of({one: value, zero: value}) == hashlib.sha256(b"\x03" + leaf_zero + leaf_one).digest()
    near = bytes(31) + b"\x01"
    node = hashlib.sha256(b"\x03" + leaf_zero + hashlib.sha256(b"\x02" + near + value).digest()).digest()
    for _ in range(255):
        node = hashlib.sha256(b"\x03" + node + EMPTY).digest()
    assert statetree.root_of({zero: value, near: value}) == node


@given(ENTRIES)
def test_root(entries: dict[bytes, bytes]) -> None:
    assert statetree.root_of(entries) == statetree.root_of(dict(reversed(entries.items()))) == defined_root(entries)


@given(ENTRIES, PATHS, HASHES)
def test_one_proof_says_what_the_tree_holds(entries: dict[bytes, bytes], path: bytes, other: bytes) -> None:
    root, proof = statetree.root_of(entries), prove(entries, path)
    assert statetree.parse_proof(codec.decode(codec.encode(proof.as_json()))) == proof
    if path in entries:
        statetree.validate_membership(proof, root, path, entries[path])
        with pytest.raises(Malformed, match=r"statetree\.proof"):
            statetree.validate_absence(proof, root, path)
    else:
        statetree.validate_absence(proof, root, path)
    if entries.get(path) != other:
        with pytest.raises(Malformed, match=r"statetree\.proof"):
            statetree.validate_membership(proof, root, path, other)


@given(ENTRIES, st.sets(PATHS, min_size=1, max_size=8), st.data())
def test_many_proofs_in_one(entries: dict[bytes, bytes], paths: set[bytes], data: st.DataObject) -> None:
    paths |= set(data.draw(st.lists(st.sampled_from(sorted(entries)), max_size=6))) if entries else set()
    root, proof = statetree.root_of(entries), tree(entries).prove_many(None, paths)
    claims = {path: entries.get(path) for path in paths}
    assert statetree.parse_multiproof(codec.decode(codec.encode(proof.as_json()))) == proof
    statetree.validate_all(proof, root, claims)
    single = [prove(entries, path) for path in paths]
    assert len(proof.siblings) <= sum(len(one.siblings) for one in single)
    wrong = data.draw(st.sampled_from(sorted(paths)))
    with pytest.raises(Malformed, match=r"statetree\.proof"):
        statetree.validate_all(proof, root, {**claims, wrong: None if claims[wrong] else bytes(32)})


def refuses_altered(proof: MultiProof, root: bytes, claims: dict[bytes, bytes | None], places: Iterable[int]) -> None:
    body = codec.encode(proof.as_json())
    for place in places:
        place %= len(body)
        for mask in (1, 2, 32):
            bad = body[:place] + bytes([body[place] ^ mask]) + body[place + 1 :]
            with pytest.raises(Malformed):
                statetree.validate_all(statetree.parse_multiproof(codec.decode(bad)), root, claims)


def test_every_altered_byte_is_refused() -> None:
    """Whatever one byte of a proof, as it travels, is changed to: it is no proof any more."""
    draw = random.Random(1)
    entries = {draw.randbytes(32): draw.randbytes(32) for _ in range(40)}
    absent = [draw.randbytes(32) for _ in range(8)]
    root, made = statetree.root_of(entries), tree(entries)
    for paths in ([min(entries)], absent[:1], [*absent, *sorted(entries)[::9]]):
        proof = made.prove_many(None, paths)
        refuses_altered(proof, root, {path: entries.get(path) for path in paths}, range(len(codec.encode(proof.as_json()))))


@given(ENTRIES, st.lists(PATHS, min_size=1, max_size=4), st.integers(0, 1 << 20))
def test_an_altered_byte_of_any_proof_is_refused(entries: dict[bytes, bytes], paths: list[bytes], place: int) -> None:
    proof = tree(entries).prove_many(None, paths)
    refuses_altered(proof, statetree.root_of(entries), {path: entries.get(path) for path in paths}, [place])


@given(ENTRIES, st.lists(PATHS, min_size=1, max_size=4), HASHES, st.data())
def test_what_is_added_or_left_out_is_refused(entries: dict[bytes, bytes], paths: list[bytes], extra: bytes, data: st.DataObject) -> None:
    root, proof = statetree.root_of(entries), tree(entries).prove_many(None, paths)
    claims = {path: entries.get(path) for path in paths}
    place = data.draw(st.integers(0, len(proof.siblings)))
    siblings, ends = list(proof.siblings), list(proof.ends)
    bad = [
        MultiProof((*siblings[:place], extra, *siblings[place:]), proof.ends),
        MultiProof(proof.siblings, (*ends, (ends[-1][0], None))),
        MultiProof(proof.siblings, ()),
        MultiProof(proof.siblings, tuple((depth + 1, record) for depth, record in ends)),
    ]
    bad += [MultiProof((*siblings[:place], *siblings[place + 1 :]), proof.ends)] if place < len(siblings) else []
    for altered in bad:
        with pytest.raises(Malformed, match=r"statetree\.proof"):
            statetree.validate_all(altered, root, claims)
    statetree.validate_all(proof, root, claims)


def test_too_many_siblings() -> None:
    """No way is longer than 256 bits."""
    siblings, value = (EMPTY,) * 255 + (b"s" * 32,), b"v" * 32
    path = bytes(32)
    root = statetree.leaf_hash(path + value)
    for sibling in reversed(siblings):
        root = statetree.node_hash(root, sibling)
    statetree.validate_membership(Proof(siblings, path + value), root, path, value)
    with pytest.raises(Malformed, match=r"256"):
        statetree.validate_membership(Proof((EMPTY, *siblings), path + value), statetree.node_hash(root, EMPTY), path, value)


@pytest.mark.parametrize("end", [None, b"p" * 32 + b"v" * 32])
def test_empty_last_sibling(end: bytes | None) -> None:
    """An entry, or nothing, beside nothing stands higher: a second way to prove the same would be another tree."""
    path = b"p" * 32
    root = statetree.node_hash(statetree.leaf_hash(end) if end else EMPTY, EMPTY)
    with pytest.raises(Malformed, match="empty last sibling"):
        if end:
            statetree.validate_membership(Proof((EMPTY,), end), root, path, end[32:])
        else:
            statetree.validate_absence(Proof((EMPTY,), None), root, path)


def test_two_walked_ends_of_which_one_is_empty() -> None:
    """The same among ways that are walked together."""
    left, right, value = bytes(32), b"\x80" + bytes(31), b"v" * 32
    for first, second in ((left + value, None), (None, right + value), (None, None)):
        hashes = [statetree.leaf_hash(record) if record else EMPTY for record in (first, second)]
        claims = {left: value if first else None, right: value if second else None}
        with pytest.raises(Malformed, match="empty last sibling"):
            statetree.validate_all(MultiProof((), ((1, first), (1, second))), statetree.node_hash(*hashes), claims)


def test_a_leaf_beside_the_way_proves_no_absence() -> None:
    """The other entry must stand on the way of the absent path: here it shares no bit with it."""
    present, absent, value = bytes(32), b"\x80" + bytes(31), b"v" * 32
    root = statetree.node_hash(b"l" * 32, statetree.leaf_hash(present + value))
    with pytest.raises(Malformed, match=r"statetree\.proof"):
        statetree.validate_absence(Proof((b"l" * 32,), present + value), root, absent)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"siblings": ""},
        {"siblings": "", "end": None, "more": 1},
        {"siblings": None, "end": None},
        {"siblings": "AA", "end": None},
        {"siblings": "A", "end": None},
        {"siblings": "", "end": ""},
        {"siblings": "", "end": 5},
        {"siblings": "", "end": "AA"},
    ],
)
def test_shapes_of_a_proof(value: Any) -> None:
    with pytest.raises(Malformed, match=r"statetree\.proof"):
        statetree.parse_proof(value)


@pytest.mark.parametrize("ends", [None, {}, [5], [[1]], [["1", None]], [[True, None]], [[1, ""]], [[1, None, 2]]])
def test_shapes_of_a_proof_of_many(ends: Any) -> None:
    with pytest.raises(Malformed, match=r"statetree\.proof"):
        statetree.parse_multiproof({"siblings": "", "ends": ends})


@pytest.mark.parametrize("claims", [{}, {b"short": None}, {bytes(33): None}])
def test_paths_of_another_length(claims: dict[bytes, None]) -> None:
    with pytest.raises(Malformed, match=r"statetree\.proof"):
        statetree.validate_all(MultiProof((), ((0, None),)), EMPTY, claims)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.text(max_size=5) | st.just("A" * 43) | st.just("A" * 86),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["siblings", "end", "ends"]), inner, max_size=3),
)


@given(JSON, PATHS)
def test_any_value_is_a_proof_or_malformed(value: Any, path: bytes) -> None:
    for parse in (statetree.parse_proof, statetree.parse_multiproof):
        try:
            proof = parse(value)
            many = MultiProof(proof.siblings, ((len(proof.siblings), proof.end),)) if isinstance(proof, Proof) else proof
            statetree.validate_all(many, b"r" * 32, {path: None, b"q" * 32: None})
        except Malformed:
            continue
        raise AssertionError("a proof of a root that nobody made")
