"""A line chart with a logarithmic axis, as SVG that can be read with and without colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
"""Size of the picture, px."""
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 48
"""Margins around the lines, px."""
INKS = ("#1b5e8c", "#a33b20", "#3a7d44")
"""A colour for each line; dashes tell them apart as well."""
DASHES = ("", "8 4", "2 3")
"""Dashes of each line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    name: str
    """What it shows."""
    values: Sequence[float]
    """One value for each place on the horizontal axis."""


def draw(axes: tuple[str, str], places: Sequence[int], lines: Sequence[Line]) -> str:
    """The chart; `axes` are the names of the horizontal (logarithmic) and the vertical axis (linear, from 0)."""
    top = _nice(max(max(line.values) for line in lines) * 1.1)
    low, high = math.log10(places[0]), math.log10(places[-1])

    def x(place: float) -> float:
        return LEFT + (math.log10(place) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">']
    parts.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>')
    for step in range(6):
        value = top * step / 5
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.0f}</text>')
    for power in range(math.ceil(low), math.floor(high) + 1):
        parts.append(f'<text x="{x(10**power):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(axes[0])}</text>')
    parts.append(f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT / 2})">{escape(axes[1])}</text>')
    for number, line in enumerate(lines):
        ink, dash = INKS[number % len(INKS)], DASHES[number % len(DASHES)]
        points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in zip(places, line.values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"/>')
        level = TOP + 14 + 18 * number
        parts.append(f'<path d="M{LEFT + 12} {level - 4}h28" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"/>')
        parts.append(f'<text x="{LEFT + 46}" y="{level}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _nice(value: float) -> float:
    """The next round number above a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)
