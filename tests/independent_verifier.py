"""A second implementation of the evidence verifier, written from docs/PROTOCOL.md and docs/DOMAIN.md alone. One file, so that it can be
carried to where nothing else of the project is.

Nothing of the project is imported: the standard library and `cryptography` (for the curve equation) are all that is used. A test that
runs this file says that the documents suffice; where they do not, it should fail, and the documents should change before it does.

    python independent_verifier.py cases vectors/bundles.json      the cases of the vectors
    python independent_verifier.py verdicts vectors/verdict.json   the verdict table
    python independent_verifier.py judge BUNDLE ANCHOR [SCAN]       one bundle, now
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import copy
import dataclasses
import datetime
import functools
import hashlib
import itertools
import json
import re
import struct
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Object = dict[str, Any]

MAX_NUMBER = 2**53 - 1
BUNDLE_BYTES = 1_000_000
BUNDLE_DEPTH = 12
VALUE_DEPTH = 8
DAY_MS = 86_400_000
ZEROS = bytes(32)


class Refused(Exception):
    """Something contradicts a signature, a hash or a rule (PROTOCOL section 8)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gap(Exception):
    """Something is not shown, too old or unknown to this verifier (PROTOCOL section 8)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def need(condition: bool, code: str) -> None:
    """Refuses with the code unless the condition holds."""
    if not condition:
        raise Refused(code)


# --- bytes (PROTOCOL section 2) ---------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """A whole number from 0 to 2^53-1; a flag is no number (section 8, container)."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER


def is_hash(value: Any) -> bool:
    """32 bytes as 64 lower-case hex digits."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def nesting(value: Any) -> int:
    """Depth of nesting; a scalar has none, an empty list one."""
    if isinstance(value, dict):
        return 1 + max((nesting(part) for part in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((nesting(part) for part in value), default=0)
    return 0


def encode(value: Any) -> bytes:
    """Canonical JSON of a decoded value (RFC 8785; names are ASCII, so code point order is UTF-16 order)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def _pairs(pairs: list[tuple[str, Any]]) -> Object:
    """An object without duplicate names, its names `[a-z0-9_]{1,32}` (PROTOCOL section 2)."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or not all(re.fullmatch(r"[a-z0-9_]{1,32}", name) for name in names):
        raise ValueError("names")
    return dict(pairs)


def _whole(text: str) -> int:
    """Integers within ±(2^53-1) (PROTOCOL section 2)."""
    number = int(text) if len(text) <= 17 else MAX_NUMBER + 1
    if abs(number) > MAX_NUMBER:
        raise ValueError("number")
    return number


def _never(text: str) -> Any:
    """No floats, no NaN, no infinity (PROTOCOL section 2)."""
    raise ValueError(text)


def decode(data: bytes, depth: int, code: str) -> Any:
    """The strict decoder of section 2: whatever differs from its own re-encoding is refused."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_pairs, parse_int=_whole, parse_float=_never, parse_constant=_never)
        good = nesting(value) <= depth and encode(value) == data
    except (ValueError, RecursionError):
        raise Refused(code) from None
    need(good, code)
    return value


def unbase64url(text: Any, code: str) -> bytes:
    """Strict base64url: no padding, re-encodes to itself."""
    if not isinstance(text, str):
        raise Refused(code)
    if re.fullmatch(r"[A-Za-z0-9_-]*", text) is None or len(text) % 4 == 1:
        raise Refused(code)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text, code)
    return data


def unbase64(text: str, code: str) -> bytes:
    """Standard base64 with padding that re-encodes to itself (section 7)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(code) from None
    need(base64.b64encode(data).decode() == text, code)
    return data


def hashes(text: Any, code: str) -> list[bytes]:
    """*Hashes* of section 8: all of them one after the other, 32 bytes each."""
    data = unbase64url(text, code)
    need(len(data) % 32 == 0, code)
    return [data[start : start + 32] for start in range(0, len(data), 32)]


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def domain(name: str) -> bytes:
    """A domain of section 2 with its byte 00."""
    return b"pharmatrace/" + name.encode() + b"\x00"


# --- Ed25519, one acceptance rule (PROTOCOL section 2, RFC 8032) ------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]


def decode_point(data: bytes) -> Point | None:
    """RFC 8032 section 5.1.3; None where the encoding is not canonical or not on the curve."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(data) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if (v * x * x - u) % P != 0 or (x == 0 and sign == 1):
        return None
    return (P - x if x & 1 != sign else x), y


def double(point: Point) -> Point:
    """Twice a point, affine (the curve's addition law is complete)."""
    x, y = point
    product = D * x * x * y * y % P
    return (
        2 * x * y * pow(1 + product, P - 2, P) % P,
        (y * y + x * x) * pow(1 - product, P - 2, P) % P,
    )


@functools.lru_cache(maxsize=4096)
def good_point(data: bytes) -> bool:
    """Canonical and not of small order: eight times it is not the neutral element."""
    point = decode_point(data)
    return point is not None and double(double(double(point))) != (0, 1)


def verify_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """S < L, A and R canonical and not of small order, cofactorless equation (OpenSSL's, by `cryptography`)."""
    if len(key) != 32 or len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
        return False
    if not good_point(key) or not good_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_key(text: Any, code: str) -> bytes:
    """`ed25519:` + base64url of 32 bytes, not of small order, canonical."""
    if not isinstance(text, str) or not text.startswith("ed25519:"):
        raise Refused(code)
    key = unbase64url(text[8:], code)
    need(len(key) == 32 and good_point(key), code)
    return key


# --- trees (RFC 9162) -------------------------------------------------------------------------------------------------

EMPTY_ROOT = sha256()


def leaf_hash(data: bytes) -> bytes:
    """RFC 9162 section 2.1.1, prefix 00."""
    return sha256(b"\x00", data)


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 section 2.1.1, prefix 01."""
    return sha256(b"\x01", left, right)


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162 section 2.1.3.2; None where index, size and path do not fit."""
    if index >= size:
        return None
    low, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if low & 1 or low == last:
            root = node_hash(sibling, root)
            while not low & 1 and low != 0:
                low, last = low >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        low, last = low >> 1, last >> 1
    return root if last == 0 else None


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2, for 0 < old < new."""
    if not 0 < old < new or not path:
        return False
    proof = list(path)
    if old & (old - 1) == 0:
        proof.insert(0, old_root)
    low, last = old - 1, new - 1
    while low & 1:
        low, last = low >> 1, last >> 1
    first = second = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if low & 1 or low == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not low & 1 and low != 0:
                low, last = low >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        low, last = low >> 1, last >> 1
    return first == old_root and second == new_root and last == 0


# --- state proofs (PROTOCOL section 5) --------------------------------------------------------------------------------


@dataclass(frozen=True)
class End:
    """An end of the combined proof: its depth, and what lies there where that does not follow from the entries."""

    depth: int
    kind: str  # "own", "empty" or "other"
    record: bytes = b""


@dataclass(frozen=True)
class Way:
    """An entry asked for: hash of its key, hash of its value or None where it is said to be absent."""

    key_hash: bytes
    value_hash: bytes | None

    def bit(self, depth: int) -> int:
        """Bit d of kh, most significant first (PROTOCOL section 5)."""
        return self.key_hash[depth // 8] >> (7 - depth % 8) & 1


class StateProof:
    """Walks the ways of the sorted paths together from the root, left before right."""

    CODE = "evidence.state.proof"

    def __init__(self, siblings: Sequence[bytes], ends: Sequence[End]) -> None:
        self.siblings = list(reversed(siblings))
        self.ends = list(reversed(ends))

    def root(self, entries: Iterable[tuple[str, Any]]) -> bytes:
        """The root that the proof leads to; unused parts of it are refused."""
        return self.root_of([make_way(key, value) for key, value in entries])

    def root_of(self, ways: list[Way]) -> bytes:
        """The same of ways."""
        root, _ = self._walk(sorted(ways, key=lambda way: way.key_hash), 0)
        need(not self.siblings and not self.ends, self.CODE)
        return root

    def _walk(self, ways: list[Way], depth: int) -> tuple[bytes, int]:
        """Hash of the subtree and how many entries it is known to hold: 0, 1, or 2 for "more, or not known"."""
        need(bool(self.ends), self.CODE)
        end = self.ends[-1]
        need(end.depth >= depth, self.CODE)
        if end.depth == depth:
            self.ends.pop()
            return self._end(ways, end)
        need(depth < 256, self.CODE)
        left = [way for way in ways if way.bit(depth) == 0]
        right = [way for way in ways if way.bit(depth) == 1]
        if left and right:
            left_side, right_side = self._walk(left, depth + 1), self._walk(right, depth + 1)
        else:
            need(bool(self.siblings), self.CODE)
            sibling = self.siblings.pop()
            other = (sibling, 0 if sibling == ZEROS else 2)
            walked = self._walk(left or right, depth + 1)
            left_side, right_side = (walked, other) if left else (other, walked)
        need(left_side[1] + right_side[1] > 1, self.CODE)
        return sha256(b"\x03", left_side[0], right_side[0]), 2

    def _end(self, ways: list[Way], end: End) -> tuple[bytes, int]:
        """Where ways end: the path's own entry, nothing, or another record (PROTOCOL sections 5 and 8)."""
        present = [way for way in ways if way.value_hash is not None]
        if end.kind == "own":
            need(len(present) == 1, self.CODE)
            return sha256(b"\x02", present[0].key_hash, present[0].value_hash or b""), 1
        need(not present, self.CODE)
        if end.kind == "empty":
            return ZEROS, 0
        key_hash = end.record[:32]
        for way in ways:
            same = all(Way(key_hash, None).bit(depth) == way.bit(depth) for depth in range(end.depth))
            need(same and way.key_hash != key_hash, self.CODE)
        return sha256(b"\x02", end.record), 1


def make_way(key: str, value: Any) -> Way:
    """kh and vh of section 5."""
    key_hash = sha256(domain("statekey/v1"), key.encode())
    return Way(key_hash, None if value is None else sha256(domain("statevalue/v1"), encode(value)))


# --- header (PROTOCOL section 4) --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Header:
    """The fields of a header that a verifier of evidence reads."""

    data: bytes

    def _u(self, start: int, width: int) -> int:
        """A big-endian integer of the header (PROTOCOL section 4)."""
        return int.from_bytes(self.data[start : start + width], "big")

    @property
    def height(self) -> int:
        """Bytes 16-23 (PROTOCOL section 4)."""
        return self._u(16, 8)

    @property
    def time(self) -> int:
        """Bytes 24-31, milliseconds (PROTOCOL section 4)."""
        return self._u(24, 8)

    @property
    def transactions_root(self) -> bytes:
        """Bytes 64-95 (PROTOCOL section 4)."""
        return self.data[64:96]

    @property
    def state_root(self) -> bytes:
        """Bytes 96-127 (PROTOCOL section 4)."""
        return self.data[96:128]

    @property
    def id(self) -> bytes:
        """SHA-256 of the header (PROTOCOL section 4)."""
        return sha256(self.data)

    def is_header(self) -> bool:
        """The magic, and the fields that are zero."""
        return self.data[:4] == b"PhTr" and self._u(10, 2) == 0 and self._u(228, 4) == 0

    def is_known(self) -> bool:
        """Format, suite, rules and channel of version 1 (section 8, step 5)."""
        return self.data[4] == 1 and self.data[5] == 1 and self._u(6, 2) <= 1 and self._u(8, 2) == 0


# --- notes, checkpoints and anchors (PROTOCOL section 7) --------------------------------------------------------------

ORIGIN = re.compile(r"[!-*,-~]{1,100}")
KEY_NAME = re.compile(r"[!-*,-~]{1,255}")


@dataclass(frozen=True)
class Line:
    """A signature line: name, key id, body."""

    name: str
    key_id: bytes
    body: bytes


@dataclass(frozen=True)
class Note:
    """A parsed checkpoint: the signed text, its three fields and the lines."""

    text: bytes
    origin: str
    size: int
    root: bytes
    lines: list[Line]


def parse_note(note: str) -> Note:
    """*Bytes* of section 7."""
    code = "evidence.checkpoint.format"
    try:
        raw = note.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(code) from None
    need(len(raw) <= 65_536 and not any(unicodedata.category(char) == "Cc" and char != "\n" for char in note), code)
    cut = note.rfind("\n\n")
    need(cut >= 0 and note.endswith("\n"), code)
    text, block = note[: cut + 1], note[cut + 2 :]
    fields = text.split("\n")
    need(len(fields) == 4, code)
    origin, size, root64 = fields[0], fields[1], fields[2]
    need(ORIGIN.fullmatch(origin) is not None and re.fullmatch(r"[1-9][0-9]{0,15}", size) is not None, code)
    root = unbase64(root64, code)
    need(int(size) <= MAX_NUMBER and len(root) == 32, code)
    lines = [parse_line(line, code) for line in block.split("\n")[:-1]]
    need(1 <= len(lines) <= 64, code)
    return Note(text.encode(), origin, int(size), root, lines)


def parse_line(line: str, code: str) -> Line:
    """`— name SP base64(key id 4 ‖ body)`."""
    parts = line.split(" ")
    need(len(parts) == 3 and parts[0] == "\u2014" and KEY_NAME.fullmatch(parts[1]) is not None, code)
    data = unbase64(parts[2], code)
    need(len(data) > 4, code)
    return Line(parts[1], data[:4], data[4:])


@dataclass(frozen=True)
class NoteKey:
    """A key whose lines count: its name and the public key, type 04."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name ‖ 0A ‖ type ‖ key) (PROTOCOL section 7, *Keys*)."""
        return sha256(self.name.encode(), b"\n\x04", self.key)[:4]

    def newest(self, note: Note) -> int | None:
        """Newest time (s) of its lines; None without one. A wrong line refuses the whole note."""
        times = [
            cosignature_time(line, note.text, self.key) for line in note.lines if line.name == self.name and line.key_id == self.key_id
        ]
        return max(times, default=None)


def cosignature_time(line: Line, text: bytes, key: bytes) -> int:
    """`cosignature/v1` (section 7, *Keys*): u64 seconds, then Ed25519 over two lines and the text."""
    code = "evidence.checkpoint.signature"
    need(len(line.body) == 72, code)
    seconds = int.from_bytes(line.body[:8], "big")
    need(seconds <= MAX_NUMBER, code)
    message = f"cosignature/v1\ntime {seconds}\n".encode() + text
    need(verify_signature(key, message, line.body[8:]), code)
    return seconds


def slug(name: str) -> str:
    """*Origin* of section 7."""
    lowered = "".join(char.lower() if char.isascii() else char for char in name)
    text = re.sub(r"[^a-z0-9.]+", "-", lowered).strip("-")[:40].rstrip("-")
    return text or "ledger"


def parse_vkey(text: Any) -> NoteKey:
    """`name+8 hex of the id+base64(type ‖ public key)`, type 04."""
    code = "evidence.anchor.format"
    parts = text.split("+", 2) if isinstance(text, str) else []
    need(len(parts) == 3 and KEY_NAME.fullmatch(parts[0]) is not None, code)
    data = unbase64(parts[2], code)
    need(len(data) == 33 and data[0] == 4 and good_point(data[1:]), code)
    key = NoteKey(parts[0], data[1:])
    need(parts[1] == key.key_id.hex(), code)
    return key


ANCHOR_FIELDS = {
    "v", "name", "chain", "epoch", "members", "origin", "checkpoint", "made_at", "trust_days", "witnesses", "assurance", "max_age_s",
}  # fmt: skip


@dataclass(frozen=True)
class Anchor:
    """What a verifier pins."""

    value: Object
    chain: bytes
    origin: str
    members: list[NoteKey]
    witnesses: list[NoteKey]
    k: int
    taken: frozenset[bytes] = frozenset()


def read_anchor(value: Any) -> Anchor:
    """The anchor of section 7; every refusal is `evidence.anchor.format` here (section 8, step 1)."""
    code = "evidence.anchor.format"
    need(isinstance(value, dict) and set(value) == ANCHOR_FIELDS, code)
    try:
        small = nesting(value) <= VALUE_DEPTH and len(encode(value)) <= 16_384
    except UnicodeEncodeError:
        raise Refused(code) from None
    need(small, code)
    need(value["v"] == 1 and is_number(value["v"]) and is_hash(value["chain"]) and is_number(value["epoch"]), code)
    need(isinstance(value["name"], str) and 1 <= len(value["name"]) <= 60, code)
    origin = f"{slug(value['name'])}/{value['chain'][:16]}"
    need(value["origin"] == origin, code)
    point = value["checkpoint"]
    need(isinstance(point, dict) and set(point) == {"size", "root"}, code)
    need(is_number(point["size"]) and point["size"] >= 1 and is_hash(point["root"]), code)
    need(is_number(value["made_at"]), code)
    need(is_number(value["trust_days"]) and 1 <= value["trust_days"] <= 3650, code)
    need(is_number(value["max_age_s"]) and 60 <= value["max_age_s"] <= 86_400, code)
    members, keys = read_members(value["members"], origin, code)
    need(value["assurance"] == ("consortium" if len(members) >= 4 else "operator"), code)
    k, witnesses = read_witnesses(value["witnesses"], code)
    keys += [witness.key for witness in witnesses]
    need(len(set(keys)) == len(keys), code)
    return Anchor(value, bytes.fromhex(value["chain"]), origin, members, witnesses, k)


def read_members(value: Any, origin: str, code: str) -> tuple[list[NoteKey], list[bytes]]:
    """1-16 members `{party, vote, note}`, no party and no key twice; also all their keys."""
    need(isinstance(value, list) and 1 <= len(value) <= 16, code)
    members: list[NoteKey] = []
    keys: list[bytes] = []
    for member in value:
        need(isinstance(member, dict) and set(member) == {"party", "vote", "note"}, code)
        need(isinstance(member["party"], str) and re.fullmatch(r"[A-Za-z0-9]{1,24}", member["party"]) is not None, code)
        note = read_key(member["note"], code)
        keys += [read_key(member["vote"], code), note]
        members.append(NoteKey(f"{origin}/{member['party']}", note))
    need(len({member.name for member in members}) == len(members), code)
    return members, keys


