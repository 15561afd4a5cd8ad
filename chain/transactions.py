"""Transactions: envelope, identity, signatures, and the carrier that travels (PROTOCOL §3).

An envelope is a canonical JSON object; its id is a hash of its bytes, and the signatures are made over the same bytes. Items travel beside
the envelope, committed by the root of an RFC 9162 tree, so that one of them can be shown without the others. Proofs that only validation
needs travel beside both and never change the id.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chain import codec, envelopes, keys, merkle
from chain.errors import Malformed, Refusal
from chain.interfaces import MerklePath, Value

ENVELOPE_LIMIT = 8 * 1024
"""Bytes of an envelope: small enough to be shown whole in evidence on a phone."""
ITEMS_LIMIT = 1024 * 1024
"""Bytes of all items of a transaction together."""
ITEM_COUNT_LIMIT = 2_000
"""Items of a transaction: the lines of one document."""
PATH_LIMIT = 2_000
"""Inclusion paths that may travel with a transaction."""
PATH_LENGTH_LIMIT = 40
"""Hashes in one path; 2^40 packs are more than a batch holds."""
UNTIL_LIMIT_MS = 30 * 24 * 3600 * 1000
"""A transaction is valid for at most 30 days after its signing."""
UNTIL_DEFAULT_MS = 7 * 24 * 3600 * 1000
"""Validity that our tools choose."""

_LENGTH = struct.Struct(">I")
_NO_ITEMS = _LENGTH.pack(0)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A decoded transaction. `parse` makes one from a carrier; `sign` makes a new one."""

    id: bytes
    """SHA-256 of the domain and the envelope, 32 bytes."""
    envelope: bytes
    """The signed canonical bytes."""
    chain: str
    """Lower-case hex id of the genesis header."""
    kind: str
    """`module.name`."""
    by: str
    """The signing key, `ed25519:` + base64url."""
    cosigners: tuple[str, ...]
    """Further signing keys (`with`), at most 8."""
    seq: int
    """The key's own count of transactions."""
    at: int
    """Signer's clock, ms."""
    until: int
    """End of validity, ms."""
    body: Value
    """The fields of the kind."""
    items: tuple[Value, ...]
    """The items, decoded."""
    item_bytes: tuple[bytes, ...]
    """The items' canonical bytes, leaves of the items tree."""
    signatures: tuple[bytes, ...]
    """Raw signatures: first by `by`, then by each of `cosigners`."""
    proofs: tuple[MerklePath, ...] = field(default=())
    """Inclusion paths that the rules of this kind need, in the order that the kind defines."""
    prepared: tuple[bytes, ...] | None = field(default=None, init=False, repr=False, compare=False)
    """What `Application.prepare` says of exactly this transaction, where it was asked already (`chain.checking`); else None. It belongs to
    one object: a copy with other fields begins without."""

    @property
    def leaf(self) -> bytes:
        """Leaf of the transactions tree: id and raw signatures, so that a re-spelt signature is another leaf."""
        return self.id + b"".join(self.signatures)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a signer decides about a transaction."""

    chain: str
    """Lower-case hex id of the genesis header."""
    kind: str
    """`module.name`."""
    body: Value
    """The fields of the kind."""
    seq: int
    """The key's next number."""
    at: int
    """Time of signing, ms."""
    salt: bytes
    """16 random bytes."""
    until: int | None = None
    """End of validity, ms; None = 7 days after `at`."""
    items: Sequence[Value] = ()
    """Items in order."""
    proofs: tuple[MerklePath, ...] = ()
    """Inclusion paths to bring along."""


def identity(envelope: bytes) -> bytes:
    """Id of a transaction: SHA-256(`pharmatrace/tx/v1` 00 envelope)."""
    return hashlib.sha256(codec.domain("tx/v1") + envelope).digest()


def sign(draft: Draft, *signers: "keys.SigningKey") -> Transaction:
    """Signs a draft: the first signer is `by`, the others are co-signers in this order. Raises Malformed when it would not decode."""
    item_bytes = tuple(codec.encode(item) for item in draft.items)
    envelope: dict[str, Any] = {
        "v": envelopes.VERSION,
        "chain": draft.chain,
        "kind": draft.kind,
        "by": signers[0].text,
        "seq": draft.seq,
        "at": draft.at,
        "until": draft.at + UNTIL_DEFAULT_MS if draft.until is None else draft.until,
        "salt": codec.encode_base64(draft.salt),
        "items": {"n": len(item_bytes), "root": merkle.root(item_bytes).hex()},
        "body": draft.body,
    }
    if len(signers) > 1:
        envelope["with"] = [signer.text for signer in signers[1:]]
    body = codec.encode(envelope)
    signatures = tuple(signer.sign(codec.domain("tx/v1") + body) for signer in signers)
    return decode(body, signatures, item_bytes, draft.proofs)


