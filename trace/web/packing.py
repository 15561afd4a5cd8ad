"""Packing what is sent: a phone on a slow line waits for every kilobyte.

What is the same for everybody is packed once: files, scripts, and the script at the end of a page, whose packed form is put behind that of
the page's own part. The format allows it: after a full flush nothing refers to what stood before (RFC 1951 §3.2.3, RFC 1952).
"""

import gzip
import struct
import zlib
from functools import cache, lru_cache

from flask import Flask, Response, request

LEAST = 1_000
"""Bytes below which packing gains nothing: they fit into one packet anyhow."""
LEVEL = 5
"""Level for what is made for one reader: higher ones cost more time than they save on a fast line, and packing evidence must not cost more
than making it."""
BEST = 9
"""Level for what is packed once."""
HEAD = struct.pack("<2sBBIBB", b"\x1f\x8b", 8, 0, 0, 2, 255)
"""Header of a gzip member: deflate, no flags, no time, slowest packing, system unknown."""
SCRIPT = b"<script>"
"""Where a page's own script begins; it stands last, and from there on the page is the same for everybody."""
KEPT = 8
"""Ends of pages that are kept packed: one for each language, and some to spare."""


def packed(data: bytes, kind: str) -> Response:
    """A response with these bytes, which are the same for everybody, packed where the client takes that."""
    response = Response(data, content_type=kind)
    if takes_gzip():
        response.set_data(compressed(data))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def takes_gzip() -> bool:
    """Does the client of this request take gzip?"""
    return request.accept_encodings.quality("gzip") > 0


@cache
def compressed(data: bytes) -> bytes:
    """The bytes as gzip; the same input gives the same output."""
    return gzip.compress(data, BEST, mtime=0)


def compressed_now(data: bytes) -> bytes:
    """As `compressed`, for what is made for one reader: nothing of it is kept."""
    return gzip.compress(data, LEVEL, mtime=0)


@lru_cache(maxsize=KEPT)
def _end(data: bytes) -> bytes:
    """The end of a page as the last part of a deflate stream."""
    packer = zlib.compressobj(BEST, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def page_packed(data: bytes) -> bytes:
    """A page as gzip; of one with a script only what stands before it is packed anew."""
    own, mark, script = data.rpartition(SCRIPT)
    if not mark:
        return compressed_now(data)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = packer.compress(own + mark) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"".join((HEAD, first, _end(script), struct.pack("<II", zlib.crc32(data), len(data))))


def pack_page(response: Response) -> Response:
    """Packs pages on their way out."""
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" not in response.headers and takes_gzip() and len(data := response.get_data()) >= LEAST:
        response.set_data(page_packed(data))
        response.headers["Content-Encoding"] = "gzip"
    return response


def init_app(app: Flask) -> None:
    """Packs every page."""
    app.after_request(pack_page)
