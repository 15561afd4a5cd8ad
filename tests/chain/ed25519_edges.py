"""Builds the edge vectors of the Ed25519 acceptance rule, deterministically; `python -m tests.chain.ed25519_edges` writes the JSON file.

Each refused vector satisfies all of the rule but the clause that it is named after, wherever that is possible without breaking the curve.
"""

import hashlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.chain.edwards import BASE, IDENTITY, L, P, Point, challenge, torsion

PATH = Path(__file__).resolve().parents[1] / "vectors" / "ed25519_edges.json"
SECRET = 0x1F5A3C9B7E2D4F60A1B2C3D4E5F60718293A4B5C6D7E8F901122334455667788
NONCE = 0x0A1B2C3D4E5F60718293A4B5C6D7E8F9A0B1C2D3E4F5061728394A5B6C7D8E9F
KEY = SECRET * BASE


def build() -> list[dict[str, Any]]:
    """All vectors in order, as they stand in the file."""
    vectors = [*_good(), *_small_keys(), *_small_commitments(), *_bad_encodings(), *_large_numbers(), *_torsion(), *_altered()]
    return [
        {"name": name, "key": key.hex(), "message": message.hex(), "signature": signature.hex(), "valid": valid}
        for name, key, message, signature, valid in vectors
    ]


Vector = tuple[str, bytes, bytes, bytes, bool]


def sign(commitment: bytes, key: bytes, message: bytes, nonce: int = NONCE) -> bytes:
    """A signature whose R is `commitment`, under KEY's secret but with any bytes as A."""
    number = (nonce + challenge(commitment, key, message) * SECRET) % L
    return commitment + number.to_bytes(32, "little")


def _message(commitment: bytes, key: bytes, divisor: int, rest: int) -> bytes:
    """The first message whose challenge leaves `rest` when divided by `divisor`."""
    for number in count():
        message = b"edge%d" % number
        if challenge(commitment, key, message) % divisor == rest:
            return message
    raise AssertionError


def _good() -> Iterator[Vector]:
    commitment = (NONCE * BASE).encode()
    yield "ordinary signature", KEY.encode(), b"medicine", sign(commitment, KEY.encode(), b"medicine"), True
    yield "empty message", KEY.encode(), b"", sign(commitment, KEY.encode(), b""), True


def _small_keys() -> Iterator[Vector]:
    """A of small order, R = S·B and a challenge divisible by 8: the equation holds for a signer without a secret."""
    commitment = (NONCE * BASE).encode()
    number = (NONCE % L).to_bytes(32, "little")
    names = [(f"key of small order, {index} times the generator", point.encode()) for index, point in enumerate(torsion())]
    names += [
        ("key of small order, identity with sign bit", (1 | 1 << 255).to_bytes(32, "little")),
        ("key of small order, minus one with sign bit", (P - 1 | 1 << 255).to_bytes(32, "little")),
    ]
    names += [
        (f"key of small order, y = p + {extra}, sign {sign}", (P + extra | sign << 255).to_bytes(32, "little"))
        for extra in (0, 1)
        for sign in (0, 1)
    ]
    for name, key in names:
        message = _message(commitment, key, 8, 0)
        yield name, key, message, commitment + number, False
    identity = IDENTITY.encode()
    yield "identity as key and as R, S = 0", identity, b"any", identity + bytes(32), False


def _small_commitments() -> Iterator[Vector]:
    """R of small order under a key with a small part that cancels it, S = h·a: the equation holds."""
    small = torsion()
    key = (KEY + small[1]).encode()
    yield "R of small order, ordinary key", KEY.encode(), b"small-R", sign(IDENTITY.encode(), KEY.encode(), b"small-R", 0), False
    for index, point in enumerate(small):
        message = _message(point.encode(), key, 8, -index % 8)
        yield f"R of small order, {index} times the generator", key, message, sign(point.encode(), key, message, 0), False


