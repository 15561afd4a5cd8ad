"""The fields of an envelope: which there are, and what each may be (PROTOCOL §3)."""

from typing import Any

from chain import codec, keys
from chain.errors import Refusal

VERSION = 1
"""`v` of every envelope."""
COSIGNER_LIMIT = 8
"""Further signing keys of a transaction."""
SALT_BYTES = 16
"""Random bytes that make every envelope unique."""

_FIELDS = {"v", "chain", "kind", "by", "seq", "at", "until", "salt", "items", "body"}


def validate_fields(fields: Any) -> None:
    """Every envelope field is there, of its type and range, and no other. Raises Refusal `chain.tx.field` naming it."""
    if not isinstance(fields, dict):
        raise Refusal("chain.tx.field", "an object", type(fields).__name__, field="envelope")
    names = set(fields) - {"with"}
    if names != _FIELDS:
        wrong = min(names ^ _FIELDS)
        raise Refusal("chain.tx.field", "exactly the envelope's fields", wrong, field=wrong)
    for name, problem in _field_problems(fields):
        raise Refusal("chain.tx.field", problem, repr(fields.get(name))[:80], field=name)


def _field_problems(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, what it should be) for each envelope field that is not as PROTOCOL §3 says; empty for a good envelope."""
    cosigners = fields.get("with", [])
    checks = (
        ("v", fields["v"] == VERSION and fields["v"] is not True, "1"),
        ("chain", codec.is_hash(fields["chain"]), "64 lower-case hex digits"),
        ("kind", _is_kind(fields["kind"]), "module.name"),
        ("by", keys.is_key_text(fields["by"]), "ed25519: and 43 base64url characters"),
        ("with", _are_cosigners(cosigners, fields["by"], "with" in fields), "1 to 8 further keys, each once"),
        ("seq", _is_natural(fields["seq"]), "a whole number from 0"),
        ("at", _is_natural(fields["at"]), "milliseconds since 1970"),
        ("until", _is_natural(fields["until"]), "milliseconds since 1970"),
        ("salt", codec.is_base64(fields["salt"], SALT_BYTES), "16 bytes in base64url"),
        ("items", isinstance(fields["items"], dict), "{n, root}"),
        ("body", isinstance(fields["body"], dict), "an object"),
    )
    return [(name, problem) for name, good, problem in checks if not good]


def _is_natural(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_kind(value: Any) -> bool:
    """`module.name` or `module.name.name`, lower-case letters and underscores, at most 64 characters."""
    return isinstance(value, str) and len(value) <= 64 and codec.KIND.fullmatch(value) is not None


def _are_cosigners(value: Any, by: Any, present: bool) -> bool:
    if not isinstance(value, list) or len(value) > COSIGNER_LIMIT or (present and not value):
        return False
    return all(map(keys.is_key_text, value)) and by not in value and len(set(value)) == len(value)
