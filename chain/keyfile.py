"""Encrypted key files: PKCS#8 (RFC 5958), PBES2 (RFC 8018 §6.2) with scrypt (RFC 7914 §7) and AES-256-CBC, in PEM.

`openssl pkey -in FILE` reads them, and files that `openssl pkcs8 -topk8 -scrypt` wrote are read here. The library's own writer derives the
key with 2,048 rounds of PBKDF2, so the structure is built here. Lines before the PEM block say whose key it is (RFC 7468 §2); they prove
nothing, but a key that is not the one named there is damaged, which the encryption alone would not show.
"""

import base64
import os
import re
import unicodedata
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from nacl.utils import random

from chain.errors import Fault
from chain.keys import SigningKey

SCRYPT_N = 2**14
"""scrypt cost: 16 MiB, the most that OpenSSL reads without being asked to (its limit is 32 MiB)."""
SCRYPT_R = 8
"""scrypt block size, as RFC 7914 §2 recommends."""
SCRYPT_P = 5
"""scrypt passes: with N = 2^14 and r = 8 as dear to guess as the usual N = 2^17, r = 8, p = 1."""
SALT_BYTES = 16
"""Random salt of the key derivation."""
FILE_LIMIT = 16 * 1024
"""Bytes of a key file; ours have 500."""
LABEL_LIMIT = 64
"""Characters of a label."""

_BEGIN = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PUBLIC_LINE = re.compile(rb"^Public: (ed25519:[A-Za-z0-9_-]+)$", re.MULTILINE)
_AES_KEY_BYTES = 32
_AES_BLOCK_BITS = 128
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_ED25519_KEY = bytes.fromhex("302e020100300506032b657004220420")  # OneAsymmetricKey of RFC 8410 §7 up to the seed


def write_key_file(path: Path, key: SigningKey, passphrase: str, label: str) -> None:
    """Writes a new file that only its owner may read; durable on return.

    Raises Fault `keys.file` where a file is or nothing can be written, `keys.passphrase` for an empty passphrase.
    """
    body = _text(key, _encrypt(key.seed, _passphrase_bytes(passphrase)), label)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Fault("keys.file", f"a new file {path}", error.strerror) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Fault("keys.file", f"room for {len(body)} bytes in {path}", error.strerror) from error


def read_key_file(path: Path, passphrase: str) -> SigningKey:
    """The key in a file. Raises Fault `keys.file` where there is none, `keys.passphrase` where the passphrase does not open it."""
    secret = _passphrase_bytes(passphrase)
    try:
        with path.open("rb") as file:
            body = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Fault("keys.file", f"a key file {path}", error.strerror) from error
    begin = body.rfind(_BEGIN)  # the last one: a label may look like a first
    if len(body) > FILE_LIMIT or begin < 0:
        raise Fault("keys.file", f"an encrypted PKCS#8 key in {path}", "another kind of file")
    key = SigningKey.from_seed(_decrypt(body[begin:], secret, path))
    named = _PUBLIC_LINE.search(body[:begin])
    if named is not None and named[1].decode("ascii") != key.text:
        raise Fault("keys.file", f"the key {named[1].decode('ascii')}", f"{key.text}: the file is damaged")
    return key


def _passphrase_bytes(passphrase: str) -> bytes:
    """The same bytes whichever way the keyboard composes accents: this is an entry point (PROTOCOL §2)."""
    if not passphrase:
        raise Fault("keys.passphrase", "a passphrase", "none")
    try:
        return unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError as error:
        raise Fault("keys.passphrase", "Unicode text", "a lone surrogate") from error


def _encrypt(seed: bytes, passphrase: bytes) -> bytes:
    """EncryptedPrivateKeyInfo of a seed, DER."""
    salt, start = random(SALT_BYTES), random(_AES_BLOCK_BITS // 8)
    secret = Scrypt(salt=salt, length=_AES_KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    padder = padding.PKCS7(_AES_BLOCK_BITS).padder()
    plain = padder.update(_ED25519_KEY + seed) + padder.finalize()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    cost = b"".join(_number(value) for value in (SCRYPT_N, SCRYPT_R, SCRYPT_P, _AES_KEY_BYTES))
    derivation = _sequence(_SCRYPT, _sequence(_octets(salt), cost))
    algorithm = _sequence(_PBES2, _sequence(derivation, _sequence(_AES_256_CBC, _octets(start))))
    return _sequence(algorithm, _octets(encryptor.update(plain) + encryptor.finalize()))


def _decrypt(body: bytes, passphrase: bytes, path: Path) -> bytes:
    """The seed in an encrypted PEM. A wrong passphrase and damage of the ciphertext look alike."""
    try:
        key = load_pem_private_key(body, passphrase)
    except (ValueError, TypeError) as error:
        raise Fault("keys.passphrase", f"the passphrase of {path}", "another, or a damaged file") from error
    except (UnsupportedAlgorithm, InternalError, MemoryError) as error:  # InternalError: impossible scrypt parameters
        raise Fault("keys.file", f"PBES2 with scrypt and AES-256-CBC in {path}", "another encryption") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Fault("keys.file", f"an Ed25519 key in {path}", type(key).__name__)
    return key.private_bytes_raw()


def _text(key: SigningKey, der: bytes, label: str) -> bytes:
    """PEM with explanatory lines before it."""
    shown = "".join(character if character.isprintable() else " " for character in label)[:LABEL_LIMIT]
    armour = base64.encodebytes(der).decode("ascii")
    lines = ("PharmaTrace signing key", f"Public: {key.text}", f"Label: {shown}", _BEGIN.decode("ascii"))
    return ("\n".join(lines) + f"\n{armour}-----END ENCRYPTED PRIVATE KEY-----\n").encode(errors="replace")


def _element(tag: int, body: bytes) -> bytes:
    """A DER element; bodies here have fewer than 256 bytes (X.690 §8.1.3)."""
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])) + body


def _sequence(*parts: bytes) -> bytes:
    return _element(0x30, b"".join(parts))


def _octets(data: bytes) -> bytes:
    return _element(0x04, data)


def _number(value: int) -> bytes:
    return _element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