def _bad_encodings() -> Iterator[Vector]:
    key, message = KEY.encode(), b"encodings"
    spelt = (P + 1).to_bytes(32, "little")
    yield "R not canonical, identity as p + 1", key, message, sign(spelt, key, message, 0), False
    signed = (1 | 1 << 255).to_bytes(32, "little")
    yield "R not canonical, identity with sign bit", key, message, sign(signed, key, message, 0), False
    spelt = (P + 3).to_bytes(32, "little")
    yield "R not canonical, y = p + 3", key, message, sign(spelt, key, message), False
    commitment = (NONCE * BASE).encode()
    yield "key not canonical, y = p + 3", spelt, message, sign(commitment, spelt, message), False
    off_curve = (2).to_bytes(32, "little")
    yield "key not on the curve, y = 2", off_curve, message, sign(commitment, off_curve, message), False
    yield "R not on the curve, y = 2", key, message, sign(off_curve, key, message), False


def _large_numbers() -> Iterator[Vector]:
    """S of a good signature plus multiples of L: the same equation, another spelling."""
    key, message = KEY.encode(), b"large-S"
    good = sign((NONCE * BASE).encode(), key, message)
    number = int.from_bytes(good[32:], "little")
    for name, large in (("S + L", number + L), ("S + 8 L", number + 8 * L), ("greatest S + k L", number + (2**256 - 1 - number) // L * L)):
        yield f"S not below L, {name}", key, message, good[:32] + large.to_bytes(32, "little"), False
    identity = IDENTITY.encode()
    yield "S = L, key and R identity", identity, message, identity + L.to_bytes(32, "little"), False


def _torsion() -> Iterator[Vector]:
    """Points with a part of small order. A rule with cofactor accepts all of these, ours only where the small parts cancel exactly."""
    small = torsion()
    key, message = KEY.encode(), b"torsion"
    for order, index in ((8, 1), (4, 2), (2, 4)):
        commitment = (NONCE * BASE + small[index]).encode()
        yield f"R = rB + a point of order {order}", key, message, sign(commitment, key, message), False
    plain = (NONCE * BASE).encode()
    mixed = (KEY + small[1]).encode()
    for rest in (0, 1, 4):
        text = _message(plain, mixed, 8, rest)
        yield f"key = aB + a point of order 8, challenge = {rest} mod 8", mixed, text, sign(plain, mixed, text), rest == 0
    yield from _cancelling(mixed, small)


def _cancelling(mixed: bytes, small: list[Point]) -> Iterator[Vector]:
    """R's small part is minus h times the key's: the equation holds, so the signature is good."""
    commitment = (NONCE * BASE + small[5]).encode()
    text = _message(commitment, mixed, 8, 3)
    yield "small parts of key and R cancel", mixed, text, sign(commitment, mixed, text), True


def _altered() -> Iterator[Vector]:
    key, message = KEY.encode(), b"altered"
    good = sign((NONCE * BASE).encode(), key, message)
    yield "another message", key, message + b"!", good, False
    yield "another key", (2 * KEY).encode(), message, good, False
    yield "another R", key, message, (3 * BASE).encode() + good[32:], False
    yield "S = 0", key, message, good[:32] + bytes(32), False
    yield "all zero", key, message, bytes(64), False


def published() -> dict[str, Any]:
    """RFC 8032 §7.1 test 1: the one vector with a seed, so that making signatures is tested too."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    spread = hashlib.sha512(seed).digest()
    secret = int.from_bytes(spread[:32], "little") & ((1 << 254) - 8) | 1 << 254
    nonce = int.from_bytes(hashlib.sha512(spread[32:]).digest(), "little") % L
    key, commitment = (secret * BASE).encode(), (nonce * BASE).encode()
    number = (nonce + challenge(commitment, key, b"") * secret) % L
    signature = commitment + number.to_bytes(32, "little")
    return {"name": "RFC 8032 test 1", "key": key.hex(), "message": "", "signature": signature.hex(), "valid": True, "seed": seed.hex()}


def table() -> str:
    """The vectors as rows of `chain/keyvectors.py`."""
    rows = []
    for case in [published(), *build()]:
        rows.append(f"{'+' if case['valid'] else '-'} {case['key']} {case['name']}")
        rows.append(f"{case['signature']} {bytes.fromhex(case['message']).decode()}".rstrip())
    return "\n".join(rows)


if __name__ == "__main__":
    DESCRIPTION = "Edge cases of the one Ed25519 acceptance rule (PROTOCOL §2); hex; built by tests/chain/ed25519_edges.py."
    PATH.write_text(json.dumps({"description": DESCRIPTION, "cases": [published(), *build()]}, indent=1) + "\n")
