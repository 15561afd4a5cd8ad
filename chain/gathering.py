"""Cosignatures on their way to a checkpoint: what the attesters have signed, and what more than two thirds agree on (PROTOCOL §7).

Held by a node under its lock. Bounded: of every note key a few heads, of every head one line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from chain import checkpoint, codec, keys, merkle, notes
from chain.checkpoint import Checkpoint, Policy
from chain.errors import Malformed
from chain.notes import Line, Note, NoteKey

HEADS_KEPT = 4
"""Heads kept of one attester, the highest."""
RENEWAL_S = 10
"""A line of the same key and head replaces the one that is there only when it is this much newer: nobody can flood with renewals."""
NOBODY = Policy(0, ())
"""No witnesses asked."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A checkpoint with its signature lines, the header that it ends in and the way from there to the root."""

    checkpoint: Checkpoint
    """Origin, size, root."""
    lines: tuple[Line, ...]
    """Signature lines: the log's own, attesters', witnesses'."""
    header: bytes
    """Header of the last block under the root, 240 bytes."""
    path: tuple[bytes, ...]
    """Its inclusion path, bottom up."""

    @property
    def note(self) -> bytes:
        """The signed note as it travels."""
        return notes.encode(Note(self.checkpoint.text, self.lines))

    @property
    def signed(self) -> tuple[Checkpoint, Note]:
        """As `checkpoint.judge` wants it."""
        return self.checkpoint, Note(self.checkpoint.text, self.lines)


def encode(certified: Certified) -> bytes:
    """The checkpoint as it lies on this node's disk."""
    return codec.encode(as_value(certified))


def as_value(certified: Certified) -> dict[str, Any]:
    """As a JSON object: the note's text, header and path in base64url."""
    return {
        "note": certified.note.decode("utf-8"),
        "header": codec.encode_base64(certified.header),
        "path": codec.encode_base64(b"".join(certified.path)),
    }


def decode(data: bytes) -> Certified:
    """The checkpoint that `encode` wrote. Raises Malformed."""
    return from_value(codec.decode(data))


def from_value(value: Any) -> Certified:
    """As `decode`, from a JSON object with just these fields. Nothing is verified but the last-leaf path.

    Raises Malformed `checkpoint.form`, `note.*`, `checkpoint.text`, `checkpoint.head`, `codec.base64`.
    """
    good = isinstance(value, dict) and set(value) == {"note", "header", "path"} and all(type(text) is str for text in value.values())
    if not good:
        raise Malformed("checkpoint.form", "note, header and path", "something else")
    found, note = checkpoint.parse(value["note"].encode("utf-8"))
    joined = codec.decode_base64(value["path"])
    if len(joined) % merkle.HASH_BYTES or len(joined) > 64 * merkle.HASH_BYTES:
        raise Malformed("checkpoint.form", "hashes of 32 bytes, at most 64", f"{len(joined)} bytes")
    path = tuple(joined[at : at + merkle.HASH_BYTES] for at in range(0, len(joined), merkle.HASH_BYTES))
    certified = Certified(found, note.lines, codec.decode_base64(value["header"], 240), path)
    checkpoint.validate_head(found, certified.header, path)
    return certified


def own_lines(found: Checkpoint, party: str, signer: keys.SigningKey, seconds: int) -> tuple[Line, Line]:
    """What a member signs: the log's own line, and its cosignature. Whoever calls this knows that the head is final here."""
    return (
        notes.sign(found.text, found.origin, signer),
        notes.cosign(found.text, f"{found.origin}/{party}", signer, seconds),
    )


class Gathering:
    """The lines of the attesters for heads of one ledger."""

    def __init__(self, origin: str) -> None:
        """Nothing gathered yet."""
        self._origin = origin
        self._lines: dict[NoteKey, dict[Checkpoint, Line]] = {}
        self.changes = 0
        """Grows with every line that is kept."""

    def add(self, found: Checkpoint, lines: Sequence[Line], members: Sequence[Mapping[str, Any]], limit_s: int) -> tuple[Line, ...]:
        """Keeps the lines that are new and by these members; those whose time is beyond `limit_s` are left out. Returns those kept.

        Raises Malformed `note.signature` where a line of a member is wrong.
        """
        known = [key for member in members for key in _keys_of(self._origin, member)]
        note = Note(found.text, tuple(lines))
        fresh = []
        for key, seconds in notes.verify(note, list(dict.fromkeys(known))).items():
            line = max((line for line in lines if (line.name, line.id) == (key.name, key.id)), key=lambda one: one.body[:8])
            if seconds <= limit_s and self._keep(key, found, line, seconds):
                fresh.append(line)
        return tuple(fresh)

    def _keep(self, key: NoteKey, found: Checkpoint, line: Line, seconds: int) -> bool:
        heads = self._lines.setdefault(key, {})
        before = heads.get(found)
        if before is not None and (key.kind == notes.ED25519 or seconds < notes.seconds_of(before) + RENEWAL_S):
            return False
        if before is None and len(heads) >= HEADS_KEPT:
            lowest = min(heads, key=lambda head: head.size)
            if found.size <= lowest.size:
                return False
            del heads[lowest]
        heads[found] = line
        self.changes += 1
        return True

    def heads(self) -> list[Checkpoint]:
        """All heads for which there are lines, the highest first."""
        return sorted({head for heads in self._lines.values() for head in heads}, key=lambda head: (-head.size, head.root))

    def lines(self, found: Checkpoint) -> tuple[Line, ...]:
        """The lines for a head: the log's own before the cosignatures, in order of their names."""
        by = [(key.kind, key.name, key.id, heads[found]) for key, heads in self._lines.items() if found in heads]
        return tuple(line for *_, line in sorted(by, key=lambda one: one[:3]))

    def is_attested(self, found: Checkpoint, members: Sequence[Mapping[str, Any]]) -> bool:
        """Whether more than two thirds of the members have signed this head."""
        note = Note(found.text, self.lines(found))
        return checkpoint.is_attested(checkpoint.judge((found, note), members, NOBODY))

    def forget(self, size: int) -> None:
        """Drops heads below a size."""
        for key, heads in list(self._lines.items()):
            self._lines[key] = {head: line for head, line in heads.items() if head.size >= size}

    def contradictions(self) -> list[tuple[bytes, bytes]]:
        """Pairs of notes of one size and one signer with different roots; one pair a key, in order."""
        pairs = []
        for key, heads in sorted(self._lines.items(), key=lambda each: each[0].text):
            ordered = sorted(heads, key=lambda head: (head.size, head.root))
            pair = next(((one, other) for one, other in pairwise(ordered) if one.size == other.size), None)
            if key.kind == notes.COSIGNATURE and pair is not None:
                first, second = (notes.encode(Note(head.text, (heads[head],))) for head in pair)
                pairs.append((first, second))
        return pairs


def _keys_of(origin: str, member: Mapping[str, Any]) -> tuple[NoteKey, NoteKey]:
    return checkpoint.log_key(origin, member["note"]), checkpoint.attester_key(origin, member["party"], member["note"])


def merge(certified: Certified, lines: Iterable[Line]) -> Certified:
    """With more lines, of each key the newest; the very same where nothing is new."""
    by_place = {(line.name, line.id): line for line in certified.lines}
    for line in lines:
        before = by_place.get((line.name, line.id))
        if before is None or line.body[:8] > before.body[:8]:
            by_place[line.name, line.id] = line
    merged = tuple(by_place.values())[: notes.LINES_LIMIT]
    return certified if merged == certified.lines else replace(certified, lines=merged)
