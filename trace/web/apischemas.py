"""The schemas of the OpenAPI description. Bodies of transactions and state entries are those of DOMAIN.md and are left open here."""

from typing import Any


def ref(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: dict[str, Any], optional: dict[str, Any] | None = None, *, closed: bool = False) -> dict[str, Any]:
    """An object; `closed`: no other members."""
    schema: dict[str, Any] = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    if closed:
        schema["additionalProperties"] = False
    return schema


def listing(name: str, schema: str) -> dict[str, Any]:
    """An object with one list."""
    return record({name: {"type": "array", "items": ref(schema)}})


HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
"""A SHA-256 in hex."""
NATURAL = {"type": "integer", "minimum": 0}
"""A natural number."""
STRING = {"type": "string"}
"""Any string."""
OPEN = {"type": "object"}
"""An object that DOMAIN.md describes."""
WORDS = record({"zh": STRING, "en": STRING})
"""A sentence in both languages."""
SIGNATURE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"}
"""64 bytes in base64url."""
ASSURANCE = {"enum": ["operator", "consortium"]}
"""By whose word nothing was left out."""
LEVEL = {"type": "string", "enum": ["pending", "in_block", "final", "conflicted"]}
"""How settled something is."""

HAND_OVER = {"hand_over": {"enum": ["now", "wait_block", "wait_final", "stop"]}, "hand_over_words": WORDS}
"""For a sale: may the till hand the pack over now (DOMAIN §4)?"""
SIDE = record(
    {"kind": STRING, "place": {"type": ["object", "null"]}, "signature": OPEN, "height": {"type": ["integer", "null"]}, "level": STRING}
)
"""One of two transactions that exclude each other."""
INCIDENT = record(
    {
        "source": {"const": "node"},
        "gtin": {"type": ["string", "null"]},
        "lot": {"type": ["string", "null"]},
        "slot": {"type": ["integer", "null"]},
        "lost": SIDE,
        "winner": {"anyOf": [SIDE, {"type": "null"}]},
        "code": STRING,
        "acknowledged": {"type": "boolean"},
        "same_key": {"type": "boolean"},
        "settled": {"type": "boolean"},
        "noticed": NATURAL,
        "height": NATURAL,
        "words": WORDS,
    }
)
"""A transaction that lost, as the answering node knows it: no part of the evidence."""

ENVELOPE = record(
    {
        "v": {"const": 1},
        "chain": HASH,
        "kind": {"type": "string", "examples": ["drugs.dispense"]},
        "by": STRING,
        "seq": NATURAL,
        "at": NATURAL,
        "until": NATURAL,
        "salt": STRING,
        "items": record({"n": NATURAL, "root": HASH}),
        "body": OPEN,
    },
    {"with": {"type": "array", "items": STRING}},
    closed=True,
)
"""The signed part of a transaction (PROTOCOL §3)."""
TRANSACTION = record(
    {"envelope": ENVELOPE, "sig": SIGNATURE},
    {
        "sigs": {"type": "array", "items": SIGNATURE, "maxItems": 8},
        "items": {"type": "array", "items": OPEN, "maxItems": 2000},
        "proofs": {"type": "array", "items": record({"index": NATURAL, "path": {"type": "array", "items": HASH}}, closed=True)},
    },
    closed=True,
)
"""A transaction in its JSON form."""
RECEIPT = record(
    {
        "id": HASH,
        "status": {"enum": ["accepted", "known"]},
        "level": {"enum": ["stored", "in_block", "final", "conflicted"]},
        "words": WORDS,
    },
    {"height": NATURAL, "index": NATURAL, **HAND_OVER},
)
"""The answer to an accepted transaction."""
RESULT = record(
    {"line": {"type": "integer", "minimum": 1}, "status": {"enum": ["accepted", "known", "refused"]}},
    {"id": HASH, "level": STRING, "code": STRING, "expected": STRING, "found": STRING, "field": STRING, "sentence": WORDS, "next": WORDS},
)
"""The answer to one line."""
BLOCK_ROW = record({"height": NATURAL, "id": HASH, "time": NATURAL, "transactions": NATURAL, "level": LEVEL, "header": STRING})
"""A block in a list."""

