"""Proof of work: targets, difficulty, nonce search, and the paper's odds of an attacker (PROTOCOL §6; S-10, S-12, S-13).

A block's id, read as a big-endian number, lies below its target. Headers carry it in Bitcoin's compact form, here strictly: a byte
of length and three of leading digits, only as `compact_of` spells them. The odds are a model of proof of work with an assumed attacker;
they say nothing about this ledger's finality, which rests on votes.
"""

import hashlib
import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from chain.errors import Malformed

MINIMUM_TRANSACTIONS = 32
"""Transactions that block and parent both need for the difficulty to follow their distance: idle nights do not collapse it."""
DAMPING = 20
"""Blocks over which the difficulty forgets: target' = target · (19 T + x) / (20 T)."""
CLAMP = 4
"""x, the distance of the blocks, counts as T/4 at least and 4 T at most, so that one odd block moves little."""
DEPTH_LIMIT = 100_000
"""Blocks for which odds are computed: far beyond any use, still a second of work."""
DIGITS = 7
"""Digits after the point in printed odds, as in the paper."""

_HASH_BITS = 256
_LAST_BYTES = [bytes([byte]) for byte in range(256)]
_DECIMAL = re.compile(r"[01]?(?:\.[0-9]{1,40})?")
_SPARE_DIGITS = 40
_PRECISION_LIMIT = 440
_NOTHING = Decimal("1e-360")


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What the difficulty rule needs of the genesis parameters."""

    interval_ms: int
    """Aim for the time between blocks, T."""
    floor: int
    """Easiest target, compact."""


# --- targets -----------------------------------------------------------------------------------------------------------------


def target_of(compact: int) -> int:
    """The target in its compact form. Raises Malformed `work.target` for zero, a sign, more than 256 bits, or another spelling."""
    size, digits = compact >> 24, compact & 0xFFFFFF
    target = digits << 8 * (size - 3) if 3 <= size <= 33 else digits >> 8 * (3 - size) if size < 3 else 0
    if digits & 0x800000 or not 0 < target < 1 << _HASH_BITS or compact_of(target) != compact:
        raise Malformed("work.target", "a compact target above 0", f"{compact:08x}")
    return target


def compact_of(target: int) -> int:
    """The compact form of the greatest target that has one and is not above `target` (> 0)."""
    size = (target.bit_length() + 7) // 8
    digits = target >> 8 * (size - 3) if size > 3 else target << 8 * (3 - size)
    if digits & 0x800000:  # the sign bit of Bitcoin's form stays clear
        digits, size = digits >> 8, size + 1
    return size << 24 | digits


def work_of_target(target: int) -> int:
    """Tries that a target costs on average."""
    return (1 << _HASH_BITS) // (target + 1)


def leading_zero_bits(block_id: bytes) -> int:
    """Zero bits at the beginning of an id, as shown to people (S-10)."""
    return len(block_id) * 8 - int.from_bytes(block_id, "big").bit_length()


def next_target(parent_target: int, counts: tuple[int, int], elapsed_ms: int, difficulty: Difficulty) -> int:
    """The compact target of a block that comes `elapsed_ms` after its parent; `counts` are the transactions of (parent, block)."""
    if min(counts) < MINIMUM_TRANSACTIONS:
        return parent_target
    interval = difficulty.interval_ms
    distance = min(max(elapsed_ms, interval // CLAMP), CLAMP * interval)
    target = target_of(parent_target) * ((DAMPING - 1) * interval + distance) // (DAMPING * interval)
    return compact_of(max(1, min(target, target_of(difficulty.floor))))


def search(prefix: bytes, target: int, start: int, tries: int) -> int | None:
    """The first nonce from `start` on whose header id lies below `target`, or None within `tries`.

    `prefix` is the header up to the nonce: hashed once, so that a try costs one compression. The first seven bytes of the nonce are shared
    by 256 tries, so that a try makes no number and no bytes of its own.
    """
    midstate = hashlib.sha256(prefix)
    limit = target.to_bytes(_HASH_BITS // 8, "big")
    stop = start + tries
    for front in range(start >> 8, (stop + 255) >> 8):
        first, last = max(start - (front << 8), 0), min(stop - (front << 8), 256)
        shared = midstate.copy()
        shared.update(front.to_bytes(7, "big"))
        copy = shared.copy
        for byte in _LAST_BYTES[first:last]:
            attempt = copy()
            attempt.update(byte)
            if attempt.digest() < limit:
                return front << 8 | byte[0]
    return None


# --- the paper's odds --------------------------------------------------------------------------------------------------------


def share_of(share: str | Fraction) -> Fraction:
    """A share or risk from 0 to 1, exact; as text a decimal fraction such as 0.1. Raises Malformed `work.share`."""
    if isinstance(share, str):
        if not share.isascii() or not _DECIMAL.fullmatch(share) or share in ("", "."):
            raise Malformed("work.share", "a decimal fraction from 0 to 1, such as 0.1", ascii(share)[:60])
        share = Fraction(share)
    if not 0 <= share <= 1:
        raise Malformed("work.share", "a number from 0 to 1", share)
    return share


def ruin(share: str | Fraction, deficit: int) -> Fraction:
    """Gambler's ruin: the odds of ever making up for `deficit` blocks; 1 if p <= q, else (q/p)^z (S-12)."""
    q = share_of(share)
    return Fraction(1) if 1 - q <= q else (q / (1 - q)) ** deficit


