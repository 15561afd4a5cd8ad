"""Labels: the QR code of an item's Digital Link with the text that a person reads, as SVG, PNG, sheet of A4 and in a terminal.

Titles come from outside: they are escaped, stripped of control characters and wrapped. The drawing uses attributes only, no style
elements, so that it can stand in a page with a strict Content-Security-Policy.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from trace import bitmaps
from trace.gs1 import digitallink
from trace.gs1.elements import elements_of, human_readable
from trace.gs1.item import Item
from trace.qrcodes import QUIET_ZONE, Lines, lines_of

PAGE = (210.0, 297.0)
"""A4 in millimetres, width and height."""
COLUMNS, ROWS = 3, 8
"""Labels on a sheet, the common 70 x 37 mm."""
CELL = (PAGE[0] / COLUMNS, PAGE[1] / ROWS)
"""One label in millimetres."""
QR_SIDE = 31.0
"""Side of the code on a label with its quiet zone, mm: modules of 0.6 mm and more, which phones read at arm's length."""
TITLE_WIDTH = 22
"""Columns of a title line; a Chinese character takes two."""
TITLE_LINES = 2
"""Lines of a title."""
PNG_SCALE = 8
"""Pixels a module."""
WRITTEN_LINES = 256
"""Lines of text kept as pixels, some 10 kB each."""
_BAR = re.compile("1+")

Matrix = list[list[bool]]
"""Modules of a code with its quiet zone, row by row; True is dark."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed for one pack or batch."""

    link: str
    """The Digital Link in the code."""
    lines: tuple[str, ...]
    """Element strings as text: `(01) 0952…`."""
    title: str = ""
    """Name of the product; anything."""


def label_of(item: Item, origin: str, title: str = "") -> Label:
    """The label of a pack, batch, product or box under `https://HOST`; raises `CodeError` for an item without a link."""
    return Label(digitallink.build(item, origin), tuple(human_readable(elements_of(item))), title)


def qr_matrix(text: str) -> Matrix:
    """The QR code of a text, error correction M, in the smallest version that holds it (2,331 bytes at most; a link has some hundred)."""
    return [[sign == "1" for sign in line] for line in lines_of(text)]


def qr_text(text: str, *, dark_terminal: bool = True) -> str:
    """The QR code for a terminal, two modules a character; `dark_terminal`: the characters are light on dark ground."""
    matrix = qr_matrix(text)
    if len(matrix) % 2:
        matrix.append([False] * len(matrix[0]))
    signs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    if not dark_terminal:
        signs = {(not above, not below): sign for (above, below), sign in signs.items()}
    pairs = zip(matrix[::2], matrix[1::2], strict=True)
    return "\n".join("".join(signs[above, below] for above, below in zip(*pair, strict=True)) for pair in pairs)


def qr_svg(text: str, title: str = "") -> str:
    """The QR code as an SVG picture of its own; `title` is read out by screen readers."""
    lines = lines_of(text)
    side = len(lines)
    name = f"<title>{_escaped(title)}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f'{name}<rect width="{side}" height="{side}" fill="#fff"/><path d="{_path(lines)}" fill="#000"/></svg>'
    )


def qr_png(text: str, scale: int = PNG_SCALE) -> bytes:
    """The QR code as PNG, `scale` pixels a module."""
    lines = lines_of(text)
    return bitmaps.png(len(lines) * scale, [bitmaps.enlarged(lines, scale)])


def label_png(label: Label, scale: int = PNG_SCALE) -> bytes:
    """Code and text as PNG. The built-in typeface knows Latin letters only: a title in another script is left out."""
    code = lines_of(label.link)
    width = len(code) * scale
    texts = (_wrapped(label.title) if label.title.isascii() else []) + list(label.lines)
    written = [_written(text, width, scale) for text in (*texts, "")]
    return bitmaps.png(width, [bitmaps.enlarged(code, scale), *written])


