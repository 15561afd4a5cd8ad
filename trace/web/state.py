"""A state entry with its proof: what the ledger says at a key, or that it says nothing there (PROTOCOL §5)."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from chain import codec, state
from chain.node import Node
from trace.web.access import ledger
from trace.web.errors import Problem

bp = Blueprint("state", __name__)

KEY_LIMIT = 300
"""Characters of a state key that is looked up; the longest real one has about a hundred."""
KEY = re.compile(r"[A-Za-z0-9\-._~%/]{1,300}")
"""Percent-encoded parts joined by `/`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, what the last final block says there, and the proof."""

    key: str
    """The state key."""
    value: Any
    """The value, or None for proven absence."""
    key_hash: str
    """Path in the state tree, hex."""
    value_hash: str
    """Hash of the canonical value, hex; empty for absence."""
    height: int
    """Height of the final block that the proof is made at."""
    block: str
    """Its id."""
    root: str
    """Its state root."""
    proof: Any
    """The proof as JSON."""

    def as_json(self) -> dict[str, Any]:
        """The entry for machines."""
        names = ("key", "value", "key_hash", "value_hash", "height", "block", "root", "proof")
        return {name: getattr(self, name) for name in names}


def entry_at(node: Node, key: str) -> Entry:
    """The entry at a key with its proof, both from the last final block."""
    header, proof = node.prove([key])
    value = node.final_view().get(key)
    encoded = b"" if value is None else codec.encode(value)
    return Entry(
        key=key,
        value=value,
        key_hash=state.key_hash(key).hex(),
        value_hash=state.value_hash(encoded).hex() if value is not None else "",
        height=header.height,
        block=header.id.hex(),
        root=header.state_root.hex(),
        proof=proof.as_json(),
    )


def asked_key() -> str | None:
    """`?key=`. Raises Problem 400 `web.parameter` for what cannot be a state key."""
    raw = request.args.get("key", "").strip()
    if not raw:
        return None
    if KEY.fullmatch(raw) is None:
        raise Problem(400, "web.parameter", "percent-encoded parts joined by /", raw, field="key")
    return raw


@bp.get("/state")
def show() -> str:
    """A form for a key, and the entry at it."""
    node = ledger().node
    key = asked_key()
    return render_template("explorer/state.html", node=node, key=key or "", entry=entry_at(node, key) if key else None)
