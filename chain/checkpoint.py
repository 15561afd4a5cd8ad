"""Checkpoints: signed heads of the ledger, and what makes one believable (PROTOCOL §7). Pure.

A checkpoint is a signed note of three lines: origin, size, base64 root. Size = h + 1 and the root is RFC 9162 over the headers 0 .. h, so
it commits to header h and through it to the state after block h. Attesters and witnesses both give `cosignature/v1` lines; an attester's
says besides that it executed blocks 0 .. h and holds h final.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain import keys, merkle, notes
from chain.errors import Malformed
from chain.notes import Note, NoteKey

SIZE_LIMIT = 2**53 - 1
"""Greatest size of a checkpoint: what every JSON implementation carries exactly."""
ORIGIN_LIMIT = 100
"""Characters of an origin."""
CHAIN_DIGITS = 16
"""Hex digits of the chain id at the end of an origin."""
SLUG_LIMIT = 40
"""Characters of the ledger's name in an origin."""
CLOCK_SECONDS = 60
"""How far an attester's clock may be ahead of the verifier's before the time is not believed."""
WITNESS_LIMIT = 32
"""Witnesses in a policy."""

_ORIGIN = re.compile(rf"[!-*,-~]{{1,{ORIGIN_LIMIT}}}")
_SIZE = re.compile(r"[1-9][0-9]{0,15}")
_NO_SLUG = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The three lines."""

    origin: str
    """Which ledger: `<name>/<first 16 hex digits of the chain id>`."""
    size: int
    """Headers under the root, h + 1; at least 1."""
    root: bytes
    """RFC 9162 root over headers 0 .. h, 32 bytes."""

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{notes.to_base64(self.root)}\n"

    @property
    def height(self) -> int:
        """Height of the last block under the root."""
        return self.size - 1


@dataclass(frozen=True, slots=True)
class Policy:
    """How many of which witnesses must have cosigned; none where `k` is 0."""

    k: int
    """Witnesses needed; more than half of them, so that two heads have a witness in common."""
    witnesses: tuple[NoteKey, ...]
    """Keys of type COSIGNATURE, each another."""


@dataclass(frozen=True, slots=True)
class Support:
    """Who cosigned a checkpoint, by verified lines."""

    members: int
    """Members of the attester set, n."""
    attesters: Mapping[str, int]
    """Party -> newest time of its cosignature, seconds."""
    witnesses: Mapping[str, int]
    """Text of a witness's key -> newest time of its cosignature, seconds."""


def origin_of(name: str, chain: bytes) -> str:
    """The origin of a ledger: its name in lower case, every run of other characters than a-z 0-9 . one hyphen, hyphens at the ends and what
    is beyond 40 characters dropped (`ledger` where nothing is left), a slash, the first 16 hex digits of the chain id."""
    lowered = "".join(character.lower() if character.isascii() else "-" for character in name)
    slug = _NO_SLUG.sub("-", lowered).strip("-")[:SLUG_LIMIT].strip("-")
    return f"{slug or 'ledger'}/{chain.hex()[:CHAIN_DIGITS]}"


def attester_key(origin: str, party: str, note_key: str) -> NoteKey:
    """The key under which a member's cosignatures stand: named `<origin>/<party>`, its `note` key of the set, type COSIGNATURE."""
    return NoteKey(f"{origin}/{party}", notes.COSIGNATURE, keys.public_bytes(note_key))


def log_key(origin: str, note_key: str) -> NoteKey:
    """The key under which a member signs as the log itself, for stock witnesses and monitors: named as the origin, type ED25519."""
    return NoteKey(origin, notes.ED25519, keys.public_bytes(note_key))


def parse(data: bytes) -> tuple[Checkpoint, Note]:
    """A checkpoint and its note, of which nothing is verified. Raises Malformed `note.*`, `checkpoint.text`."""
    note = notes.parse(data)
    return parse_text(note.text), note


def parse_text(text: str) -> Checkpoint:
    """The three lines of a note's text. Raises Malformed `checkpoint.text`."""
    rows = text.split("\n")
    if len(rows) != 4 or rows[3]:
        raise Malformed("checkpoint.text", "three lines", len(rows) - 1)
    origin, size, root = rows[:3]
    if _ORIGIN.fullmatch(origin) is None:
        raise Malformed("checkpoint.text", f"an origin of 1-{ORIGIN_LIMIT} ASCII characters without space and plus", ascii(origin)[:80])
    if _SIZE.fullmatch(size) is None or int(size) > SIZE_LIMIT:
        raise Malformed("checkpoint.text", "a size from 1, without leading zeroes", ascii(size)[:40])
    data = notes.from_base64(root, "checkpoint.text")
    if len(data) != merkle.HASH_BYTES:
        raise Malformed("checkpoint.text", f"a root of {merkle.HASH_BYTES} bytes", len(data))
    return Checkpoint(origin, int(size), data)


# --- who stands behind a checkpoint ------------------------------------------------------------------------------------------


