"""QR codes by linear algebra: the modules that `qrcode` draws for the same text, about a hundred times as fast (ISO/IEC 18004).

For one version, error correction M and one mask, a code is an affine function of its data bits over GF(2): every data bit darkens or
lightens a fixed set of modules, its own and those of the error correction. So a code is the exclusive-or of the sets of its one bits. The
sets follow from the standard's polynomials; where the function patterns lie and how a text is cut into segments, `qrcode` itself is asked.

A code here is one integer: its modules row by row and, below them, its modules column by column, most significant bit first. So the penalty
rules, which look along rows and columns alike, look at all lines at once.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import compress
from operator import xor
from typing import NamedTuple

import qrcode
from qrcode import base, util
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004 §9.1)."""
VERSION_LIMIT = 20
"""Greatest version of which tables are kept, 666 bytes of text; what is longer `qrcode` draws."""
GREATEST_VERSION = 40
"""Greatest version that there is."""
MASKS = 8
"""Mask patterns to choose from (ISO/IEC 18004 §7.8.2)."""
_BITS = bytes.maketrans(b"01", b"\x00\x01")
_SEGMENT = 20  # what `QRCode.add_data` takes as least length of a segment in a denser mode

Lines = list[str]
"""A code with its quiet zone, row by row; "1" is dark."""


def lines_of(text: str) -> Lines:
    """The code of a text, error correction M, in the smallest version and with the mask that `qrcode` chooses.

    Raises ValueError for a text that no code holds (2,331 bytes).
    """
    segments = _segments(text)
    version = _version_of(segments)
    if version > VERSION_LIMIT:
        return _drawn(text)
    grid = _grid(version)
    data = _data_bits(segments, version)
    code = reduce(xor, compress(grid.sets, data.translate(_BITS)), 0)
    mask = min(range(MASKS), key=lambda number: _penalty(code ^ grid.trials[number], grid))
    return _framed(code ^ grid.finals[mask], grid.side)


def _drawn(text: str) -> Lines:
    """By `qrcode`, module by module."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return ["".join("1" if dark else "0" for dark in row) for row in code.get_matrix()]


def _framed(code: int, side: int) -> Lines:
    """The rows of a code, with its quiet zone."""
    text = f"{code >> side * side:0{side * side}b}"
    edge, blank = "0" * QUIET_ZONE, ["0" * (side + 2 * QUIET_ZONE)] * QUIET_ZONE
    return blank + [edge + text[place : place + side] + edge for place in range(0, side * side, side)] + blank


# --- data (ISO/IEC 18004 §7.4) -------------------------------------------------------------------------------------------------


class _Segment(NamedTuple):
    """Characters in one mode."""

    mode: int
    """Mode indicator, 4 bits."""
    length: int
    """Characters."""
    bits: int
    """The characters as one number."""
    size: int
    """Bits of that number."""


def _segments(text: str) -> list[_Segment]:
    return [_Segment(part.mode, len(part.data), *_content(part.mode, part.data)) for part in util.optimal_data_chunks(text, _SEGMENT)]


def _content(mode: int, data: bytes) -> tuple[int, int]:
    """The bits of a segment's characters, as (number, how many)."""
    if mode == util.MODE_8BIT_BYTE:
        return int.from_bytes(data, "big"), 8 * len(data)
    digits = mode == util.MODE_NUMBER
    step, value, length = (3, 0, 0) if digits else (2, 0, 0)
    for place in range(0, len(data), step):
        part = data[place : place + step]
        size = util.NUMBER_LENGTH[len(part)] if digits else 5 * len(part) + 1
        value = value << size | (int(part) if digits else reduce(lambda old, sign: 45 * old + util.ALPHA_NUM.index(sign), part, 0))
        length += size
    return value, length


def _sizes(version: int) -> Mapping[int, int]:
    """Bits of a segment's count, by mode."""
    return {int(mode): size for mode, size in util.mode_sizes_for_version(version).items()}


