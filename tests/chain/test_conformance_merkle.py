"""Merkle vectors of others: RFC 6962 tables, Bitcoin's transaction trees, and the sparse tree of ICS 23 for the idea of absence."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from chain import merkle, statetree
from chain.errors import Malformed
from tests.conformance import folder

MERKLE = folder("merkle")
CHAIN = folder("chain")

EXPLAINED = {
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json": "a root of 12 bytes: ours have 32",
    "subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json": "a root of 12 bytes: ours have 32",
    "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-proof-is-empty.json": "size 0 proves nothing",
    "subtreeconsistency/additional/"
    "subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty.json": "size 0 proves nothing",
}
"""Rows that their library accepts and we refuse, and why."""


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MERKLE / f"{name}.json").read_bytes())["cases"]
    return found


def hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def refused(check: Callable[[], None]) -> bool:
    try:
        check()
    except Malformed:
        return True
    return False


def compare(row: dict[str, Any], check: Callable[[], None]) -> None:
    name = row["src"].removeprefix("testdata/")
    assert refused(check) is (row["wantErr"] or name in EXPLAINED), row


def test_roots() -> None:
    for row in cases("rfc6962_tree_roots"):
        if "leaves_hex" in row:
            leaves = [bytes.fromhex(leaf) for leaf in row["leaves_hex"]]
            assert merkle.root(leaves).hex() == row["root_hex"]
        elif row["op"] == "empty root":
            assert merkle.EMPTY_ROOT.hex() == row["expected"]
        elif row["op"] == "leaf hash":
            assert merkle.leaf_hash(row["input_utf8"].encode()).hex() == row["expected"]
        else:
            assert merkle.node_hash(row["left_utf8"].encode(), row["right_utf8"].encode()).hex() == row["expected"]


@pytest.mark.parametrize("row", cases("rfc6962_inclusion"), ids=lambda row: row["src"].removeprefix("testdata/"))
def test_inclusion(row: dict[str, Any]) -> None:
    leaf, root = hashes([row["leafHash"], row["root"]])
    compare(row, lambda: merkle.validate_inclusion(leaf, row["leafIdx"], row["treeSize"], hashes(row["proof"]), root))


@pytest.mark.parametrize("row", cases("rfc6962_consistency"), ids=lambda row: row["src"].removeprefix("testdata/"))
def test_consistency(row: dict[str, Any]) -> None:
    old, new = hashes([row["root1"], row["root2"]])
    compare(row, lambda: merkle.validate_consistency(row["size1"], row["size2"], hashes(row["proof"]), old, new))


@pytest.mark.parametrize("row", cases("rfc6962_subtreeinclusion"), ids=lambda row: row["src"].removeprefix("testdata/"))
def test_inclusion_in_a_subtree(row: dict[str, Any]) -> None:
    """An aligned subtree is a tree of its own whose first leaf is `start`."""
    leaf, root = hashes([row["leafHash"], row["root"]])
    index, size = row["leafIdx"] - row["start"], row["end"] - row["start"]
    compare(row, lambda: merkle.validate_inclusion(leaf, index, size, hashes(row["proof"]), root))


@pytest.mark.parametrize(
    "row", [row for row in cases("rfc6962_subtreeconsistency") if row["start"] == 0], ids=lambda row: row["src"].removeprefix("testdata/")
)
def test_consistency_of_a_first_subtree(row: dict[str, Any]) -> None:
    """Only subtrees that begin at leaf 0: these proofs are RFC 9162's. Others are a later format that no part of this ledger uses."""
    old, new = hashes([row["root1"], row["root2"]])
    compare(row, lambda: merkle.validate_consistency(row["end"], row["size"], hashes(row["proof"]), old, new))


def test_every_explanation_is_needed() -> None:
    names = ("rfc6962_consistency", "rfc6962_subtreeconsistency")
    accepted = {row["src"].removeprefix("testdata/") for name in names for row in cases(name) if not row["wantErr"]}
    assert set(EXPLAINED) <= accepted


@pytest.mark.parametrize("row", json.loads((CHAIN / "bitcoin_merkle_roots.json").read_bytes())["cases"], ids=lambda row: row["name"])
def test_bitcoin_trees(row: dict[str, Any]) -> None:
    """Bitcoin's tree doubles an odd last node, hashes twice and has no prefixes. An adapter gives its roots; ours never doubles."""

    def double(data: bytes) -> bytes:
        return hashlib.sha256(hashlib.sha256(data).digest()).digest()

    level = [bytes.fromhex(identity)[::-1] for identity in row["txids"]]
    ours = merkle.root_of_hashes(level)
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [double(left + right) for left, right in zip(level[::2], level[1::2], strict=True)]
    assert level[0][::-1].hex() == row["merkle_root"] != ours.hex()


# --- ICS 23: a sparse tree of the same shape as ours ---------------------------------------------------------------------------


def fields(message: bytes) -> list[tuple[int, bytes | int]]:
    """The fields of a protobuf message, as far as these vectors go: varints and byte strings."""
    found: list[tuple[int, bytes | int]] = []
    place = 0

    def varint() -> int:
        nonlocal place
        number = shift = 0
        while True:
            byte = message[place]
            place += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while place < len(message):
        tag = varint()
        value: bytes | int = varint()
        if tag & 7 == 2:
            assert isinstance(value, int)
            place += value
            value = message[place - value : place]
        found.append((tag >> 3, value))
    return found


def part(message: bytes, number: int) -> bytes:
    value = dict(fields(message)).get(number, b"")
    assert isinstance(value, bytes)
    return value


@pytest.mark.parametrize("name", ["exist_left", "nonexist_left"])
def test_sparse_tree_of_ics23(name: str) -> None:
    """Paths are hashes of keys and the way follows their bits, as here, behind other prefixes. Absence is shown there by the leaf that
    stands where the way of the absent key ends: our second form of absence. Hashed our way, their proofs prove the same under our rules.
    """
    vector = json.loads((MERKLE / "ics23" / "smt" / f"{name}.json").read_bytes())
    proof = bytes.fromhex(vector["proof"])
    existence = part(proof, 1) or part(part(proof, 2), 3)
    path, value = hashlib.sha256(part(existence, 1)).digest(), hashlib.sha256(part(existence, 2)).digest()
    steps = [step for number, step in fields(existence) if number == 4 and isinstance(step, bytes)]
    siblings = [part(step, 3) or part(step, 2)[1:] for step in steps]
    found, root = hashlib.sha256(b"\x00" + path + value).digest(), statetree.leaf_hash(path + value)
    for height, sibling in enumerate(siblings):
        if int.from_bytes(path, "big") >> (256 - len(siblings) + height) & 1:
            found, root = hashlib.sha256(b"\x01" + sibling + found).digest(), statetree.node_hash(sibling, root)
        else:
            found, root = hashlib.sha256(b"\x01" + found + sibling).digest(), statetree.node_hash(root, sibling)
    assert found.hex() == vector["root"]

    ours = statetree.Proof(tuple(reversed(siblings)), path + value)
    if name == "exist_left":
        statetree.validate_membership(ours, root, path, value)
    else:
        absent = hashlib.sha256(bytes.fromhex(vector["key"])).digest()
        statetree.validate_absence(ours, root, absent)
        with pytest.raises(Malformed):
            statetree.validate_absence(ours, root, path)
