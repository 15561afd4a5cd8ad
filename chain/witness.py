"""What a witness answers: C2SP `tlog-witness`, call `add-checkpoint` (PROTOCOL §7). Pure but for the heads that it is given to keep.

A witness cosigns a head only when it continues the one that it has cosigned before, and writes it down before it answers. For a ledger it
asks besides that more than two thirds of the attesters of its anchor have signed; for another log, that the log's own key has.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chain import checkpoint, gathering, keys, merkle, notes
from chain.checkpoint import Checkpoint
from chain.errors import Malformed
from chain.notes import Note, NoteKey

PROOF_LINES = 63
"""Lines of a consistency proof at most (tlog-witness)."""
REQUEST_LIMIT = notes.NOTE_LIMIT + 64 * (PROOF_LINES + 2)
"""Bytes of a request at most."""
PLAIN = "text/plain; charset=utf-8"
"""Media type of every answer but one."""
SIZE = "text/x.tlog.size"
"""Media type of the answer that says which size the witness has."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log that the witness is set up for, by its origin."""

    members: Sequence[Mapping[str, Any]] = ()
    """Attesters, more than two thirds of whom have to have signed; none for a log of another kind."""
    keys: tuple[NoteKey, ...] = ()
    """Keys of a log of another kind, one of which has to have signed."""


class Heads(Protocol):
    """What a witness remembers."""

    def get(self, origin: str) -> bytes | None:
        """The note of the newest head that was cosigned. Raises Fault."""

    def put(self, origin: str, note: bytes) -> None:
        """Replaces it, all or nothing; durable on return. Raises Fault."""

    def accuse(self, kept: bytes, other: bytes) -> None:
        """Keeps two notes that contradict each other, as evidence. Raises Fault."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for."""

    old: int
    """Size from which the proof leads."""
    proof: tuple[bytes, ...]
    """Consistency proof, 32 bytes each."""
    note: bytes
    """The checkpoint as it was sent."""
    signed: tuple[Checkpoint, Note]
    """The same, taken apart."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    """200, 400, 403, 404, 409 or 422."""
    body: str
    """Its text."""
    mimetype: str = PLAIN
    """Its media type."""


def parse(body: bytes) -> Request:
    """A request: `old <size>`, proof lines, an empty line, the checkpoint.

    Raises Malformed `witness.request`, `note.*`, `checkpoint.text`.
    """
    head, gap, note = body.partition(b"\n\n")
    try:
        rows = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("witness.request", "ASCII before the checkpoint", f"byte {error.start}") from error
    if not gap or len(rows) > PROOF_LINES + 1:
        raise Malformed("witness.request", f"old size, at most {PROOF_LINES} hashes, an empty line, a checkpoint", f"{len(rows)} lines")
    word, _, number = rows[0].partition(" ")
    good = word == "old" and number.isdigit() and len(number) <= 16 and str(int(number)) == number
    if not good:
        raise Malformed("witness.request", "old and a size without leading zeroes", ascii(rows[0])[:60])
    proof = tuple(notes.from_base64(row, "witness.request") for row in rows[1:])
    if any(len(each) != merkle.HASH_BYTES for each in proof):
        raise Malformed("witness.request", f"hashes of {merkle.HASH_BYTES} bytes", "another length")
    return Request(int(number), proof, note, checkpoint.parse(note))


def encode(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of a request."""
    return "".join([f"old {old}\n", *(notes.to_base64(each) + "\n" for each in proof), "\n"]).encode("ascii") + note


class Witness:
    """One witness with one key. Any thread may ask; questions are answered one after the other."""

    def __init__(self, name: str, signer: keys.SigningKey, logs: Mapping[str, Log], heads: Heads) -> None:
        """Raises Malformed `note.key` for a name or key that cannot stand in a note."""
        self.key = NoteKey(name, notes.COSIGNATURE, signer.public)
        notes.validate_key(self.key)
        self._signer, self._logs, self._heads = signer, dict(logs), heads
        self._lock = threading.Lock()

    def add_checkpoint(self, body: bytes, seconds: int) -> Answer:
        """Answers a request at a time in seconds. Raises Fault when the head cannot be kept: then nothing was signed."""
        try:
            request = parse(body)
        except Malformed as error:
            return _refuse(400, error)
        found, note = request.signed
        log = self._logs.get(found.origin)
        if log is None:
            return Answer(404, f"this witness knows no log {found.origin}\n")
        try:
            _validate_signed(log, found, note)
        except Malformed as error:
            return _refuse(403, error)
        if request.old > found.size:
            return Answer(400, f"the old size {request.old} is above {found.size}\n")
        with self._lock:
            return self._judge(request, seconds)

    def _judge(self, request: Request, seconds: int) -> Answer:
        """Compares with what is remembered; on success writes down, then signs."""
        found, note = request.signed
        stored = self._heads.get(found.origin)
        known = checkpoint.parse(stored)[0] if stored else None
        size = known.size if known else 0
        if stored and known and found.size == size and found.root != known.root:
            self._heads.accuse(stored, request.note)
            return Answer(409, f"another root was cosigned for size {size}\n")
        if request.old != size:
            return Answer(409, f"{size}\n", SIZE)
        try:
            if known is not None:
                checkpoint.validate_follows(found, known, request.proof)
            elif request.proof:
                raise Malformed("checkpoint.fork", "no proof from an empty log", f"{len(request.proof)} hashes")
        except Malformed as error:
            return _refuse(422, error)
        self._heads.put(found.origin, request.note)
        return Answer(200, notes.encode_lines([notes.cosign(note.text, self.key.name, self._signer, seconds)]))


def _validate_signed(log: Log, found: Checkpoint, note: Note) -> None:
    if log.members:
        checkpoint.validate_attested(checkpoint.judge((found, note), log.members, gathering.NOBODY))
    elif not notes.verify(note, log.keys):
        raise Malformed("checkpoint.attesters", "a signature by the log's key", "none")


def _refuse(status: int, error: Malformed) -> Answer:
    return Answer(status, f"{error.code}: expected {error.expected}, found {error.found}\n")
