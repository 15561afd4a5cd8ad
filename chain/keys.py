"""Signatures and keys: one Ed25519 acceptance rule everywhere (PROTOCOL §2).

A signature R|S of a message by key A is good iff S < L, A and R are canonical encodings and not of small order, and S·B = R + h·A holds
without the cofactor, h = SHA-512(R|A|message). libsodium decides so; OpenSSL and WebCrypto lack the list of small orders (the identity key
"verifies" anything there), ZIP-215 libraries accept more. `self_test` refuses to run on a library that decides an edge vector otherwise.
"""

import re
from functools import lru_cache
from typing import Any

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.utils import random

from chain import codec
from chain.errors import Fault, Malformed, Refusal
from chain.keyvectors import EDGES, PUBLISHED_SEED, SMALL_ORDER

SIGNATURE_BYTES = 64
"""Length of a signature: R 32, S 32 (RFC 8032 §5.1.6)."""
KEY_BYTES = 32
"""Length of a seed, of an Ed25519 public key and of an X25519 public key."""
PRIME = 2**255 - 19
"""The field of the curve: an encoding is canonical iff its y is below (RFC 8032 §5.1.3)."""

_SIGNING_PREFIX = "ed25519:"
_SEAL_PREFIX = "x25519:"
_BASE64_32 = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"  # the last character carries four bits, so two of its six are zero
_SIGNING_TEXT = re.compile(_SIGNING_PREFIX + _BASE64_32)
_SEAL_TEXT = re.compile(_SEAL_PREFIX + _BASE64_32)
_CACHED_KEYS = 1 << 16  # a till signs thousands of transactions: its key is taken apart once


class SigningKey:
    """A private Ed25519 key. Its text form, its `repr` and its errors never show the secret."""

    __slots__ = ("_secret", "public", "text")

    public: bytes
    """The public key, 32 bytes."""
    text: str
    """The public key as `ed25519:` + base64url."""

    def __init__(self, seed: bytes) -> None:
        """From a seed of 32 bytes; use `from_seed` or `generate`."""
        self.public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.text = key_text(self.public)

    @classmethod
    def generate(cls) -> "SigningKey":
        """A fresh key from the operating system's random numbers."""
        return cls(random(KEY_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of a seed (RFC 8032 §5.1.5). Raises Malformed `keys.seed` unless it has 32 bytes."""
        if len(seed) != KEY_BYTES:
            raise Malformed("keys.seed", f"{KEY_BYTES} bytes", len(seed))
        return cls(seed)

    @property
    def seed(self) -> bytes:
        """The secret, 32 bytes; for key files only."""
        return self._secret[:KEY_BYTES]

    def sign(self, message: bytes) -> bytes:
        """The deterministic signature of a message, 64 bytes."""
        return bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey({self.text})"


def key_text(public: bytes) -> str:
    """A public key as text. Raises Malformed `keys.text` unless it has 32 bytes."""
    return _to_text(_SIGNING_PREFIX, public)


def seal_text(public: bytes) -> str:
    """An X25519 public key, to which documents are sealed, as text. Raises Malformed `keys.text` unless it has 32 bytes."""
    return _to_text(_SEAL_PREFIX, public)


def _to_text(prefix: str, public: bytes) -> str:
    if len(public) != KEY_BYTES:
        raise Malformed("keys.text", f"a public key of {KEY_BYTES} bytes", len(public))
    return prefix + codec.encode_base64(public)


def is_key_text(value: Any) -> bool:
    """Whether a value is `ed25519:` and strict base64url of 32 bytes; says nothing about the point (`validate_allowed`)."""
    return type(value) is str and _SIGNING_TEXT.fullmatch(value) is not None


def is_seal_text(value: Any) -> bool:
    """Whether a value is `x25519:` and strict base64url of 32 bytes."""
    return type(value) is str and _SEAL_TEXT.fullmatch(value) is not None


@lru_cache(maxsize=_CACHED_KEYS)
def public_bytes(text: str) -> bytes:
    """The 32 bytes of a signing key's text. Raises Malformed `keys.text`."""
    if not is_key_text(text):
        raise Malformed("keys.text", "ed25519: and 43 base64url characters", ascii(text)[:80])
    return codec.decode_base64(text.removeprefix(_SIGNING_PREFIX), KEY_BYTES)


def seal_bytes(text: str) -> bytes:
    """The 32 bytes of a sealing key's text. Raises Malformed `keys.text`."""
    if not is_seal_text(text):
        raise Malformed("keys.text", "x25519: and 43 base64url characters", ascii(text)[:80])
    return codec.decode_base64(text.removeprefix(_SEAL_PREFIX), KEY_BYTES)


def validate_allowed(text: str) -> None:
    """A key that may sign: its encoding is canonical and not of small order. Raises Refusal `chain.key.forbidden`.

    Whether the bytes are a point at all is left to `verify`: nothing verifies under those that are none.
    """
    if not is_key_text(text):
        raise Refusal("chain.key.forbidden", "ed25519: and 43 base64url characters", ascii(text)[:80])
    problem = encoding_problem(public_bytes(text))
    if problem:
        raise Refusal("chain.key.forbidden", "a canonical Ed25519 key of large order", f"{problem}: {text}")


def encoding_problem(point: bytes) -> str | None:
    """Why the encoding of a point (a key, or the R of a signature) is never accepted, or None."""
    if int.from_bytes(point, "little") & (2**255 - 1) >= PRIME:
        return "not canonical"
    return "small order" if point in SMALL_ORDER else None


def verify(text: str, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is one by the key `text` over `message`, under the rule above. False for a text that is no key."""
    if len(signature) != SIGNATURE_BYTES or not is_key_text(text):
        return False
    try:
        bindings.crypto_sign_open(signature + message, public_bytes(text))
    except CryptoError:
        return False
    return True


def self_test() -> None:
    """Judges the edge vectors; to be called before anything is signed or verified. Raises Fault `keys.selftest` naming the first."""
    for edge in EDGES:
        text = key_text(edge.key)
        if verify(text, edge.message, edge.signature) is not edge.valid:
            raise Fault(
                "keys.selftest", f"{'accepts' if edge.valid else 'refuses'}: {edge.name}", "the signature library decides otherwise"
            )
    published = EDGES[0]
    if SigningKey(PUBLISHED_SEED).sign(published.message) != published.signature:
        raise Fault("keys.selftest", f"the published signature: {published.name}", "the signature library makes another")