def catch_up(share: str | Fraction, depth: int) -> Decimal:
    """The odds that an attacker with this share of the hash power replaces a block `depth` blocks down (S-13).

    1 - sum_{k=0..z} λ^k e^-λ / k! · (1 - (q/p)^(z-k)), λ = z q / p; to 40 digits, and 0 where less than 10^-360.
    Raises Malformed `work.share` or `work.depth`.
    """
    q = share_of(share)
    if not 0 <= depth <= DEPTH_LIMIT:
        raise Malformed("work.depth", f"0 .. {DEPTH_LIMIT} blocks", depth)
    if 1 - q <= q or depth == 0:
        return Decimal(1)
    if q == 0:
        return Decimal(0)
    ratio = q / (1 - q)
    with localcontext(Context(prec=_precision(ratio, depth))):
        odds = 1 - _lost(ratio, depth)
    return Context(prec=_SPARE_DIGITS).plus(odds) if odds > _NOTHING else Decimal(0)


def _precision(ratio: Fraction, depth: int) -> int:
    """Digits to compute with. The sum is close to 1, so as many are lost as the result has zeros, and the result is > (q/p)^z e^-λ."""
    zeros = (ratio.denominator.bit_length() - ratio.numerator.bit_length() + 1) * depth * 31 // 100
    return min(2 * _SPARE_DIGITS + zeros + math.ceil(depth * ratio) * 44 // 100, _PRECISION_LIMIT)


def _lost(ratio: Fraction, depth: int) -> Decimal:
    """The sum of S-13: the odds that the attacker, k blocks on when z are found, never makes up for the rest."""
    step = Decimal(ratio.numerator) / Decimal(ratio.denominator)
    mean = depth * step
    poisson, total = (-mean).exp(), Decimal(0)
    remaining = step**depth
    for found in range(depth + 1):
        total += poisson * (1 - remaining)
        poisson = poisson * mean / (found + 1)
        remaining /= step
    return total


def catch_up_text(share: str | Fraction, depth: int) -> str:
    """`catch_up` to seven digits, as the paper prints it."""
    return f"{catch_up(share, depth):.{DIGITS}f}"


def depth_for(share: str | Fraction, risk: str | Fraction) -> int:
    """The least depth at which the odds are below `risk`. Raises Malformed `work.depth` where no depth up to DEPTH_LIMIT is enough."""
    bound, high = share_of(risk), 1
    while not _below(share, high, bound):
        if high == DEPTH_LIMIT:
            raise Malformed("work.depth", f"odds that fall below {risk} within {DEPTH_LIMIT} blocks", f"a share of {share}")
        high = min(2 * high, DEPTH_LIMIT)
    low = high // 2  # not enough: the odds fall with every block
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _below(share, middle, bound) else (middle, high)
    return high


def _below(share: str | Fraction, depth: int, bound: Fraction) -> bool:
    return Fraction(catch_up(share, depth)) < bound
