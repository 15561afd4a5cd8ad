"""From an anchor to a head that may be believed: steps 1-5 of PROTOCOL §8. No fact of medicine is looked at here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain import anchor as anchors
from chain import blocks, checkpoint, codec, handover, merkle
from chain.anchor import Anchor
from chain.blocks import Header
from chain.checkpoint import Checkpoint, Support
from chain.errors import Malformed
from chain.handover import Judging
from chain.rules import RULES
from trace.drugs.bundle import Bundle
from trace.drugs.outcome import Question
from trace.drugs.proven import Gap

_OF_CHECKPOINT = {
    "checkpoint.origin": "evidence.checkpoint.origin",
    "checkpoint.attesters": "evidence.checkpoint.attesters",
    "checkpoint.witnesses": "evidence.checkpoint.witnesses",
    "checkpoint.fork": "evidence.checkpoint.fork",
    "note.signature": "evidence.checkpoint.signature",
}
"""Codes of the chain -> codes of evidence; every other fault of a note is one of its form."""
_OTHER_WORLD = frozenset({"block.format", "block.suite", "block.channel"})


@dataclass(slots=True)
class Trust:
    """What steps 1-5 have found so far."""

    bundle: Bundle
    """The bundle."""
    question: Question
    """Who asks."""
    anchor: Anchor
    """What is pinned."""
    members: tuple[Mapping[str, Any], ...]
    """The attester set that judges."""
    checkpoint: Checkpoint | None = None
    """The signed head, once its signatures are found good."""
    support: Support | None = None
    """Who stands behind it."""
    age_s: int | None = None
    """Its age; None = unknown."""
    believed: int = 0
    """The attesters' believed time, ms; 0 = unknown."""
    compared: bool = False
    """Does it continue a remembered one?"""
    header: Header | None = None
    """The header of the head."""


def pin(bundle: Bundle, question: Question, pinned: object) -> Trust:
    """Step 1: the anchor, and the genesis that it names. Raises Malformed `evidence.anchor.format`, `evidence.genesis.*`."""
    try:
        anchor = anchors.from_value(pinned)
    except Malformed as error:
        raise Malformed("evidence.anchor.format", error.expected, error.found, field=error.field) from error
    _validate_genesis(bundle, anchor)
    return Trust(bundle, question, anchor, anchor.members)


def _validate_genesis(bundle: Bundle, anchor: Anchor) -> None:
    header = bundle.genesis_header
    try:
        found = blocks.decode_header(header)
        document = codec.encode(bundle.document)
    except Malformed as error:
        raise Malformed("evidence.genesis.document", error.expected, error.found) from error
    if found.id != anchor.chain:
        raise Malformed("evidence.genesis.chain", anchor.chain.hex(), found.id.hex())
    if merkle.root([document]) != found.transactions_root:
        raise Malformed("evidence.genesis.document", found.transactions_root.hex(), "another document")


def validate_anchor_age(trust: Trust) -> None:
    """Step 1: the anchor is young enough. Raises Gap `evidence.anchor.date`."""
    if not anchors.is_trusted_at(trust.anchor, trust.question.now):
        raise Gap("evidence.anchor.date", f"made at {trust.anchor.made_at}")


def follow_handovers(trust: Trust) -> None:
    """Step 2: from the anchor's set to the one that judges. Raises Malformed `evidence.handover`."""
    judging = Judging(trust.anchor.epoch, trust.members)
    try:
        for value in trust.bundle.handovers:
            found = handover.from_value(value)
            if found.epoch >= judging.epoch:  # what lies before the anchor's own epoch is of no use to whoever holds it
                judging = handover.follow(found, trust.anchor.checkpoint.origin, judging)
    except Malformed as error:
        raise Malformed("evidence.handover", error.expected, f"{error.code}: {error.found}") from error
    trust.members = tuple(judging.members)


def validate_checkpoint(trust: Trust) -> None:
    """Step 3: signed by enough of those who count, and no fork of what is remembered. Raises Malformed `evidence.checkpoint.*`, Gap."""
    try:
        found, note = checkpoint.parse(trust.bundle.checkpoint.encode())
        if found.origin != trust.anchor.checkpoint.origin:
            raise Malformed("checkpoint.origin", trust.anchor.checkpoint.origin, found.origin)
        support = checkpoint.judge((found, note), trust.members, trust.anchor.witnesses)
        checkpoint.validate_attested(support)
        checkpoint.validate_witnessed(support, trust.anchor.witnesses)
    except (Malformed, UnicodeEncodeError) as error:
        raise _of_checkpoint(error) from error
    trust.checkpoint, trust.support = found, support
    _compare(trust, found)


def validate_uncontradicted(trust: Trust) -> None:
    """Step 3: the asker knows of no other head that excludes this one. Raises Malformed `evidence.checkpoint.fork`."""
    if trust.question.contradicted is not None:
        raise Malformed("evidence.checkpoint.fork", "one ledger for everybody", trust.question.contradicted)


def _of_checkpoint(error: Malformed | UnicodeEncodeError) -> Malformed:
    if isinstance(error, UnicodeEncodeError):
        return Malformed("evidence.checkpoint.format", "Unicode text", "a lone surrogate")
    return Malformed(_OF_CHECKPOINT.get(error.code, "evidence.checkpoint.format"), error.expected, error.found)


def _compare(trust: Trust, found: Checkpoint) -> None:
    """The head continues what the asker has seen. Raises Malformed `evidence.checkpoint.fork`, Gap."""
    seen = trust.question.remembered
    known = trust.anchor.checkpoint if seen is None else seen
    proof = trust.bundle.consistency
    if found.size < known.size:
        if seen is not None:
            raise Gap("evidence.checkpoint.older", f"size {found.size} after {known.size}")
        return
    if found.size > known.size and (proof is None or proof[0] != known.size):
        if seen is not None:
            raise Gap("evidence.checkpoint.unlinked", f"no proof from {known.size}")
        return
    try:
        checkpoint.validate_follows(found, known, proof[1] if proof and found.size > known.size else ())
    except Malformed as error:
        raise _of_checkpoint(error) from error
    trust.compared = True


def measure_age(trust: Trust) -> None:
    """Step 4: how old the head is by the attesters' own word. Raises Gap `evidence.age.clock`."""
    if trust.support is None:
        raise Gap("evidence.age.clock", "no time")
    try:
        age = checkpoint.age(trust.support, trust.question.now // 1000)
    except Malformed as error:
        raise Gap("evidence.age.clock", error.found) from error
    trust.believed = checkpoint.time_of(trust.support) * 1000
    trust.age_s = age


def read_head(trust: Trust) -> None:
    """Step 5: the header under the checkpoint. Raises Malformed `evidence.head.format`, `.path`, Gap `evidence.head.version`."""
    bundle, found = trust.bundle, trust.checkpoint
    if found is None:
        raise Gap("evidence.head.version", "no checkpoint")
    try:
        header = blocks.decode_header(bundle.header)
    except Malformed as error:
        if error.code in _OTHER_WORLD:
            raise Gap("evidence.head.version", f"{error.code} {error.found}") from error
        raise Malformed("evidence.head.format", error.expected, error.found) from error
    try:
        checkpoint.validate_head(found, bundle.header, bundle.path)
    except Malformed as error:
        raise Malformed("evidence.head.path", error.expected, error.found) from error
    if header.height != found.height:
        raise Malformed("evidence.head.path", f"height {found.height}", header.height)
    if header.rules > RULES:
        raise Gap("evidence.head.version", f"rules {header.rules}")
    trust.header = header
