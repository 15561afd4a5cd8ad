"""Transactions in evidence: an envelope with its signatures, and single items of it with their paths (PROTOCOL §3, §8). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chain import codec, envelopes, keys, merkle, transactions
from chain.errors import ChainError, Malformed
from chain.evidenceforms import ITEMS_LIMIT, expect, read_bytes, read_fields, read_hashes, read_list, read_number, write_hashes
from chain.interfaces import Value
from chain.transactions import Transaction


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A transaction of which single items are shown."""

    id: bytes
    """Its id."""
    envelope: Value
    """Its fields."""
    message: bytes
    """What was signed."""
    signatures: tuple[bytes, ...]
    """Raw signatures: first by `by`, then by each of `with`."""
    items: Mapping[int, Value]
    """Index -> item, of those that are shown."""

    @property
    def kind(self) -> str:
        """`module.name`."""
        return str(self.envelope["kind"])

    @property
    def by(self) -> str:
        """The signing key."""
        return str(self.envelope["by"])

    @property
    def body(self) -> Value:
        """The fields of the kind."""
        found: Value = self.envelope["body"]
        return found


def write_transaction(item: Transaction, indexes: Collection[int] = ()) -> dict[str, Any]:
    """A transaction with single items as bundles carry it."""
    return {
        "envelope": codec.load(item.envelope),
        "sigs": [codec.encode_base64(signature) for signature in item.signatures],
        "items": _write_items(item, indexes),
    }


def _write_items(item: Transaction, indexes: Collection[int]) -> list[dict[str, Any]]:
    if not indexes:
        return []
    tree = merkle.Tree(merkle.leaf_hash(each) for each in item.item_bytes)
    paths = {index: write_hashes(tree.inclusion_path(index)) for index in sorted(indexes)}
    return [{"index": index, "item": item.items[index], "path": path} for index, path in paths.items()]


def read_transaction(value: Any) -> Disclosed:
    """The transaction in a decoded JSON value; its items lie under the root that it signs, its signatures are not checked yet.

    Raises Malformed `evidence.bundle.field`, `evidence.event.envelope`, `evidence.event.item`.
    """
    envelope, sigs, items = read_fields(value, ("envelope", "sigs", "items"), "transactions")
    listed = read_list(sigs, envelopes.COSIGNER_LIMIT + 1, "transactions.sigs", 1)
    signatures = tuple(read_bytes(each, "transactions.sigs", keys.SIGNATURE_BYTES) for each in listed)
    body = _envelope_bytes(envelope)
    if len(signatures) != 1 + len(envelope.get("with", ())):
        raise Malformed("evidence.event.envelope", f"{1 + len(envelope.get('with', ()))} signatures", len(signatures))
    shown = _read_items(items, envelope["items"])
    return Disclosed(transactions.identity(body), envelope, codec.domain("tx/v1") + body, signatures, shown)


def _envelope_bytes(envelope: Any) -> bytes:
    """The canonical bytes of an envelope that PROTOCOL §3 allows. Raises Malformed `evidence.event.envelope`."""
    try:
        envelopes.validate_fields(envelope)
        body = codec.encode(envelope)
        transactions.validate_size(body, ())
    except ChainError as error:
        raise Malformed("evidence.event.envelope", error.expected, error.found, field=error.field) from error
    items = envelope["items"]
    good = items.keys() == {"n", "root"} and type(items["n"]) is int and codec.is_hash(items["root"])
    if not good or not 0 <= items["n"] <= transactions.ITEM_COUNT_LIMIT:
        raise Malformed("evidence.event.envelope", "count and root of the items", "others", field="items")
    return body


def _read_items(value: Any, named: Value) -> dict[int, Value]:
    found: dict[int, Value] = {}
    for each in read_list(value, ITEMS_LIMIT, "transactions.items"):
        index, item, path = read_fields(each, ("index", "item", "path"), "transactions.items")
        expect(read_number(index, "transactions.items") > max(found, default=-1), "transactions.items", "indexes in ascending order")
        expect(type(item) is dict, "transactions.items", "an object as item")
        _validate_item(item, (index, read_hashes(path, "transactions.items")), named)
        found[index] = item
    return found


def _validate_item(item: Value, path: tuple[int, tuple[bytes, ...]], named: Value) -> None:
    """The item is the one at its index under the root that the envelope names. Raises Malformed `evidence.event.item`."""
    try:
        leaf = merkle.leaf_hash(codec.encode(item))
        merkle.validate_inclusion(leaf, path[0], named["n"], path[1], bytes.fromhex(named["root"]))
    except Malformed as error:
        raise Malformed("evidence.event.item", error.expected, error.found) from error


def validate_signatures(item: Disclosed, chain: str) -> None:
    """It belongs to this chain, and everybody it names has signed it. Raises Malformed `evidence.event.envelope`, `.signature`."""
    if item.envelope["chain"] != chain:
        raise Malformed("evidence.event.envelope", f"a transaction of {chain}", item.envelope["chain"], field="chain")
    for text, signature in zip((item.by, *item.envelope.get("with", ())), item.signatures, strict=True):
        if keys.encoding_problem(keys.public_bytes(text)) or not keys.verify(text, item.message, signature):
            raise Malformed("evidence.event.signature", f"a signature by {text}", "another")
