"""Anchors: what a verifier pins before it believes anything (PROTOCOL §7). Pure.

An anchor is one canonical JSON object. Its hash is `anchor/v1` 00 and these bytes through SHA-256, printed in hex or as ten words.
All policy comes from here: who attests, which witnesses, how old is too old. Nothing in the evidence can weaken it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain import attesters, checkpoint, codec, keys, notes
from chain.checkpoint import Checkpoint, Policy
from chain.errors import Malformed, Refusal

VERSION = 1
"""Format of the anchors that this module knows."""
TRUST_DAYS = 180
"""How long an anchor is believed without a second source, days."""
MAX_AGE_S = 900
"""Age of a checkpoint after which a verdict says so, seconds."""
ANCHOR_LIMIT = 16 * 1024
"""Bytes of an anchor: sixteen members and 32 witnesses fit."""
NAME_LIMIT = 60
"""Characters of a ledger's name, as in its genesis document."""
CONSORTIUM = 4
"""Attesters from which a set tolerates one that lies: fewer are called operators."""
WORDS = 10
"""Words of a printed hash, 16 bits each: two anchors with the same words cost 2^80 tries."""
DAY_MS = 24 * 3600 * 1000
"""A day, ms."""

_FIELDS = {"v", "name", "chain", "epoch", "members", "origin", "checkpoint", "made_at", "trust_days", "witnesses", "assurance", "max_age_s"}
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORD = re.compile(f"(?:[{_CONSONANTS}][{_VOWELS}]){{2}}[{_CONSONANTS}]")


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a verifier is told to trust."""

    name: str
    """The ledger's name, for people."""
    chain: bytes
    """Id of the genesis header, 32 bytes."""
    epoch: int
    """Epoch of the attester set."""
    members: tuple[Mapping[str, str], ...]
    """The set: `{party, vote, note}` each, in the order of `consensus/set`."""
    checkpoint: Checkpoint
    """A head that these members had cosigned."""
    made_at: int
    """When the anchor was made, ms."""
    witnesses: Policy
    """How many of which witnesses must have cosigned."""
    trust_days: int = TRUST_DAYS
    """Days after `made_at` for which it is believed."""
    max_age_s: int = MAX_AGE_S
    """Seconds after which a checkpoint counts as old."""

    @property
    def assurance(self) -> str:
        """`consortium` from four attesters on, else `operator`: what "complete" rests on."""
        return "consortium" if len(self.members) >= CONSORTIUM else "operator"

    @property
    def hash(self) -> bytes:
        """SHA-256 of `anchor/v1` 00 and the canonical bytes."""
        return hashlib.sha256(codec.domain("anchor/v1") + encode(self)).digest()


def as_value(anchor: Anchor) -> dict[str, Any]:
    """The anchor as a JSON object."""
    return {
        "v": VERSION,
        "name": anchor.name,
        "chain": anchor.chain.hex(),
        "epoch": anchor.epoch,
        "members": [dict(member) for member in anchor.members],
        "origin": anchor.checkpoint.origin,
        "checkpoint": {"size": anchor.checkpoint.size, "root": anchor.checkpoint.root.hex()},
        "made_at": anchor.made_at,
        "trust_days": anchor.trust_days,
        "witnesses": {"k": anchor.witnesses.k, "keys": [key.text for key in anchor.witnesses.witnesses]},
        "assurance": anchor.assurance,
        "max_age_s": anchor.max_age_s,
    }


def encode(anchor: Anchor) -> bytes:
    """The canonical bytes."""
    return codec.encode(as_value(anchor))


def parse(data: bytes) -> Anchor:
    """The anchor in canonical bytes. Raises Malformed `anchor.size`, `.field` (naming it), `codec.*`, `checkpoint.policy`, `note.key`."""
    if len(data) > ANCHOR_LIMIT:
        raise Malformed("anchor.size", f"at most {ANCHOR_LIMIT} bytes", len(data))
    return from_value(codec.decode(data))


def from_value(value: Any) -> Anchor:
    """As `parse`, from a decoded JSON value."""
    _expect(isinstance(value, dict) and set(value) == _FIELDS, "anchor", "exactly its twelve fields")
    _expect(value["v"] == VERSION and type(value["v"]) is int, "v", "version 1")
    _expect(isinstance(value["name"], str) and 1 <= len(value["name"]) <= NAME_LIMIT, "name", f"1 to {NAME_LIMIT} characters")
    _expect(codec.is_hash(value["chain"]), "chain", "64 hex digits")
    for name, low, high in (
        ("epoch", 0, 2**32 - 1),
        ("made_at", 0, codec.INTEGER_LIMIT),
        ("trust_days", 1, 3_650),
        ("max_age_s", 60, 86_400),
    ):
        _expect(type(value[name]) is int and low <= value[name] <= high, name, f"{low} to {high}")
    chain, members = bytes.fromhex(value["chain"]), read_members(value["members"])
    _expect(value["origin"] == checkpoint.origin_of(value["name"], chain), "origin", "the origin of this name and chain")
    anchor = Anchor(
        name=value["name"],
        chain=chain,
        epoch=value["epoch"],
        members=members,
        checkpoint=_head(value["origin"], value["checkpoint"]),
        made_at=value["made_at"],
        witnesses=_policy(value["witnesses"]),
        trust_days=value["trust_days"],
        max_age_s=value["max_age_s"],
    )
    checkpoint.validate_policy(anchor.witnesses, members)
    _expect(value["assurance"] == anchor.assurance, "assurance", f"{anchor.assurance}: {len(members)} attesters")
    return anchor