VERDICT = record(
    {
        "code": STRING,
        "light": {"enum": ["green", "amber", "red", "blue"]},
        "reasons": {"type": "array", "minItems": 1, "items": record({"code": STRING, "light": STRING, "level": NATURAL, "headline": OPEN})},
        "custody": {"type": ["string", "null"]},
        "question": {"type": ["object", "null"]},
        "next": {"type": "array", "items": record({"do": STRING})},
        "headline": OPEN,
    }
)
"""What is said about a pack (DOMAIN §10)."""
ANSWER = record(
    {
        "verdict": VERDICT,
        "item": {"type": ["object", "null"]},
        "journey": {"type": "array", "items": OPEN},
        "finality": {"type": ["object", "null"]},
        "incidents": {"type": "array", "items": INCIDENT},
        "evidence": record({"age_s": {"type": ["integer", "null"]}, "height": NATURAL, "block": HASH, "assurance": ASSURANCE}),
    }
)
"""The answer to a scan."""

SCHEMAS: dict[str, Any] = {
    "Problem": record(
        {"type": STRING, "title": STRING, "status": NATURAL, "detail": STRING, "code": STRING, "sentence": WORDS, "next": WORDS},
        {"expected": STRING, "found": STRING, "field": STRING, "line": NATURAL},
    ),
    "Transaction": TRANSACTION,
    "Answer": ANSWER,
    "Receipt": RECEIPT,
    "Results": record({"accepted": NATURAL, "known": NATURAL, "refused": NATURAL, "results": {"type": "array", "items": RESULT}}),
    "Found": record(
        {"id": HASH, "kind": STRING, "transaction": OPEN, "level": LEVEL, "words": WORDS},
        {"height": NATURAL, "index": NATURAL, "block": HASH, "time": NATURAL, "inclusion": OPEN, "conflict": INCIDENT, **HAND_OVER},
    ),
    "Alerts": record({"source": {"const": "node"}, "operator": STRING, "alerts": {"type": "array", "items": INCIDENT}}),
    "Chain": record(
        {"chain": HASH, "height": NATURAL, "block": HASH, "time": NATURAL, "final_height": NATURAL, "waiting": NATURAL, "state_root": HASH}
    ),
    "BlockRow": BLOCK_ROW,
    "Blocks": listing("blocks", "BlockRow"),
    "Block": {"allOf": [ref("BlockRow"), record({"seal": STRING, "ids": {"type": "array", "items": HASH}, "votes": STRING})]},
    "Open": OPEN,
    "Party": record({"gln": STRING, "names": OPEN, "roles": {"type": "array"}, "sites": {"type": "array"}, "keys": {"type": "array"}}),
    "Parties": listing("parties", "Open"),
    "Batch": record({"gtin": STRING, "lot": STRING, "count": NATURAL, "status": STRING, "runs": {"type": "array", "items": OPEN}}),
    "Batches": listing("batches", "Open"),
    "Recall": record({"number": STRING, "class": NATURAL, "depth": STRING, "status": STRING, "reach": OPEN}),
    "Recalls": listing("recalls", "Recall"),
    "Entry": record(
        {
            "key": STRING,
            "value": {"type": ["object", "null"]},
            "key_hash": HASH,
            "height": NATURAL,
            "block": HASH,
            "root": HASH,
            "proof": OPEN,
        }
    ),
    "Finality": record({"final_height": NATURAL, "height": NATURAL, "attesters": {"type": "array"}, "votes": {"type": "array"}}),
    "Odds": record({"share": STRING, "depth": NATURAL, "probability": {"type": "string", "pattern": "^[01]\\.[0-9]{7}$"}}),
}
"""By name."""
