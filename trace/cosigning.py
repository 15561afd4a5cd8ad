"""Asking witnesses: the newest certified head goes to each, its cosignature comes back and is kept with the head (PROTOCOL §7)."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from chain import notes, tlogpolicy, witness
from chain.attesting import RENEW_S
from chain.checkpoint import Checkpoint
from chain.errors import ChainError, Fault, Malformed
from chain.gathering import Certified
from chain.node import Node
from chain.notes import Note, NoteKey
from chain.tlogpolicy import Witnesses

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read."""
TIMEOUT_SECONDS = 5
"""How long a witness may be silent."""
PAUSE_SECONDS = 0.5
"""Time between two looks for a new head."""
RETRY_S = 10
"""A witness that failed is left alone so long, seconds."""
TRIES = 3
"""Requests for one head: the first may only learn the size that the witness has."""

Post = Callable[[str, bytes], tuple[int, str, bytes]]
"""Sends a body to an address: status, media type, content. Raises Fault `witness.answer`."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Asked:
    """A witness and what it is known to have."""

    key: NoteKey
    """Its key."""
    url: str
    """Its submission prefix."""
    size: int = 0
    """Size of the head that it has cosigned."""
    head: Checkpoint | None = None
    """The head that it has cosigned last."""
    next: int = 0
    """Not asked again about that head before, seconds."""
    failed: str = ""
    """Why it failed last; empty when it did not."""


def post(url: str, body: bytes) -> tuple[int, str, bytes]:
    """One HTTP request, without redirects. Raises Fault `witness.answer`."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    except (ValueError, HTTPException) as error:
        raise Fault("witness.answer", "an address", url) from error
    try:
        connection.request("POST", parts.path or "/", body, {"Content-Type": "text/plain; charset=utf-8"})
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read(ANSWER_LIMIT)
    except (OSError, HTTPException, ValueError) as error:
        raise Fault("witness.answer", "an answer", error) from error
    finally:
        connection.close()


class Submitter:
    """Keeps asking the witnesses of a policy about the node's newest head."""

    def __init__(self, node: Node, witnesses: Witnesses, send: Post = post) -> None:
        """Tells the node whose cosignatures count, too."""
        self._node, self._send = node, send
        self.asked = [Asked(key, url) for key, url in witnesses.urls.items()]
        node.policy = witnesses.policy

    def run(self, stop: threading.Event) -> None:
        """Until `stop`."""
        while not stop.wait(PAUSE_SECONDS):
            self.look()

    def look(self) -> None:
        """Asks every witness that is due about the newest head."""
        head, now = self._node.awaiting, self._node.clock.now() // 1000
        for each in self.asked if head is not None else ():
            if head is not None and (now >= each.next or (head.checkpoint != each.head and not each.failed)):
                self._ask(each, head, now)

    def _ask(self, each: Asked, head: Certified, now: int) -> None:
        try:
            lines = self._lines(each, head)
            self._node.take_witnessed(head.checkpoint, lines)
        except ChainError as error:
            if each.failed != error.code:
                log.warning("the witness %s: %s", each.key.name, error)
            each.failed, each.next = error.code, now + RETRY_S
        else:
            each.failed, each.next, each.head, each.size = "", now + RENEW_S, head.checkpoint, head.checkpoint.size

    def _lines(self, each: Asked, head: Certified) -> tuple[notes.Line, ...]:
        """The witness's cosignatures of a head. Raises Fault `witness.answer`, Malformed."""
        for _ in range(TRIES):
            proof = self._node.consistency(each.size, head.checkpoint.size) if each.size else ()
            if proof is None:
                raise Fault("witness.answer", f"a size up to {head.checkpoint.size}", each.size)
            body = witness.encode(each.size, proof, head.note)
            status, mimetype, content = self._send(each.url + "/add-checkpoint", body)
            if status == 200:
                return _own_lines(each.key, head, content)
            size = _size_in(content) if (status, mimetype) == (409, witness.SIZE) else None
            if size is None or size == each.size:
                raise Fault("witness.answer", "a cosignature", f"HTTP {status}: {content[:100]!a}")
            each.size = size
        raise Fault("witness.answer", "a cosignature", "another size each time")


def _own_lines(key: NoteKey, head: Certified, content: bytes) -> tuple[notes.Line, ...]:
    """The lines of the witness's own key; others in its answer mean nothing."""
    try:
        lines = notes.parse_lines(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("note.line", "UTF-8", f"byte {error.start}") from error
    own = tuple(line for line in lines if (line.name, line.id) == (key.name, key.id))
    if not notes.verify(Note(head.checkpoint.text, own), [key]):
        raise Fault("witness.answer", f"a cosignature by {key.name}", "none")
    return own


def _size_in(content: bytes) -> int | None:
    text = content.decode("ascii", "replace")
    digits = text.removesuffix("\n")
    good = text.endswith("\n") and digits.isdigit() and len(digits) <= 16 and str(int(digits)) == digits
    return int(digits) if good else None


def read_witnesses(path: str) -> Witnesses | None:
    """The policy in the file that the setting `witnesses` names; None where it names none. Raises Fault `config.setting`, Malformed."""
    if not path:
        return None
    try:
        return tlogpolicy.parse(Path(path).read_bytes())
    except OSError as error:
        raise Fault("config.setting", f"a policy file {path}", error.strerror, field="PHARMATRACE_WITNESSES") from error