def read_witnesses(value: Any, code: str) -> tuple[int, list[NoteKey]]:
    """`{k, keys}`: type 04, n <= 32, n < 2k <= 2n, or k = n = 0."""
    need(isinstance(value, dict) and set(value) == {"k", "keys"}, code)
    need(is_number(value["k"]) and isinstance(value["keys"], list) and len(value["keys"]) <= 32, code)
    n, k = len(value["keys"]), value["k"]
    need((n < 2 * k <= 2 * n) or (k == 0 and n == 0), code)
    return k, [parse_vkey(text) for text in value["keys"]]


@dataclass(frozen=True)
class Judged:
    """What a checkpoint is worth: believed time in seconds, how many witnesses signed."""

    note: Note
    believed: int
    witnessed: int


HANDOVER = "evidence.handover"


@dataclass(frozen=True)
class AttesterSet:
    """A set of attesters that a verifier believes: its epoch and its members."""

    epoch: int
    members: list[NoteKey]
    keys: frozenset[bytes]


def make_set(epoch: int, members: Any, origin: str) -> AttesterSet:
    """At most 16 members of different parties with vote and note keys of their own (PROTOCOL section 6)."""
    found, keys = read_members(members, origin, HANDOVER)
    need(len(set(keys)) == len(keys), HANDOVER)
    return AttesterSet(epoch, found, frozenset(keys))


class Handovers:
    """The way from the anchor's set to the one that judges the checkpoint (PROTOCOL section 7, *Handover*; section 8, step 2)."""

    FIELDS = frozenset({"v", "epoch", "note", "header", "path", "set", "proof"})

    def __init__(self, anchor: Anchor) -> None:
        self.anchor = anchor
        self.reached = make_set(anchor.value["epoch"], anchor.value["members"], anchor.origin)

    def follow(self, handovers: Iterable[Object]) -> Anchor:
        """The anchor with the members of the set reached; whatever is wrong is `evidence.handover`."""
        try:
            for handover in handovers:
                self._step(handover)
        except Refused:
            raise Refused(HANDOVER) from None
        return dataclasses.replace(self.anchor, members=self.reached.members, taken=self.reached.keys)

    def _step(self, handover: Object) -> None:
        """One document; those of epochs before the one reached so far are passed over."""
        need(set(handover) == self.FIELDS and len(encode(handover)) <= 131_072 and nesting(handover) <= VALUE_DEPTH, HANDOVER)
        need(is_number(handover["v"]) and handover["v"] == 1 and is_number(handover["epoch"]), HANDOVER)
        need(isinstance(handover["note"], str) and isinstance(handover["set"], dict), HANDOVER)
        header, path = Header(unbase64url(handover["header"], HANDOVER)), hashes(handover["path"], HANDOVER)
        need(len(header.data) == 240, HANDOVER)
        if handover["epoch"] < self.reached.epoch:
            return
        need(handover["epoch"] == self.reached.epoch, HANDOVER)
        note = parse_note(handover["note"])
        need(note.origin == self.anchor.origin and cosigned(note, self.reached.members), HANDOVER)
        check_head(header, path, note, HANDOVER)
        entry, proof = handover["set"], handover["proof"]
        need(isinstance(proof, dict) and set(proof) == {"siblings", "end"}, HANDOVER)
        root = root_of_one(make_way("consensus/set", entry), hashes(proof["siblings"], HANDOVER), proof["end"])
        need(root == header.state_root, HANDOVER)
        self._advance(note, entry)

    def _advance(self, note: Note, entry: Object) -> None:
        """The set that the entry names: itself, where it is a later one that cosigned too, else what its `next` makes."""
        need(is_number(entry.get("epoch")) and "next" in entry, HANDOVER)
        listed = make_set(entry["epoch"], entry.get("members"), self.anchor.origin)
        if listed.epoch > self.reached.epoch:
            need(cosigned(note, listed.members), HANDOVER)
            self.reached = listed
            return
        coming = entry["next"]
        need(listed.epoch == self.reached.epoch and isinstance(coming, dict), HANDOVER)
        need(set(coming) == {"epoch", "recorded", "add", "remove"} and is_number(coming["epoch"]), HANDOVER)
        need(coming["epoch"] > self.reached.epoch and isinstance(coming["add"], list), HANDOVER)
        removed = coming["remove"]
        need(isinstance(removed, list) and all(isinstance(party, str) for party in removed), HANDOVER)
        staying = [member for member in entry["members"] if member["party"] not in removed]
        self.reached = make_set(coming["epoch"], staying + coming["add"], self.anchor.origin)


def cosigned(note: Note, members: list[NoteKey]) -> bool:
    """More than two thirds of a set cosigned; a wrong line of one of its keys refuses the note."""
    return 3 * sum(member.newest(note) is not None for member in members) > 2 * len(members)


def check_head(header: Header, path: Sequence[bytes], note: Note, code: str) -> None:
    """The head of a checkpoint, by its last-leaf path."""
    root = root_of_path(leaf_hash(header.data), note.size - 1, note.size, path)
    need(header.is_header() and header.height + 1 == note.size and root == note.root, code)


def root_of_one(way: Way, siblings: Sequence[bytes], end: Any) -> bytes:
    """The root that a proof of membership with one path leads to (section 5)."""
    need(len(siblings) <= 256 and (not siblings or siblings[-1] != ZEROS), HANDOVER)
    need(unbase64url(end, HANDOVER) == way.key_hash + (way.value_hash or b""), HANDOVER)
    return StateProof(siblings, [End(len(siblings), "own")]).root_of([way])


def judge_checkpoint(note: Note, anchor: Anchor) -> Judged:
    """*Verifying* of section 7 up to the comparison with what is remembered."""
    need(note.origin == anchor.origin, "evidence.checkpoint.origin")
    times = [member.newest(note) for member in anchor.members]
    seen = sorted((seconds for seconds in times if seconds is not None), reverse=True)
    signed = [witness for witness in anchor.witnesses if witness.newest(note) is not None]
    witnessed = sum(witness.key not in anchor.taken for witness in signed)
    n = len(anchor.members)
    need(3 * len(seen) > 2 * n, "evidence.checkpoint.attesters")
    need(witnessed >= anchor.k, "evidence.checkpoint.witnesses")
    return Judged(note, seen[n - 2 * n // 3 - 1], witnessed)


# --- the container (PROTOCOL section 8, step 0) -----------------------------------------------------------------------

FIELD = "evidence.bundle.field"
CSET82 = "A-Za-z0-9!\"%&'()*+,\\-./:;<=>?_"
BUNDLE_FIELDS = {
    "v", "code", "checkpoint", "head", "consistency", "handovers", "genesis", "state", "marks", "histories", "transactions",
}  # fmt: skip
ENVELOPE_FIELDS = {"v", "chain", "kind", "by", "seq", "at", "until", "salt", "items", "body"}


@dataclass(frozen=True)
class Transaction:
    """A shown transaction: its envelope, id, raw signatures and the items shown."""

    envelope: Object
    id: bytes
    signatures: list[bytes]
    items: list[Object]

    @property
    def kind(self) -> str:
        """The kind, `module.name` (PROTOCOL section 4)."""
        return str(self.envelope["kind"])

    @property
    def body(self) -> Object:
        """The body (PROTOCOL section 3)."""
        body: Object = self.envelope["body"]
        return body

    @property
    def by(self) -> str:
        """The signing key (PROTOCOL section 3)."""
        return str(self.envelope["by"])

    def verify(self) -> bool:
        """Every signature over `tx/v1` and the canonical envelope (section 3)."""
        message = domain("tx/v1") + encode(self.envelope)
        keys = [self.by, *self.envelope.get("with", [])]
        pairs = zip(keys, self.signatures, strict=True)
        return all(verify_signature(read_key(key, "evidence.event.signature"), message, sig) for key, sig in pairs)


@dataclass(frozen=True)
class Event:
    """An event of a history: the number of a shown transaction or the id of one that is not."""

    number: int | None
    id: bytes
    height: int
    time: int


@dataclass(frozen=True)
class History:
    """A history of section 5; whole where nothing is left out before it."""

    key: str
    before: Object | None
    events: list[Event]

    def head(self) -> tuple[int, bytes]:
        """Count and head over all events."""
        n = self.before["n"] if self.before else 0
        head = bytes.fromhex(self.before["head"]) if self.before else ZEROS
        for event in self.events:
            n += 1
            numbers = struct.pack(">QQQ", n, event.height, event.time)
            head = sha256(domain("history/v1"), head, numbers, event.id)
        return n, head


@dataclass(frozen=True)
class MarkLeaf:
    """A record of a batch tree: mark ‖ slot (DOMAIN section 2)."""

    index: int
    leaf: bytes
    path: list[bytes]

    @property
    def mark(self) -> bytes:
        """SHA-256 of the tag (DOMAIN section 2)."""
        return self.leaf[:32]

    @property
    def slot(self) -> int:
        """The slot, 4 bytes big-endian (DOMAIN section 2)."""
        return int.from_bytes(self.leaf[32:], "big")


@dataclass(frozen=True)
class Mark:
    """A proof in the tree of one part of a batch."""

    lot: str
    part: int
    leaves: list[MarkLeaf]


@dataclass
class Bundle:
    """A bundle, read whole."""

    code: str
    checkpoint: str
    header: Header
    head_path: list[bytes]
    consistency: tuple[int, list[bytes]] | None
    handovers: list[Any]
    genesis: Header
    document: Object
    entries: list[tuple[str, Any]]
    siblings: list[bytes]
    ends: list[End]
    marks: list[Mark]
    histories: list[History]
    transactions: list[Transaction]


def fields(value: Any, names: Iterable[str]) -> Object:
    """An object with exactly these fields."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refused(FIELD)
    return value


def rows(value: Any, least: int, most: int) -> list[Any]:
    """A list of so many parts."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise Refused(FIELD)
    return value


def raw(text: Any, size: int) -> bytes:
    """Raw bytes of a fixed length."""
    data = unbase64url(text, FIELD)
    need(len(data) == size, FIELD)
    return data


def number(value: Any) -> int:
    """A number of the container (PROTOCOL section 8)."""
    need(is_number(value), FIELD)
    return int(value)


def string(value: Any, least: int, most: int) -> str:
    """A text of the container, so many code points long (PROTOCOL section 8)."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Refused(FIELD)
    return value


def ascending(names: Sequence[Any]) -> None:
    """Strictly ascending, by code points where they are texts."""
    need(all(first < second for first, second in itertools.pairwise(names)), FIELD)


def read_bundle(data: bytes) -> Bundle:
    """Step 0: the container, whole, in the order of its fields."""
    need(len(data) <= BUNDLE_BYTES, "evidence.bundle.size")
    value = decode(data, BUNDLE_DEPTH, "evidence.bundle.canonical")
    need(isinstance(value, dict) and is_number(value.get("v")), FIELD)
    if value["v"] != 1:
        raise Gap("evidence.bundle.version")
    fields(value, BUNDLE_FIELDS)
    code = string(value["code"], 1, 200)
    checkpoint = string(value["checkpoint"], 0, 65_536)
    head = fields(value["head"], ("header", "path"))
    header, head_path = Header(raw(head["header"], 240)), hashes(head["path"], FIELD)
    consistency = read_consistency(value["consistency"])
    handovers = rows(value["handovers"], 0, 64)
    need(all(isinstance(handover, dict) for handover in handovers), FIELD)
    genesis = fields(value["genesis"], ("header", "document"))
    genesis_header = Header(raw(genesis["header"], 240))
    need(isinstance(genesis["document"], dict), FIELD)
    entries, siblings, ends = read_state(value["state"])
    marks = [read_mark(mark) for mark in rows(value["marks"], 0, 64)]
    ascending([(mark.lot, mark.part) for mark in marks])
    listed = rows(value["histories"], 0, 256)
    shown = rows(value["transactions"], 0, 256)
    plain = [read_history(history) for history in listed]
    ascending([key for key, _, _ in plain])
    check_mentions(plain, len(shown))
    transactions = [read_transaction(transaction) for transaction in shown]
    need(len({transaction.id for transaction in transactions}) == len(transactions), FIELD)
    histories = [join_history(history, transactions) for history in plain]
    return Bundle(
        code, checkpoint, header, head_path, consistency, handovers, genesis_header, genesis["document"], entries, siblings, ends,
        marks, histories, transactions,
    )  # fmt: skip


def read_consistency(value: Any) -> tuple[int, list[bytes]] | None:
    """Null or `{size, path}` (PROTOCOL section 8)."""
    if value is None:
        return None
    fields(value, ("size", "path"))
    need(number(value["size"]) >= 1, FIELD)
    return number(value["size"]), hashes(value["path"], FIELD)


def read_state(value: Any) -> tuple[list[tuple[str, Any]], list[bytes], list[End]]:
    """`{entries, siblings, ends}`: 1-256 entries, strictly ascending by key."""
    fields(value, ("entries", "siblings", "ends"))
    entries: list[tuple[str, Any]] = []
    for entry in rows(value["entries"], 1, 256):
        fields(entry, ("key", "value"))
        need(entry["value"] is None or isinstance(entry["value"], dict), FIELD)
        entries.append((string(entry["key"], 1, 1000), entry["value"]))
    ascending([key for key, _ in entries])
    ends = [read_end(end) for end in rows(value["ends"], 0, 256)]
    return entries, hashes(value["siblings"], FIELD), ends


def read_end(value: Any) -> End:
    """A number: the path's own entry; `[depth, null]`: nothing; `[depth, base64url]`: another record."""
    if not isinstance(value, list):
        return End(number(value), "own")
    need(len(value) == 2, FIELD)
    depth = number(value[0])
    return End(depth, "empty") if value[1] is None else End(depth, "other", raw(value[1], 64))


def read_mark(value: Any) -> Mark:
    """`{lot, part, leaves}` with 1-2 leaves (PROTOCOL section 8)."""
    fields(value, ("lot", "part", "leaves"))
    leaves: list[MarkLeaf] = []
    for leaf in rows(value["leaves"], 1, 2):
        fields(leaf, ("index", "leaf", "path"))
        leaves.append(MarkLeaf(number(leaf["index"]), raw(leaf["leaf"], 36), hashes(leaf["path"], FIELD)))
    lot = string(value["lot"], 1, 20)
    need(re.fullmatch(f"[{CSET82}]+", lot) is not None, FIELD)
    return Mark(lot, number(value["part"]), leaves)


PlainHistory = tuple[str, Object | None, list[Any]]


def read_history(value: Any) -> PlainHistory:
    """`{key, before, events}` with events `[what, height, time]`."""
    fields(value, ("key", "before", "events"))
    key, before = string(value["key"], 1, 1000), value["before"]
    if before is not None:
        fields(before, ("n", "head"))
        need(number(before["n"]) >= 1 and is_hash(before["head"]), FIELD)
    events = rows(value["events"], 1, 1000)
    for event in events:
        rows(event, 3, 3)
        need(is_number(event[0]) or is_hash(event[0]), FIELD)
        number(event[1])
        number(event[2])
    return key, before, events


def check_mentions(histories: Sequence[PlainHistory], count: int) -> None:
    """Transactions are ordered by first mention, all mentioned."""
    seen: list[int] = []
    for _, _, events in histories:
        for what, _, _ in events:
            if is_number(what) and what not in seen:
                seen.append(what)
    need(seen == list(range(count)), FIELD)


def join_history(history: PlainHistory, transactions: Sequence[Transaction]) -> History:
    """Events with the ids of the transactions that they mean; what is shown is not named by its id."""
    key, before, plain = history
    shown = {transaction.id for transaction in transactions}
    events: list[Event] = []
    for what, height, when in plain:
        if isinstance(what, int):
            events.append(Event(what, transactions[what].id, height, when))
        else:
            need(bytes.fromhex(what) not in shown, FIELD)
            events.append(Event(None, bytes.fromhex(what), height, when))
    return History(key, before, events)


def read_transaction(value: Any) -> Transaction:
    """`{envelope, sigs, items}`: the envelope by section 3, items by their paths."""
    fields(value, ("envelope", "sigs", "items"))
    need(isinstance(value["envelope"], dict), FIELD)
    signatures = [raw(sig, 64) for sig in rows(value["sigs"], 1, 9)]
    listed = rows(value["items"], 0, 64)
    for item in listed:
        fields(item, ("index", "item", "path"))
        need(isinstance(item["item"], dict), FIELD)
        number(item["index"])
    ascending([item["index"] for item in listed])
    envelope = check_envelope(value["envelope"])
    need(len(signatures) == 1 + len(envelope.get("with", [])), "evidence.event.envelope")
    items = [check_item(item, envelope["items"]) for item in listed]
    return Transaction(envelope, sha256(domain("tx/v1"), encode(envelope)), signatures, items)


def check_envelope(value: Object) -> Object:
    """The envelope of section 3: exactly its fields, each of its form, at most 8 KiB."""
    code = "evidence.event.envelope"
    names = set(value)
    need(names in (ENVELOPE_FIELDS, ENVELOPE_FIELDS | {"with"}), code)
    need(nesting(value) <= VALUE_DEPTH and len(encode(value)) <= 8192, code)
    need(is_number(value["v"]) and value["v"] == 1 and is_hash(value["chain"]), code)
    need(isinstance(value["kind"], str) and re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", value["kind"]) is not None, code)
    need(all(is_number(value[name]) for name in ("seq", "at", "until")), code)
    need(len(unbase64url(value["salt"], code)) == 16, code)
    others = value.get("with", [])
    need(isinstance(others, list) and len(others) <= 8 and ("with" not in value or bool(others)), code)
    for key in [value["by"], *others]:
        read_key(key, code)
    items = value["items"]
    need(isinstance(items, dict) and set(items) == {"n", "root"} and isinstance(value["body"], dict), code)
    need(is_number(items["n"]) and items["n"] <= 2000 and is_hash(items["root"]), code)
    need(items["n"] > 0 or items["root"] == EMPTY_ROOT.hex(), code)
    return value


def check_item(value: Object, items: Object) -> Object:
    """A single item with its path in the items tree."""
    code = "evidence.event.item"
    item: Object = value["item"]
    need(nesting(item) <= VALUE_DEPTH, code)
    root = root_of_path(leaf_hash(encode(item)), value["index"], items["n"], hashes(value["path"], FIELD))
    need(root is not None and root.hex() == items["root"], code)
    return item


# --- the scanned text (DOMAIN section 2) ------------------------------------------------------------------------------

FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2, "410": 13, "414": 13}
VARIABLE = {"10": 20, "21": 20, "22": 20, "37": 8, "240": 30, "241": 30, "7003": 10, "710": 20, "715": 20, "713": 20, "90": 30,
            **{str(ai): 90 for ai in range(91, 100)}}  # fmt: skip
HARMLESS = {"edges", "wide", "shown_separator", "separators", "prefix", "scheme", "blanks"}
SEPARATOR = "\x1d"
MAX_READINGS = 16
SCAN_LENGTH = 1000
PREFIXES = {"d2": "d2", "q3": "Q3", "c1": "C1"}
GERMAN = str.maketrans("yzYZ-_Öö´)=&?/", "zyZY/?::=()^_&")
SWAPPED = str.maketrans("yzYZ", "zyZY")
SHOWN = r"[<\[{](?:GS|gs|FNC1)[>\]}]|\^\]|\u241d|\u2194|\\x1d|\\u001d|\\035|%1D|[\x1c\x1e]|\xe8"


@dataclass(frozen=True)
class Item:
    """What a code says: `{gtin, lot?, serial?, expiry?}`, and how it was read."""

    kind: str
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    month_only: bool = False
    repairs: tuple[str, ...] = ()
    cnid: str | None = None


class Unreadable(Exception):
    """The text is no code."""


def check_digit_right(digits: str) -> bool:
    """GS1 check digit of a GTIN, GLN or SSCC."""
    weights = [3 if place % 2 == 0 else 1 for place in range(len(digits) - 1)]
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits[:-1]), weights, strict=True))
    return digits.isascii() and digits.isdigit() and (10 - total % 10) % 10 == int(digits[-1])


