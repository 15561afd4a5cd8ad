"""Handovers: how a verifier gets from one attester set to the next without following the chain (PROTOCOL §7). Pure.

A handover is a checkpoint that more than two thirds of the set known so far have cosigned, its head, and the proof of the state entry
`consensus/set` under that head. Where the entry announces a change (`next`), it names the coming set; where it is of a later epoch already,
that set has to have cosigned as well, and so one handover may skip several epochs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain import anchor, attesters, blocks, checkpoint, codec, gathering, state, statetree
from chain.errors import Malformed
from chain.gathering import NOBODY, Certified
from chain.interfaces import Value

VERSION = 1
"""Format of handovers."""
HANDOVER_LIMIT = 128 * 1024
"""Bytes of a handover."""

_FIELDS = {"v", "epoch", "note", "header", "path", "set", "proof"}


@dataclass(frozen=True, slots=True)
class Judging:
    """The attester set that judges checkpoints."""

    epoch: int
    """Its epoch."""
    members: Sequence[Mapping[str, Any]]
    """`{party, vote, note}` each."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed on."""

    epoch: int
    """Epoch of the set that signs."""
    certified: Certified
    """The checkpoint and its head."""
    entry: Value
    """The state entry `consensus/set` after that block."""
    proof: statetree.Proof
    """That the state holds it."""


def as_value(found: Handover) -> dict[str, Any]:
    """`{v, epoch, note, header, path, set, proof}`."""
    parts = gathering.as_value(found.certified)
    return {"v": VERSION, "epoch": found.epoch, **parts, "set": dict(found.entry), "proof": found.proof.as_json()}


def encode(found: Handover) -> bytes:
    """Canonical bytes."""
    return codec.encode(as_value(found))


def parse(data: bytes) -> Handover:
    """The handover in canonical bytes. Raises Malformed `handover.form`, `codec.*` and as `from_value`."""
    if len(data) > HANDOVER_LIMIT:
        raise Malformed("handover.form", f"at most {HANDOVER_LIMIT} bytes", len(data))
    return from_value(codec.decode(data))


def from_value(value: Any) -> Handover:
    """As `parse`, from a decoded JSON value. The entry is proven to be in the state of the head; who signed is not judged yet.

    Raises Malformed `handover.form`, `checkpoint.form`, `.text`, `.head`, `note.*`, `statetree.proof`, `block.*`.
    """
    good = isinstance(value, dict) and set(value) == _FIELDS and value["v"] == VERSION and type(value["epoch"]) is int
    if not good or not isinstance(value["set"], dict):
        raise Malformed("handover.form", "exactly the seven fields of version 1", "something else")
    certified = gathering.from_value({name: value[name] for name in ("note", "header", "path")})
    header = blocks.decode_header(certified.header)
    if header.height != certified.checkpoint.height:
        raise Malformed("handover.form", f"height {certified.checkpoint.height}", header.height, field="header")
    proof = statetree.parse_proof(value["proof"])
    path, held = state.key_hash(attesters.ENTRY), state.value_hash(codec.encode(value["set"]))
    statetree.validate_membership(proof, header.state_root, path, held)
    return Handover(value["epoch"], certified, value["set"], proof)


def follow(found: Handover, origin: str, known: Judging) -> Judging:
    """The set that judges after the handover, for whoever believes the set `known`.

    Raises Malformed `handover.epoch` where it is for another set, `handover.form` for an entry that is no set, `checkpoint.origin`,
    `.attesters`, `note.signature`.
    """
    if found.certified.checkpoint.origin != origin:
        raise Malformed("checkpoint.origin", origin, found.certified.checkpoint.origin)
    if found.epoch != known.epoch:
        raise Malformed("handover.epoch", known.epoch, found.epoch)
    checkpoint.validate_attested(checkpoint.judge(found.certified.signed, known.members, NOBODY))
    entry = found.entry
    try:
        later, announced = entry["epoch"] > known.epoch, entry["next"] is not None
        after = Judging(entry["epoch"], anchor.read_members(entry["members"])) if later else _coming(entry) if announced else None
    except (KeyError, TypeError) as error:
        raise Malformed("handover.form", "an attester set", "something else", field="set") from error
    if after is None or after.epoch <= known.epoch:
        raise Malformed("handover.epoch", f"a set after epoch {known.epoch}", "none")
    if later:
        checkpoint.validate_attested(checkpoint.judge(found.certified.signed, after.members, NOBODY))
    return after


def _coming(entry: Value) -> Judging:
    return Judging(entry["next"]["epoch"], anchor.read_members(attesters.coming(entry)))
