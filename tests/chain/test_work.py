"""Targets, difficulty, nonces, and the paper's odds."""

import hashlib
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import work
from chain.errors import Malformed

EASIEST = 0x2100FFFF
RULE = work.Difficulty(interval_ms=2000, floor=0x1F7FFFFF)
TARGETS = st.integers(1, 2**256 - 1)
SHARES = st.integers(0, 10**6).map(lambda number: f"{number // 10**6}.{number % 10**6:06d}")


# --- targets -----------------------------------------------------------------------------------------------------------------


@given(TARGETS)
def test_a_target_rounds_down_to_one_with_one_spelling(target: int) -> None:
    compact = work.compact_of(target)
    found = work.target_of(compact)
    assert found <= target < found + max(1, found >> 14)
    assert work.compact_of(found) == compact


@given(st.integers(0, 2**32 - 1))
def test_any_number_is_a_target_or_malformed(compact: int) -> None:
    try:
        target = work.target_of(compact)
    except Malformed as error:
        assert error.code == "work.target"
    else:
        assert 0 < target < 2**256
        assert work.compact_of(target) == compact


@pytest.mark.parametrize(
    "compact", [0, 0x03000000, 0x03800001, 0x01123456, 0x02123456, 0x04001234, 0x21010000, 0x22000001, 0xFF123456, 2**32]
)
def test_refused_targets(compact: int) -> None:
    with pytest.raises(Malformed, match=r"work\.target"):
        work.target_of(compact)


def test_extreme_targets() -> None:
    assert work.target_of(0x01010000) == 1
    assert work.target_of(EASIEST) == 0xFFFF << 240
    assert work.compact_of(2**256 - 1) == EASIEST


def test_work_of_a_target() -> None:
    assert work.work_of_target(0xFFFF << 208) == 0x100010001  # Bitcoin's first difficulty, its known chain work of one block
    assert work.work_of_target(2**256 - 1) == 1
    assert work.work_of_target(1) == 2**255


@given(st.binary(min_size=32, max_size=32))
def test_leading_zero_bits(block_id: bytes) -> None:
    text = f"{int.from_bytes(block_id, 'big'):0256b}"
    assert work.leading_zero_bits(block_id) == len(text) - len(text.lstrip("0"))


# --- difficulty --------------------------------------------------------------------------------------------------------------


def expected(target: int, distance: Fraction, rule: work.Difficulty) -> int:
    """PROTOCOL §6 in exact fractions."""
    limited = min(max(distance, Fraction(rule.interval_ms, 4)), Fraction(4 * rule.interval_ms))
    exact = target * (19 * rule.interval_ms + limited) / (20 * rule.interval_ms)
    return min(exact.numerator // exact.denominator, work.target_of(rule.floor))


@given(TARGETS, st.integers(1, 10**8))
def test_difficulty_rule(start: int, elapsed: int) -> None:
    target = work.target_of(work.compact_of(min(start, work.target_of(RULE.floor))))
    found = work.next_target(work.compact_of(target), (32, 32), elapsed, RULE)
    assert found == work.compact_of(max(1, expected(target, Fraction(elapsed), RULE)))


@pytest.mark.parametrize("counts", [(31, 32), (32, 31), (0, 20_000), (1, 1)])
def test_quiet_blocks_change_nothing(counts: tuple[int, int]) -> None:
    assert work.next_target(0x1E123456, counts, 10**9, RULE) == 0x1E123456


def test_one_block_moves_the_target_by_at_most_a_seventh() -> None:
    target = work.target_of(0x1E123456)
    slow = work.target_of(work.next_target(0x1E123456, (32, 32), 10**12, RULE))
    fast = work.target_of(work.next_target(0x1E123456, (32, 32), 1, RULE))
    assert slow <= target * 23 // 20
    assert target * 77 // 80 * 999 // 1000 <= fast < target


def test_never_easier_than_the_floor_and_never_impossible() -> None:
    assert work.next_target(RULE.floor, (32, 32), 10**9, RULE) == RULE.floor
    assert work.next_target(work.compact_of(1), (32, 32), 1, RULE) == work.compact_of(1)


def test_difficulty_settles_where_blocks_come_in_time() -> None:
    """A miner of constant speed, in expectation: the distance of blocks approaches T from both sides."""
    speed = 500  # tries a millisecond
    for start in (0x1F7FFFFF, 0x1C7FFFFF):
        compact = start
        for _ in range(400):
            compact = work.next_target(compact, (32, 32), work.work_of_target(work.target_of(compact)) // speed, RULE)
        distance = work.work_of_target(work.target_of(compact)) // speed
        assert RULE.interval_ms * 95 // 100 < distance < RULE.interval_ms * 105 // 100


# --- nonces ------------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=232, max_size=232), st.integers(0, 2**64 - 5000), st.integers(240, 250))
def test_search_finds_the_first_nonce_below_the_target(prefix: bytes, start: int, bits: int) -> None:
    target = (1 << bits) - 7

    def block_id(nonce: int) -> int:
        return int.from_bytes(hashlib.sha256(prefix + nonce.to_bytes(8, "big")).digest(), "big")

    found = work.search(prefix, target, start, 500)
    below = [nonce for nonce in range(start, start + 500) if block_id(nonce) < target]
    assert found == (below[0] if below else None)


def test_an_id_equal_to_the_target_is_not_below_it() -> None:
    block_id = int.from_bytes(hashlib.sha256(bytes(232) + bytes(8)).digest(), "big")
    assert work.search(bytes(232), block_id, 0, 1) is None
    assert work.search(bytes(232), block_id + 1, 0, 1) == 0


# --- the paper's odds (S-12, S-13) -------------------------------------------------------------------------------------------

PRINTED = [
    ("0.1", 0, "1.0000000"),
    ("0.1", 1, "0.2045873"),
    ("0.1", 2, "0.0509779"),
    ("0.1", 5, "0.0009137"),
    ("0.3", 0, "1.0000000"),
    ("0.3", 5, "0.1773523"),
    ("0.3", 10, "0.0416605"),
]
DEPTHS = [("0.10", 5), ("0.15", 8), ("0.20", 11), ("0.25", 15)]


@pytest.mark.parametrize(("share", "depth", "odds"), PRINTED)
def test_odds_are_those_printed(share: str, depth: int, odds: str) -> None:
    assert work.catch_up_text(share, depth) == work.catch_up_text(Fraction(share), depth) == odds


@pytest.mark.parametrize(("share", "depth"), DEPTHS)
def test_depths_are_those_printed(share: str, depth: int) -> None:
    assert work.depth_for(share, "0.001") == work.depth_for(Fraction(share), Fraction(1, 1000)) == depth


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 49), st.integers(0, 60))
def test_odds_follow_the_formula(percent: int, depth: int) -> None:
    """S-13 as it stands, with 200 digits."""
    q = Fraction(percent, 100)
    with localcontext(prec=200):
        ratio = Decimal(percent) / Decimal(100 - percent)
        mean, total, factorial = depth * ratio, Decimal(0), 1
        for k in range(depth + 1):
            factorial *= max(k, 1)
            power = mean**k if k else Decimal(1)
            total += power * (-mean).exp() / factorial * (1 - (ratio ** (depth - k) if depth > k else 1))
        formula = 1 - total
        assert abs(work.catch_up(q, depth) - formula) <= formula * Decimal("1e-38")


