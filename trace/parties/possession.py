"""Proof of possession: whoever has a key enrolled shows that its holder agrees (PROTOCOL §2, domain `possess/v1`).

The new key signs `pharmatrace/possess/v1` 00 ‖ chain id (32 bytes) ‖ GLN of the party (13 ASCII digits) ‖ the key (32 bytes) ‖ its seal key
(32 bytes, or nothing). Every part has a fixed length, so no two statements share bytes; chain and party are in it, so a proof cannot be
carried to another ledger or used to enrol somebody else's key as one's own.
"""

from chain import codec, keys
from chain.errors import Refusal
from chain.interfaces import BlockContext, Value


def possession_message(chain: bytes, gln: str, key: str, seal: str | None) -> bytes:
    """What the new key signs. Raises Malformed `keys.text` for texts that are no keys."""
    sealed = b"" if seal is None else keys.seal_bytes(seal)
    return codec.domain("possess/v1") + chain + gln.encode("ascii") + keys.public_bytes(key) + sealed


def prove_possession(key: keys.SigningKey, chain: bytes, gln: str, seal: str | None) -> str:
    """The `proof` of a body, base64url."""
    return codec.encode_base64(key.sign(possession_message(chain, gln, key.text, seal)))


def validate_possession(body: Value, key: str, gln: str, block: BlockContext) -> None:
    """The body's `proof` is by `key` for this chain, party and the body's `seal`. Raises Refusal `parties.key.proof`."""
    message = possession_message(block.chain, gln, key, body["seal"])
    if not keys.verify(key, message, codec.decode_base64(body["proof"], keys.SIGNATURE_BYTES)):
        raise Refusal("parties.key.proof", f"a signature by {key} over chain, {gln}, key and seal", "another", field="proof")
