"""Proof-of-work vectors of others: Bitcoin's compact targets, headers and difficulty, and the odds of the paper."""

import hashlib
import json
from typing import Any

import pytest

from chain import work
from chain.errors import Malformed
from tests.conformance import folder

CHAIN = folder("chain")


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CHAIN / f"{name}.json").read_bytes())["cases"]
    return found


EXPLAINED = {
    "01123456": "the lower digits are lost: spelt 01120000",
    "02123456": "the lower digit is lost: spelt 02123400",
}
"""Compact forms that Bitcoin decodes and we refuse: a target has one spelling here, so that a header cannot be re-spelt."""


@pytest.mark.parametrize("row", cases("compact_target"), ids=lambda row: row["compact"])
def test_compact_targets(row: dict[str, Any]) -> None:
    compact, target = int(row["compact"], 16), int(row["target_hex"] or "0", 16)
    if target and not row["negative"] and not row["overflow"]:
        assert f"{work.compact_of(target):08x}" == row["back_to_compact"]
        assert work.target_of(int(row["back_to_compact"], 16)) in (target, target >> 8 << 8, target >> 16 << 16)
        assert (row["compact"] in EXPLAINED) is (row["compact"] != row["back_to_compact"])
    if target and not row["negative"] and not row["overflow"] and row["compact"] not in EXPLAINED:
        assert work.target_of(compact) == target
    else:
        with pytest.raises(Malformed, match=r"work\.target"):
            work.target_of(compact)


def block_id(header: bytes) -> bytes:
    """Bitcoin's id: hashed twice and read backwards."""
    return hashlib.sha256(hashlib.sha256(header).digest()).digest()[::-1]


def test_headers() -> None:
    """Links, targets and work of real blocks; their condition is <=, ours <, which no real block tells apart."""
    previous = "00" * 32
    total = 0
    for row in cases("bitcoin_headers"):
        header = bytes.fromhex(row["header_hex"])
        found = block_id(header)
        assert (len(header), found.hex(), header[35:3:-1].hex()) == (80, row["hash"], previous)
        target = work.target_of(int(row["bits"], 16))
        assert (int.from_bytes(found, "big") < target) is row["pow_valid"]
        assert work.leading_zero_bits(found) == row["leading_zero_bits"]
        assert int.from_bytes(header[72:76], "little") == int(row["bits"], 16)
        previous, total = row["hash"], total + work.work_of_target(target)
    assert total == 128 * 0x100010001


@pytest.mark.parametrize("row", cases("difficulty_retarget"), ids=lambda row: row["name"])
def test_difficulty(row: dict[str, Any]) -> None:
    """Bitcoin's rule looks at 2,016 blocks at once, ours at two. What both share, target times time over time, rounded down into the
    compact form and held between a quarter and four times, gives Bitcoin's results out of our compact arithmetic."""
    fortnight = 14 * 24 * 3600
    elapsed = min(max(row["last_block_time"] - row["first_block_time"], fortnight // work.CLAMP), fortnight * work.CLAMP)
    target = work.target_of(int(row["last_bits"], 16)) * elapsed // fortnight
    assert f"{work.compact_of(min(target, work.target_of(0x1D00FFFF))):08x}" == row["next_bits"]


@pytest.mark.parametrize("row", cases("nakamoto_catch_up"), ids=str)
def test_odds(row: dict[str, Any]) -> None:
    share = str(row["q"])
    if "p" in row:
        assert work.catch_up_text(share, row["z"]) == row["p"]
    else:
        assert work.depth_for(share, str(row["smallest_z_with_p_below"])) == row["z"]