@settings(max_examples=60, deadline=None)
@given(SHARES, st.integers(0, 200))
def test_odds_fall_with_depth_and_rise_with_the_share(share: str, depth: int) -> None:
    odds = work.catch_up(share, depth)
    assert 0 <= odds <= 1
    assert work.catch_up(share, depth + 1) <= odds
    assert work.catch_up(min(Fraction(share) + Fraction(1, 100), Fraction(1)), depth) >= odds


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 45), st.integers(1, 20))
def test_depth_is_the_least_one(percent: int, digits: int) -> None:
    share, risk = Fraction(percent, 100), Fraction(1, 10**digits)
    depth = work.depth_for(share, risk)
    assert Fraction(work.catch_up(share, depth)) < risk
    assert Fraction(work.catch_up(share, depth - 1)) >= risk


@pytest.mark.parametrize("share", ["0.5", "0.50000", ".6", "1", "1.0", Fraction(2, 3)])
def test_half_of_the_power_is_certain_to_win(share: str | Fraction) -> None:
    assert work.catch_up_text(share, 1000) == "1.0000000"
    assert work.ruin(share, 1000) == 1
    with pytest.raises(Malformed, match=r"work\.depth"):
        work.depth_for(share, "0.001")


def test_nobody_never_wins() -> None:
    assert work.catch_up("0", 0) == 1
    assert work.catch_up("0", 1) == work.ruin("0", 1) == 0
    assert work.depth_for("0", "0.001") == 1


def test_ruin_is_exact() -> None:
    assert work.ruin("0.1", 3) == Fraction(1, 729)
    assert work.ruin("0.25", 2) == Fraction(1, 9)


def test_far_depths() -> None:
    """Odds too small to print are zero, not noise."""
    assert work.catch_up_text("0.1", work.DEPTH_LIMIT) == "0.0000000"
    assert work.catch_up("0.49", 8111) < Decimal("0.001") <= work.catch_up("0.49", 8110)
    assert Decimal("1e-172") < work.catch_up("0.1", 300) < Decimal("1e-170")


def test_a_risk_of_nothing_is_never_reached() -> None:
    with pytest.raises(Malformed, match=r"work\.depth"):
        work.depth_for("0.45", "0")


@pytest.mark.parametrize(
    "share", ["", ".", "1.5", "-0.1", "0,1", "10%", "1e-3", " 0.1", "0.1\n", "½", "٠.١", "nan", "0." + "1" * 41, "1/2"]
)
def test_shares_that_are_none(share: str) -> None:
    with pytest.raises(Malformed, match=r"work\.share"):
        work.catch_up(share, 1)
    with pytest.raises(Malformed, match=r"work\.share"):
        work.depth_for("0.1", share)


@pytest.mark.parametrize("depth", [-1, work.DEPTH_LIMIT + 1])
def test_depths_that_are_none(depth: int) -> None:
    with pytest.raises(Malformed, match=r"work\.depth"):
        work.catch_up("0.1", depth)


@given(st.text(max_size=12))
def test_any_text_is_a_share_or_malformed(text: str) -> None:
    try:
        assert 0 <= work.share_of(text) <= 1
    except Malformed as error:
        assert error.code == "work.share"
