"""The JSON form of a transaction, as clients and people exchange it; used by the API and the command line.

    {"envelope": {...}, "sig": base64url, "sigs": [base64url, ...], "items": [{...}, ...], "proofs": [{"index": n, "path": [hex, ...]}]}

`sigs` (the co-signatures, in the order of `with`), `items` and `proofs` may be left out where they are empty. Spelling does not matter:
envelope and items are encoded canonically again, and the signatures say whether that is what was signed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from chain import codec, envelopes, keys, transactions
from chain.errors import Malformed, Sentence
from chain.interfaces import MerklePath
from chain.transactions import Transaction

BULK_LIMIT = 16 * 1024 * 1024
"""Bytes of transactions handed in at once: twice what fits into a block. No server takes in a longer body of any kind."""
FIELDS = ("envelope", "sig", "sigs", "items", "proofs")
"""The members of the form; others are refused."""

CODES: Mapping[str, Sentence] = {
    "carrier.type": Sentence(
        "这不是一笔交易。", "This is no transaction.", "发送含 envelope 与 sig 的 JSON 对象。", "Send a JSON object with envelope and sig."
    ),
    "carrier.field": Sentence(
        "交易的某一部分不合格式。",
        "A part of the transaction does not have its form.",
        "改正所指的部分。",
        "Correct the part that is named.",
    ),
}
"""The sentences of the codes that this module raises."""


def loads(data: bytes) -> Any:
    """Any JSON text as a value. Raises Malformed `codec.json`; numbers that are no integers are found when they are encoded."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed("codec.json", "JSON in UTF-8", str(error)) from error


def from_json(value: Any) -> Transaction:
    """The transaction in its JSON form. Raises Malformed `carrier.*` or `codec.*`, Refusal as `transactions.decode`."""
    if not isinstance(value, dict):
        raise Malformed("carrier.type", "an object", type(value).__name__)
    unknown = sorted(set(value) - set(FIELDS))
    if unknown:
        raise Malformed("carrier.field", ", ".join(FIELDS), unknown[0], field=unknown[0][:40])
    if not isinstance(value.get("envelope"), dict):
        raise Malformed("carrier.field", "an object", type(value.get("envelope")).__name__, field="envelope")
    envelope = codec.encode(value["envelope"])
    items = tuple(codec.encode(item) for item in _list(value, "items", transactions.ITEM_COUNT_LIMIT))
    return transactions.decode(envelope, _signatures(value), items, _paths(value))


def _list(value: Mapping[str, Any], name: str, limit: int) -> Sequence[Any]:
    found = value.get(name, [])
    if not isinstance(found, list) or len(found) > limit:
        raise Malformed("carrier.field", f"a list of at most {limit}", type(found).__name__, field=name)
    return found


def _signatures(value: Mapping[str, Any]) -> tuple[bytes, ...]:
    texts = [value.get("sig"), *_list(value, "sigs", envelopes.COSIGNER_LIMIT)]
    for number, text in enumerate(texts):
        if not codec.is_base64(text, keys.SIGNATURE_BYTES):
            raise Malformed("carrier.field", "64 bytes in base64url", repr(text), field="sigs" if number else "sig")
    return tuple(codec.decode_base64(text, keys.SIGNATURE_BYTES) for text in texts if isinstance(text, str))


def _paths(value: Mapping[str, Any]) -> tuple[MerklePath, ...]:
    return tuple(_path(entry) for entry in _list(value, "proofs", transactions.PATH_LIMIT))


def _path(entry: Any) -> MerklePath:
    if not isinstance(entry, dict) or set(entry) != {"index", "path"}:
        raise Malformed("carrier.field", "objects with index and path", type(entry).__name__, field="proofs")
    index, path = entry["index"], entry["path"]
    if type(index) is not int or not 0 <= index < 2**53:
        raise Malformed("carrier.field", "a leaf number", repr(index), field="proofs")
    if not isinstance(path, list) or len(path) > transactions.PATH_LENGTH_LIMIT or not all(codec.is_hash(node) for node in path):
        raise Malformed("carrier.field", f"at most {transactions.PATH_LENGTH_LIMIT} hashes in hex", type(path).__name__, field="proofs")
    return index, tuple(bytes.fromhex(node) for node in path)


def to_json(transaction: Transaction) -> dict[str, Any]:
    """The JSON form of a transaction; empty parts are left out."""
    first, *others = (codec.encode_base64(signature) for signature in transaction.signatures)
    form: dict[str, Any] = {"envelope": codec.decode(transaction.envelope), "sig": first}
    if others:
        form["sigs"] = others
    if transaction.items:
        form["items"] = list(transaction.items)
    if transaction.proofs:
        form["proofs"] = [{"index": index, "path": [node.hex() for node in path]} for index, path in transaction.proofs]
    return form
