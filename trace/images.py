"""Photographs to scans: bar codes and square codes found in a picture that anybody may have sent.

The bytes are hostile until decoded: size and pixels are limited before anything is unpacked, only three formats are opened, and whatever
goes wrong comes out as `PictureError`. Data are taken with their FNC1 separators and AIM prefix, as a scanner would send them.
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageOps

from trace.gs1.dates import REFERENCE_YEAR
from trace.gs1.errors import PictureError
from trace.gs1.item import BATCH, BOX, PACK, PRODUCT
from trace.gs1.scan import Reading, read

LARGEST_FILE = 12_000_000
"""Bytes of a picture; phones send 2-6 MB."""
MOST_PIXELS = 25_000_000
"""Pixels of a picture before it is unpacked: 25 MB in grey (JPEG), at most 250 MB with colours and transparency."""
WORKING_PIXELS = 12_000_000
"""Larger pictures are shrunk to this: a pack fills a good part of the picture, and noise of this size takes two seconds."""
SMALL_PIXELS = 1_500_000
"""Up to this size enlarged and turned copies are tried as well."""
FORMATS = ("JPEG", "PNG", "WEBP")
"""Picture formats that are opened; each further decoder is a further attack surface."""
TURNS = (15, 30, 45)
"""Degrees by which small pictures are turned for linear codes that lie askew; quarter turns are tried by the decoder itself."""

_MATRIX = (zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode)
_LINEAR = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
    zxingcpp.BarcodeFormat.UPCA,
    zxingcpp.BarcodeFormat.DataBar,
    zxingcpp.BarcodeFormat.DataBarLtd,
    zxingcpp.BarcodeFormat.DataBarExp,
)
_WANTED = zxingcpp.BarcodeFormats([*_MATRIX, *_LINEAR])
_LOCAL, _GLOBAL = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
_RANK = {PACK: 0, BOX: 1, BATCH: 2, PRODUCT: 3}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code found in a picture."""

    text: str
    """Its data, FNC1 as U+001D."""
    prefix: str
    """AIM symbology identifier, `]d2` for GS1 DataMatrix."""
    matrix: bool
    """A square code (DataMatrix, QR), which says more than a linear one beside it."""

    @property
    def scan(self) -> str:
        """What a scanner would have sent."""
        return self.prefix + (self.text.zfill(13) if self.prefix == "]E0" else self.text)


def read_picture(data: bytes, hosts: Collection[str] = (), reference: int = REFERENCE_YEAR) -> Reading:
    """The most telling code of a picture: a pack before a box, a batch, a product. Raises `PictureError`."""
    readings = [read(symbol.scan, hosts, reference) for symbol in decode(data)]
    return min(readings, key=lambda one: _RANK[one.candidates[0].item.kind] if one.candidates else len(_RANK))


def decode(data: bytes) -> tuple[Symbol, ...]:
    """Every code found, at least one; raises `PictureError` `picture.size`, `.pixels`, `.format` or `.none`."""
    picture = _open(data)
    found: dict[Symbol, None] = {}
    for number, (copy, binarizer) in enumerate(_attempts(picture)):
        for barcode in zxingcpp.read_barcodes(copy, formats=_WANTED, binarizer=binarizer, text_mode=zxingcpp.TextMode.Plain):
            found[Symbol(barcode.text, barcode.symbology_identifier, barcode.format in _MATRIX)] = None
        if any(symbol.matrix for symbol in found) or (found and number >= 2):
            break
    if not found:
        raise PictureError("picture.none", "a code", f"{picture.width} x {picture.height} pixels without one")
    return tuple(found)


def _open(data: bytes) -> Image.Image:
    """The picture in grey, upright, on white, at most `WORKING_PIXELS`."""
    if len(data) > LARGEST_FILE:
        raise PictureError("picture.size", f"at most {LARGEST_FILE} bytes", len(data))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            pixels = picture.width * picture.height
            if pixels <= MOST_PIXELS:
                return _grey(picture)
    except Exception as error:
        # The decoders raise whatever they meet (OSError, SyntaxError, struct.error, ...): all of it means the same to the sender.
        raise PictureError("picture.format", " or ".join(FORMATS), type(error).__name__) from None
    raise PictureError("picture.pixels", f"at most {MOST_PIXELS}", pixels)


def _grey(picture: Image.Image) -> Image.Image:
    picture.draft("L", picture.size)
    upright = ImageOps.exif_transpose(picture)
    if upright.has_transparency_data:
        colour = upright.convert("RGBA")
        upright = Image.new("L", colour.size, 255)
        upright.paste(colour.convert("L"), mask=colour.getchannel("A"))
    upright = upright.convert("L")
    pixels = upright.width * upright.height
    return upright if pixels <= WORKING_PIXELS else _scaled(upright, (WORKING_PIXELS / pixels) ** 0.5)


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    size = (max(1, int(picture.width * factor)), max(1, int(picture.height * factor)))
    return picture.resize(size, Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX)


def _attempts(picture: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.Binarizer]]:
    """Copies to search, the cheap ones first: half size finds most codes of a large photograph in a seventh of the time."""
    pixels = picture.width * picture.height
    if pixels > SMALL_PIXELS:
        yield _scaled(picture, 0.5), _LOCAL
    yield picture, _LOCAL
    yield picture, _GLOBAL
    if pixels > SMALL_PIXELS:
        return
    contrast = ImageOps.autocontrast(picture, cutoff=2)
    yield contrast, _LOCAL
    yield contrast, _GLOBAL
    large = _scaled(picture, 2)
    yield large, _LOCAL
    yield large, _GLOBAL
    for degrees in TURNS:
        yield picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255), _LOCAL