def _version_of(segments: Sequence[_Segment]) -> int:
    """The smallest version that holds the segments, whose counts take more room in greater versions."""
    version = 1
    while True:
        sizes = _sizes(version)
        needed = sum(4 + sizes[segment.mode] + segment.size for segment in segments)
        found = bisect_left(util.BIT_LIMIT_TABLE[ERROR_CORRECT_M], needed, version)
        if found > GREATEST_VERSION:
            raise ValueError("a text that no QR code holds")
        if _sizes(found) == sizes:
            return found
        version = found


def _data_bits(segments: Sequence[_Segment], version: int) -> bytes:
    """The data bits as "0" and "1", with terminator and padding."""
    sizes, limit = _sizes(version), util.BIT_LIMIT_TABLE[ERROR_CORRECT_M][version]
    value = length = 0
    for mode, count, bits, size in segments:
        value = ((value << 4 | mode) << sizes[mode] | count) << size | bits
        length += 4 + sizes[mode] + size
    end = min(length + 4, limit)
    end += -end % 8
    padding = (bytes((util.PAD0, util.PAD1)) * (limit // 16 + 1))[: (limit - end) // 8]
    value = value << (limit - length) | int.from_bytes(padding, "big")
    return f"{value:0{limit}b}".encode()


# --- the tables of a version -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Grid:
    """What is fixed in a version."""

    side: int
    """Modules of a side."""
    sets: list[int]
    """For each data bit, in order, the modules that it turns over."""
    trials: list[int]
    """For each mask, the code of no data as masks are compared: with its format information light, as `qrcode` does."""
    finals: list[int]
    """For each mask, the code of no data."""
    inner: list[int]
    """`inner[k]`: the modules that have k others before them on their line."""


@lru_cache(maxsize=VERSION_LIMIT)
def _grid(version: int) -> _Grid:
    side = 4 * version + 17
    fixed = _function_modules(version)
    free = [place for place in _zigzag(side) if fixed[place[0]][place[1]] is None]
    inner = [sum(1 << line * side + place for line in range(2 * side) for place in range(side - start)) for start in range(11)]
    masks = [_code_of([place for place in free if util.mask_func(mask)(*place)], side) for mask in range(MASKS)]
    trials = [mask ^ _code_of(_dark(fixed), side) for mask in masks]
    finals = [mask ^ _code_of(_dark(_function_modules(version, number)), side) for number, mask in enumerate(masks)]
    return _Grid(side, _sets(version, [_code_of([place], side) for place in free]), trials, finals, inner)


def _code_of(dark: Sequence[tuple[int, int]], side: int) -> int:
    """The integer of a code with these dark modules (row, column)."""
    last = side * side - 1
    return sum(1 << 2 * last + 1 - row * side - column | 1 << last - column * side - row for row, column in dark)


def _function_modules(version: int, mask: int | None = None) -> list[list[bool | None]]:
    """Finders, alignment, timing, format and version information; None where data go. `mask` None: the information is left light."""
    code = qrcode.QRCode(version=version, error_correction=ERROR_CORRECT_M)
    side = code.modules_count = 4 * version + 17
    code.modules = [[None] * side for _ in range(side)]
    for row, column in ((0, 0), (side - 7, 0), (0, side - 7)):
        code.setup_position_probe_pattern(row, column)
    code.setup_position_adjust_pattern()
    code.setup_timing_pattern()
    code.setup_type_info(mask is None, mask or 0)
    if version >= 7:
        code.setup_type_number(mask is None)
    return code.modules


def _dark(modules: list[list[bool | None]]) -> list[tuple[int, int]]:
    return [(row, column) for row, line in enumerate(modules) for column, dark in enumerate(line) if dark]


def _zigzag(side: int) -> Iterator[tuple[int, int]]:
    """All modules in the order in which data are placed: upwards and downwards in strips of two (ISO/IEC 18004 §7.7.3)."""
    upwards = True
    for right in (column if column > 6 else column - 1 for column in range(side - 1, 0, -2)):
        for row in range(side - 1, -1, -1) if upwards else range(side):
            yield row, right
            yield row, right - 1
        upwards = not upwards


def _sets(version: int, places: list[int]) -> list[int]:
    """For each data bit the modules that it turns over; `places` are the modules of the bits as they are placed."""
    blocks = base.rs_blocks(version, ERROR_CORRECT_M)
    data, checks = [block.data_count for block in blocks], [block.total_count - block.data_count for block in blocks]
    found: list[int] = []
    for number, count in enumerate(data):
        own = _interleaved(data, number, 0)
        correction = [place for start in _interleaved(checks, number, sum(data)) for place in places[8 * start : 8 * start + 8]]
        remainders = _remainders(count, checks[number])
        for start, remainder in zip(own, remainders, strict=True):
            for bit in range(8):
                scaled = bytes(_product(byte, 0x80 >> bit) for byte in remainder)
                flags = f"{int.from_bytes(scaled, 'big'):0{8 * len(scaled)}b}".encode().translate(_BITS)
                found.append(reduce(xor, compress(correction, flags), places[8 * start + bit]))
    return found


def _interleaved(counts: Sequence[int], number: int, start: int) -> list[int]:
    """Where the codewords of block `number` stand when all blocks give one in turn (ISO/IEC 18004 §7.6)."""
    return [start + sum(min(count, turn + (other < number)) for other, count in enumerate(counts)) for turn in range(counts[number])]


# --- error correction (ISO/IEC 18004 §7.5) -------------------------------------------------------------------------------------


def _product(left: int, right: int) -> int:
    """In GF(256)."""
    return base.gexp(base.glog(left) + base.glog(right)) if left and right else 0


def _remainders(count: int, checks: int) -> list[bytes]:
    """For each of `count` data codewords, the error correction of a block in which it is 1 and all others are 0."""
    generator = [1]
    for power in range(checks):
        shifted = [*generator, 0]
        generator = [one ^ _product(other, base.gexp(power)) for one, other in zip(shifted, [0, *generator], strict=True)]
    found = [bytes(generator[1:])]
    while len(found) < count:
        first, *rest = found[-1]
        found.append(bytes(one ^ _product(first, other) for one, other in zip([*rest, 0], generator[1:], strict=True)))
    return found[::-1]


# --- choice of the mask (ISO/IEC 18004 §7.8.3) ---------------------------------------------------------------------------------


def _penalty(code: int, grid: _Grid) -> int:
    """The penalty points of a masked code, by the four rules as `qrcode` counts them."""
    side, inner = grid.side, grid.inner
    light = code ^ inner[0]
    same = ~(code ^ code >> 1) & inner[1]
    pairs = same & same >> 1
    fives = pairs & pairs >> 2
    runs = fives.bit_count() + 2 * (fives & ~(fives >> 1)).bit_count()
    rows, same_rows = code >> side * side, same >> side * side
    blocks = same_rows & same_rows >> side & ~(rows ^ rows >> side)
    return runs + 3 * blocks.bit_count() + 40 * _finder_like(code, light, inner) + 10 * _imbalance(rows.bit_count(), side * side)


def _finder_like(code: int, light: int, inner: list[int]) -> int:
    """How often 1011101 has four light modules before or behind it on its line."""
    finder = code & light >> 1 & code >> 2 & code >> 3 & code >> 4 & light >> 5 & code >> 6
    pair = light & light >> 1
    four = pair & pair >> 2
    behind, before = finder >> 4 & four & inner[10], four >> 7 & finder & inner[10]
    return behind.bit_count() + before.bit_count()


def _imbalance(dark: int, modules: int) -> int:
    """Steps of 5 % that the share of dark modules lies away from half."""
    return int(abs(float(dark) / modules * 100 - 50) / 5)
