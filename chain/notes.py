"""Signed notes: text with signature lines, as C2SP `signed-note` and `tlog-cosignature` say (PROTOCOL §7). Pure.

    text, ends in a newline
    <blank line>
    — <key name> base64(key id 4 | signature)        one line or more

A line is found by its key's name and id together; a line of a key that nobody asked about means nothing. A line of a known key whose
signature is wrong spoils the whole note. What the text says is not looked at here.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chain import keys
from chain.errors import Malformed

ED25519 = 1
"""Signature type 0x01: Ed25519 over the text."""
COSIGNATURE = 4
"""Signature type 0x04, `cosignature/v1`: u64 time in seconds, then Ed25519 over `cosignature/v1`, `time <seconds>` and the text."""
NOTE_LIMIT = 64 * 1024
"""Bytes of a note: room for post-quantum lines, which are ignored so far."""
LINES_LIMIT = 64
"""Signature lines of a note: every attester with both types, and 32 witnesses."""
NAME_LIMIT = 255
"""Characters of a key's name."""
TIME_LIMIT = 2**53 - 1
"""Greatest time of a cosignature, seconds: what every JSON implementation carries exactly."""

_DASH = "— "
_NAME = re.compile(rf"[!-*,-~]{{1,{NAME_LIMIT}}}")
_KEY_TEXT = re.compile(rf"([!-*,-~]{{1,{NAME_LIMIT}}})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]+={{0,2}})")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_ID_BYTES, _TIME_BYTES = 4, 8
_BODY_BYTES = {ED25519: keys.SIGNATURE_BYTES, COSIGNATURE: _TIME_BYTES + keys.SIGNATURE_BYTES}


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under the name by which notes show it."""

    name: str
    """1-255 printable ASCII characters without space and plus."""
    kind: int
    """Signature type: ED25519 or COSIGNATURE."""
    public: bytes
    """Ed25519 public key, 32 bytes."""

    @property
    def id(self) -> bytes:
        """First 4 bytes of SHA-256(name | 0A | signature type | public key)."""
        return hashlib.sha256(self.name.encode("ascii") + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The `vkey`: name + `+` + 8 hex digits of the id + `+` + base64(signature type | public key)."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @property
    def key(self) -> str:
        """The public key as `ed25519:` text."""
        return keys.key_text(self.public)


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line."""

    name: str
    """Name of the key."""
    id: bytes
    """Key id, 4 bytes."""
    body: bytes
    """What the type says: the signature, before it the time where there is one."""


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines, of which nothing is verified yet."""

    text: str
    """The signed text, its last newline included."""
    lines: tuple[Line, ...]
    """In their order."""


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4), as notes have it."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, code: str) -> bytes:
    """The bytes of a standard base64 text that re-encodes to itself. Raises Malformed `code`."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed(code, "base64 with padding", ascii(text)[:60]) from error
    if to_base64(data) != text:
        raise Malformed(code, "base64 with padding, spelt as it re-encodes", ascii(text)[:60])
    return data


def validate_key(key: NoteKey) -> None:
    """Name, type, and a canonical key of large order. Raises Malformed `note.key`."""
    if _NAME.fullmatch(key.name) is None:
        raise Malformed("note.key", f"a name of 1-{NAME_LIMIT} ASCII characters without space and plus", ascii(key.name)[:80])
    if key.kind not in _BODY_BYTES:
        raise Malformed("note.key", "signature type 1 or 4", key.kind)
    problem = "another length" if len(key.public) != keys.KEY_BYTES else keys.encoding_problem(key.public)
    if problem:
        raise Malformed("note.key", "a canonical Ed25519 key of large order", f"{problem}: {key.public.hex()}")


def parse_key(text: str) -> NoteKey:
    """The key of a `vkey` text. Raises Malformed `note.key`, also where the id is not that of the key."""
    found = _KEY_TEXT.fullmatch(text)
    if found is None:
        raise Malformed("note.key", "name+id+base64", ascii(text)[:80])
    data = from_base64(found[3], "note.key")
    key = NoteKey(found[1], data[0] if data else 0, data[1:])
    validate_key(key)
    if key.id.hex() != found[2]:
        raise Malformed("note.key", f"id {key.id.hex()}", found[2])
    return key