def is_gtin(text: str) -> bool:
    """14 digits, check digit right, indicator 0-8 (DOMAIN section 1)."""
    return re.fullmatch(r"[0-8][0-9]{13}", text) is not None and check_digit_right(text)


def month_end(year: int, month: int) -> datetime.date:
    """The last day of a month."""
    first_of_next = datetime.date(year + month // 12, month % 12 + 1, 1)
    return first_of_next - datetime.timedelta(days=1)


def read_date(digits: str) -> tuple[str, bool]:
    """YYMMDD; day 00 is the month's last; a year lies within 50 after and 49 before 2026."""
    if re.fullmatch(r"[0-9]{6}", digits) is None:
        raise Unreadable("gs1.value.date")
    short, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    year = 2000 + short if short <= 76 else 1900 + short
    try:
        if day == 0:
            return month_end(year, month).isoformat(), True
        return datetime.date(year, month, day).isoformat(), False
    except ValueError:
        raise Unreadable("gs1.value.date") from None


def element_identifier(text: str) -> str:
    """The application identifier that a text begins with."""
    for width in (2, 3, 4):
        if text[:width] in FIXED or text[:width] in VARIABLE:
            return text[:width]
    raise Unreadable("gs1.identifier.unknown")


def check_element(identifier: str, value: str) -> None:
    """Length and characters of a value."""
    limit = FIXED.get(identifier, VARIABLE.get(identifier, 0))
    if not 1 <= len(value) <= limit or (identifier in FIXED and len(value) != limit):
        raise Unreadable("gs1.value.length")
    if re.fullmatch(f"[{CSET82}]+", value) is None or (identifier in FIXED and not value.isdigit()):
        raise Unreadable("gs1.value.character")


def make_item(elements: Object) -> Item:
    """An item from elements; identifiers that do not matter here are passed by."""
    for identifier, value in elements.items():
        check_element(identifier, value)
    if "00" in elements:
        if not check_digit_right(elements["00"]):
            raise Unreadable("gs1.check_digit")
        return Item("box")
    gtin = elements.get("01")
    if gtin is None or not is_gtin(gtin):
        raise Unreadable("gs1.check_digit" if gtin else "gs1.element.missing")
    digits = elements.get("17") or (elements.get("7003") or "")[:6]
    expiry, month_only = read_date(digits) if digits else (None, False)
    lot, serial = elements.get("10"), elements.get("21")
    kind = "pack" if serial else "batch" if lot else "product"
    return Item(kind, gtin, lot, serial, expiry, month_only)


def add_element(elements: Object, identifier: str, value: str) -> None:
    """No identifier twice."""
    if identifier in elements:
        raise Unreadable("gs1.element.repeated")
    elements[identifier] = value


def parse_elements(text: str) -> Item:
    """An element string: identifiers in any order, separators after values of variable length."""
    elements: Object = {}
    rest = text.strip(SEPARATOR)
    while rest:
        identifier = element_identifier(rest)
        rest = rest[len(identifier) :]
        if identifier in FIXED:
            value, rest = rest[: FIXED[identifier]], rest[FIXED[identifier] :]
        else:
            value, _, rest = rest.partition(SEPARATOR)
        add_element(elements, identifier, value)
        rest = rest.lstrip(SEPARATOR)
    return make_item(elements)


def parse_brackets(text: str) -> Item:
    """`(01)…(10)…`: brackets that hold no known identifier belong to the value."""
    known = "|".join([*FIXED, *VARIABLE])
    parts = re.split(rf"(?<!\\)\(({known})\)", text)
    if parts[0] or len(parts) < 3:
        raise Unreadable("gs1.identifier.unknown")
    elements: Object = {}
    for identifier, value in zip(parts[1::2], parts[2::2], strict=True):
        add_element(elements, identifier, value.replace("\\(", "(").replace("\\)", ")"))
    return make_item(elements)


def unpercent(text: str) -> str:
    """Percent-encoding of a component; UTF-8 is not needed, all of CSET 82 is ASCII."""
    if re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text) is None:
        raise Unreadable("gs1.link.character")
    return re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)


def percent(text: str) -> str:
    """Percent-encoding outside `A-Z a-z 0-9 - . _ ~`, upper-case hex (DOMAIN section 3)."""
    return "".join(char if re.fullmatch(r"[A-Za-z0-9\-._~]", char) else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)


def parse_link(text: str) -> Item:
    """A Digital Link, or the path of one: `/01/GTIN[/22/CPV][/10/LOT][/21/SERIAL][?17=YYMMDD]`; `/00/SSCC` is a box."""
    path, _, query = text.partition("#")[0].partition("?")
    host = r"(?:[Hh][Tt][Tt][Pp][Ss]?://[^/@\s\[\]]+(?:/[^/]*)*?)?"
    match = re.fullmatch(host + r"/0([01])/([^/]+)(?:/22/[^/]+)?(?:/10/([^/]+))?(?:/21/([^/]+))?/?", path)
    if match is None:
        raise Unreadable("gs1.link.key")
    elements: Object = {}
    for identifier, value in zip((f"0{match[1]}", "10", "21"), match.groups()[1:], strict=True):
        if value is not None:
            elements[identifier] = unpercent(value)
    if match[1] == "1":
        elements["01"] = elements["01"].zfill(14) if len(elements["01"]) in (8, 12, 13) else elements["01"]
    for pair in filter(None, re.split("[&;]", query)):
        name, _, value = pair.partition("=")
        if name in ("10", "17", "7003"):
            add_element(elements, name, unpercent(value))
        elif name in ("21", "01"):
            raise Unreadable("gs1.link.order")
    return make_item(elements)


def parse_digits(text: str) -> Item | None:
    """20 digits of a Chinese code, an EAN or GTIN alone."""
    if re.fullmatch(r"8[0-9]{19}", text):
        return Item("pack", serial=text, cnid=text[:7])
    if re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", text):
        gtin = text.zfill(14)
        if not is_gtin(gtin):
            raise Unreadable("gs1.check_digit")
        return Item("product", gtin)
    return None


def parse_strict(text: str) -> Item:
    """Symbology prefix, then Digital Link, path of one, brackets, digits, `GTIN serial`, raw elements."""
    if re.match(r"\](?:d2|Q3|C1|e0|J1)", text):
        return parse_elements(text[3:])
    rest = re.sub(r"^\](?:d1|Q1|C0|E0|E4)", "", text)
    if re.match(r"[Hh][Tt][Tt][Pp][Ss]?://|/", rest):
        return parse_link(rest)
    if rest.startswith("("):
        return parse_brackets(rest)
    digits = parse_digits(rest)
    if digits is not None:
        return digits
    pair = re.fullmatch(rf"([0-9]{{13,14}}) +([{CSET82}]{{1,20}})", rest)
    if pair:
        return make_item({"01": pair[1].zfill(14), "21": pair[2]})
    return parse_elements(rest)


def cuts(text: str) -> list[Object]:
    """Every way of cutting an element string whose separators may be lost that gives GTIN and serial."""
    found: list[Object] = []

    def cut(rest: str, elements: Object) -> None:
        """Cuts the rest at every place where an identifier may begin."""
        if not rest or len(found) >= MAX_READINGS:
            if not rest and {"01", "21"} <= set(elements):
                found.append(elements)
            return
        for identifier in [rest[:2]] if rest[:2] in ("01", "10", "11", "17", "21") else []:
            after = rest[2:]
            fixed = FIXED.get(identifier)
            limit = min(VARIABLE.get(identifier, 0), len(after.partition(SEPARATOR)[0]))
            for width in [fixed] if fixed else range(1, limit + 1):
                if identifier not in elements and width <= len(after):
                    cut(after[width:].lstrip(SEPARATOR), {**elements, identifier: after[:width]})

    if len(text) <= 120:
        cut(re.sub(r"^\](?:d2|Q3|C1|e0|J1)", "", text).strip(SEPARATOR), {})
    return found