def decode(envelope: bytes, signatures: tuple[bytes, ...], items: tuple[bytes, ...], proofs: tuple[MerklePath, ...] = ()) -> Transaction:
    """DOMAIN §5 row 1: size, canonical bytes, complete envelope. Raises Refusal `chain.tx.size`, `.canonical` or `.field`."""
    validate_size(envelope, items)
    fields, decoded_items = _decode_strictly(envelope, items)
    cosigners = tuple(fields.get("with", ()))
    if len(signatures) != 1 + len(cosigners) or any(len(signature) != keys.SIGNATURE_BYTES for signature in signatures):
        raise Refusal("chain.tx.field", f"{1 + len(cosigners)} signatures of 64 bytes", len(signatures), field="sigs")
    return _build(Parts(envelope, signatures, items, proofs), fields, decoded_items)


@dataclass(frozen=True, slots=True)
class Parts:
    """A carrier taken apart."""

    envelope: bytes
    """The signed canonical bytes."""
    signatures: tuple[bytes, ...]
    """Raw signatures."""
    items: tuple[bytes, ...]
    """The items' canonical bytes."""
    proofs: tuple[MerklePath, ...]
    """Inclusion paths."""


def _decode_strictly(envelope: bytes, items: tuple[bytes, ...]) -> tuple[dict[str, Any], tuple[Value, ...]]:
    """The envelope's fields and the items, each as PROTOCOL §3 wants them."""
    try:
        fields = codec.decode(envelope)
        decoded_items = tuple(codec.decode(item) for item in items)
    except Malformed as error:
        raise Refusal("chain.tx.canonical", "canonical JSON (RFC 8785)", error.code) from error
    envelopes.validate_fields(fields)
    if any(not isinstance(item, dict) for item in decoded_items):
        raise Refusal("chain.tx.field", "objects", "another type", field="items")
    count_and_root = {"n": len(items), "root": merkle.root(items).hex()}
    if fields["items"] != count_and_root or type(fields["items"]["n"]) is not int:  # `true` is no count, though Python takes it for 1
        raise Refusal("chain.tx.field", "count and root of the items that travel along", "others", field="items")
    return fields, decoded_items


def _build(parts: Parts, fields: dict[str, Any], items: tuple[Value, ...]) -> Transaction:
    return Transaction(
        id=identity(parts.envelope),
        envelope=parts.envelope,
        chain=fields["chain"],
        kind=fields["kind"],
        by=fields["by"],
        cosigners=tuple(fields.get("with", ())),
        seq=fields["seq"],
        at=fields["at"],
        until=fields["until"],
        body=fields["body"],
        items=items,
        item_bytes=parts.items,
        signatures=parts.signatures,
        proofs=parts.proofs,
    )


def with_prepared(item: Transaction, prepared: tuple[bytes, ...] | None) -> Transaction:
    """The transaction itself, which nobody else has seen yet, with what `Application.prepare` says of it."""
    object.__setattr__(item, "prepared", prepared)
    return item


def validate_size(envelope: bytes, items: tuple[bytes, ...]) -> None:
    """The limits of PROTOCOL §3. Raises Refusal `chain.tx.size`."""
    if len(envelope) > ENVELOPE_LIMIT:
        raise Refusal("chain.tx.size", f"an envelope of at most {ENVELOPE_LIMIT} bytes", len(envelope))
    if len(items) > ITEM_COUNT_LIMIT:
        raise Refusal("chain.tx.size", f"at most {ITEM_COUNT_LIMIT} items", len(items))
    if items and sum(map(len, items)) > ITEMS_LIMIT:
        raise Refusal("chain.tx.size", f"items of at most {ITEMS_LIMIT} bytes", sum(map(len, items)))


