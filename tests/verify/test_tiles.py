"""Proofs that the browser makes of a node's tiles are those of RFC 9162."""

import random

from chain import merkle
from tests.verify.node import ask

WIDTH = 256
SIZES = (1, 2, 3, 255, 256, 257, 511, 513, 4_097, 65_535, 65_536, 66_001)
"""Around the widths of tiles, up to three levels of them."""


def name_of(number: int) -> str:
    return f"{number:03d}" if number < 1000 else f"x{number // 1000:03d}/{number % 1000:03d}"


def tiles_of(leaves: list[bytes]) -> dict[str, str]:
    """Every tile of a tree."""
    found, level, hashes = {}, 0, leaves
    while hashes:
        for start in range(0, len(hashes), WIDTH):
            part = hashes[start : start + WIDTH]
            width = "" if len(part) == WIDTH else f".p/{len(part)}"
            found[f"{level}/{name_of(start // WIDTH)}{width}"] = b"".join(part).hex()
        full = range(0, len(hashes) // WIDTH * WIDTH, WIDTH)
        hashes, level = [merkle.root_of_hashes(hashes[start : start + WIDTH]) for start in full], level + 1
    return found


def test_proofs_made_of_tiles() -> None:
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(max(SIZES))]
    chance = random.Random(7)
    questions, expected = [], []
    for size in SIZES:
        tree = merkle.Tree(leaves[:size])
        indexes = sorted({0, size - 1, chance.randrange(size), chance.randrange(size)})
        olds = sorted({1, size, chance.randint(1, size), chance.randint(1, size), max(size - 1, 1)})
        questions.append(["tiled", tiles_of(leaves[:size]), size, indexes, olds])
        expected.append(
            [
                [[leaves[index].hex(), [one.hex() for one in merkle.inclusion_path(leaves[:size], index)]] for index in indexes],
                [[one.hex() for one in tree.consistency_proof(old)] for old in olds],
            ]
        )
    assert ask(questions) == expected
