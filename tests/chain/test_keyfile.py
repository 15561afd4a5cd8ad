"""Key files: what is written is read, by us and by OpenSSL; nothing is overwritten; damage and wrong passphrases have a clear error."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import keyfile, keys
from chain.errors import Fault

KEY = keys.SigningKey.from_seed(bytes(range(32)))
OPENSSL = shutil.which("openssl")


@pytest.fixture(autouse=True)
def cheap_scrypt(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_cost" not in request.fixturenames:
        monkeypatch.setattr(keyfile, "SCRYPT_N", 16)


@pytest.fixture
def real_cost() -> None:
    """Uses the cost that users get."""


@pytest.mark.usefixtures("real_cost")
def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "admin.pem"
    keyfile.write_key_file(path, KEY, "correct horse", "Example Pharma: admin")
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert KEY.text in text and "Example Pharma: admin" in text
    assert KEY.seed.hex() not in text
    assert keyfile.read_key_file(path, "correct horse").seed == KEY.seed


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
@pytest.mark.usefixtures("real_cost")
def test_openssl_reads_ours_and_we_read_its(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    keyfile.write_key_file(ours, KEY, "secret", "device")
    reading = [str(OPENSSL), "pkey", "-in", str(ours), "-passin", "pass:secret", "-pubout", "-outform", "DER"]
    public = subprocess.run(reading, capture_output=True, check=True)
    assert public.stdout[-32:] == KEY.public
    plain = subprocess.run([str(OPENSSL), "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True)
    command = [str(OPENSSL), "pkcs8", "-topk8", "-scrypt", "-passout", "pass:secret", "-out", str(theirs)]
    subprocess.run(command, input=plain.stdout, capture_output=True, check=True)
    assert keyfile.read_key_file(theirs, "secret").text.startswith("ed25519:")


def test_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("precious")
    with pytest.raises(Fault) as caught:
        keyfile.write_key_file(path, KEY, "secret", "")
    assert caught.value.code == "keys.file"
    assert path.read_text() == "precious"


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_passphrases_that_are_none(tmp_path: Path, passphrase: str) -> None:
    for action in (
        lambda: keyfile.write_key_file(tmp_path / "key.pem", KEY, passphrase, ""),
        lambda: keyfile.read_key_file(tmp_path, passphrase),
    ):
        with pytest.raises(Fault) as caught:
            action()
        assert caught.value.code == "keys.passphrase"
    assert not (tmp_path / "key.pem").exists()


def test_wrong_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    keyfile.write_key_file(path, KEY, "secret", "")
    with pytest.raises(Fault) as caught:
        keyfile.read_key_file(path, "secrets")
    assert caught.value.code == "keys.passphrase"


def test_accents_composed_or_not_are_one_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    keyfile.write_key_file(path, KEY, "caf\u00e9", "")
    assert keyfile.read_key_file(path, "cafe\u0301").text == KEY.text


@pytest.mark.parametrize("label", ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "a\nb\r\n\x00", "x" * 1000, "\ud800", "药"])
def test_labels_do_no_harm(tmp_path: Path, label: str) -> None:
    path = tmp_path / "key.pem"
    keyfile.write_key_file(path, KEY, "secret", label)
    assert keyfile.read_key_file(path, "secret").text == KEY.text
    assert len(path.read_text(encoding="utf-8").splitlines()) == 8


def test_a_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Fault) as caught:
        keyfile.write_key_file(tmp_path / "key.pem", KEY, "secret", "")
    assert caught.value.code == "keys.file"
    assert not list(tmp_path.iterdir())


def test_files_that_are_none(tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    bodies = {
        "no key": b"hello",
        "empty": b"",
        "open": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "another curve": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
        "too long": b"x" * keyfile.FILE_LIMIT + b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    }
    for name, body in bodies.items():
        other.write_bytes(body)
        with pytest.raises(Fault) as caught:
            keyfile.read_key_file(other, "secret")
        assert caught.value.code == "keys.file", name
    for path in (tmp_path, tmp_path / "missing.pem"):
        with pytest.raises(Fault, match=r"keys\.file"):
            keyfile.read_key_file(path, "secret")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"keys\.file"):
        keyfile.write_key_file(tmp_path / "no" / "key.pem", KEY, "secret", "")


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    """The encryption has no checksum, so a damaged seed would be another key: the line that names the public key tells."""
    path = tmp_path / "key.pem"
    keyfile.write_key_file(path, KEY, "secret", "")
    body = path.read_bytes()
    for place in range(body.index(b"BEGIN"), len(body) - 40):
        path.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        try:
            assert keyfile.read_key_file(path, "secret").text == KEY.text, place
        except Fault as error:
            assert error.code in ("keys.file", "keys.passphrase")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 10_000))
def test_any_file_gives_a_key_or_a_fault(tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int) -> None:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    keyfile.write_key_file(path, KEY, "secret", "")
    body = path.read_bytes()
    place %= len(body)
    for damaged in (body[:place] + noise, body[:place] + noise + body[place + len(noise) :], noise):
        path.write_bytes(damaged)
        try:
            assert keyfile.read_key_file(path, "secret").text == KEY.text
        except Fault as error:
            assert error.code in ("keys.file", "keys.passphrase")
