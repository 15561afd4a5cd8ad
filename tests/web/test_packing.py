"""What is sent packed is what is sent unpacked, and is small."""

import gzip
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Example
from trace.web import assets, packing
from trace.web.settings import ROOT

PACKED = {"Accept-Encoding": "gzip"}
"""What a browser sends."""
FILES = sorted(str(path.relative_to(ROOT / "static")) for path in (ROOT / "static").rglob("*") if path.is_file())
"""Every static file."""


@given(st.binary(max_size=3_000), st.booleans(), st.binary(max_size=3_000))
def test_any_page_comes_back_as_it_was(own: bytes, has_script: bool, rest: bytes) -> None:
    page = own + packing.SCRIPT * has_script + rest
    assert gzip.decompress(packing.page_packed(page)) == page
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)  # as browsers read: one member and its end
    assert reader.decompress(packing.page_packed(page)) == page and reader.eof and not reader.unused_data


@pytest.mark.parametrize("address", ["/", "/scan", "/batches", "/recalls", "/parties"])
def test_pages_are_packed_for_whoever_takes_that(client: FlaskClient, address: str) -> None:
    plain, packed = client.get(address), client.get(address, headers=PACKED)
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data and int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_packed_once_and_may_be_kept(app: Flask, client: FlaskClient, file: str) -> None:
    with app.test_request_context():
        address = assets.asset(file)
    body = (ROOT / "static" / file).read_bytes()
    plain, packed = client.get(address), client.get(address, headers=PACKED)
    assert plain.status_code == packed.status_code == 200 and plain.mimetype == packed.mimetype
    sent = gzip.decompress(packed.data) if packed.headers.get("Content-Encoding") == "gzip" else packed.data
    assert sent == plain.data and len(packed.data) <= len(body)
    assert plain.data == body or file.endswith(".css")
    assert "immutable" in plain.headers["Cache-Control"] and "immutable" not in client.get(f"/static/{file}").headers["Cache-Control"]
    assert client.get(f"/static/{file}", headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("file", ["../app.py", "css/../../app.py", "nothing.css", "", "css", "%2e%2e/app.py"])
def test_nothing_else_is_a_file(client: FlaskClient, file: str) -> None:
    assert client.get(f"/static/{file}").status_code in (308, 404)


def test_examples_come_packed_as_they_are(client: FlaskClient, examples: list[Example]) -> None:
    for example in examples:
        plain, packed = client.get(example["path"]), client.get(example["path"], headers=PACKED)
        assert len(gzip.decompress(packed.data)) == pytest.approx(len(plain.data), rel=0.02)
