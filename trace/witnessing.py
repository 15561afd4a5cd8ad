"""A witness as a small process of its own: its folder, its key, its HTTP interface (PROTOCOL §7; C2SP `tlog-witness`).

FOLDER/witness.pem          its encrypted key; FOLDER/witness.passphrase opens it unattended
FOLDER/heads/<hash>.note    the newest head cosigned of each log, by SHA-256 of the origin
FOLDER/evidence/<hash>.txt  pairs of notes that contradict each other
FOLDER/lock                 held by the one process
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from chain import anchor, checkpoint, notes
from chain.errors import Fault, Malformed
from chain.interfaces import Clock
from chain.keyfile import read_key_file, write_key_file
from chain.keys import SigningKey
from chain.notes import NoteKey
from chain.witness import REQUEST_LIMIT, Answer, Log, Witness
from trace.operatorkeys import read_passphrase

KEY_FILE, PASSPHRASE_FILE = "witness.pem", "witness.passphrase"
"""File names of the key and of what opens it."""
EVIDENCE_KEPT = 100
"""Pairs of contradicting notes kept: one proves enough."""
STATUS = {
    200: "200 OK", 400: "400 Bad Request", 403: "403 Forbidden", 404: "404 Not Found", 405: "405 Method Not Allowed", 409: "409 Conflict",
    413: "413 Content Too Large", 422: "422 Unprocessable Entity", 503: "503 Service Unavailable",
}  # fmt: skip
"""Status lines of the answers."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
"""What a WSGI server gives (PEP 3333)."""


class FolderHeads:
    """The heads of a witness as files. Writing is atomic and durable; Fault `witness.folder` where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        """Makes the folders. Raises Fault `witness.folder`, also where another process is the witness."""
        self._folder = folder
        try:
            for name in ("heads", "evidence"):
                (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock: IO[bytes] = (folder / "lock").open("ab")
        except OSError as error:
            raise Fault("witness.folder", f"a folder at {folder}", error.strerror or error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise Fault("witness.folder", f"a folder of its own at {folder}", error.strerror or error) from error

    def close(self) -> None:
        """Lets another process be the witness."""
        self._lock.close()

    def _path(self, origin: str) -> Path:
        return self._folder / "heads" / (hashlib.sha256(origin.encode("ascii")).hexdigest() + ".note")

    def get(self, origin: str) -> bytes | None:
        """As `chain.witness.Heads.get`. A damaged file is a Fault: a witness that has forgotten must not sign."""
        path = self._path(origin)
        try:
            note = path.read_bytes() if path.exists() else None
        except OSError as error:
            raise Fault("witness.folder", f"the head in {path.name}", error.strerror) from error
        if note is not None:
            _validate_head(origin, note, path.name)
        return note

    def put(self, origin: str, note: bytes) -> None:
        """As `chain.witness.Heads.put`."""
        self._write(self._path(origin), note)

    def accuse(self, kept: bytes, other: bytes) -> None:
        """As `chain.witness.Heads.accuse`."""
        folder = self._folder / "evidence"
        path = folder / (hashlib.sha256(kept + other).hexdigest() + ".txt")
        if not path.exists() and len(list(folder.iterdir())) < EVIDENCE_KEPT:
            self._write(path, kept + b"\n" + other)

    def _write(self, path: Path, body: bytes) -> None:
        fresh = path.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
            descriptor = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Fault("witness.folder", f"a file {path.name}", error.strerror) from error


def _validate_head(origin: str, note: bytes, name: str) -> None:
    try:
        found = checkpoint.parse(note)[0].origin
    except Malformed as error:
        raise Fault("witness.folder", f"a checkpoint in {name}", error.code) from error
    if found != origin:
        raise Fault("witness.folder", f"a checkpoint of {origin} in {name}", found)


def own_key(folder: Path) -> SigningKey:
    """The witness's key; made at the first start. Raises Fault `keys.*`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase, path = folder / PASSPHRASE_FILE, folder / KEY_FILE
    if not path.is_file():
        if not passphrase.is_file():
            with os.fdopen(os.open(passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
        write_key_file(path, SigningKey.generate(), read_passphrase(passphrase), "witness")
    return read_key_file(path, read_passphrase(passphrase))


def logs_of(anchors: Iterable[bytes], keys: Iterable[str]) -> dict[str, Log]:
    """What a witness is for: ledgers by their anchors, other logs by their keys (named as the origin). Raises Malformed, Fault."""
    logs: dict[str, Log] = {}
    for body in anchors:
        found = anchor.parse(body)
        logs[found.checkpoint.origin] = Log(members=found.members)
    for text in keys:
        key = notes.parse_key(text)
        known: tuple[NoteKey, ...] = logs[key.name].keys if key.name in logs else ()
        if key.name in logs and not known:
            raise Malformed("witness.request", "an anchor or a key for each log", key.name)
        logs[key.name] = Log(keys=(*known, key))
    if not logs:
        raise Fault("witness.logs", "at least one anchor or log key", "none")
    return logs


class Application:
    """The WSGI application of a witness: POST /add-checkpoint, and GET / for its key."""

    def __init__(self, witness: Witness, clock: Clock) -> None:
        """Answers for `witness`; opens nothing."""
        self._witness, self._clock = witness, clock

    @property
    def key(self) -> str:
        """The witness's public key, as a `vkey`."""
        return self._witness.key.text

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answers one request (PEP 3333); never with a 500."""
        answer = self._answer(environ)
        body = answer.body.encode("utf-8")
        start(STATUS[answer.status], [("Content-Type", answer.mimetype), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        method, path = environ.get("REQUEST_METHOD"), environ.get("PATH_INFO", "")
        if path == "/" and method in ("GET", "HEAD"):
            return Answer(200, f"{self._witness.key.text}\n")
        if path != "/add-checkpoint":
            return Answer(404, "POST /add-checkpoint\n")
        if method != "POST":
            return Answer(405, "POST /add-checkpoint\n")
        body = environ["wsgi.input"].read(REQUEST_LIMIT + 1)
        if len(body) > REQUEST_LIMIT:
            return Answer(413, f"at most {REQUEST_LIMIT} bytes\n")
        try:
            return self._witness.add_checkpoint(body, self._clock.now() // 1000)
        except Fault as fault:
            return Answer(503, f"{fault.code}\n")