def read_members(value: Any) -> tuple[Mapping[str, str], ...]:
    """The members of a set, `{party, vote, note}` each, no party and no key twice. Raises Malformed `anchor.field`."""
    _expect(isinstance(value, list) and 1 <= len(value) <= attesters.ATTESTER_LIMIT, "members", f"1 to {attesters.ATTESTER_LIMIT} members")
    for member in value:
        _expect(isinstance(member, dict) and set(member) == {"party", "vote", "note"}, "members", "objects with party, vote, note")
        _expect(attesters.is_party(member["party"]) and member["party"] != "", "members", "a party's identifier")
        for name in ("vote", "note"):
            _validate_key(member[name])
    for name in ("party", "vote", "note"):
        _expect(len({member[name] for member in value}) == len(value), "members", f"each {name} once")
    return tuple(dict(member) for member in value)


def _validate_key(text: Any) -> None:
    try:
        keys.validate_allowed(text)
    except Refusal as error:
        raise Malformed("anchor.field", error.expected, error.found, field="members") from error


def _head(origin: str, value: Any) -> Checkpoint:
    _expect(isinstance(value, dict) and set(value) == {"size", "root"}, "checkpoint", "size and root")
    _expect(type(value["size"]) is int and 1 <= value["size"] <= checkpoint.SIZE_LIMIT, "checkpoint", "a size from 1")
    _expect(codec.is_hash(value["root"]), "checkpoint", "a root of 64 hex digits")
    return Checkpoint(origin, value["size"], bytes.fromhex(value["root"]))


def _policy(value: Any) -> Policy:
    _expect(isinstance(value, dict) and set(value) == {"k", "keys"}, "witnesses", "k and keys")
    _expect(type(value["k"]) is int, "witnesses", "a number k")
    texts = value["keys"]
    _expect(isinstance(texts, list) and len(texts) <= checkpoint.WITNESS_LIMIT, "witnesses", f"at most {checkpoint.WITNESS_LIMIT} keys")
    _expect(all(isinstance(text, str) for text in texts), "witnesses", "keys as text")
    return Policy(value["k"], tuple(notes.parse_key(text) for text in texts))


def _expect(good: bool, field: str, expected: str) -> None:
    if not good:
        raise Malformed("anchor.field", expected, "something else", field=field)


def is_trusted_at(anchor: Anchor, now: int) -> bool:
    """Whether the anchor is young enough at `now` (ms); one made more than a day ahead is not."""
    return anchor.made_at - DAY_MS <= now <= anchor.made_at + anchor.trust_days * DAY_MS


# --- for people --------------------------------------------------------------------------------------------------------------


def words_of(digest: bytes) -> str:
    """The first 160 bits of a hash as ten words joined by hyphens, each 16 bits: consonant, vowel, consonant, vowel, consonant, of 4, 2, 4,
    2 and 4 bits, most significant first (the proquints of arXiv:0901.4016)."""
    return "-".join(_word(int.from_bytes(digest[at : at + 2], "big")) for at in range(0, 2 * WORDS, 2))


def _word(number: int) -> str:
    letters = (_CONSONANTS[number >> 12], _VOWELS[number >> 10 & 3], _CONSONANTS[number >> 6 & 15], _VOWELS[number >> 4 & 3])
    return "".join(letters) + _CONSONANTS[number & 15]


def digest_of_words(text: str) -> bytes:
    """The 20 bytes that ten words stand for; upper case and spaces for hyphens are read too. Raises Malformed `anchor.words`."""
    words = text.lower().replace("-", " ").split()
    if len(words) != WORDS or not all(_WORD.fullmatch(word) for word in words):
        raise Malformed("anchor.words", f"{WORDS} words of five letters", ascii(text)[:80])
    return b"".join(_number(word).to_bytes(2, "big") for word in words)


def _number(word: str) -> int:
    low, high = _VOWELS.index(word[1]), _VOWELS.index(word[3])
    first, middle, last = (_CONSONANTS.index(letter) for letter in word[::2])
    return first << 12 | low << 10 | middle << 6 | high << 4 | last
