"""Codes by tables are the codes of `qrcode`, module by module, mask included; and pictures written by hand are the pictures of Pillow."""

import io
import random
import string

import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from tests.trace.gs1.strategies import items
from trace.gs1.item import Item, pack
from trace.labels import label_of, label_png, qr_png
from trace.qrcodes import QUIET_ZONE, VERSION_LIMIT, lines_of

SEED = 20260101
LABELS = 300


def library(text: str) -> list[str]:
    """The code that `qrcode` draws."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return ["".join("1" if dark else "0" for dark in row) for row in code.get_matrix()]


def random_label(source: random.Random) -> str:
    letters = string.ascii_uppercase + string.digits
    lot, serial = ("".join(source.choices(letters, k=source.randint(1, 20))) for _ in range(2))
    expiry = source.choice([None, f"20{source.randint(26, 49)}-{source.randint(1, 12):02d}-{source.randint(1, 28):02d}"])
    host = source.choice(["example.com", "trace.example.org:8443", "10.0.0.7:8000"])
    return label_of(pack("09521001001014", lot, serial, expiry), f"https://{host}").link


def test_hundreds_of_random_labels_are_those_of_the_library() -> None:
    source = random.Random(SEED)
    for number in range(LABELS):
        link = random_label(source)
        assert lines_of(link) == library(link), link
        if number % 10 == 0:
            (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(link))))
            assert found.text == link


@pytest.mark.parametrize("signs", [string.digits, string.ascii_uppercase + "0123456789 $%*+-./:", string.printable, "药é💊x"])
def test_every_mode_and_version_is_that_of_the_library(signs: str) -> None:
    source = random.Random(SEED)
    for length in (0, 1, 2, 19, 20, 21, 40, 100, 180, 230, 400, 650):
        text = "".join(source.choices(signs, k=length))
        assert lines_of(text) == library(text), text


def test_mixed_modes_are_those_of_the_library() -> None:
    source = random.Random(SEED)
    for _ in range(20):
        parts = [source.choice([string.digits, string.ascii_uppercase, string.ascii_lowercase]) for _ in range(4)]
        text = "".join("".join(source.choices(signs, k=source.randint(5, 45))) for signs in parts)
        assert lines_of(text) == library(text), text


def test_what_needs_no_tables_is_drawn_by_the_library() -> None:
    text = "a" * 700
    lines = lines_of(text)
    assert len(lines) > 4 * VERSION_LIMIT + 17 + 2 * QUIET_ZONE and lines == library(text)
    with pytest.raises(ValueError, match="no QR code"):
        lines_of("a" * 2_332)


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_text_is_that_of_the_library_or_none(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            lines_of(text)
        return
    assert lines_of(text) == library(text)


@pytest.mark.parametrize("scale", [1, 3, 8, 11])
def test_pictures_are_those_of_pillow(scale: int) -> None:
    lines = lines_of("https://example.com/01/09521001001014")
    picture = Image.open(io.BytesIO(qr_png("https://example.com/01/09521001001014", scale)))
    side = len(lines)
    expected = Image.new("1", (side, side), 1)
    expected.putdata([0 if sign == "1" else 1 for line in lines for sign in line])
    assert (picture.mode, picture.format) == ("1", "PNG")
    assert picture.tobytes() == expected.resize((side * scale, side * scale), Image.Resampling.NEAREST).tobytes()


@given(items)
@settings(max_examples=10, deadline=None)
def test_a_label_shows_code_and_text(item: Item) -> None:
    label = label_of(item, "https://example.com", "Example tablets")
    for scale in (5, 8):
        picture = Image.open(io.BytesIO(label_png(label, scale)))
        side = len(lines_of(label.link)) * scale
        assert picture.size == (side, side + 3 * scale * (len(label.lines) + 2))
        code = Image.open(io.BytesIO(qr_png(label.link, scale)))
        assert picture.crop((0, 0, side, side)).tobytes() == code.tobytes()
        for number in range(len(label.lines) + 1):
            line = picture.crop((0, side + 3 * scale * number, side, side + 3 * scale * (number + 1)))
            assert line.getextrema() == (0, 255)
