"""The keys of one demonstration, all derived from its own random secret, so that strangers who read this code cannot sign for it."""

import hashlib
import os
import secrets
from pathlib import Path

from nacl.public import PrivateKey

from chain import codec, keys
from chain.errors import Fault
from trace.demo.events import Receipt

SECRET_BYTES = 32
"""Length of the secret."""


class Keyring:
    """Signing keys by name, receipt keys by name, the regulator's seal key."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[str, keys.SigningKey] = {}

    def _seed(self, name: str) -> bytes:
        return hashlib.sha256(codec.domain("demo/key/v1") + self._secret + name.encode()).digest()

    def key(self, name: str) -> keys.SigningKey:
        """The signing key `name`: `miner`, `vote`, `note`, `agency/admin`, `GLN/admin`, or a holder's name."""
        if name not in self._keys:
            self._keys[name] = keys.SigningKey.from_seed(self._seed(name))
        return self._keys[name]

    def receipt_key(self, receipt: Receipt) -> keys.SigningKey:
        """The key that the till printed for the buyer (DOMAIN §11)."""
        return self.key(f"receipt/{receipt.name}")

    def seal(self, name: str) -> str:
        """The X25519 public key to which reports for `name` are sealed."""
        return keys.seal_text(bytes(PrivateKey(self._seed(f"seal/{name}")).public_key))


def make_secret(path: Path) -> bytes:
    """A new secret, kept in `path` for its owner only. Raises Fault `keys.file`."""
    secret = secrets.token_bytes(SECRET_BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
    except OSError as error:
        raise Fault("keys.file", f"a new file {path}", error.strerror) from error
    return secret