def encode(note: Note) -> bytes:
    """The note as it travels."""
    return (note.text + "\n" + encode_lines(note.lines)).encode("utf-8")


def encode_lines(lines: Iterable[Line]) -> str:
    """Signature lines alone, as a witness answers."""
    return "".join(f"{_DASH}{line.name} {to_base64(line.id + line.body)}\n" for line in lines)


def parse(data: bytes) -> Note:
    """A note from bytes. Raises Malformed `note.size`, `note.text` or `note.line`."""
    if len(data) > NOTE_LIMIT:
        raise Malformed("note.size", f"at most {NOTE_LIMIT} bytes", len(data))
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("note.text", "UTF-8", f"byte {error.start}") from error
    if _CONTROL.search(whole):
        raise Malformed("note.text", "no control characters but newlines", "one")
    text, gap, rest = whole.rpartition("\n\n")
    if not gap:
        raise Malformed("note.text", "a text, a blank line and signature lines", "no blank line")
    return Note(text + "\n", parse_lines(rest))


def parse_lines(text: str) -> tuple[Line, ...]:
    """Signature lines, 1 to LINES_LIMIT, each ended by a newline. Raises Malformed `note.line`."""
    if not text.endswith("\n"):
        raise Malformed("note.line", "a newline at the end", ascii(text[-20:]))
    rows = text[:-1].split("\n")
    if len(rows) > LINES_LIMIT:
        raise Malformed("note.line", f"at most {LINES_LIMIT} lines", len(rows))
    return tuple(_parse_line(row) for row in rows)


def _parse_line(row: str) -> Line:
    name, gap, signature = row.removeprefix(_DASH).partition(" ")
    if not row.startswith(_DASH) or not gap or _NAME.fullmatch(name) is None:
        raise Malformed("note.line", "an em dash, a key's name and a signature", ascii(row)[:80])
    data = from_base64(signature, "note.line")
    if len(data) <= _ID_BYTES:
        raise Malformed("note.line", "a key id and a signature", f"{len(data)} bytes")
    return Line(name, data[:_ID_BYTES], data[_ID_BYTES:])


def sign(text: str, name: str, signer: keys.SigningKey) -> Line:
    """A line of type ED25519."""
    return Line(name, NoteKey(name, ED25519, signer.public).id, signer.sign(text.encode("utf-8")))


def cosign(text: str, name: str, signer: keys.SigningKey, seconds: int) -> Line:
    """A line of type COSIGNATURE, given at a time in seconds since 1970."""
    body = seconds.to_bytes(_TIME_BYTES, "big") + signer.sign(_cosigned(text, seconds))
    return Line(name, NoteKey(name, COSIGNATURE, signer.public).id, body)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def seconds_of(line: Line) -> int:
    """The time that a line of type COSIGNATURE states."""
    return int.from_bytes(line.body[:_TIME_BYTES], "big")


def is_signed(text: str, line: Line, key: NoteKey) -> bool:
    """Whether a line is this key's signature of the text."""
    if (line.name, line.id) != (key.name, key.id) or len(line.body) != _BODY_BYTES[key.kind]:
        return False
    if key.kind == ED25519:
        return keys.verify(key.key, text.encode("utf-8"), line.body)
    seconds = seconds_of(line)
    return seconds <= TIME_LIMIT and keys.verify(key.key, _cosigned(text, seconds), line.body[_TIME_BYTES:])


def verify(note: Note, known: Sequence[NoteKey]) -> Mapping[NoteKey, int]:
    """Those of the known keys that signed, each with the newest time it states (0 for ED25519).

    Raises Malformed `note.signature` where a line bears the name and id of a known key and is not its signature, or where two known keys
    share name and id.
    """
    by_place = {(key.name, key.id): key for key in known}
    if len(by_place) != len(set(known)):
        raise Malformed("note.signature", "known keys of different names or ids", "two with the same")
    signed: dict[NoteKey, int] = {}
    for line in note.lines:
        key = by_place.get((line.name, line.id))
        if key is None:
            continue
        if not is_signed(note.text, line, key):
            raise Malformed("note.signature", f"a signature by {key.name}", "another")
        seconds = seconds_of(line) if key.kind == COSIGNATURE else 0
        signed[key] = max(seconds, signed.get(key, 0))
    return signed
