"""Checkpoint, anchors and tiles over HTTP, judged as a stranger would."""

import re

import pytest
from flask.testing import FlaskClient

from chain import anchor, attesters, checkpoint, merkle
from trace.ledger import Ledger
from trace.web.checkpoints import name_of

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def published(ledger: Ledger) -> None:
    ledger.node.pump()


def test_the_checkpoint_is_a_note_that_the_attesters_signed(client: FlaskClient, ledger: Ledger) -> None:
    answer = client.get("/checkpoint")
    assert answer.status_code == 200 and answer.content_type == "text/plain; charset=utf-8"
    assert "max-age=1" in answer.headers["Cache-Control"]
    signed = checkpoint.parse(answer.data)
    held = anchor.parse(client.get("/anchor", headers=JSON).data)
    support = checkpoint.judge(signed, held.members, held.witnesses)
    checkpoint.validate_attested(support)
    assert checkpoint.age(support, ledger.node.clock.now() // 1000) <= 60


def test_an_anchor_can_be_fetched_by_its_hash(client: FlaskClient, ledger: Ledger) -> None:
    body = client.get("/anchor", headers=JSON).data
    held = anchor.parse(body)
    assert held.chain == ledger.node.chain and held.members == tuple(attesters.entry(ledger.node.view())["members"])
    again = client.get(f"/anchor/{held.hash.hex()}", headers=JSON)
    assert again.data == body and "immutable" in again.headers["Cache-Control"]
    for wrong in ("00" * 32, "x", "%00"):
        assert client.get(f"/anchor/{wrong}", headers=JSON).status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_words_to_compare(client: FlaskClient, language: str) -> None:
    held = anchor.parse(client.get("/anchor", headers=JSON).data)
    page = client.get(f"/anchor?lang={language}").get_data(as_text=True)
    words = re.findall(r"<b>([a-z]{5})</b>", page)
    assert anchor.digest_of_words(" ".join(words)) == held.hash[:20]
    assert held.hash.hex() in page and "data:image/png;base64," in page
    assert client.get(f"/anchor/{held.hash.hex()}?lang={language}").status_code == 200


def test_the_tiles_give_the_root_of_the_checkpoint(client: FlaskClient) -> None:
    found = checkpoint.parse(client.get("/checkpoint").data)[0]
    hashes, headers = b"", b""
    for number in range(0, found.size, 256):
        width = min(256, found.size - number)
        partial = f".p/{width}" if width < 256 else ""
        hashes += client.get(f"/tile/0/{name_of(number // 256)}{partial}").data
        headers += client.get(f"/tile/entries/{name_of(number // 256)}{partial}").data
    leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    assert len(leaves) == found.size and merkle.root_of_hashes(leaves) == found.root
    entries = [headers[at : at + 242] for at in range(0, len(headers), 242)]
    assert [merkle.leaf_hash(entry[2:]) for entry in entries] == leaves and all(entry[:2] == b"\0\xf0" for entry in entries)


@pytest.mark.parametrize("address", [
    "0/000.p/0", "0/000.p/256", "0/000.p/999", "0/0", "0/0000", "0/x000/000", "0/000.p/",
    "64/000", "9/000", "-1/000", "00/000", "0/999", "x/000",
    "entries/999", "entries/000.p/256", "0/x999/x999/x999/x999/999", "0/000.p/01", "63/000.p/1", "0/\u0660\u0660\u0660", "entries/000/",
])  # fmt: skip
def test_other_tiles_are_not_there(client: FlaskClient, address: str) -> None:
    assert client.get(f"/tile/{address}").status_code == 404


@pytest.mark.parametrize("epoch", ["0", "1", "x", "-1", "9" * 20, "%00"])
def test_where_no_set_has_changed_there_is_no_handover(client: FlaskClient, epoch: str) -> None:
    assert client.get(f"/handover/{epoch}").status_code == 404


@pytest.mark.parametrize(("number", "name"), [(0, "000"), (255, "255"), (1000, "x001/000"), (1_234_067, "x001/x234/067")])
def test_tiles_are_named_as_the_specification_says(number: int, name: str) -> None:
    assert name_of(number) == name
