"""Photos: read on the server, led to the verdict, never kept; whatever is no picture of a code gets a sentence."""

import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests import conformance
from tests.web.conftest import Example
from trace import labels
from trace.demo.world import BRIDGE

PACKS = ("datamatrix-1", "datamatrix-5")


def test_a_photo_of_a_label_leads_to_its_verdict(client: FlaskClient, examples: list[Example]) -> None:
    picture = labels.qr_png("http://localhost" + examples[0]["path"].partition("&as=")[0])
    with client.post(
        "/scan",
        data={"photo": (io.BytesIO(picture), "label.png"), "as": "pharmacy", "at": BRIDGE, "lang": "en"},
        content_type="multipart/form-data",
    ) as answer:
        assert answer.status_code == 303
        location = answer.location
    assert "as=pharmacy" in location and "lang=en" in location
    found = client.get(location, headers={"Accept": "application/json"}).get_json()
    assert found["verdict"]["code"] == "GENUINE_SALEABLE"


def test_a_buyer_s_secret_does_not_get_into_an_address(client: FlaskClient, examples: list[Example]) -> None:
    picture = labels.qr_png("http://localhost" + examples[0]["path"].partition("&as=")[0] + "#r=SECRETSEED")
    with client.post("/scan", data={"photo": (io.BytesIO(picture), "label.png")}, content_type="multipart/form-data") as answer:
        assert answer.status_code == 303
        assert "SECRETSEED" not in answer.location


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("L", (400, 300), 255).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "picture.format"),
        (b"no picture", "picture.format"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "picture.format"),
        (blank(), "picture.none"),
    ],
    ids=["empty", "text", "broken", "blank"],
)
def test_what_is_no_picture_of_a_code(client: FlaskClient, body: bytes, code: str) -> None:
    with client.post("/scan", data={"photo": (io.BytesIO(body), "x.png")}, content_type="multipart/form-data") as answer:
        assert answer.status_code == 422
        assert code in answer.get_data(as_text=True)


def test_no_file_at_all(client: FlaskClient) -> None:
    with client.post("/scan", data={"as": "consumer"}, content_type="multipart/form-data") as answer:
        assert answer.status_code == 400


def test_photographs_of_others(client: FlaskClient) -> None:
    """Every picture of the conformance set gets an answer; real medicine packs lead to a page that shows their GTIN and serial."""
    folder = conformance.folder("barcode-images")
    pictures = sorted(path for name in PACKS for path in (folder / name).iterdir() if path.suffix in (".png", ".jpg", ".webp"))
    shown = 0
    for picture in pictures[:25]:
        shown += shows_a_pack(client, picture)
    assert shown >= 1


def shows_a_pack(client: FlaskClient, picture: Path) -> bool:
    with client.post(
        "/scan", data={"photo": (io.BytesIO(picture.read_bytes()), picture.name)}, content_type="multipart/form-data"
    ) as answer:
        assert answer.status_code in (303, 422), picture.name
        location = answer.location
    if location is None:
        return False
    found = client.get(location, headers={"Accept": "application/json"}).get_json()
    return bool(found["item"] and found["item"].get("gtin") and found["item"].get("serial"))


def test_a_page_with_a_camera_gets_the_text_alone(client: FlaskClient, examples: list[Example]) -> None:
    text = "http://localhost" + examples[0]["path"].partition("&as=")[0]
    asks = {"headers": {"Accept": "application/json"}, "content_type": "multipart/form-data"}
    with client.post("/scan", data={"photo": (io.BytesIO(labels.qr_png(text + "#r=SECRET")), "c.jpg")}, **asks) as answer:
        assert answer.status_code == 200 and answer.get_json() == {"code": "]Q1" + text}
    with client.post("/scan", data={"photo": (io.BytesIO(blank()), "c.jpg")}, **asks) as answer:
        assert answer.status_code == 422 and answer.get_json()["code"] == "picture.none"
