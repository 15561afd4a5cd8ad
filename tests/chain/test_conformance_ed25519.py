"""Ed25519 vectors of others. All agree: none of them has a key of small order (those are in `ed25519_edges.json`)."""

import json
from typing import Any

import pytest

from chain import keys
from tests.conformance import folder

CRYPTO = folder("crypto")
WYCHEPROOF = json.loads((CRYPTO / "wycheproof" / "ed25519_test.json").read_bytes())["testGroups"]
SIGN = json.loads((CRYPTO / "ed25519_sign.json").read_bytes())["cases"]


@pytest.mark.parametrize("group", WYCHEPROOF, ids=[f"from {group['tests'][0]['tcId']}" for group in WYCHEPROOF])
def test_wycheproof(group: dict[str, Any]) -> None:
    text = keys.key_text(bytes.fromhex(group["publicKey"]["pk"]))
    keys.validate_allowed(text)
    for case in group["tests"]:
        found = keys.verify(text, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
        assert found is (case["result"] == "valid"), case


def test_signing() -> None:
    assert len(SIGN) == 304
    for case in SIGN:
        key = keys.SigningKey.from_seed(bytes.fromhex(case["seed"]))
        message, signature = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])
        assert key.public.hex() == case["public_key"], case["id"]
        assert key.sign(message) == signature, case["id"]
        assert keys.verify(key.text, message, signature), case["id"]
        assert not keys.verify(key.text, message + b"!", signature), case["id"]
