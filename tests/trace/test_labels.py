"""Labels: what is printed is read again, and what comes from outside cannot break out of the drawing."""

import io
from typing import Any
from xml.etree import ElementTree

import pytest
import qrcode
from hypothesis import given, settings
from PIL import Image

from tests.trace.gs1.strategies import items
from trace import labels
from trace.gs1.errors import CodeError
from trace.gs1.item import Item, batch, pack
from trace.images import read_picture
from trace.labels import label_of, label_png, label_svg, qr_matrix, qr_png, qr_svg, qr_text, sheet_html, sheet_pages

PACK = pack("09521001001014", "EX2601A", "MYT1HH3KFWJ71BPR", "2028-11-30")
LINK = "https://example.com/01/09521001001014/10/EX2601A/21/MYT1HH3KFWJ71BPR?17=281130"
HOSTILE = ["<script>alert(1)</script>", "\"'><svg onload=x>", "]]>", "a\x00b\x1b[2J", "\ud800", "&amp;", "示例片" * 50, "", "\u202e反"]
SVG = "{http://www.w3.org/2000/svg}"


def root_of(svg: str) -> ElementTree.Element:
    """The parsed drawing; fails if it is not well-formed."""
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(["start"])
    parser.feed(svg)
    parser.close()
    first = next(iter(parser.read_events()))[-1]
    assert isinstance(first, ElementTree.Element)
    return first


def drawn(svg: str) -> bytes:
    """The dark bars of an SVG code as a picture, drawn by its path alone."""
    root = root_of(svg)
    side = int(root.attrib["viewBox"].split()[2])
    picture = Image.new("L", (side, side), 255)
    path = root.find(f"{SVG}path")
    assert path is not None
    for bar in path.attrib["d"].split("z")[:-1]:
        place, size = bar[1:].split("v")[0].split("h")
        column, row = map(int, place.split())
        picture.paste(0, (column, row, column + int(size), row + 1))
    out = io.BytesIO()
    picture.resize((side * 4, side * 4), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def test_label_says_what_the_code_says() -> None:
    label = label_of(PACK, "https://example.com", "Examplamol 500 mg")
    assert label.link == LINK
    assert label.lines == ("(01) 09521001001014", "(17) 281130", "(10) EX2601A", "(21) MYT1HH3KFWJ71BPR")
    batch_label = label_of(batch("09521001001014", "EX2601A", "2028-11-30"), "https://example.com")
    assert batch_label.link == "https://example.com/01/09521001001014/10/EX2601A?17=281130"


@given(items)
@settings(max_examples=15)
def test_printed_codes_read_back(item: Item) -> None:
    label = label_of(item, "https://example.com")
    for picture in (qr_png(label.link), label_png(label), drawn(qr_svg(label.link))):
        read = read_picture(picture, {"example.com"})
        assert read.host_known
        assert read.candidates[0].item.same_thing(item)


def test_terminal_code_reads_back() -> None:
    for dark in (True, False):
        lines = qr_text(LINK, dark_terminal=dark).splitlines()
        light, ink = (255, 0) if dark else (0, 255)
        shades = {"█": (light, light), "▀": (light, ink), "▄": (ink, light), " ": (ink, ink)}
        picture = Image.new("L", (len(lines[0]), 2 * len(lines)))
        picture.putdata([shades[sign][half] for line in lines for half in (0, 1) for sign in line])
        out = io.BytesIO()
        picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST).save(out, "PNG")
        assert read_picture(out.getvalue()).item is not None


def test_matrix_is_the_library_s() -> None:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(LINK)
    assert qr_matrix(LINK) == code.get_matrix()


@pytest.mark.parametrize("title", HOSTILE)
def test_titles_cannot_break_out(title: str) -> None:
    label = label_of(PACK, "https://example.com", title)
    for svg in (label_svg(label), *sheet_pages([label] * 25), qr_svg(LINK, title)):
        root = root_of(svg)
        allowed = {f"{SVG}{name}" for name in ("svg", "rect", "g", "path", "text", "title")}
        assert {element.tag for element in root.iter()} <= allowed
        assert not any(name.startswith("on") or name == "style" for element in root.iter() for name in element.attrib)
    assert "<script" not in sheet_html([label], title)
    assert label_png(label).startswith(b"\x89PNG")


def test_long_titles_are_wrapped_and_cut() -> None:
    texts = [element.text or "" for element in root_of(label_svg(label_of(PACK, "example.com", "示例片" * 50))).iter(f"{SVG}text")]
    titles = [text for text in texts if "示" in text]
    assert [len(text) for text in titles] == [11, 11]
    assert titles[-1].endswith("…")


def test_sheets_hold_twenty_four() -> None:
    label = label_of(PACK, "https://example.com")
    assert [len(page.split("scale(")) - 1 for page in sheet_pages([label] * 49)] == [24, 24, 1]
    assert sheet_pages([]) == []
    assert labels.COLUMNS * labels.ROWS == 24


def test_modules_are_large_enough_to_read() -> None:
    longest = pack("09521001001014", "W" * 20, "W" * 20, "2028-11-30")
    side = len(qr_matrix(label_of(longest, "https://trace.example.com").link))
    assert labels.QR_SIDE / side >= 0.5


def test_item_without_link_has_no_label() -> None:
    with pytest.raises(CodeError):
        label_of(Item("pack", serial="81234567890123456789", cn_code="81234567890123456789"), "https://example.com")