def harmless_texts(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The text, and what it becomes by the harmless repairs, the fewest first."""
    yield text, ()
    edges = text.strip(" \t\r\n\x00\x02\x03\ufeff\u200b\u3000")
    wide = "".join(chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char for char in edges)
    for base, notes in ((edges, ("edges",)), (wide, ("edges", "wide"))):
        yield base, notes
        yield re.sub(r"[ \t\r\n]+", "", base), (*notes, "blanks")
        if re.match(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/", base):
            yield f"https://{base}", (*notes, "scheme")
        shown = re.sub(SHOWN, SEPARATOR, base)
        yield shown, (*notes, "shown_separator")
        yield re.sub(rf"[^{CSET82}\]]+", SEPARATOR, shown), (*notes, "shown_separator")
        bare = re.sub(r"^[\]+]?(d2|D2|Q3|C1|c1)(?=[0-9])", lambda match: "]" + PREFIXES[match[1].lower()], base)
        yield bare, (*notes, "prefix")


def structural_texts(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Doubtful repairs of the whole text: `doubled`, `appended_ean` (the EAN of the same pack)."""
    yield text, ()
    bare = re.sub(r"[\r\n]+", "", text)
    for times in (2, 3):
        part = bare[: len(bare) // times]
        if part and part * times == bare:
            yield part, ("doubled",)
    for pattern in (r"(?P<rest>.+?)[\r\n]*(?:\]E0)?(?P<ean>[0-9]{13})", r"(?:\]E0)?(?P<ean>[0-9]{13})[\r\n]*(?P<rest>.+)"):
        match = re.fullmatch(pattern, text.strip(), re.DOTALL)
        if match and (match["ean"] in match["rest"] or re.fullmatch("8[0-9]{19}", match["rest"])):
            yield match["rest"], ("appended_ean",)


def typed_texts(text: str, keyboard: dict[int, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Doubtful repairs of letters, the fewest doubts first."""
    typed = text.translate(keyboard)
    yield text, ()
    yield typed, ("keyboard",)
    yield text.swapcase(), ("caps_lock",)
    yield text.upper(), ("upper_case",)
    yield typed.swapcase(), ("keyboard", "caps_lock")


def noted(item: Item, notes: tuple[str, ...]) -> Item:
    """The same reading with further repairs."""
    return dataclasses.replace(item, repairs=(*item.repairs, *notes))


def first_reading(text: str) -> Item | None:
    """The one reading by harmless repairs alone, if there is one."""
    for repaired, notes in harmless_texts(text):
        try:
            return noted(parse_strict(repaired), notes)
        except Unreadable:
            continue
    return None


def all_doubtful(text: str, clean: Item | None) -> Iterator[Item]:
    """Readings with doubtful repairs: of the letters of a reading, or of a text that does not read, and of its structure."""
    for whole, notes in structural_texts(text):
        read = clean if whole == text else first_reading(whole)
        if read is not None:
            yield from (noted(item, notes) for item in letters_of(read))
            continue
        for typed, doubts in typed_texts(whole, GERMAN):
            item = first_reading(typed)
            if item is not None:
                yield noted(item, (*notes, *doubts))
    for repaired, notes in itertools.islice(harmless_texts(text), 3):
        for elements in cuts(repaired):
            with contextlib.suppress(Unreadable):
                yield from (noted(item, (*notes, "lost_separator")) for item in letters_of(make_item(elements)))


def letters_of(item: Item) -> Iterator[Item]:
    """Doubtful repairs of a text that reads: of lot and serial, since the rest is digits."""
    variants = [list(typed_texts(part or "", SWAPPED)) for part in (item.lot, item.serial)]
    for (lot, notes), (serial, _) in zip(*variants, strict=True):
        yield noted(dataclasses.replace(item, lot=lot or None, serial=serial or None), notes)


def doubtful_readings(text: str, clean: Item | None) -> list[Item]:
    """Other readings than the clean one, each once, the fewest doubts first, at most 16."""
    found: dict[tuple[str | None, ...], Item] = {}
    for item in sorted(all_doubtful(text, clean), key=lambda item: len(set(item.repairs) - HARMLESS)):
        found.setdefault((item.gtin, item.lot, item.serial, item.expiry), item)
    if clean is not None:
        found.pop((clean.gtin, clean.lot, clean.serial, clean.expiry), None)
    return list(found.values())[:MAX_READINGS]


def resolve_scan(text: str, known: Callable[[Item], bool]) -> Item | None:
    """Rule 3 of DOMAIN section 2: what the ledger knows decides between readings; None: no code, or not unique."""
    if len(text) > SCAN_LENGTH:
        return None
    clean = first_reading(text)
    if clean is not None and known(clean):
        return clean
    candidates = [item for item in doubtful_readings(text, clean) if known(item)]
    if len(candidates) == 1:
        return candidates[0]
    return clean


def read_code(code: str) -> Item:
    """`code` of a bundle, spelt as section 8 says."""
    match = re.fullmatch(r"/01/([0-9]{14})(?:/10/([^/]+))?(?:/21/([^/]+))?", code)
    need(match is not None and is_gtin(match[1]), FIELD)
    parts = match.groups() if match else (None, None, None)
    try:
        lot, serial = (unpercent(part) if part else None for part in parts[1:])
    except Unreadable:
        raise Refused(FIELD) from None
    values = [value for value in (lot, serial) if value is not None]
    need(all(re.fullmatch(f"[{CSET82}]{{1,20}}", value) for value in values), FIELD)
    spelt = f"/01/{parts[0]}" + (f"/10/{percent(lot)}" if lot else "") + (f"/21/{percent(serial)}" if serial else "")
    need(spelt == code, FIELD)
    return Item("pack" if serial else "batch" if lot else "product", parts[0], lot, serial)


# --- the verdict (DOMAIN section 10) ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of the table of 10.2: rank, lights of consumer, pharmacist and distributor, refused, level, foreign words."""

    rank: int
    lights: str
    refused: str | None
    level: int
    cbv: str | None
    emvs: str | None
    dscsa: str | None


NOT_IN = "drugs.pack.not_in_batch"
NO_MATCH = "No_match_GTIN_Serial"
NOT_FOR = "Not_for_re-distribution"
TABLE = {
    "NOT_A_MEDICINE_CODE": Row(1, "BBB", None, 1, None, None, None),
    "SCANNER_FAULT": Row(2, "BBB", None, 1, None, None, None),
    "NO_SERIAL": Row(3, "BBB", None, 1, None, None, None),
    "BATCH_CODE": Row(4, "BBB", None, 1, None, None, None),
    "LEDGER_INCONSISTENT": Row(5, "RRR", None, 4, "unknown", None, None),
    "COULD_NOT_CHECK": Row(6, "AAA", None, 2, "unknown", "unreachable", "timeout"),
    "UNKNOWN_PRODUCT": Row(10, "AAA", "drugs.product.unknown", 3, "unknown", "PC_01", NO_MATCH),
    "BATCH_BEFORE_LEDGER": Row(11, "AAA", "drugs.batch.unknown", 2, "unknown", None, None),
    "UNKNOWN_BATCH": Row(12, "RRR", "drugs.batch.unknown", 5, "mismatch_class", "LOT_03", f"{NO_MATCH}_Lot"),
    "UNKNOWN_SERIAL": Row(13, "RRR", NOT_IN, 5, "mismatch_instance", "PC_02", NO_MATCH),
    "NOT_SHOWN": Row(14, "AAA", NOT_IN, 2, "unknown", None, "timeout"),
    "BATCH_MISMATCH": Row(15, "RRR", NOT_IN, 5, "mismatch_class", "LOT_13", f"{NO_MATCH}_Lot"),
    "EXPIRY_MISMATCH": Row(16, "RRR", None, 5, "mismatch_class", "LOT_12", f"{NO_MATCH}_Expiry"),
    "ISSUER_REVOKED": Row(17, "ARR", "drugs.batch.issuer_revoked", 4, "non_conformant", None, "Suspect"),
    "BATCH_REJECTED": Row(18, "RRA", "drugs.batch.rejected", 5, "non_conformant", None, NOT_FOR),
    "NOT_RELEASED": Row(18, "RRA", "drugs.batch.not_released", 5, "reserved", None, NOT_FOR),
    "STOLEN": Row(20, "RRR", "drugs.pack.stolen", 5, "stolen", "Stolen", "Illegitimate"),
    "DESTROYED": Row(21, "RRR", "drugs.pack.destroyed", 5, "destroyed", "Destroyed", "Illegitimate"),
    "UNUSED_CODE": Row(22, "RRR", "drugs.pack.unused", 5, "inactive", None, "Illegitimate"),
    "MISSING": Row(23, "RRR", "drugs.pack.missing", 5, "unknown", None, "Suspect"),
    "SUSPECT_CLONE": Row(24, "RRR", "drugs.pack.suspect", 5, "no_pedigree_match", "PCK_22", "Suspect"),
    "RECALLED_PACK": Row(30, "RRR", "drugs.pack.recalled", 0, "recalled", "Recalled", "Recalled"),
    "RECALLED_BATCH": Row(30, "RRR", "drugs.batch.recalled", 0, "recalled", "Recalled", "Recalled"),
    "RECALLED_PRODUCT": Row(30, "RRR", "drugs.product.recalled", 0, "recalled", "Recalled", "Recalled"),
    "RECALLED_SOURCE": Row(30, "RRR", "drugs.batch.source_recalled", 0, "recalled", "Recalled", "Recalled"),
    "RECALL_SHELF_ONLY": Row(31, "ARR", None, 0, "recalled", "Recalled", "Recalled"),
    "WITHDRAWN_PRODUCT": Row(32, "RRR", "drugs.product.withdrawn", 0, "non_sellable_other", "Withdrawn", "Recalled"),
    "EXPIRED": Row(33, "RRR", "drugs.batch.expired", 0, "expired", "Expired", "Expired"),
    "QUARANTINED": Row(34, "RRR", "drugs.pack.blocked", 2, "unavailable", "Locked", "Suspect"),
    "RETURNED_UNVERIFIED": Row(35, "AAA", "drugs.pack.blocked", 1, "returned", "Active", None),
    "SOLD_MORE_THAN_ONCE": Row(40, "RRR", None, 5, "no_pedigree_match", "PCK_22", "Suspect"),
    "ALREADY_DISPENSED_ELSEWHERE": Row(41, "RRR", "drugs.pack.dispensed_elsewhere", 5, "dispensed", "PCK_22", "Suspect"),
    "ALREADY_DISPENSED_HERE": Row(42, "AAA", "drugs.pack.dispensed_here", 0, "dispensed", "previously supplied at this location", None),
    "SOLD_NOT_TO_YOU": Row(43, "RRR", None, 0, "dispensed", "Supplied", None),
    "SOLD_ONCE": Row(44, "AAA", None, 0, "dispensed", "Supplied", None),
    "PARTIALLY_DISPENSED": Row(45, "AAR", "drugs.pack.opened", 1, "partially_dispensed", "Supplied", None),
    "ISSUED_IN_HOSPITAL": Row(46, "RRR", "drugs.pack.issued", 3, "in_progress", "Supplied", None),
    "TAKEN_BACK": Row(46, "RRR", "drugs.pack.taken_back", 3, "returned", "Supplied", None),
    "EXPORTED": Row(47, "RRR", "drugs.pack.exported", 4, "inactive", "Exported", NOT_FOR),
    "REPACKED": Row(47, "RRR", "drugs.pack.repacked", 4, "inactive", "Checked-Out", NOT_FOR),
    "SAMPLE": Row(48, "AAA", "drugs.pack.sample", 2, "non_sellable_other", "Sample", NOT_FOR),
    "FREE_SAMPLE": Row(48, "AAA", "drugs.pack.free_sample", 2, "non_sellable_other", "Free Sample", NOT_FOR),
    "WRONG_MARKET": Row(50, "ARA", "drugs.market.not_authorised", 3, "non_sellable_other", None, NOT_FOR),
    "IN_TRANSIT_TO_YOU": Row(51, "AAA", "drugs.pack.moving_here", 0, "in_transit", "Active", None),
    "IN_TRANSIT": Row(52, "ARR", "drugs.pack.moving", 4, "in_transit", "Active", "Suspect"),
    "NOT_IN_A_SHOP": Row(53, "RRR", None, 0, "no_pedigree_match", "Active", None),
    "WRONG_CUSTODY": Row(54, "RRR", "drugs.custody.not_holder", 4, "no_pedigree_match", None, "Suspect"),
    "CUSTODY_NOT_SHOWN": Row(55, "AAA", "drugs.custody.must_name", 1, "completeness_inferred", "Active", None),
    "NOT_SHOWN_57": Row(57, "AAA", None, 2, "unknown", None, "timeout"),
    "GENUINE_CHECK_PLACE": Row(58, "AAA", None, 0, "active", "Active", None),
    "PROOF_STALE": Row(59, "AAA", None, 1, "unknown", "unreachable", "timeout"),
    "EXPIRY_EXTENDED": Row(70, "GGG", None, 0, "active", "Active", "ExpirationExtended"),
    "DISPENSED_TO_YOU": Row(71, "GGG", None, 0, "dispensed", "Supplied", None),
    "SOLD_AS_YOU_SAY": Row(72, "GGG", None, 0, "dispensed", "Supplied", None),
    "GENUINE_NOT_YET_SOLD": Row(73, "GGG", None, 0, "sellable_accessible", "Active", None),
    "GENUINE_SALEABLE": Row(74, "GGG", None, 0, "sellable_accessible", "Active", "true"),
}
ENDED = {
    "stolen": "STOLEN", "destroyed": "DESTROYED", "unused": "UNUSED_CODE", "missing": "MISSING", "issued": "ISSUED_IN_HOSPITAL",
    "taken_back": "TAKEN_BACK", "exported": "EXPORTED", "repacked": "REPACKED", "sample": "SAMPLE", "free_sample": "FREE_SAMPLE",
}  # fmt: skip
STATES = {"active", "moving", "loose", "dispensed", "opened", *ENDED}
SHOPS = {"shop", "hospital_pharmacy", "ward", "theatre"}
LIGHTS = {"R": "red", "A": "amber", "G": "green", "B": "blue"}
WORST = ["red", "amber", "blue", "green"]


def local_day(when: int, offset_minutes: int) -> datetime.date:
    """DOMAIN section 16: integers only."""
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=(when + offset_minutes * 60_000) // DAY_MS)


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or that month's last where it has no such day."""
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return datetime.date(year, month, min(day.day, month_end(year, month).day))


class Verdict:
    """`verdict(facts, printed, asked)` of DOMAIN section 10.1, line by line."""

    def __init__(self, facts: Object, printed: Object, asked: Object) -> None:
        self.facts, self.printed, self.asked = facts, printed, asked
        self.viewer = asked["viewer"] if asked["viewer"] in ("pharmacy", "distributor", "regulator") else "consumer"
        self.member = self.viewer != "consumer"
        self.column = {"consumer": 0, "pharmacy": 1, "regulator": 1, "distributor": 2}[self.viewer]
        self.lines: list[tuple[int, Object]] = []
        self.run = self._covering_run()
        self.place, self.place_entry = self._place()

    def _covering_run(self) -> Object | None:
        """The run, if it covers the slot (DOMAIN section 10.2, rank 14)."""
        run, slot = self.facts["run"], self.facts["slot"]
        return run if run and slot is not None and run["start"] <= slot < run["end"] else None

    def _place(self) -> tuple[str | None, Object | None]:
        """A consumer's `yes` to "are you there?" makes the pack's own site the place."""
        run = self.run
        place, entry = self.asked["place"], self.facts["place"]
        if place is None and not self.member and self.asked["answer"] == "yes" and run and run["state"] == "active":
            return run["site"], self.facts["holder"]
        return place, entry

    def add(self, code: str, params: Object | None = None, **other: Any) -> None:
        """Adds a line, a code once."""
        row = TABLE[code]
        name = code.removesuffix("_57")
        if any(line["code"] == name for _, line in self.lines):
            return
        light = LIGHTS[other.get("lights", row.lights)[self.column]]
        line = {
            "code": name, "light": light, "level": other.get("level", row.level), "refused": other.get("refused", row.refused),
            "params": params or {},
        }  # fmt: skip
        self.lines.append((row.rank, line))

    def judge(self) -> Object:
        """All lines, then the headline and what hangs on it."""
        if not self._about_the_scan():
            kind = self.printed["kind"]
            if kind == "box":
                self.add("NO_SERIAL")
            elif kind == "product":
                self._product_code()
            elif kind == "batch":
                self._batch_code()
            else:
                self._pack()
        return self._result()

    def _about_the_scan(self) -> bool:
        """Ranks 1, 2, 5, 6: after them no further line is looked at."""
        doubts = [repair for repair in self.printed["repairs"] if repair not in HARMLESS]
        fault = {"repair": doubts[0]} if doubts else None
        if self.printed["kind"] == "none":
            self.add("NOT_A_MEDICINE_CODE")
        elif not self.printed["unique"]:
            self.add("SCANNER_FAULT", fault)
        elif self.facts["evidence"] == "inconsistent":
            self.add("LEDGER_INCONSISTENT")
        elif self.facts["evidence"] != "verified":
            self.add("COULD_NOT_CHECK")
        elif doubts and {"product", "batch", "serial"} & set(self.facts["absent"]):
            self.add("SCANNER_FAULT", fault)
        return bool(self.lines)

    def _product_code(self) -> None:
        """Rank 3, and the red lines of the product (DOMAIN section 10.2)."""
        if "product" in self.facts["absent"]:
            self.add("UNKNOWN_PRODUCT")
            return
        self.add("NO_SERIAL")
        self._recalls()
        self._withdrawn()

    def _batch_code(self) -> None:
        """Rank 4, and the red lines of the batch (DOMAIN section 10.2)."""
        if "product" in self.facts["absent"]:
            self.add("UNKNOWN_PRODUCT")
        elif "batch" in self.facts["absent"]:
            self._absent_batch()
        else:
            self.add("BATCH_CODE")
            self._batch_lines()

    def _pack(self) -> None:
        """A pack: ranks 10-74 (DOMAIN section 10.2)."""
        identified = self._identity()
        if "product" not in self.facts["absent"]:
            self._batch_lines()
        if identified:
            self._pack_lines()
            self._not_shown()
        self._stale(identified)
        if identified and not self.lines:
            self._green()

    def _identity(self) -> bool:
        """Ranks 10-15; true where the pack is identified and its run is shown."""
        facts, absent = self.facts, self.facts["absent"]
        missing = None
        if "product" in absent:
            self.add("UNKNOWN_PRODUCT")
            return False
        if facts["product"] is None:
            missing = "product"
        if "batch" in absent:
            self._absent_batch()
        elif facts["batch"] is None and "serial" not in absent:
            missing = missing or "batch"
        elif facts["slot"] is None and "serial" not in absent:
            missing = missing or "serial"
        elif "serial" not in absent and (self.run is None or self.run["state"] not in STATES):
            missing = missing or "run"
        if facts["other_lot"] is not None and {"batch", "serial"} & set(absent):
            self.add("BATCH_MISMATCH", {"lot": facts["other_lot"]})
        elif "serial" in absent:
            self.add("UNKNOWN_SERIAL")
        if missing:
            self.add("NOT_SHOWN", {"what": missing})
        return self.run is not None and missing is None and not self.lines

    def _absent_batch(self) -> None:
        """Ranks 11 and 12: printed expiry <= joined + shelf life."""
        product, expiry = self.facts["product"], self.printed["expiry"]
        before = False
        if product and expiry and product["shelf_months"] is not None:
            limit = add_months(datetime.date.fromisoformat(product["joined"]), product["shelf_months"]).isoformat()
            before = expiry[:7] <= limit[:7] if self.printed["expiry_month_only"] else expiry <= limit
        self.add("BATCH_BEFORE_LEDGER" if before else "UNKNOWN_BATCH")

    def _batch_lines(self) -> None:
        """Ranks 16-18 and 30-33."""
        batch = self.facts["batch"]
        if batch:
            self._expiry_mismatch(batch)
            self._issuer(batch)
            if batch["status"] != "released":
                self.add("BATCH_REJECTED" if batch["status"] == "rejected" else "NOT_RELEASED")
        self._recalls()
        self._withdrawn()
        if batch and self.asked["day"] is not None and self.asked["day"] > batch["expiry"]:
            self.add("EXPIRED", {"day": batch["expiry"]})

    def _expiry_mismatch(self, batch: Object) -> None:
        """Rank 16; a printed month is compared by month only (DOMAIN section 1)."""
        printed, registered = self.printed["expiry"], batch["printed_expiry"]
        width = 7 if self.printed["expiry_month_only"] else 10
        if printed is not None and printed[:width] != registered[:width]:
            self.add("EXPIRY_MISMATCH", {"day": registered})

    def _issuer(self, batch: Object) -> None:
        """Rank 17: signed in the compromised time of its key."""
        since = {key["key"]: key["compromised_since"] for key in self.facts["keys"]}
        signed = [(batch["signer"], batch["time"])] + [(release["key"], release["time"]) for release in batch["releases"]]
        if any(since.get(key) is not None and since[key] <= when for key, when in signed):
            self.add("ISSUER_REVOKED")

    def _markets(self) -> set[str]:
        """Recalls and withdrawals count for the market of the place and for that of the batch."""
        market, batch, place = self.facts["market"], self.facts["batch"], self.place_entry
        return {entry[name] for entry, name in ((market, "code"), (batch, "market"), (place, "country")) if entry}

    def _sold(self) -> bool:
        """ "Sold" in ranks 30-32 = dispensed, opened or issued."""
        return self.run is not None and self.run["state"] in ("dispensed", "opened", "issued")

    def _recalls(self) -> None:
        """Ranks 30 and 31; a number whose entry is not shown counts."""
        facts = self.facts
        sources = [number for source in facts["sources"] for number in source["recalls"]]
        groups = [
            ("RECALLED_PACK", self.run["recalls"] if self.run else []),
            ("RECALLED_BATCH", facts["batch"]["recalls"] if facts["batch"] else []),
            ("RECALLED_PRODUCT", facts["product"]["recalls"] if facts["product"] else []),
            ("RECALLED_SOURCE", sources),
        ]
        for code, numbers in groups:
            self._recall_group(code, numbers)

    def _recall_group(self, code: str, numbers: list[str]) -> None:
        """The recalls of one thing: full ones, and those that reach shelves only."""
        entries = {recall["number"]: recall for recall in self.facts["recalls"]}
        hidden = [number for number in numbers if number not in entries]
        known = [entries[number] for number in numbers if number in entries]
        markets = self._markets()
        counting = [
            recall for recall in known if recall["status"] != "issued_in_error" and (not markets or markets & set(recall["markets"]))
        ]
        full = [recall for recall in counting if not self._sold() or recall["depth"] == "patient"]
        shelf = [recall for recall in counting if recall not in full]
        if full or hidden:
            self.add(code, recall_words(full))
        if shelf:
            self.add("RECALL_SHELF_ONLY", recall_words(shelf), refused=TABLE[code].refused)

    def _withdrawn(self) -> None:
        """Rank 32; amber for whoever has bought it."""
        product = self.facts["product"]
        if product and self._markets() & set(product["withdrawn"]):
            self.add("WITHDRAWN_PRODUCT", lights="ARR" if self._sold() else "RRR")

    def _pack_lines(self) -> None:
        """Ranks 20-24, 34-58 of an identified pack."""
        run = self.run or {}
        state = run["state"]
        if state in ENDED:
            here = self.place is not None and self.place == run["site"]
            lights = "RAR" if here and state in ("issued", "taken_back") else TABLE[ENDED[state]].lights
            self.add(ENDED[state], self._site_words(), lights=lights)
        if run["block"] == "suspect" or (run["alerts"] > 0 and not self._sold()):
            self.add("SUSPECT_CLONE")
        elif run["block"] == "returned":
            self.add("RETURNED_UNVERIFIED")
        if run["block"] not in (None, "suspect", "returned"):
            self.add("QUARANTINED", {"why": run["block"]})
        if state in ("dispensed", "opened"):
            self._sold_lines(run)
        if state in ("active", "moving", "loose"):
            self._for_sale_lines(run)

    def _site_words(self, sold: bool = False) -> Object:
        """Parameters of a line: where, its names, and the day of a sale."""
        run, holder, words = self.run or {}, self.facts["holder"], {}
        if run["site"] is not None:
            words["site"] = run["site"]
            if holder and holder["gln"] == run["site"]:
                words["names"] = holder["names"]
        if sold and self.facts["market"]:
            words["day"] = local_day(run["since"], self.facts["market"]["offset_minutes"]).isoformat()
        return words

    def _receipt_fits(self) -> bool:
        """Rank 71: the receipt key of a consumer fits."""
        receipt = self.asked["receipt"]
        return not self.member and receipt is not None and receipt in (self.run or {})["receipts"]

    def _sold_lines(self, run: Object) -> None:
        """Ranks 40-45."""
        words, here = self._site_words(sold=True), self.place == run["site"]
        if run["attempts"] > 0:
            self.add("SOLD_MORE_THAN_ONCE", words, refused="drugs.pack.dispensed_" + ("here" if here else "elsewhere"))
        if self._receipt_fits():
            return
        if run["state"] == "opened":
            away = self.place is not None and not here
            left = {} if run["units_left"] is None else {"left": run["units_left"]}
            self.add("PARTIALLY_DISPENSED", {**words, **left}, lights="ARR" if away else "AAR", level=5 if away else 1)
        elif self.member and self.place is not None:
            self.add("ALREADY_DISPENSED_HERE" if here else "ALREADY_DISPENSED_ELSEWHERE", words)
        elif not self.member and self.asked["answer"] == "no":
            self.add("SOLD_NOT_TO_YOU", words)
        elif self.member or self.asked["answer"] != "yes":
            self.add("SOLD_ONCE", words)

    def _for_sale_lines(self, run: Object) -> None:
        """Ranks 50-55 and 58 of a pack that may still be sold."""
        batch, place = self.facts["batch"] or {}, self.place_entry
        if self.place is not None and place and place["gln"] == self.place and place["country"] != batch["market"]:
            self.add("WRONG_MARKET", {"market": batch["market"]})
        if run["state"] == "moving":
            shipment = self.facts["shipment"]
            here = self.member and self.place is not None and bool(shipment) and shipment["receiver"] == self.place
            self.add("IN_TRANSIT_TO_YOU" if here else "IN_TRANSIT")
            return
        outside = self._outside_shops(run)
        if outside:
            self.add("NOT_IN_A_SHOP")
        if self._wrong_custody(run):
            self.add("WRONG_CUSTODY")
        elif self.place is None and not outside:
            self.add("GENUINE_CHECK_PLACE", self._site_words())
        self._custody_not_shown(run, batch)

    def _outside_shops(self, run: Object) -> bool:
        """Rank 53: at a site that is no shop, or loose at such a place; a consumer holds it."""
        lies = self.facts["holder"] if run["state"] == "active" else self.place_entry
        return not self.member and lies is not None and lies["kind"] not in SHOPS

    def _wrong_custody(self, run: Object) -> bool:
        """Rank 54."""
        if run["state"] == "loose":
            stock = self.facts["stock"]
            none_left = "stock" in self.facts["absent"] or (stock is not None and stock["loose"] == 0)
            return self.place is not None and none_left
        if self.place is None:
            return not self.member and self.asked["answer"] == "no"
        return bool(self.place != run["site"])

    def _custody_not_shown(self, run: Object, batch: Object) -> None:
        """Rank 55."""
        market, missing = self.facts["market"], batch["loose_missing"]
        if run["state"] == "loose" and (missing > 0 or (market is not None and market["custody"] == "named")):
            self.add("CUSTODY_NOT_SHOWN", {"missing": missing} if missing > 0 else {})

    def _not_shown(self) -> None:
        """Rank 57: something that green needs is not shown."""
        facts, run, batch = self.facts, self.run or {}, self.facts["batch"] or {}
        keys = {key["key"] for key in facts["keys"]}
        holder, place = facts["holder"], self.place_entry
        signers = {batch["signer"], *(release["key"] for release in batch["releases"])}
        held = run["state"] in ("active", "dispensed", "opened") and run["site"] is not None
        missing = {
            "market": facts["market"] is None,
            "keys": bool(signers - keys),
            "sources": bool(set(batch["sources"]) - {source["batch"] for source in facts["sources"]}),
            "holder": held and (holder is None or holder["gln"] != run["site"]),
            "place": self.place is not None and "place" not in facts["absent"] and (place is None or place["gln"] != self.place),
            "stock": run["state"] == "loose" and self.place is not None and not facts["stock"] and "stock" not in facts["absent"],
            "shipment": run["state"] == "moving" and facts["shipment"] is None,
        }
        for what, gone in missing.items():
            if gone:
                self.add("NOT_SHOWN_57", {"what": what})

    def _stale(self, identified: bool) -> None:
        """Rank 59."""
        age, market = self.asked["age_s"], self.facts["market"]
        name = {"pharmacy": "dispense", "consumer": "consumer"}.get(self.viewer, "trade")
        limit = market["fresh_minutes"][name] * 60 if market else None
        stale = age is None or age < 0 or (limit is not None and age > limit)
        if stale or (identified and (limit is None or self.asked["day"] is None)):
            self.add("PROOF_STALE", {"age_s": age} if age is not None and age >= 0 else {})

    def _green(self) -> None:
        """Ranks 70-74: no line of ranks 1-59 applies."""
        run, batch = self.run or {}, self.facts["batch"] or {}
        if run["state"] in ("dispensed", "opened"):
            self.add("DISPENSED_TO_YOU" if self._receipt_fits() else "SOLD_AS_YOU_SAY", self._site_words(sold=True))
        else:
            self.add("GENUINE_SALEABLE" if self.member else "GENUINE_NOT_YET_SOLD")
        self.lines = [(0, line) for _, line in self.lines]
        if batch["expiry"] > batch["printed_expiry"]:
            self.add("EXPIRY_EXTENDED", {"day": batch["expiry"]})

    def _ordered(self) -> list[Object]:
        """By rank; if any recall line applies it is the second at least."""
        lines = sorted(self.lines, key=lambda ranked: ranked[0])
        recall = next((place for place, (rank, _) in enumerate(lines) if rank in (30, 31)), 0)
        if recall > 1:
            lines.insert(1, lines.pop(recall))
        return [line for _, line in lines]

    def _result(self) -> Object:
        """Headline, light, level and the words of other systems (DOMAIN section 10.1)."""
        lines = self._ordered()
        head = lines[0]
        row = TABLE["NOT_SHOWN_57" if head["code"] == "NOT_SHOWN" and head["refused"] is None else head["code"]]
        light = "blue" if row.rank <= 3 else min((line["light"] for line in lines), key=WORST.index)
        return {
            "code": head["code"], "light": light, "reasons": lines, "custody": self._custody(), "question": self._question(head),
            "next": self._next(head), "level": max(line["level"] for line in lines) if self.member else 0,
            "refused": next((line["refused"] for line in lines if line["refused"]), None),
            "cbv": row.cbv, "emvs": row.emvs, "dscsa": row.dscsa,
        }  # fmt: skip

    def _custody(self) -> str | None:
        """What may be said about the way (DOMAIN section 4, 10.1)."""
        run = self.run
        if run is None or self.facts["evidence"] != "verified" or self.printed["kind"] != "pack" or self._scan_line():
            return None
        state, way = run["state"], self.facts["way"]
        if state in ("dispensed", "opened"):
            return str(way) if way else None
        if self.place is None:
            return str(way) if way and state == "active" else None
        if state == "active" and run["site"] == self.place:
            return str(way) if way else None
        if state == "loose" and not self._wrong_custody(run):
            return str(way) if way and self.facts["stock"] else None
        return "none"

    def _scan_line(self) -> bool:
        """Ranks after which no further line is looked at."""
        return any(rank in (1, 2, 5, 6) for rank, _ in self.lines)

    def _question(self, head: Object) -> Object | None:
        """One question, where the headline asks it."""
        if head["code"] not in ("SOLD_ONCE", "GENUINE_CHECK_PLACE"):
            return None
        loose = self.run is not None and self.run["state"] == "loose"
        kind = "choose" if self.member or loose else "sold" if head["code"] == "SOLD_ONCE" else "place"
        return {"kind": kind, "params": head["params"]}

    def _next(self, head: Object) -> list[Object]:
        """What to do next, by the headline."""
        code = head["code"]
        steps = {
            "NOT_A_MEDICINE_CODE": ["scanner_check"], "SCANNER_FAULT": ["scanner_check", "rescan"], "NOT_SHOWN": ["refresh"],
            "COULD_NOT_CHECK": ["refresh"], "PROOF_STALE": ["refresh"],
        }.get(code)  # fmt: skip
        if steps is None and head["level"] == 5:
            steps = ["rescan", "report"]
        if steps is None and (head["level"] == 4 or code in ("UNKNOWN_PRODUCT", "NOT_IN_A_SHOP", "SOLD_NOT_TO_YOU")):
            steps = ["report"]
        found = [{"do": step, "refused": None} for step in steps or []]
        trade = self.viewer in ("pharmacy", "distributor")
        if code == "ALREADY_DISPENSED_HERE" and trade:
            found.append({"do": "undo", "refused": self._undo_refused()})
        if code == "GENUINE_SALEABLE" and self.viewer == "pharmacy":
            found.append({"do": "dispense", "refused": None})
        if code == "IN_TRANSIT_TO_YOU" and trade:
            found.append({"do": "receive", "refused": None})
        if code == "CUSTODY_NOT_SHOWN" and trade:
            found.append({"do": "name", "refused": None})
        return found

    def _undo_refused(self) -> str | None:
        """By calendar day; the node decides by the millisecond."""
        market, day = self.facts["market"], self.asked["day"]
        if market is None or day is None:
            return "drugs.undo.too_late"
        sold = local_day((self.run or {})["since"], market["offset_minutes"])
        late = sold + datetime.timedelta(days=market["undo_days"]) < datetime.date.fromisoformat(day)
        return "drugs.undo.too_late" if late else None


def recall_words(recalls: list[Object]) -> Object:
    """The gravest class is told."""
    if not recalls:
        return {}
    gravest = min(recalls, key=lambda recall: int(recall["recall_class"]))
    return {"class": gravest["recall_class"], "number": gravest["number"]}


# --- entries of the state and facts (PROTOCOL section 8, steps 6 and 7) -----------------------------------------------

VALUE = "evidence.state.value"
STATE_MISSING = "evidence.state.missing"
EVENT_MISSING = "evidence.event.missing"
HISTORY_MISSING = "evidence.history.missing"

# By kind of entry: s text, n number, l list, o object, ? or null.
ENTRY_FIELDS = {
    "product": "owner s, makers l, names o, markets l, release l, joined s, shelf_months n?, recalls l, withdrawn l",
    "batch": "maker s, site s, signer s, count n, roots l, expiry s, printed_expiry s, market s, status s, releases l, recalls l,"
    " loose_missing n, since n",
    "run": "end n, state s, site s?, shipment s?, box s?, block o?, recalls l, receipts l, units_left n?, since n, attempts n",
    "stock": "named n, loose n",
    "shipment": "from s, to s, since n",
    "recall": "class n, depth s, markets l, status s",
    "party": "names o, country s, roles l, suspended o?",
    "site": "party s, kind s, names o, region s, country s",
    "key": "party s, class s, scope o, from n, until n?, revoked o?, compromised_since n?",
    "market": "offset_minutes i, custody s, undo_days n, fresh_minutes o",
    "prefix": "holders l",
    "cnid": "gtin s",
}


def is_whole(value: Any) -> bool:
    """A whole number that may be negative: minutes west of UTC (DOMAIN section 16)."""
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: dict[str, Callable[[Any], bool]] = {
    "s": lambda value: isinstance(value, str),
    "n": is_number,
    "i": is_whole,
    "l": lambda value: isinstance(value, list),
    "o": lambda value: isinstance(value, dict),
}


def has_fields(value: Any, spec: str) -> bool:
    """An object that has at least the fields of a spec such as `end n, site s?`."""
    if not isinstance(value, dict):
        return False
    for part in spec.split(","):
        name, form = part.split()
        if name not in value or not (TYPES[form[0]](value[name]) or (form.endswith("?") and value[name] is None)):
            return False
    return True


def texts(value: Any) -> list[str]:
    """A list of texts inside an entry."""
    need(isinstance(value, list) and all(isinstance(part, str) for part in value), VALUE)
    return list(value)


def objects(value: list[Any], spec: str) -> list[Object]:
    """A list of objects with at least these fields inside an entry."""
    need(all(has_fields(part, spec) for part in value), VALUE)
    return value


def date_text(value: str) -> str:
    """A real day `YYYY-MM-DD` inside an entry."""
    try:
        good = datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        good = False
    need(good, VALUE)
    return value


def history_of(value: Object) -> tuple[int, str]:
    """`history {n, head}` of an entry (section 5)."""
    history = value.get("history")
    if not has_fields(history, "n n, head s") or not isinstance(history, dict):
        raise Refused(VALUE)
    return int(history["n"]), str(history["head"])


def key_path(key: str) -> str:
    """State key of a signing key (DOMAIN section 3)."""
    return "key/" + percent(key)


class State:
    """The proven entries; what is asked for and not there is a gap."""

    def __init__(self, entries: Iterable[tuple[str, Any]]) -> None:
        self.entries = dict(entries)

    def shown(self, key: str) -> bool:
        """Whether the entry is shown, present or absent."""
        return key in self.entries

    def value(self, key: str) -> Object | None:
        """An entry, None where it is proven absent."""
        if key not in self.entries:
            raise Gap(STATE_MISSING)
        value: Object | None = self.entries[key]
        return value

    def present(self, key: str, code: str) -> Object:
        """An entry that has to be there; its proven absence contradicts something."""
        value = self.value(key)
        if value is None:
            raise Refused(code)
        return value

    def covering(self, prefix: str, slot: int) -> tuple[str, int, Object] | None:
        """The run of a batch that covers a slot (DOMAIN section 3)."""
        for key, value in self.entries.items():
            start = key.removeprefix(prefix)
            if value is not None and key.startswith(prefix) and re.fullmatch("[0-9]{8}", start) and int(start) <= slot < value["end"]:
                return key, int(start), value
        return None


def check_entries(entries: Iterable[tuple[str, Any]]) -> None:
    """Step 6, last part: the fields that are read, by kind of entry."""
    for key, value in entries:
        spec = ENTRY_FIELDS.get(key.split("/")[0])
        need(value is None or spec is None or has_fields(value, spec), VALUE)


@dataclass
class Found:
    """What step 7 found: facts, and what the later steps need of it."""

    facts: Object
    run_key: str | None = None
    run: Object | None = None


class Gatherer:
    """Facts of DOMAIN section 10.1 from the entries; each entry that is not there is one gap."""

    def __init__(self, state: State, gaps: list[str], max_age_s: int) -> None:
        self.state, self.gaps, self.max_age_s = state, gaps, max_age_s
        self.missing: set[str] = set()
        self.absent: list[str] = []

    def entry(self, key: str, name: str | None = None) -> Object | None:
        """An entry or None; a gap once where it is not shown, `absent` where it is proven not to exist."""
        try:
            value = self.state.value(key)
        except Gap as gap:
            if key not in self.missing:
                self.missing.add(key)
                self.gaps.append(gap.code)
            return None
        if value is None and name:
            self.absent.append(name)
        return value

    def gather(self, item: Item, slot: int | None, serial_absent: bool, other_lot: str | None, place: str | None) -> Found:
        """All facts, in this order: product, batch, run, sources, recalls, keys, holder, place, market, stock, shipment."""
        product = self.product(self.entry(f"product/{item.gtin}", "product"))
        batch_key = f"{item.gtin}/{percent(item.lot)}" if item.lot else None
        batch = self.batch(self.entry(f"batch/{batch_key}", "batch"), item.lot) if batch_key and "product" not in self.absent else None
        found = Found({})
        run = self.run(found, batch_key, slot) if batch_key and slot is not None else None
        if serial_absent:
            self.absent.append("serial")
        sources = self.sources(batch)
        recalls = self.recalls([product, batch, run, *sources])
        keys = self.keys(batch)
        holder = self.site(run["site"]) if run and run["site"] is not None else None
        where = self.site(place, "place") if place is not None else None
        country = where["country"] if where else batch["market"] if batch else None
        loose = run is not None and run["state"] == "loose"
        stock = self.stock(f"stock/{batch_key}/{place}") if loose and place is not None else None
        shipment = self.shipment(run["shipment"]) if run and run["state"] == "moving" else None
        found.facts = {
            "evidence": "verified", "absent": self.absent, "market": self.market(country) if country else None, "product": product,
            "batch": batch, "slot": slot, "other_lot": other_lot, "run": run, "way": None, "received": None, "recalls": recalls,
            "sources": sources, "keys": keys, "stock": stock, "holder": holder, "place": where, "shipment": shipment,
        }  # fmt: skip
        return found

    def product(self, value: Object | None) -> Object | None:
        """The product as a fact (DOMAIN section 10.1)."""
        if value is None:
            return None
        texts(value["makers"])
        return {
            "owner": value["owner"], "names": value["names"], "shelf_months": value["shelf_months"], "joined": date_text(value["joined"]),
            "markets": [market["market"] for market in objects(value["markets"], "market s")], "recalls": texts(value["recalls"]),
            "withdrawn": texts(value["withdrawn"]),
        }  # fmt: skip

    def batch(self, value: Object | None, lot: str | None) -> Object | None:
        """The batch as a fact (DOMAIN section 10.1)."""
        if value is None:
            return None
        releases = objects(value["releases"], "as s, key s, party s, decision s, height n, since n")
        return {
            "lot": lot, "maker": value["maker"], "signer": value["signer"], "time": value["since"], "count": value["count"],
            "market": value["market"], "status": value["status"], "expiry": date_text(value["expiry"]),
            "releases": [{"key": release["key"], "time": release["since"]} for release in releases],
            "printed_expiry": date_text(value["printed_expiry"]), "recalls": texts(value["recalls"]),
            "sources": [f"{part['gtin']}/{part['lot']}" for part in objects(value.get("sources") or [], "gtin s, lot s")],
            "loose_missing": value["loose_missing"],
        }  # fmt: skip

    def run(self, found: Found, batch_key: str, slot: int) -> Object | None:
        """The run that covers the slot; a gap where none is shown."""
        covering = self.state.covering(f"run/{batch_key}/", slot)
        if covering is None:
            self.gaps.append(STATE_MISSING)
            return None
        found.run_key, start, value = covering
        found.run = value
        block = value["block"]
        need(block is None or has_fields(block, "why s"), VALUE)
        names = ("end", "state", "site", "shipment", "box", "units_left", "since", "attempts")
        return {
            **{name: value[name] for name in names}, "start": start, "block": block["why"] if block else None,
            "recalls": texts(value["recalls"]), "receipts": texts(value["receipts"]), "alerts": 0,
        }  # fmt: skip

    def sources(self, batch: Object | None) -> list[Object]:
        """Sources' batches and products: their recalls."""
        found: list[Object] = []
        for source in batch["sources"] if batch else []:
            gtin, _, lot = source.partition("/")
            value, product = self.entry(f"batch/{gtin}/{percent(lot)}"), self.entry(f"product/{gtin}")
            if value is not None and product is not None:
                found.append({"batch": source, "recalls": texts(value["recalls"]) + texts(product["recalls"])})
        return found

    def recalls(self, things: Iterable[Object | None]) -> list[Object]:
        """Every recall that these name."""
        found: dict[str, Object] = {}
        for name in [name for thing in things if thing for name in thing["recalls"]]:
            value = None if name in found else self.entry(f"recall/{percent(name)}")
            if value is not None:
                found[name] = {
                    "number": name, "recall_class": value["class"], "depth": value["depth"], "markets": texts(value["markets"]),
                    "status": value["status"],
                }  # fmt: skip
        return list(found.values())

    def keys(self, batch: Object | None) -> list[Object]:
        """State of the keys that signed the batch and its releases."""
        names = [batch["signer"], *(release["key"] for release in batch["releases"])] if batch else []
        found: list[Object] = []
        for name in dict.fromkeys(names):
            value = self.entry(key_path(name))
            if value is not None:
                found.append({"key": name, "party": value["party"], "compromised_since": value["compromised_since"]})
        return found

    def site(self, gln: str, name: str | None = None) -> Object | None:
        """A site as a fact (DOMAIN section 10.1)."""
        value = self.entry(f"site/{percent(gln)}", name)
        names = ("party", "kind", "names", "region", "country")
        return {"gln": gln, **{part: value[part] for part in names}} if value else None

    def stock(self, key: str) -> Object | None:
        """Stock of the place as a fact (DOMAIN section 10.1)."""
        value = self.entry(key, "stock")
        return {"named": value["named"], "loose": value["loose"]} if value else None

    def shipment(self, name: str | None) -> Object | None:
        """The shipment of a moving pack as a fact (DOMAIN section 10.1)."""
        value = self.entry(f"shipment/{name}")
        return {"sender": value["from"], "receiver": value["to"], "since": value["since"]} if value else None

    def market(self, code: str) -> Object | None:
        """The market's parameters, its freshness capped by the anchor (step 4)."""
        value = self.entry(f"market/{percent(code)}")
        if value is None:
            return None
        fresh = value["fresh_minutes"]
        need(has_fields(fresh, "dispense n, trade n, consumer n") and abs(value["offset_minutes"]) <= 840, VALUE)
        capped = {name: min(fresh[name], self.max_age_s // 60) for name in ("dispense", "trade", "consumer")}
        return {
            "code": code, "offset_minutes": value["offset_minutes"], "custody": value["custody"], "undo_days": value["undo_days"],
            "fresh_minutes": capped,
        }  # fmt: skip


# --- marks (PROTOCOL section 8, step 7; DOMAIN section 2) -------------------------------------------------------------

MARKS_PATH = "evidence.marks.path"
NEIGHBOURS = "evidence.marks.neighbours"


def make_tag(gtin: str, serial: str) -> bytes:
    """SHA-256(`pack/v1` ‖ gtin ‖ "/" ‖ serial) (DOMAIN section 2)."""
    return sha256(domain("pack/v1"), gtin.encode(), b"/", serial.encode())


class Marks:
    """The proofs in the trees of batches: slot, absence, another lot."""

    def __init__(self, state: State, item: Item) -> None:
        self.state, self.item = state, item
        self.mark = sha256(make_tag(item.gtin or "", item.serial or ""))
        self.slots: dict[str, int] = {}
        self.outs: dict[str, list[int]] = {}
        self.parts: dict[str, int] = {}

    def read(self, marks: Iterable[Mark]) -> None:
        """Every mark is checked, needed or not."""
        for mark in marks:
            need(self.item.serial is not None, MARKS_PATH)
            batch = self.state.present(f"batch/{self.item.gtin}/{percent(mark.lot)}", MARKS_PATH)
            parts = objects(batch["roots"], "from n, to n, root s")
            need(mark.part < len(parts), MARKS_PATH)
            self.parts[mark.lot] = len(parts)
            part = parts[mark.part]
            for leaf in mark.leaves:
                self._check_leaf(leaf, part)
            self._place(mark, part)

    def _check_leaf(self, leaf: MarkLeaf, part: Object) -> None:
        """Path, part and slot of a record (PROTOCOL section 8, step 7)."""
        size = part["to"] - part["from"]
        root = root_of_path(leaf_hash(leaf.leaf), leaf.index, size, leaf.path)
        need(root is not None and root.hex() == part["root"] and part["from"] <= leaf.slot < part["to"], MARKS_PATH)

    def _place(self, mark: Mark, part: Object) -> None:
        """In: one leaf with this mark. Out: the neighbours of the mark, side by side around it."""
        first, last = mark.leaves[0], mark.leaves[-1]
        if len(mark.leaves) == 1 and first.mark == self.mark:
            need(mark.lot not in self.slots, NEIGHBOURS)
            self.slots[mark.lot] = first.slot
            return
        size = part["to"] - part["from"]
        if len(mark.leaves) == 1:
            before_all = first.index == 0 and self.mark < first.mark
            after_all = first.index == size - 1 and self.mark > first.mark
            need(before_all or after_all, NEIGHBOURS)
        else:
            need(last.index == first.index + 1 and first.mark < self.mark < last.mark, NEIGHBOURS)
        self.outs.setdefault(mark.lot, []).append(mark.part)

    def slot(self) -> int | None:
        """The slot in the batch that `code` names."""
        return self.slots.get(self.item.lot) if self.item.lot else None

    def is_absent(self) -> bool:
        """Out of every part, in order."""
        lot = self.item.lot
        return lot is not None and lot not in self.slots and self.outs.get(lot) == list(range(self.parts.get(lot, -1)))

    def other_lot(self) -> str | None:
        """Another batch in which the serial is (BATCH_MISMATCH)."""
        return next((lot for lot in self.slots if lot != self.item.lot), None) if self.item.lot else None


# --- events (PROTOCOL section 8, step 9) ------------------------------------------------------------------------------

ENVELOPE, ENROLMENT, KEY = "evidence.event.envelope", "evidence.event.enrolment", "evidence.event.key"
ROLE, PREFIX, ENTRY = "evidence.event.role", "evidence.event.prefix", "evidence.event.entry"
HOLDERS = {
    "mah", "manufacturer", "importer", "repackager", "distributor", "carrier", "pharmacy", "hospital", "disposal", "laboratory",
}  # fmt: skip
KIND_ROLES = {
    "drugs.product": {"mah", "importer", "repackager"},
    "drugs.batch": {"manufacturer", "importer", "repackager"},
    "drugs.ship": HOLDERS,
    "drugs.loosen": HOLDERS,
    "drugs.name": HOLDERS,
    "drugs.dispense": {"pharmacy", "hospital"},
    "drugs.release": {"mah", "importer", "repackager", "manufacturer", "regulator"},
}
WHILE_SUSPENDED = {"drugs.receive", "drugs.refuse", "drugs.return"}
RECALLS = ("drugs.recall", "drugs.recall.close")
PRODUCT_FIELDS = ("names", "makers", "markets", "release", "joined", "shelf_months", "cn_id")
SITE_FIELDS = ("kind", "names", "region")
MARKET_DEFAULTS: Object = {
    "offset_minutes": 0, "custody": "batch", "undo_days": 10, "fresh_minutes": {"dispense": 15, "trade": 60, "consumer": 1440},
}  # fmt: skip
KEY_FIELDS = ("class", "label", "profession", "person", "seal", "scope", "from", "until")


@dataclass(frozen=True)
class Shown:
    """An event whose transaction is shown."""

    transaction: Transaction
    height: int
    time: int


class Events:
    """Signers, and things as their events make them."""

    def __init__(self, bundle: Bundle, state: State) -> None:
        self.bundle, self.state = bundle, state
        self.document = bundle.document
        self.histories = {history.key: history for history in bundle.histories}
        self.regulators = regulators_of(bundle.document)
        self.keys: dict[str, str] = {}
        self.open: set[str] = set()
        self.parties: dict[str, list[tuple[int, Object]]] = {}

    def signatures(self) -> None:
        """Every transaction is of this chain and every signature right."""
        for transaction in self.bundle.transactions:
            need(transaction.envelope["chain"] == self.bundle.genesis.id.hex(), ENVELOPE)
            need(transaction.verify(), "evidence.event.signature")

    def whole(self, key: str) -> list[Event]:
        """All events of a history that is needed from its beginning."""
        history = self.histories.get(key)
        if history is None or history.before is not None:
            raise Gap(HISTORY_MISSING)
        return history.events

    def shown(self, event: Event) -> Shown:
        """The transaction of an event; a gap where only its id is given."""
        if event.number is None:
            raise Gap(EVENT_MISSING)
        return Shown(self.bundle.transactions[event.number], event.height, event.time)

    def told(self, key: str) -> list[Shown]:
        """All events of a thing, each shown; none where its entry counts none."""
        if history_of(self.state.present(key, KEY))[0] == 0:
            return []
        return [self.shown(event) for event in self.whole(key)]

    def same(self, key: str, expected: Object, code: str) -> None:
        """The fields that the table of step 9 names are the entry's."""
        entry = self.state.present(key, KEY)
        need(all(encode([entry.get(name)]) == encode([value]) for name, value in expected.items()), code)

    def market_of(self, code: Any) -> Object:
        """Parameters of a market by the document and the defaults of DOMAIN section 16."""
        for part in self.document.get("markets", []):
            if part.get("code") == code:
                return {name: part.get(name, default) for name, default in MARKET_DEFAULTS.items()}
        raise Refused(VALUE)

    def day(self, country: Any, when: int) -> str:
        """Local day by the document's market."""
        return local_day(when, self.market_of(country)["offset_minutes"]).isoformat()

    # keys

    def key_party(self, key: str) -> str:
        """The party of a key, which is a thing (table of step 9) up to the document."""
        if key not in self.keys:
            need(key not in self.open, ENROLMENT)
            self.open.add(key)
            self.keys[key] = self._key(key)
        return self.keys[key]

    def _key(self, key: str) -> str:
        """The events of a key make its entry, and whoever enrolled it might do so."""
        path = key_path(key)
        party, events = str(self.state.present(path, KEY)["party"]), self.told(path)
        if not events:
            regulator = self.regulators.get(party)
            need(regulator is not None and regulator["admin"] == key, ENROLMENT)
            seal = regulator.get("seal") if regulator else None
            self.same(path, admin_key(party, seal, self.document["start"], True), ENROLMENT)
            return party
        first = events[0]
        value = self._begin_key(key, party, first)
        for event in events[1:]:
            value = revoke(value, key, event)
        self.same(path, value, ENROLMENT)
        if first.transaction.kind == "parties.key":
            self.need_admin(first, party)
        elif first.transaction.kind == "parties.enrol":
            self.need_regulator(first, first.transaction.body["country"])
        else:
            self.need_regulator(first, self.state.present(f"party/{percent(party)}", KEY)["country"])
        return party

    def _begin_key(self, key: str, party: str, event: Shown) -> Object:
        """A key after its first event."""
        kind, body = event.transaction.kind, event.transaction.body
        if kind == "parties.key" and body.get("public") == key:
            return {"party": party, **{name: body.get(name) for name in KEY_FIELDS}, "revoked": None, "compromised_since": None}
        if kind == "parties.enrol" and (body.get("admin"), body.get("gln")) == (key, party):
            return admin_key(party, body.get("seal"), event.time, has_role(body, "regulator"))
        need(kind == "parties.admin" and (body.get("public"), body.get("party")) == (key, party), ENROLMENT)
        return admin_key(party, body.get("seal"), event.time, has_role(self.party_then(party, event.time), "regulator"))

    def acting(self, event: Shown) -> tuple[str, Object]:
        """Party and entry of the signing key: in force, with the kind in its scope."""
        key, kind = event.transaction.by, event.transaction.kind
        party = self.key_party(key)
        entry = self.state.present(key_path(key), KEY)
        kinds = texts(entry["scope"].get("kinds"))
        need(in_force(entry, event.time) and (kind in kinds or kind.split(".")[0] + ".*" in kinds), ENROLMENT)
        return party, entry

    def need_admin(self, event: Shown, party: str) -> None:
        """A key of class admin of the party, which was not suspended as a whole."""
        signer, entry = self.acting(event)
        need(signer == party and entry["class"] == "admin", ENROLMENT)
        suspended = self.party_then(party, event.time)["suspended"]
        need(suspended is None or suspended["roles"] is not None or event.time <= suspended["since"], ENROLMENT)

    def need_regulator(self, event: Shown, country: Any) -> None:
        """A regulator of the country."""
        signer, _ = self.acting(event)
        need(self.regulates(signer, country), ENROLMENT)

    def regulates(self, party: str, country: Any) -> bool:
        """By the document, or by the entry of the market."""
        if country in self.regulators.get(party, {}).get("markets", []):
            return True
        return party in texts(self.state.present(f"market/{percent(str(country))}", KEY).get("regulators"))

    def hands(self, event: Shown) -> dict[str, Object]:
        """Party -> entry of a key in force that signed or co-signed."""
        found: dict[str, Object] = {}
        for key in (event.transaction.by, *event.transaction.envelope.get("with", [])):
            entry = self.state.value(key_path(key))
            if entry is not None and in_force(entry, event.time):
                found[self.key_party(key)] = entry
        return found

    # parties

    def party_enrolment(self, party: str) -> Object:
        """Body of the party's `parties.enrol`; its part of the document where it has no events."""
        events = self.told(f"party/{percent(party)}")
        need(bool(events) or party in self.regulators, ENROLMENT)
        return events[0].transaction.body if events else self.regulators[party]

    def party_then(self, party: str, when: int) -> Object:
        """What the events of a party up to a block time made of it."""
        if party not in self.parties:
            self.parties[party] = self._party(party)
        past = [value for since, value in self.parties[party] if since <= when]
        need(bool(past), ROLE)
        return past[-1]

    def _party(self, party: str) -> list[tuple[int, Object]]:
        """A party after each of its events; after all of them it is its entry."""
        path = f"party/{percent(party)}"
        stages: list[tuple[int, Object]] = []
        events = self.told(path)
        if not events:
            regulator, start = self.party_enrolment(party), int(self.document["start"])
            country = regulator["markets"][0]
            role = {"role": "regulator", "licence": "genesis", "from": self.day(country, start), "until": None}
            stages.append((start, {"names": regulator["names"], "country": country, "roles": [role], "suspended": None}))
        for event in events:
            before = stages[-1][1] if stages else None
            after = self._change_party(before, party, event)
            if event.transaction.kind != "parties.suspend":
                self.need_regulator(event, after["country"])
            stages.append((event.time, after))
        self.same(path, stages[-1][1], ENROLMENT)
        return stages

    def _change_party(self, before: Object | None, party: str, event: Shown) -> Object:
        """One event of a party."""
        kind, body = event.transaction.kind, event.transaction.body
        if before is None:
            need(kind == "parties.enrol" and body.get("gln") == party, ENROLMENT)
            return {"names": body["names"], "country": body["country"], "roles": body["roles"], "suspended": None}
        need(body.get("party") == party, ENROLMENT)
        if kind == "parties.licence":
            given = {name: body[name] for name in ("role", "licence", "from", "until")}
            return {**before, "roles": with_licence(before["roles"], given, self.day(before["country"], event.time))}
        if kind == "parties.suspend" and before["suspended"] is None:
            return {**before, "suspended": {"roles": body["roles"], "since": event.time, "reason": body["reason"]}}
        need(kind == "parties.reinstate", ENROLMENT)
        return {**before, "suspended": None}

    # signers

    def signer(self, event: Shown, site: str | None) -> str:
        """*Signer* of step 9: the party, once key, enrolment, scope and role are right at the event's block time."""
        transaction = event.transaction
        party = self.key_party(transaction.by)
        then = self.party_then(party, event.time)
        check_key(self.state.present(key_path(transaction.by), KEY), event, site)
        self.role(then, event)
        return party

    def role(self, party: Object, event: Shown) -> None:
        """One of the roles of the kind, on the local day of the party's country; suspensions."""
        kind, suspended, barred = event.transaction.kind, party["suspended"], set()
        if suspended is not None and suspended["since"] < event.time and kind not in WHILE_SUSPENDED:
            need(suspended["roles"] is not None, ROLE)
            barred = set(texts(suspended["roles"]))
        wanted = KIND_ROLES.get(kind)
        if wanted is None:
            return
        day = self.day(party["country"], event.time)
        roles = objects(party["roles"], "role s, from s, until s?")
        held = {role["role"] for role in roles if role["from"] <= day and (role["until"] is None or day <= role["until"])}
        need(bool((held & wanted) - barred), ROLE)

    # product, batch, releases

    def mark(self, key: str, numbers: list[Any], event: Shown) -> list[Any]:
        """Recalls after one more event; a mark goes by the word of regulators of all its markets."""
        kind, number = event.transaction.kind, event.transaction.body["number"]
        if kind == "drugs.recall":
            return [*numbers, number]
        for opened in self.told(key):
            if opened.transaction.kind == "drugs.recall" and opened.transaction.body["number"] == number:
                hands = self.hands(event)
                need(all(any(self.regulates(party, market) for party in hands) for market in opened.transaction.body["markets"]), ENTRY)
                return [each for each in numbers if each != number]
        raise Refused(ENTRY)

    def product(self, gtin: str) -> None:
        """The product's row of the table; the owner held the prefix."""
        key = f"product/{gtin}"
        value: Object = {}
        for event in self.told(key):
            kind, body = event.transaction.kind, event.transaction.body
            if not value:
                need(kind == "drugs.product" and body.get("gtin") == gtin, ENTRY)
                owner = self.signer(event, None)
                self.prefix(gtin, owner, event.time)
                value = {**{name: body.get(name) for name in PRODUCT_FIELDS}, "owner": owner, "recalls": [], "withdrawn": []}
            else:
                need(kind in RECALLS, ENTRY)
                value["recalls"] = self.mark(key, value["recalls"], event)
        need(bool(value), ENTRY)
        self.same(key, value, ENTRY)

    def prefix(self, gtin: str, owner: str, when: int) -> None:
        """The owner held the longest shown prefix at that block time, else its enrolment names one."""
        shown = {
            key.removeprefix("prefix/"): value
            for key, value in self.state.entries.items()
            if key.startswith("prefix/") and value is not None and gtin[1:].startswith(key.removeprefix("prefix/"))
        }
        if shown:
            holders = objects(shown[max(shown, key=len)]["holders"], "party s, from n, until n?")
            need(
                any(
                    holder["party"] == owner and holder["from"] <= when and (holder["until"] is None or when < holder["until"])
                    for holder in holders
                ),
                PREFIX,
            )
            return
        prefixes = self.party_enrolment(owner).get("prefixes")
        named = prefixes if isinstance(prefixes, list) else []
        need(any(isinstance(prefix, str) and prefix and gtin[1:].startswith(prefix) for prefix in named), PREFIX)

    def batch(self, gtin: str, lot: str) -> None:
        """The batch's row of the table."""
        key = f"batch/{gtin}/{percent(lot)}"
        entry, product = self.state.present(key, ENTRY), self.state.present(f"product/{gtin}", ENTRY)
        value: Object = {}
        lost = False
        for event in self.told(key):
            kind = event.transaction.kind
            if not value:
                value = {**self._begin_batch(gtin, lot, event), "name": (gtin, lot)}
                need(value["maker"] == product["owner"] or value["maker"] in product["makers"], ENTRY)
            elif kind == "drugs.release":
                value["releases"] = [*value["releases"], self.release(event, value, product)]
            elif kind != "drugs.receive":
                need(kind in RECALLS, ENTRY)
                value["recalls"] = self.mark(key, value["recalls"], event)
            lost = lost or kind == "drugs.receive"
        need(bool(value), ENTRY)
        decisions = {release["decision"] for release in value["releases"]}
        given = {release["as"] for release in value["releases"]}
        released = bool(given) and set(texts(product["release"])) <= given
        value["status"] = "rejected" if "rejected" in decisions else "released" if released else "made"
        del value["name"]
        self.same(key, value, ENTRY)
        need(lost == (entry["loose_missing"] > 0), ENTRY)

    def _begin_batch(self, gtin: str, lot: str, event: Shown) -> Object:
        """A batch after it was made."""
        body = event.transaction.body
        need((event.transaction.kind, body.get("gtin"), body.get("lot")) == ("drugs.batch", gtin, lot), ENTRY)
        maker = self.signer(event, str(body.get("site")))
        return {
            "maker": maker, "signer": event.transaction.by, "since": event.time, "site": body["site"], "count": body["count"],
            "market": body["market"], "expiry": body["expiry"], "printed_expiry": body["expiry"], "sources": None,
            "roots": [{"from": 0, "to": body["count"], "root": body["root"]}], "recalls": [], "releases": [],
        }  # fmt: skip

    def release(self, event: Shown, batch: Object, product: Object) -> Object:
        """A release as acceptance has it, and as `releases` lists it."""
        key, body = event.transaction.by, event.transaction.body
        party = self.signer(event, None)
        name, before = body["as"], batch["releases"]
        if name == "qp":
            need(party in (product["owner"], batch["maker"]) and self.state.present(key_path(key), KEY)["class"] == "person", ENTRY)
        else:
            need(self.regulates(party, batch["market"]), ENTRY)
        need(name in product["release"] and key != batch["signer"], ENTRY)
        need(all(release["as"] != name and release["decision"] != "rejected" for release in before), ENTRY)
        need((body["gtin"], body["lot"]) == batch["name"], ENTRY)
        return {"as": name, "key": key, "party": party, "decision": body["decision"], "height": event.height, "since": event.time}

    # the other things

    def others(self) -> None:
        """Recalls, sites, markets and Chinese identifiers that are shown, by key."""
        rows = {"recall": self._recall, "site": self._site, "market": self._market, "cnid": self._cnid}
        for key, value in sorted(self.state.entries.items()):
            row = rows.get(key.split("/")[0])
            if value is not None and row is not None:
                row(key, value)

    def _recall(self, key: str, _entry: Object) -> None:
        """A recall by its events."""
        value: Object = {}
        for event in self.told(key):
            kind, body = event.transaction.kind, event.transaction.body
            need(kind == RECALLS[bool(value)] and f"recall/{percent(str(body['number']))}" == key, ENTRY)
            if value:
                value["status"] = body["outcome"]
            else:
                value = {"class": body["class"], "depth": body["depth"], "markets": body["markets"], "status": "open"}
        need(bool(value), ENTRY)
        self.same(key, value, ENTRY)

    def _cnid(self, key: str, entry: Object) -> None:
        """The product has this identifier."""
        product = self.state.present(f"product/{entry['gtin']}", KEY)
        need(product.get("cn_id") == key.removeprefix("cnid/"), ENTRY)

    def _site(self, key: str, entry: Object) -> None:
        """A site as its newest event describes it, or the document."""
        gln = key.removeprefix("site/")
        value: Object | None = None
        for event in self.told(key):
            kind, body = event.transaction.kind, event.transaction.body
            if kind == "parties.enrol":
                named = [site for site in body["sites"] if site["gln"] == gln]
                need(bool(named), ENTRY)
                value = {"party": body["gln"], "country": body["country"], **{name: named[0][name] for name in SITE_FIELDS}}
                self.need_regulator(event, body["country"])
                continue
            need(kind == "parties.site" and body.get("gln") == gln, ENTRY)
            value = {"party": body["party"], "country": entry["country"], **{name: body[name] for name in SITE_FIELDS}}
            own = self.hands(event).get(str(body["party"]))
            if own is None or own["class"] != "admin" or body["kind"] not in ("ward", "theatre"):
                self.need_regulator(event, entry["country"])
        for party, regulator in self.regulators.items() if value is None else ():
            for site in regulator.get("sites", []):
                if site["gln"] == gln:
                    value = {"party": party, "country": regulator["markets"][0], **{name: site[name] for name in SITE_FIELDS}}
        if value is None:
            raise Refused(ENTRY)
        self.same(key, value, ENTRY)

    def _market(self, key: str, _entry: Object) -> None:
        """The document's parameters, and who became a regulator by the word of all whom it names."""
        code = key.removeprefix("market/")
        need(any(part.get("code") == code for part in self.document.get("markets", [])), ENTRY)
        named = [gln for gln, regulator in self.regulators.items() if code in regulator["markets"]]
        listed = list(named)
        for event in self.told(key):
            hands = self.hands(event)
            if not all(gln in hands and hands[gln]["class"] == "admin" for gln in named):
                raise Gap(EVENT_MISSING)
            body = event.transaction.body
            listed.append(body["gln"] if event.transaction.kind == "parties.enrol" else body["party"])
        self.same(key, {**self.market_of(code), "regulators": listed}, ENTRY)

    def belongs(self, site: str, party: str) -> None:
        """The site is the party's: its enrolment names it, or the site's entry says so; a gap where that is not shown."""
        enrolled = self.party_enrolment(party).get("sites") or []
        if not any(part["gln"] == site for part in enrolled):
            need(self.state.present(f"site/{percent(site)}", KEY)["party"] == party, ENTRY)


def in_force(entry: Object, when: int) -> bool:
    """*In force* of step 9."""
    revoked = entry["revoked"]
    return entry["from"] <= when and (entry["until"] is None or when < entry["until"]) and (revoked is None or when <= revoked["at"])


def has_role(party: Object, name: str) -> bool:
    """Whether a party, or its enrolment, has a role."""
    return any(role["role"] == name for role in party["roles"])


def admin_key(party: str, seal: Any, start: int, regulator: bool) -> Object:
    """An *admin key* of step 9."""
    kinds = ["parties.*", "drugs.*"] if regulator else ["parties.*"]
    return {
        "party": party, "class": "admin", "label": "admin", "scope": {"kinds": kinds, "sites": "all", "daily": None}, "from": start,
        "until": None, "profession": None, "person": None, "seal": seal, "revoked": None, "compromised_since": None,
    }  # fmt: skip


def revoke(before: Object, key: str, event: Shown) -> Object:
    """A key after a later event."""
    kind, body, since = event.transaction.kind, event.transaction.body, before["compromised_since"]
    if kind == "parties.revoke" and body.get("public") == key:
        earlier = body["compromised_since"]
        if before["revoked"] is None:
            return {**before, "revoked": {"at": event.time, "reason": body["reason"]}, "compromised_since": earlier}
        need(earlier is not None and (since is None or earlier < since), ENROLMENT)
        return {**before, "compromised_since": earlier}
    need(kind == "parties.admin" and body.get("party") == before["party"] and before["revoked"] is None, ENROLMENT)
    return {**before, "revoked": {"at": event.time, "reason": "lost"}}


def with_licence(roles: list[Any], given: Object, day: str) -> list[Any]:
    """A licence that is added or renewed (DOMAIN section 6, `parties.licence`)."""
    for place, role in enumerate(roles):
        if (role["role"], role["licence"]) == (given["role"], given["licence"]):
            meets = (role["until"] is None or given["from"] <= role["until"]) and (given["until"] is None or role["from"] <= given["until"])
            if meets:
                return [*roles[:place], {**given, "from": min(role["from"], given["from"])}, *roles[place + 1 :]]
    if len(roles) < 10:
        return [*roles, given]
    ended = [role for role in roles if role["until"] is not None and role["until"] < day]
    need(bool(ended), ENROLMENT)
    first = min(ended, key=lambda role: (role["until"], role["from"], role["role"], role["licence"]))
    return [*(role for role in roles if role is not first), given]


def regulators_of(document: Object) -> dict[str, Object]:
    """GLN -> part of each of the genesis document's `regulators`."""
    code = "evidence.genesis.document"
    listed = document.get("regulators")
    if not isinstance(listed, list):
        raise Refused(code)
    need(all(has_fields(part, "gln s, admin s, markets l, names o") for part in listed), code)
    return {str(part["gln"]): part for part in listed}


def check_key(entry: Object, event: Shown, site: str | None) -> None:
    """In force at the block time, not revoked before it, kind and site in its scope."""
    when, kind = event.time, event.transaction.kind
    need(entry["from"] <= when and (entry["until"] is None or when < entry["until"]), KEY)
    revoked = entry["revoked"]
    if revoked is not None:
        need(has_fields(revoked, "at n"), VALUE)
        need(when <= revoked["at"], KEY)
    scope = entry["scope"]
    kinds, sites = texts(scope.get("kinds")), scope.get("sites")
    need(kind in kinds or kind.split(".")[0] + ".*" in kinds, KEY)
    need(site is None or sites == "all" or site in texts(sites), KEY)


# --- custody (PROTOCOL section 8, step 10) ----------------------------------------------------------------------------

CUSTODY = "evidence.custody"


@dataclass
class Pack:
    """Where a pack is while its run is walked."""

    state: str = ""
    site: str | None = None
    shipment: str | None = None
    sender: str | None = None
    receiver: str | None = None
    loosened: bool = False
    purpose: str = ""
    difference: str | None = None


class Custody:
    """The table of step 10: each event in order, where it leads, then its signer."""

    def __init__(self, events: Events, item: Item, slot: int) -> None:
        self.events, self.item, self.slot = events, item, slot
        self.tag = make_tag(item.gtin or "", item.serial or "").hex()
        self.pack = Pack()
        self.moves: dict[str, Callable[[Shown], str | None]] = {
            "drugs.ship": self._send, "drugs.return": self._send, "drugs.receive": self._receive, "drugs.refuse": self._refuse,
            "drugs.cancel": self._cancel, "drugs.loosen": self._loosen, "drugs.name": self._name, "drugs.dispense": self._dispense,
            "drugs.undo": self._undo,
        }  # fmt: skip

    def walk(self, run_key: str, run: Object) -> str:
        """Leads from the factory to what the run's entry says; the way in the words of DOMAIN section 4."""
        left: Object = {"receipts": [], "recalls": [], "since": 0, "block": None}
        for place, event in enumerate(self.events.whole(run_key)):
            shown = self.events.shown(event)
            before = dataclasses.replace(self.pack)
            site = self._step(shown, place == 0)
            party = self.events.signer(shown, site)
            if site is not None:
                self.events.belongs(site, party)
            left = self._trace(left, shown, (run_key, party, before.purpose))
        pack = self.pack
        need(pack.state == run["state"], CUSTODY)
        need(pack.state != "moving" or pack.shipment == run["shipment"], CUSTODY)
        need(pack.state not in ("active", "dispensed") or pack.site in (None, run["site"]), CUSTODY)
        shipment = self.events.state.entries.get(f"shipment/{pack.shipment}") if pack.state == "moving" else None
        if shipment is not None:
            need((shipment["from"], shipment["to"], shipment["since"]) == (pack.sender, pack.receiver, left["since"]), CUSTODY)
        need(encode(left) == encode({name: run[name] for name in left}), CUSTODY)
        return "batch" if pack.loosened else "boxed" if run["box"] is not None else "named"

    def _trace(self, left: Object, event: Shown, about: tuple[str, str, str]) -> Object:
        """What is left on a run after the event; `about`: the run, who signed, the purpose of the shipment before it."""
        run_key, party, purpose = about
        kind, body = event.transaction.kind, event.transaction.body
        if kind in RECALLS:
            return {**left, "recalls": self.events.mark(run_key, left["recalls"], event)}
        after = {**left, "since": event.time}
        if kind == "drugs.dispense":
            after["receipts"] = [body["receipt"]] if body["receipt"] else []
        if kind == "drugs.undo":
            after["receipts"] = []
        if kind == "drugs.receive" and self.pack.state == "active" and (left["block"] is None or left["block"]["why"] == "returned"):
            after["block"] = self._block(left["block"], body, party, purpose)
        return after

    def _block(self, before: Object | None, body: Object, party: str, purpose: str) -> Object | None:
        """`block` after a receipt."""
        taken_back = purpose in ("saleable", "misdelivery", "refusal")
        why = self.pack.difference
        if why is None and purpose in ("recall", "expired", "damaged", "destruction"):
            why = purpose
        if why is None and taken_back and body["checked"] is False:
            why = "returned"
        return {"why": why, "by": party} if why else None if taken_back else before

    def _step(self, event: Shown, first: bool) -> str | None:
        """Where the event leads; the site that has to be the signer's party's, None for none."""
        kind, body = event.transaction.kind, event.transaction.body
        need(first == (kind == "drugs.batch"), CUSTODY)
        if first:
            need((body.get("gtin"), body.get("lot")) == (self.item.gtin, self.item.lot), CUSTODY)
            self.pack = Pack("active", str(body.get("site")))
            return self.pack.site
        if kind in ("drugs.recall", "drugs.recall.close"):
            return None
        need(kind in self.moves, CUSTODY)
        return self.moves[kind](event)

    def _items(self, event: Shown, name: str) -> list[Object]:
        """The items of a form: `line`, `difference` or `pack`."""
        return [item for item in event.transaction.items if item.get("t") == name]

    def _same_batch(self, value: Object) -> bool:
        """Whether a line or body is about this batch."""
        return (value.get("gtin"), value.get("lot")) == (self.item.gtin, self.item.lot)

    def _has_slot(self, value: Object) -> bool:
        """Ranges with the slot."""
        ranges = value.get("ranges")
        pairs = ranges if isinstance(ranges, list) else []
        good = [pair for pair in pairs if isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair))]
        return any(start <= self.slot < end for start, end in good)

    def _lies_at(self, site: Any) -> bool:
        """Active at a site; anywhere after it was received by its tag."""
        return self.pack.state == "active" and self.pack.site in (None, site)

    def _line(self, event: Shown) -> bool:
        """A line with the slot."""
        return any(self._same_batch(item) and self._has_slot(item) for item in self._items(event, "line"))

    def _send(self, event: Shown) -> str | None:
        """`drugs.ship`, `drugs.return`: active at `from`, then moving in its id."""
        body = event.transaction.body
        need(self._lies_at(body.get("from")) and self._line(event), CUSTODY)
        self.pack.state, self.pack.site, self.pack.shipment = "moving", None, event.transaction.id.hex()
        self.pack.sender, self.pack.receiver, self.pack.purpose = body.get("from"), body.get("to"), body["purpose"]
        return self.pack.sender

    def _receive(self, event: Shown) -> str | None:
        """Lines and differences; `final` and no item: missing; a loose pack may be named in a difference."""
        body, pack = event.transaction.body, self.pack
        differences = [item for item in self._items(event, "difference") if self._same_batch(item)]
        if pack.state == "loose":
            named = [item["what"] for item in differences if self._names(item)]
            need(bool(named), CUSTODY)
            pack.difference, pack.purpose = named[0], ""
            if named[0] == "missing":
                pack.state = "missing"
                return None
            self._arrive(None)
            return None
        need(pack.state == "moving" and pack.shipment is not None and pack.shipment == body.get("shipment"), CUSTODY)
        receiver = pack.receiver
        found = [item.get("what") for item in differences if self._has_slot(item)]
        harmed = [what for what in found if what in ("damaged", "seal_broken", "excursion")]
        pack.difference = harmed[0] if harmed else None
        if self._line(event) or harmed:
            return self._arrive(receiver)
        need("missing" in found or body.get("final") is True, CUSTODY)
        pack.state, pack.site = "missing", None
        return receiver

    def _names(self, item: Object) -> bool:
        """A difference that names the pack by slot and tag."""
        packs = item.get("packs")
        return isinstance(packs, list) and any(
            isinstance(pack, dict) and (pack.get("slot"), pack.get("tag")) == (self.slot, self.tag) for pack in packs
        )

    def _arrive(self, site: str | None) -> str | None:
        """Active at a site."""
        self.pack.state, self.pack.site = "active", site
        return site

    def _refuse(self, event: Shown) -> str | None:
        """Moving in its id, back."""
        pack = self.pack
        need(pack.state == "moving" and pack.shipment == event.transaction.body.get("shipment"), CUSTODY)
        pack.shipment = event.transaction.id.hex()
        pack.sender, pack.receiver, pack.purpose = pack.receiver, pack.sender, "refusal"
        return pack.sender

    def _cancel(self, event: Shown) -> str | None:
        """`drugs.cancel`: active at the `from` of its shipment."""
        pack = self.pack
        need(pack.state == "moving" and pack.shipment == event.transaction.body.get("shipment"), CUSTODY)
        return self._arrive(pack.sender)

    def _loosen(self, event: Shown) -> str | None:
        """`drugs.loosen`: loose."""
        body = event.transaction.body
        need(self._lies_at(body.get("site")) and self._same_batch(body) and self._has_slot(body), CUSTODY)
        self.pack.state, self.pack.site, self.pack.loosened = "loose", None, True
        return str(body["site"])

    def _name(self, event: Shown) -> str | None:
        """`drugs.name`: a loose pack, by slot and tag, active at `site`."""
        body = event.transaction.body
        named = any((item.get("slot"), item.get("tag")) == (self.slot, self.tag) for item in self._items(event, "pack"))
        need(self.pack.state == "loose" and self._same_batch(body) and named, CUSTODY)
        return self._arrive(str(body.get("site")))

    def _dispense(self, event: Shown) -> str | None:
        """`drugs.dispense`: by slot and tag, dispensed at `site`."""
        body, pack = event.transaction.body, self.pack
        need(self._same_batch(body) and (body.get("slot"), body.get("tag")) == (self.slot, self.tag), CUSTODY)
        need(pack.state == "loose" or self._lies_at(body.get("site")), CUSTODY)
        pack.state, pack.site = "dispensed", str(body.get("site"))
        return pack.site

    def _undo(self, event: Shown) -> str | None:
        """`drugs.undo`: dispensed at `site`, active there again."""
        body, pack = event.transaction.body, self.pack
        need(self._same_batch(body) and body.get("slot") == self.slot, CUSTODY)
        need(pack.state == "dispensed" and pack.site == body.get("site"), CUSTODY)
        return self._arrive(pack.site)


# --- the twelve steps (PROTOCOL section 8) ----------------------------------------------------------------------------


@dataclass
class Ask:
    """Who asks where, about what, at what time, and what this device remembers."""

    scan: str | None
    viewer: str
    place: str | None
    answer: str | None
    receipt: str | None
    now: int
    remembered: Object | None


class Check:
    """A check of one bundle: refusal, gaps, facts, verdict."""

    def __init__(self, data: bytes, anchor: Any, ask: Ask) -> None:
        self.data, self.anchor_value, self.ask = data, anchor, ask
        self.gaps: list[str] = []
        self.steps: list[Object] = []
        self.step = 0
        self.age: int | None = None
        self.age_lost = False
        self.compared = False
        self.signed = False
        self.evidence = "verified"
        self.found = Found({})
        self.scanned = Item("pack")
        self.believed = 0
        self.witnessed = 0
        self.members = 0

    def run(self) -> Object:
        """The steps in order; the first refusal ends the check, gaps are collected."""
        refused: str | None = None
        try:
            self._all_steps()
        except Refused as refusal:
            refused = refusal.code
            self.evidence, self.age, self.compared, self.signed = "inconsistent", None, False, False
            self._note_step("refused", refused)
        return self._result(refused)

    def _all_steps(self) -> None:
        """Steps 0-12 in order (PROTOCOL section 8)."""
        try:
            bundle = read_bundle(self.data)
        except Gap as gap:
            self._unknown(gap.code)
            return
        self._note_step()
        anchor = self._anchor(bundle)
        self._enter(2)
        anchor = Handovers(anchor).follow(bundle.handovers)
        self.members = len(anchor.members)
        self._enter(3)
        judged = self._checkpoint(bundle, anchor)
        self._enter(4)
        self._age(judged)
        self._enter(5)
        if not self._head(bundle, judged):
            return
        self._enter(6)
        state = self._state(bundle)
        self._enter(7)
        item, slot = self._serial(bundle, state, anchor)
        self._enter(8)
        check_histories(bundle, state)
        self._enter(9)
        events = Events(bundle, state)
        proven = self._events(events, item)
        self._enter(10)
        self._custody(events, item, slot, proven)
        self._enter(11)
        self._enter(12)

    def _enter(self, step: int) -> None:
        """The step before ended without a refusal."""
        if not self.steps or self.steps[-1]["step"] != self.step:
            self._note_step()
        self.step = step

    def _note_step(self, result: str = "passed", code: str | None = None) -> None:
        """Notes how a step ended."""
        self.steps.append({"step": self.step, "result": result, "code": code})

    def _gap(self, code: str) -> None:
        """Collects a gap."""
        self.gaps.append(code)
        self._note_step("gap", code)

    def _unknown(self, code: str) -> None:
        """A gap after which nothing can be said: COULD_NOT_CHECK."""
        self._gap(code)
        self.evidence = "none"

    def _anchor(self, bundle: Bundle) -> Anchor:
        """Step 1."""
        self._enter(1)
        anchor = read_anchor(self.anchor_value)
        need(bundle.genesis.id == anchor.chain, "evidence.genesis.chain")
        need(nesting(bundle.document) <= VALUE_DEPTH, "evidence.genesis.document")
        need(leaf_hash(encode(bundle.document)) == bundle.genesis.transactions_root, "evidence.genesis.document")
        regulators_of(bundle.document)
        made = anchor.value["made_at"]
        if self.ask.now > made + anchor.value["trust_days"] * DAY_MS or made > self.ask.now + DAY_MS:
            self.age_lost = True
            self._gap("evidence.anchor.date")
        return anchor

    def _checkpoint(self, bundle: Bundle, anchor: Anchor) -> Judged:
        """Step 3: `judge` of section 7, then the comparison with what is remembered."""
        judged = judge_checkpoint(parse_note(bundle.checkpoint), anchor)
        self.witnessed = judged.witnessed
        remembered = self.ask.remembered or anchor.value["checkpoint"]
        note, size, root = judged.note, remembered["size"], bytes.fromhex(remembered["root"])
        if note.size == size:
            need(note.root == root, "evidence.checkpoint.fork")
            self.compared = True
        elif note.size < size:
            self.age_lost = True
            self._gap("evidence.checkpoint.older")
        elif bundle.consistency is not None and bundle.consistency[0] == size:
            need(consistent(size, note.size, root, note.root, bundle.consistency[1]), "evidence.checkpoint.fork")
            self.compared = True
        elif self.ask.remembered is not None:
            self.age_lost = True
            self._gap("evidence.checkpoint.unlinked")
        return judged

    def _age(self, judged: Judged) -> None:
        """Step 4."""
        self.believed = judged.believed * 1000
        if self.believed > self.ask.now + 60_000:
            self.age_lost = True
            self._gap("evidence.age.clock")
        if not self.age_lost:
            self.age = max(0, (self.ask.now - self.believed) // 1000)

    def _head(self, bundle: Bundle, judged: Judged) -> bool:
        """Step 5; false where this verifier does not know the header's version."""
        header, note = bundle.header, judged.note
        need(header.data[:4] == b"PhTr", "evidence.head.format")
        if not header.is_known():
            self._unknown("evidence.head.version")
            return False
        need(header.is_header(), "evidence.head.format")
        root = root_of_path(leaf_hash(header.data), note.size - 1, note.size, bundle.head_path)
        need(header.height + 1 == note.size and root == note.root, "evidence.head.path")
        return True

    def _state(self, bundle: Bundle) -> State:
        """Step 6."""
        for _, value in bundle.entries:
            need(value is None or (nesting(value) <= VALUE_DEPTH and len(encode(value)) <= 4096), VALUE)
        root = StateProof(bundle.siblings, bundle.ends).root(bundle.entries)
        need(root == bundle.header.state_root, StateProof.CODE)
        check_entries(bundle.entries)
        return State(bundle.entries)

    def _serial(self, bundle: Bundle, state: State, anchor: Anchor) -> tuple[Item, int | None]:
        """Step 7: the code, the scanned text, the marks, the facts."""
        item = read_code(bundle.code)
        self.scanned = self._scanned(item)
        marks = Marks(state, item)
        try:
            marks.read(bundle.marks)
        except Gap as gap:
            self._unknown(gap.code)
            return item, None
        gaps: list[str] = []
        gatherer = Gatherer(state, gaps, anchor.value["max_age_s"])
        slot = marks.slot()
        if item.serial is not None and item.serial.isdigit() and len(item.serial) == 20 and self.scanned.cnid:
            entry = gatherer.entry(f"cnid/{item.serial[:7]}")
            need(entry is None or entry["gtin"] == item.gtin, "evidence.code.other")
        self.found = gatherer.gather(item, slot, marks.is_absent(), marks.other_lot(), self.ask.place)
        for code in gaps:
            self._gap(code)
        return item, slot

    def _scanned(self, item: Item) -> Item:
        """What the scanned text says has to be what the evidence is about."""
        if self.ask.scan is None:
            return item

        def known(read: Item) -> bool:
            """ "Known" in DOMAIN section 2 means here: it is what the code names."""
            gtin = read.gtin in (item.gtin, None) if read.cnid else read.gtin == item.gtin
            return gtin and read.serial == item.serial and (read.lot == item.lot or (read.lot is None and read.serial is not None))

        scanned = resolve_scan(self.ask.scan, known)
        if scanned is None or not known(scanned):
            raise Refused("evidence.code.other")
        return scanned

    def _events(self, events: Events, item: Item) -> bool:
        """Step 9; false where a gap takes the run away."""
        events.signatures()
        facts = self.found.facts
        if not facts or facts["product"] is None or facts["batch"] is None or item.lot is None:
            return bool(facts)
        try:
            events.product(str(item.gtin))
            events.batch(str(item.gtin), item.lot)
            events.others()
        except Gap as gap:
            self._gap(gap.code)
            return False
        return True

    def _custody(self, events: Events, item: Item, slot: int | None, proven: bool) -> None:
        """Step 10; a gap here or in step 9 takes the run away."""
        found = self.found
        if found.run is None or found.run_key is None or slot is None:
            return
        try:
            way = Custody(events, item, slot).walk(found.run_key, found.run)
            found.facts["way"] = way
        except Gap as gap:
            self._gap(gap.code)
            proven = False
        self.signed = proven and found.facts["product"] is not None
        if not self.signed:
            found.facts["run"] = found.facts["way"] = None

    def _today(self) -> str | None:
        """The local day of the later of the device's clock and the believed time."""
        market = self.found.facts.get("market")
        return local_day(max(self.ask.now, self.believed), market["offset_minutes"]).isoformat() if market else None

    def _verdict(self) -> Object:
        """Step 12."""
        facts = {**NO_FACTS, **self.found.facts, "evidence": self.evidence}
        scanned = self.scanned
        printed = {
            "kind": scanned.kind, "lot": scanned.lot, "expiry": scanned.expiry, "expiry_month_only": scanned.month_only,
            "repairs": list(scanned.repairs), "unique": True,
        }  # fmt: skip
        asked = {
            "viewer": self.ask.viewer, "place": self.ask.place, "receipt": self.ask.receipt, "answer": self.ask.answer,
            "day": self._today(), "age_s": self.age,
        }  # fmt: skip
        return Verdict(facts, printed, asked).judge()

    def _assurance(self) -> Object:
        """*Result* of section 8."""
        word = "consortium" if self.members >= 4 else "operator"
        return {
            "signed": self.signed, "complete": word if self.members else None, "witnessed": self.witnessed, "age_s": self.age,
            "compared": self.compared,
        }  # fmt: skip

    def _result(self, refused: str | None) -> Object:
        """The outcome (PROTOCOL section 8, *Result*)."""
        verdict = self._verdict()
        return {
            "verdict": verdict["code"], "light": verdict["light"], "full_verdict": verdict, "step": self.step if refused else None,
            "refused": refused, "gaps": self.gaps, "age_s": self.age, "compared": self.compared, "signed": self.signed,
            "steps": self.steps, "assurance": self._assurance(),
        }  # fmt: skip


NO_FACTS: Object = {
    "evidence": "none", "absent": [], "market": None, "product": None, "batch": None, "slot": None, "other_lot": None, "run": None,
    "way": None, "received": None, "recalls": [], "sources": [], "keys": [], "stock": None, "holder": None, "place": None,
    "shipment": None,
}  # fmt: skip


def check_histories(bundle: Bundle, state: State) -> None:
    """Step 8: heads recomputed, then times and heights over all events of all histories and the head."""
    for history in bundle.histories:
        value = state.entries.get(history.key)
        need(value is not None, "evidence.history.entry")
        n, head = history.head()
        need(history_of(value or {}) == (n, head.hex()), "evidence.history.head")
        need(all(first.height <= second.height for first, second in itertools.pairwise(history.events)), "evidence.history.head")
        need(len({event.id for event in history.events}) == len(history.events), "evidence.history.head")
    times = {bundle.header.height: bundle.header.time}
    heights: dict[int, int] = {}
    for event in [event for history in bundle.histories for event in history.events]:
        need(times.setdefault(event.height, event.time) == event.time, "evidence.history.head")
        if event.number is not None:
            need(heights.setdefault(event.number, event.height) == event.height, "evidence.history.head")
    need(max(times) == bundle.header.height, "evidence.history.head")
    ordered = [times[height] for height in sorted(times)]
    need(all(first < second for first, second in itertools.pairwise(ordered)), "evidence.history.head")


# --- the vectors and the command line ---------------------------------------------------------------------------------


def changed(value: Any, changes: Iterable[Object]) -> Any:
    """A copy with the changes of a case: `{at, to}` or `{at, drop}`."""
    result = copy.deepcopy(value)
    for change in changes:
        target = result
        for name in change["at"][:-1]:
            target = target[name]
        if change.get("drop"):
            del target[change["at"][-1]]
        else:
            target[change["at"][-1]] = change["to"]
    return result


def judge(case: Object) -> Object:
    """Judges `{bundle: object or bytes, anchor: object, ask: {scan, viewer, place, answer, receipt, now, remembered}}`."""
    bundle = case["bundle"]
    data = bundle if isinstance(bundle, bytes) else encode(bundle)
    return Check(data, case["anchor"], Ask(**case["ask"])).run()


def judge_case(vectors: Object, case: Object) -> Object:
    """Judges a case of `vectors/bundles.json`."""
    if case["bytes"] is not None:
        bundle: Any = unbase64url(case["bytes"], "vectors")
    else:
        bundle = changed(vectors["bundles"][case["bundle"]], case["change"])
    anchor = changed(vectors["anchors"][case["anchor"]], case["anchor_change"])
    return judge({"bundle": bundle, "anchor": anchor, "ask": case["ask"]})


def differing(vectors: Object) -> list[tuple[str, Object]]:
    """The cases of `vectors/bundles.json` that end otherwise: name, and found against expected."""
    wrong: list[tuple[str, Object]] = []
    for case in vectors["cases"]:
        result = judge_case(vectors, case)
        other = {name: [result.get(name), wanted] for name, wanted in case["expect"].items() if result.get(name) != wanted}
        if other:
            wrong.append((case["name"], other))
    return wrong


def with_paths(base: Object, changes: Object) -> Object:
    """Default facts with paths such as `run.state` replaced (vectors/verdict.json)."""
    result = copy.deepcopy(base)
    for path, value in changes.items():
        *way, last = path.split(".")
        target = result
        for name in way:
            target = target[name]
        target[last] = value
    return result


def differing_verdicts(vectors: Object) -> list[tuple[str, Object]]:
    """The cases of `vectors/verdict.json` that end otherwise."""
    wrong: list[tuple[str, Object]] = []
    for case in vectors["cases"]:
        parts = [with_paths(vectors[name], case.get(name, {})) for name in ("facts", "printed", "asked")]
        result = Verdict(*parts).judge()
        if result != case["verdict"]:
            wrong.append((case["name"], {name: [result[name], case["verdict"][name]] for name in result}))
    return wrong


def report(wrong: list[tuple[str, Object]], count: int) -> int:
    """Prints what differs; the exit status."""
    for name, other in wrong:
        sys.stdout.write(f"{name}: {json.dumps(other, ensure_ascii=False)}\n")
    sys.stdout.write(f"{count - len(wrong)} of {count} cases agree\n")
    return 1 if wrong else 0


def main(arguments: Sequence[str]) -> int:
    """`cases FILE`, `verdicts FILE` or `judge BUNDLE ANCHOR [SCAN]`."""
    if len(arguments) < 2:
        sys.stdout.write(f"{__doc__}\n")
        return 2
    command, path = arguments[0], Path(arguments[1])
    if command == "judge" and len(arguments) > 2:
        scan = arguments[3] if len(arguments) > 3 else None
        ask = {
            "scan": scan, "viewer": "consumer", "place": None, "answer": None, "receipt": None, "now": int(time.time() * 1000),
            "remembered": None,
        }  # fmt: skip
        anchor = decode(Path(arguments[2]).read_bytes().strip(), VALUE_DEPTH, "evidence.anchor.format")
        sys.stdout.write(
            f"{json.dumps(judge({'bundle': path.read_bytes(), 'anchor': anchor, 'ask': ask}), ensure_ascii=False, indent=1)}\n"
        )
        return 0
    vectors = json.loads(path.read_text(encoding="utf-8"))
    if command == "verdicts":
        return report(differing_verdicts(vectors), len(vectors["cases"]))
    return report(differing(vectors), len(vectors["cases"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