@lru_cache(maxsize=WRITTEN_LINES)
def _written(text: str, width: int, scale: int) -> bytes:
    """A line of text as scan lines. The packs of a batch have all lines but one in common."""
    height = 3 * scale
    picture = Image.new("1", (width, height), 1)
    ImageDraw.Draw(picture).text((QUIET_ZONE * scale, 0), text, fill=0, font=_font(height * 0.8))
    return bitmaps.plain(picture.tobytes(), width)


_font = lru_cache(maxsize=4)(ImageFont.load_default)


def label_svg(label: Label) -> str:
    """One label of 70 x 37 mm as an SVG picture of its own."""
    return _svg(CELL, _drawing(label))


def sheet_pages(labels: Sequence[Label]) -> list[str]:
    """A4 pages of 24 labels each, as SVG pictures."""
    size = COLUMNS * ROWS
    return [_svg(PAGE, _cells(labels[start : start + size])) for start in range(0, len(labels), size)]


def sheet_html(labels: Sequence[Label], title: str) -> str:
    """The pages as one HTML file to print without margins; for files, since it carries its own style."""
    style = "@page{size:A4;margin:0}body{margin:0}svg{display:block;width:210mm;height:297mm;break-after:page}"
    pages = "".join(sheet_pages(labels))
    head = f'<head><meta charset="utf-8"><title>{_escaped(title)}</title><style>{style}</style></head>'
    return f"<!doctype html><html>{head}<body>{pages}</body></html>"


def _cells(labels: Iterable[Label]) -> str:
    out = ""
    for number, label in enumerate(labels):
        row, column = divmod(number, COLUMNS)
        out += f'<g transform="translate({column * CELL[0]:.3f} {row * CELL[1]:.3f})">{_drawing(label)}</g>'
    return out


def _svg(size: tuple[float, float], drawing: str) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" height="{height:.3f}mm" viewBox="0 0 {width:.3f} {height:.3f}">'
        f'<rect width="{width:.3f}" height="{height:.3f}" fill="#fff"/>{drawing}</svg>'
    )


def _drawing(label: Label) -> str:
    """Code on the left, title and elements on the right; unit is the millimetre."""
    lines = lines_of(label.link)
    top = (CELL[1] - QR_SIDE) / 2
    out = (
        f'<g transform="translate(1.5 {top:.3f}) scale({QR_SIDE / len(lines):.5f})" shape-rendering="crispEdges">'
        f'<path d="{_path(lines)}" fill="#000"/></g>'
    )
    place = top + 4.5
    for line in _wrapped(label.title):
        out += f'<text x="33" y="{place:.2f}" font-family="sans-serif" font-size="3" font-weight="bold">{_escaped(line)}</text>'
        place += 3.8
    place += 1.2
    for line in label.lines:
        out += f'<text x="33" y="{place:.2f}" font-family="monospace" font-size="2.2" xml:space="preserve">{_escaped(line)}</text>'
        place += 3.2
    return out


def _path(lines: Lines) -> str:
    """The dark modules as horizontal bars."""
    bars = ((bar.start(), row, len(bar[0])) for row, line in enumerate(lines) for bar in _BAR.finditer(line))
    return "".join([f"M{start} {row}h{length}v1h-{length}z" for start, row, length in bars])


def _escaped(text: str) -> str:
    """Text for SVG and HTML: control characters and lone surrogates out, markup escaped."""
    return html.escape("".join(sign for sign in text if unicodedata.category(sign)[0] != "C"))


def _wrapped(title: str) -> list[str]:
    """A title in at most `TITLE_LINES` lines of `TITLE_WIDTH` columns, cut with an ellipsis."""
    lines, width = [""], 0
    for sign in " ".join(title.split()):
        step = 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width + step > TITLE_WIDTH:
            if len(lines) == TITLE_LINES:
                lines[-1] = lines[-1][:-1] + "…"
                break
            lines, width = [*lines, ""], 0
        lines[-1] += sign
        width += step
    return [line for line in lines if line]
