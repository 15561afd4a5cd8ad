"""Witness policies as files: C2SP `tlog-policy`, of which this ledger uses k of n witnesses with 2k > n (PROTOCOL §7). Pure.

witness <name> <vkey> [<url>]      group <name> <k|any|all> <name>...      quorum <name|none>      log <vkey> [<url>]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chain import checkpoint, notes
from chain.checkpoint import Policy
from chain.errors import Malformed
from chain.notes import NoteKey

POLICY_LIMIT = 64 * 1024
"""Bytes of a policy file."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """A policy and where its witnesses are asked."""

    policy: Policy
    """How many of which keys."""
    urls: Mapping[NoteKey, str]
    """Submission prefix of those that have one."""


@dataclass(slots=True)
class _Lines:
    """What the lines so far have defined."""

    keys: dict[str, NoteKey] = field(default_factory=dict)
    urls: dict[NoteKey, str] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str | None = None
    logs: list[bytes] = field(default_factory=list)


def parse(data: bytes) -> Witnesses:
    """The policy of a file. Nested groups are refused: k of n could not be said of them.

    Raises Malformed `policy.line` with the number of the line (from 0), `note.key`, `checkpoint.policy`.
    """
    if len(data) > POLICY_LIMIT or any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in data):
        raise Malformed("policy.line", f"at most {POLICY_LIMIT} bytes of text lines", f"{len(data)} bytes")
    found = _Lines()
    for number, row in enumerate(data.decode("utf-8", "surrogateescape").split("\n")):
        words = row.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            _READERS.get(words[0], _unknown)(found, words[1:], number)
    return _conclude(found)


def _expect(good: bool, number: int, expected: str, found: object) -> None:
    if not good:
        raise Malformed("policy.line", expected, ascii(found)[:80], line=number)


def _unknown(found: _Lines, words: Sequence[str], number: int) -> None:
    _expect(False, number, "log, witness, group or quorum", " ".join(words))


def _read_log(found: _Lines, words: Sequence[str], number: int) -> None:
    _expect(1 <= len(words) <= 2, number, "log, a key, perhaps an address", words)
    key = notes.parse_key(words[0])
    _expect(key.public not in found.logs, number, "each log once", words[0])
    found.logs.append(key.public)


def _read_witness(found: _Lines, words: Sequence[str], number: int) -> None:
    _expect(2 <= len(words) <= 3, number, "witness, a name, a key, perhaps an address", words)
    name, key = words[0], notes.parse_key(words[1])
    _expect(name not in (*found.keys, *found.groups, "none"), number, "another name", name)
    _expect(key.public not in {other.public for other in found.keys.values()}, number, "each witness once", words[1])
    found.keys[name] = key
    if len(words) == 3:
        _expect(words[2].startswith(("http://", "https://")), number, "an http address", words[2])
        found.urls[key] = words[2].rstrip("/")


def _read_group(found: _Lines, words: Sequence[str], number: int) -> None:
    _expect(len(words) >= 3, number, "group, a name, a number, its members", words)
    name, asked, members = words[0], words[1], tuple(words[2:])
    _expect(name not in (*found.keys, *found.groups, "none"), number, "another name", name)
    _expect(all(member in found.keys for member in members), number, "names of witnesses above", members)
    taken = [member for _, group in found.groups.values() for member in group]
    _expect(len(set(members)) == len(members) and not set(members) & set(taken), number, "each witness once", members)
    text = {"all": str(len(members)), "any": "1"}.get(asked, asked)
    _expect(text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= len(members), number, f"1 to {len(members)}", asked)
    found.groups[name] = (int(text), members)


def _read_quorum(found: _Lines, words: Sequence[str], number: int) -> None:
    _expect(len(words) == 1 and found.quorum is None, number, "one quorum of one name", words)
    _expect(words[0] in (*found.keys, *found.groups, "none"), number, "a name above, or none", words[0])
    found.quorum = words[0]


_READERS = {"log": _read_log, "witness": _read_witness, "group": _read_group, "quorum": _read_quorum}


def _conclude(found: _Lines) -> Witnesses:
    if found.quorum is None:
        raise Malformed("policy.line", "a quorum", "none")
    k, members = found.groups.get(found.quorum, (1, (found.quorum,)))
    if found.quorum == "none":
        k, members = 0, ()
    policy = Policy(k, tuple(found.keys[member] for member in members))
    checkpoint.validate_policy(policy)
    return Witnesses(policy, {key: url for key, url in found.urls.items() if key in policy.witnesses})
