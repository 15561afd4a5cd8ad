"""Pictures: the third-party photographs, real medicine packs among them, and hostile bytes."""

import io
import json
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.conformance import folder
from tests.trace.gs1.explained import explained
from trace import images
from trace.gs1.errors import CODES, PictureError
from trace.gs1.item import pack
from trace.images import decode, read_picture
from trace.labels import label_of, label_png, qr_png

MEDICINES = {
    "datamatrix-3/n794.png": ("08903819987659", "BNav4Cam2", "2031-06-30", "S1ND6MPPFCGG6B869XES"),
    "datamatrix-5/issue794-12-1.webp": ("08903819987659", "BNav4Cam2", "2031-06-30", "S1ND6MPPFCGG6B869XES"),
    "datamatrix-5/issue794-13-4.webp": ("08903819987659", "BNav4Cam2", "2031-06-30", "XY061M5Z9NHXP10R20NN"),
    "datamatrix-1/gs1-figure-4.15.1-2-32x32.png": ("09504000059101", "1234567p", "2014-11-20", "12345678p901"),
    "qrcode-2/gs1-figure-4.15.1-2.png": ("09504000059101", "1234567p", "2014-11-20", "12345678p901"),
}
"""GTIN, lot, expiry and serial of the packs among the pictures."""
LINK = "https://example.com/01/09521001001014/10/EX2601A/21/MYT1HH3KFWJ71BPR?17=281130"


def pictures() -> Iterator[tuple[str, Path, str | None, str | None]]:
    """Short name, file, text that must be found (None: nothing), AIM prefix where it is known."""
    place = folder("barcode-images")
    for case in json.loads((place / "cases.json").read_text())["cases"]:
        name = case["file"].removeprefix("barcode-images/")
        yield name, place / name, case["text"], case.get("symbology_identifier")


def test_third_party_pictures() -> None:
    missed = {}
    for name, file, text, prefix in pictures():
        try:
            found = {symbol.text: symbol.prefix for symbol in decode(file.read_bytes())}
        except PictureError as error:
            assert error.code == "picture.none", name
            found = {}
        if text is None:
            assert not found, f"{name} holds nothing, yet {found}"
        elif text not in found or prefix not in (None, found[text]):
            missed[name] = found
    assert {name for name in missed if explained("barcode-images", name) is None} == set()
    assert set(missed) == {"datamatrix-3/dm-2x2-b.webp"}


@pytest.mark.parametrize("name", MEDICINES)
def test_real_medicine_packs(name: str) -> None:
    gtin, lot, expiry, serial = MEDICINES[name]
    assert read_picture((folder("barcode-images") / name).read_bytes()).item == pack(gtin, lot, serial, expiry)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def code(scale: int = 6) -> Image.Image:
    return Image.open(io.BytesIO(qr_png(LINK, scale))).convert("L")


@pytest.mark.parametrize("degrees", [0, 37, 90, 180, 270])
def test_turned_codes(degrees: int) -> None:
    turned = code().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    reading = read_picture(encoded(turned, "JPEG", quality=60), {"example.com"})
    assert reading.item is not None
    assert reading.item.serial == "MYT1HH3KFWJ71BPR"
    assert reading.host_known


def test_picture_that_says_how_it_was_held() -> None:
    wide = Image.new("L", (900, 500), 255)
    wide.paste(code(), (50, 50))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(encoded(wide, "JPEG", exif=exif.tobytes())).item is not None


def test_transparent_ground_is_white() -> None:
    clear = Image.new("RGBA", code().size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=code().point(lambda grey: 255 - grey))
    assert read_picture(encoded(clear)).item is not None


def test_large_photograph_is_searched_at_half_size_first() -> None:
    photograph = Image.new("L", (4000, 3000), 200)
    photograph.paste(code(8), (1500, 900))
    reading = read_picture(encoded(photograph, "JPEG"))
    assert reading.item is not None


def test_pack_before_product() -> None:
    label = Image.open(io.BytesIO(label_png(label_of(pack("09521001001014", "A", "B"), "https://example.com")))).convert("L")
    bars = Image.fromarray(zxingcpp.create_barcode("9521001001014", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3))
    sheet = Image.new("L", (label.width + bars.width, label.height + bars.height), 255)
    sheet.paste(bars)
    assert read_picture(encoded(sheet)).diagnosis == "NO_SERIAL"
    sheet.paste(label, bars.size)
    item = read_picture(encoded(sheet)).item
    assert item is not None
    assert item.same_thing(pack("09521001001014", "A", "B"))


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode(data)
    assert caught.value.code in CODES
    return caught.value.code


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_too_large_a_file() -> None:
    assert refused(bytes(images.LARGEST_FILE + 1)) == "picture.size"


@pytest.mark.parametrize(("width", "height"), [(6000, 5000), (20_000, 1300)])
def test_too_many_pixels(width: int, height: int) -> None:
    assert refused(bomb(width, height)) == "picture.pixels"


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (2**31 - 1, 1), (0, 0)])
def test_pixels_that_the_library_refuses_itself(width: int, height: int) -> None:
    assert refused(bomb(width, height)) in ("picture.format", "picture.pixels")


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM", "PDF", "ICO"])
def test_other_formats_are_not_opened(form: str) -> None:
    assert refused(encoded(code(), form)) == "picture.format"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_cut_and_flipped_files(form: str) -> None:
    whole = encoded(code(), form)
    chance = random.Random(7)
    for _ in range(40):
        damaged = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(8)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            decode(bytes(damaged))
        except PictureError as error:
            assert error.code in CODES


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x89PNG\r\n\x1a\n")
@example(b"\xff\xd8\xff\xe1\x00\x08Exif\x00\x00")
@example(b"RIFF\x00\x00\x00\x00WEBPVP8 ")
@settings(max_examples=50)
def test_any_bytes_give_codes_or_a_picture_error(data: bytes) -> None:
    try:
        decode(data)
    except PictureError as error:
        assert error.code in CODES


def test_empty_picture_says_what_to_do() -> None:
    blank = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(blank).line((0, 0, 300, 200), 0)
    assert refused(encoded(blank)) == "picture.none"
    assert CODES["picture.none"].next_en