def validate_signatures(transaction: Transaction) -> None:
    """DOMAIN §5 row 3. Raises Refusal `chain.key.forbidden`, `chain.tx.signature` or `chain.tx.cosignature`."""
    message = codec.domain("tx/v1") + transaction.envelope
    signers = (transaction.by, *transaction.cosigners)
    for text in signers:
        keys.validate_allowed(text)
    for number, (text, signature) in enumerate(zip(signers, transaction.signatures, strict=True)):
        if not keys.verify(text, message, signature):
            code = "chain.tx.cosignature" if number else "chain.tx.signature"
            raise Refusal(code, f"a signature by {text}", "another", field="sigs" if number else "sig")


# --- carriers: envelope | signatures | items | proofs ------------------------------------------------------------------------


def encode(transaction: Transaction, *, with_proofs: bool = False) -> bytes:
    """The binary carrier: u32 length and bytes of the envelope, u8 count and the signatures, u32 count and the items each with its u32
    length; with proofs: u16 count, then for each path u64 leaf index, u8 length, hashes."""
    parts = [_LENGTH.pack(len(transaction.envelope)), transaction.envelope]
    parts += [bytes([len(transaction.signatures)]), *transaction.signatures]
    parts.append(_LENGTH.pack(len(transaction.item_bytes)))
    for item in transaction.item_bytes:
        parts += [_LENGTH.pack(len(item)), item]
    if with_proofs:
        parts.append(struct.pack(">H", len(transaction.proofs)))
        for index, hashes in transaction.proofs:
            parts += [struct.pack(">QB", index, len(hashes)), *hashes]
    return b"".join(parts)


def size(transaction: Transaction) -> int:
    """Bytes of the carrier without proofs."""
    fixed = 2 * _LENGTH.size + 1 + keys.SIGNATURE_BYTES * len(transaction.signatures)
    return fixed + len(transaction.envelope) + sum(map(len, transaction.item_bytes)) + _LENGTH.size * len(transaction.item_bytes)


def parse(carrier: bytes, *, with_proofs: bool = False, proofs: tuple[MerklePath, ...] = (), checked: bool = False) -> Transaction:
    """The transaction in a carrier. Raises Malformed `codec.carrier` for broken framing, Refusal as `decode`.

    `checked`: this node has judged these very bytes before, or has somebody judge them now; the strict checks are left out.
    """
    parts = take_apart(carrier, with_proofs=with_proofs)
    if not with_proofs:
        parts = Parts(parts.envelope, parts.signatures, parts.items, proofs)
    if checked:
        return _build(parts, codec.load(parts.envelope), tuple(map(codec.load, parts.items)))
    return decode(parts.envelope, parts.signatures, parts.items, parts.proofs)


def take_apart(carrier: bytes, *, with_proofs: bool = False) -> Parts:
    """The parts of a carrier, not judged. Raises Malformed `codec.carrier` for broken framing."""
    reader = codec.Reader(carrier, "codec.carrier")
    envelope = reader.take(reader.number(4))
    signatures = tuple([reader.take(keys.SIGNATURE_BYTES) for _ in range(reader.number(1, envelopes.COSIGNER_LIMIT + 1))])
    items = tuple([reader.take(reader.number(4)) for _ in range(reader.number(4, ITEM_COUNT_LIMIT))])
    proofs = tuple([_read_path(reader) for _ in range(reader.number(2, PATH_LIMIT))]) if with_proofs else ()
    reader.finish()
    return Parts(envelope, signatures, items, proofs)


def leaf_of(carrier: bytes) -> bytes:
    """The leaf of a carrier without proofs, from its bytes alone; its items are those that the envelope names. Nothing else is judged.

    Raises Malformed `codec.carrier`.
    """
    end = _LENGTH.size + int.from_bytes(carrier[: _LENGTH.size], "big")
    stop = end + 1 + keys.SIGNATURE_BYTES * int.from_bytes(carrier[end : end + 1], "big")
    if carrier[stop:] != _NO_ITEMS:
        _validate_items(take_apart(carrier))
    return identity(carrier[_LENGTH.size : end]) + carrier[end + 1 : stop]


def _validate_items(parts: Parts) -> None:
    fields = codec.load(parts.envelope)
    named = fields.get("items") if isinstance(fields, dict) else None
    if named != {"n": len(parts.items), "root": merkle.root(parts.items).hex()}:
        raise Malformed("codec.carrier", "the items that the envelope names", "others", field="items")


def _read_path(reader: "codec.Reader") -> MerklePath:
    index = reader.number(8)
    body = reader.take(32 * reader.number(1, PATH_LENGTH_LIMIT))
    return index, tuple([body[place : place + 32] for place in range(0, len(body), 32)])