def validate_policy(policy: Policy, members: Sequence[Mapping[str, Any]] = ()) -> None:
    """k of n with 2k > n (k = 0 only where n = 0), keys of type COSIGNATURE, none twice under any name, none that of an attester.

    Raises Malformed `checkpoint.policy`, and `note.key` for a key of small order.
    """
    count = len(policy.witnesses)
    if count > WITNESS_LIMIT or not (policy.k == count == 0 or count < 2 * policy.k <= 2 * count):
        raise Malformed("checkpoint.policy", f"more than half of at most {WITNESS_LIMIT} witnesses", f"{policy.k} of {count}")
    for key in policy.witnesses:
        notes.validate_key(key)
        if key.kind != notes.COSIGNATURE:
            raise Malformed("checkpoint.policy", "keys of type 4", key.text)
    seen = [key.public for key in policy.witnesses]
    if len(set(seen)) != count or attesting_keys(members).intersection(seen):
        raise Malformed("checkpoint.policy", "witnesses with keys of their own", "one key twice")


def judge(signed: tuple[Checkpoint, Note], members: Sequence[Mapping[str, Any]], policy: Policy) -> Support:
    """Who of the members `{party, note, ...}` and of the policy's witnesses cosigned.

    A note key that two members share counts for the first only: the signed bytes do not hold the name, so one signature would serve both.
    So does one that a witness of an older policy and a member of a newer set share: it counts for the member.
    Raises Malformed `note.signature` where a line of one of them is wrong, `note.key` for a member's key of small order.
    """
    checkpoint, note = signed
    parties: dict[NoteKey, str] = {}
    for member in members:
        key = attester_key(checkpoint.origin, member["party"], member["note"])
        notes.validate_key(key)
        if key.public not in {other.public for other in parties}:
            parties[key] = member["party"]
    found = notes.verify(note, [*parties, *policy.witnesses])
    attesters: dict[str, int] = {}
    for key, party in parties.items():
        if key in found:
            attesters[party] = max(found[key], attesters.get(party, 0))
    taken = attesting_keys(members)
    witnesses = {key.text: found[key] for key in policy.witnesses if key in found and key.public not in taken}
    return Support(len(members), attesters, witnesses)


def attesting_keys(members: Sequence[Mapping[str, Any]]) -> set[bytes]:
    """Every key with which a member signs: a witness with one of them is nobody besides the member."""
    return {keys.public_bytes(member[name]) for member in members for name in ("note", "vote") if name in member}


def is_attested(support: Support) -> bool:
    """Whether more than two thirds of the members cosigned."""
    return 3 * len(support.attesters) > 2 * support.members


def validate_attested(support: Support) -> None:
    """More than two thirds of the members. Raises Malformed `checkpoint.attesters`."""
    if not is_attested(support):
        raise Malformed("checkpoint.attesters", f"more than two thirds of {support.members} attesters", len(support.attesters))


def validate_witnessed(support: Support, policy: Policy) -> None:
    """At least k of the policy's witnesses. Raises Malformed `checkpoint.witnesses`."""
    if len(support.witnesses) < policy.k:
        raise Malformed("checkpoint.witnesses", f"{policy.k} of {len(policy.witnesses)} witnesses", len(support.witnesses))


def liars(members: int) -> int:
    """f, how many of n attesters may lie: n - floor(2n/3) - 1."""
    return members - 2 * members // 3 - 1


def time_of(support: Support) -> int:
    """The time that is believed, seconds: the (f+1)-th newest of the attesters' times, so that f liars cannot make it newer.

    Raises Malformed `checkpoint.attesters` where fewer have cosigned.
    """
    newest = sorted(support.attesters.values(), reverse=True)
    place = liars(support.members)
    if place >= len(newest):
        raise Malformed("checkpoint.attesters", f"at least {place + 1} attesters", len(newest))
    return newest[place]


def age(support: Support, now: int) -> int:
    """Seconds from the believed time to `now` (seconds); 0 where it lies at most 60 s ahead.

    Raises Malformed `checkpoint.attesters`, and `checkpoint.clock` where it lies further ahead: one of the clocks is wrong.
    """
    found = now - time_of(support)
    if found < -CLOCK_SECONDS:
        raise Malformed("checkpoint.clock", f"a time before {now + CLOCK_SECONDS}", time_of(support))
    return max(found, 0)


# --- from checkpoint to checkpoint, and to the head ---------------------------------------------------------------------------


def validate_follows(found: Checkpoint, remembered: Checkpoint, proof: Sequence[bytes]) -> None:
    """`found` is what became of `remembered` (RFC 9162 §2.1.4).

    Raises Malformed `checkpoint.origin` for another ledger, `checkpoint.older` for a smaller size, `checkpoint.fork` where the proof fails.
    """
    if found.origin != remembered.origin:
        raise Malformed("checkpoint.origin", remembered.origin, found.origin)
    if found.size < remembered.size:
        raise Malformed("checkpoint.older", f"a size of at least {remembered.size}", found.size)
    try:
        merkle.validate_consistency(remembered.size, found.size, proof, remembered.root, found.root)
    except Malformed as error:
        raise Malformed("checkpoint.fork", error.expected, error.found) from error


def validate_head(checkpoint: Checkpoint, header: bytes, path: Sequence[bytes]) -> None:
    """`header` (240 bytes) is the last under the root. Raises Malformed `checkpoint.head`."""
    try:
        merkle.validate_inclusion(merkle.leaf_hash(header), checkpoint.size - 1, checkpoint.size, path, checkpoint.root)
    except Malformed as error:
        raise Malformed("checkpoint.head", error.expected, error.found) from error
