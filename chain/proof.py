"""Evidence for somebody who has nothing of the ledger: what a state holds, and histories (PROTOCOL §8). Pure.

    state      what the tree under a state root holds, and does not hold, at some keys
    history    events of a thing, which lead to the head in its entry

`write_*` makes the JSON, `read_*` checks its form (`evidence.bundle.field`), `validate_*` judges. Transactions are in `chain.disclosed`.
What entries mean is the business of whoever knows the kinds.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chain import blocks, codec, merkle, state, statetree
from chain.errors import Malformed
from chain.evidenceforms import (
    ENTRIES_LIMIT,
    EVENTS_LIMIT,
    FIELD,
    expect,
    read_bytes,
    read_fields,
    read_hashes,
    read_list,
    read_number,
    write_hashes,
)
from chain.interfaces import Value
from chain.statetree import MultiProof

_HASH = merkle.HASH_BYTES


# --- state -------------------------------------------------------------------------------------------------------------------

End = int | tuple[int, bytes | None]
"""Where ways come to an end: the depth alone where it is the path's own entry; else depth and what stands there instead."""


@dataclass(frozen=True, slots=True)
class StateProof:
    """What a state holds at some keys."""

    entries: Mapping[str, Value | None]
    """State key -> value; None where there is no such entry. Ascending by key."""
    siblings: tuple[bytes, ...]
    """Hashes beside the ways (`MultiProof`)."""
    ends: tuple[End, ...]
    """Their ends, from left to right, without what follows from the entries."""


def write_state(entries: Mapping[str, Value | None], proof: MultiProof) -> dict[str, Any]:
    """A proof of entries as bundles carry it."""
    own = {state.key_hash(key) for key, value in entries.items() if value is not None}
    ends = [_write_end(depth, record, own) for depth, record in proof.ends]
    listed = [{"key": key, "value": entries[key]} for key in sorted(entries)]
    return {"entries": listed, "siblings": write_hashes(proof.siblings), "ends": ends}


def _write_end(depth: int, record: bytes | None, own: set[bytes]) -> Any:
    if record is None:
        return [depth, None]
    return depth if record[:_HASH] in own else [depth, codec.encode_base64(record)]


def read_state(value: Any) -> StateProof:
    """The proof in a decoded JSON value. Raises Malformed `evidence.bundle.field`."""
    listed, siblings, ends = read_fields(value, ("entries", "siblings", "ends"), "state")
    entries: dict[str, Value | None] = {}
    last = ""
    for each in read_list(listed, ENTRIES_LIMIT, "state.entries", 1):
        key, found = read_fields(each, ("key", "value"), "state.entries")
        expect(type(key) is str and key.isascii() and last < key, "state.entries", "keys in ascending order")
        expect(found is None or type(found) is dict, "state.entries", "an object or null as value")
        entries[key] = found
        last = key
    hashes = read_hashes(siblings, "state.siblings", ENTRIES_LIMIT * statetree.DEPTH_LIMIT)
    return StateProof(entries, hashes, tuple(_read_end(each) for each in read_list(ends, ENTRIES_LIMIT, "state.ends")))


def _read_end(value: Any) -> End:
    if type(value) is int:
        return read_number(value, "state.ends")
    depth, record = read_list(value, 2, "state.ends", 2)
    return read_number(depth, "state.ends"), None if record is None else read_bytes(record, "state.ends", statetree.RECORD_BYTES)


def validate_state(proof: StateProof, root: bytes) -> None:
    """Every entry is in the tree under `root`, or is not, as the proof says. Raises Malformed `evidence.state.value`, `.proof`."""
    expected = {state.key_hash(key): None if value is None else _value_hash(key, value) for key, value in proof.entries.items()}
    ends = tuple(_whole_ends(proof.ends, expected))
    try:
        statetree.validate_all(MultiProof(proof.siblings, ends), root, expected)
    except Malformed as error:
        raise Malformed("evidence.state.proof", error.expected, error.found) from error


def _value_hash(key: str, value: Value) -> bytes:
    try:
        body = codec.encode(value)
    except Malformed as error:
        raise Malformed("evidence.state.value", error.expected, error.found, field=key) from error
    if len(body) > statetree.VALUE_LIMIT:
        raise Malformed("evidence.state.value", f"at most {statetree.VALUE_LIMIT} bytes", len(body), field=key)
    return state.value_hash(body)


def _whole_ends(ends: Sequence[End], expected: Mapping[bytes, bytes | None]) -> Iterator[tuple[int, bytes | None]]:
    """The ends with what follows from the entries: each end is that of the next paths that share its way."""
    paths, place = sorted(expected), 0
    for end in ends:
        depth = end if isinstance(end, int) else end[0]
        if place >= len(paths) or depth > statetree.DEPTH_LIMIT:
            raise Malformed("evidence.state.proof", "an end for each way", "more, or one too deep")
        first, stop = paths[place], place + 1
        while stop < len(paths) and _shared_bits(first, paths[stop]) >= depth:
            stop += 1
        if isinstance(end, int):
            present = [path + value for path in paths[place:stop] if (value := expected[path]) is not None]
            if len(present) != 1:
                raise Malformed("evidence.state.proof", "one entry at the end of a way", len(present))
            yield depth, present[0]
        else:
            yield end
        place = stop


def _shared_bits(left: bytes, right: bytes) -> int:
    """How many of the first bits are the same."""
    difference = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return 8 * _HASH - difference.bit_length()


# --- history -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a history."""

    what: int | str
    """Number of its transaction in the bundle, or the id (hex) of one that is not shown."""
    height: int
    """Height of its block."""
    time: int
    """Block time, ms."""


@dataclass(frozen=True, slots=True)
class History:
    """Events of a thing, oldest first."""

    skipped: int
    """How many older ones are left out."""
    head: str
    """Head after those, hex."""
    events: tuple[Happening, ...]
    """The events."""

    @property
    def whole(self) -> bool:
        """Whether none is left out."""
        return self.skipped == 0


def read_history(value: Any) -> tuple[str, History]:
    """(state key of the thing, its history). Raises Malformed `evidence.bundle.field`."""
    key, before, events = read_fields(value, ("key", "before", "events"), "histories")
    expect(type(key) is str and key.isascii(), "histories", "a state key")
    skipped, head = 0, state.NO_HISTORY["head"]
    if before is not None:
        skipped, head = read_fields(before, ("n", "head"), "histories.before")
        expect(read_number(skipped, "histories.before") > 0 and codec.is_hash(head), "histories.before", "a count from 1 and a head")
    return key, History(skipped, head, tuple(_read_happening(each) for each in read_list(events, EVENTS_LIMIT, "histories.events", 1)))


def _read_happening(value: Any) -> Happening:
    what, height, time = read_list(value, 3, "histories.events", 3)
    expect(type(what) is int or codec.is_hash(what), "histories.events", "a transaction's number or id")
    if type(what) is int:
        read_number(what, "histories.events")
    return Happening(what, read_number(height, "histories.events"), read_number(time, "histories.events"))


def validate_history(history: History, ids: Sequence[bytes], entry: Value) -> None:
    """The events lead to the count and the head of the entry, none of them twice; `ids` of the transactions shown.

    Raises Malformed `evidence.history.head`.
    """
    if any(later.height < earlier.height for earlier, later in pairwise(history.events)):
        raise Malformed("evidence.history.head", "heights that never fall", "others")
    head, number = bytes.fromhex(history.head), history.skipped
    counted: set[bytes] = set()
    for event in history.events:
        if isinstance(event.what, int) and event.what >= len(ids):
            raise Malformed(FIELD, f"a number below {len(ids)}", event.what, field="histories.events")
        number += 1
        what = ids[event.what] if isinstance(event.what, int) else bytes.fromhex(event.what)
        counted.add(what)
        numbers = b"".join(each.to_bytes(8, "big") for each in (number, event.height, event.time))
        head = hashlib.sha256(codec.domain("history/v1") + head + numbers + what).digest()
    if len(counted) < len(history.events):
        raise Malformed("evidence.history.head", "a transaction once", "one twice")
    named = entry.get("history")
    good = isinstance(named, dict) and type(named.get("n")) is int and (named["n"], named.get("head")) == (number, head.hex())
    if not good:
        raise Malformed("evidence.history.head", f"{number} events to {head.hex()}", named)


def validate_times(happenings: Iterable[Happening], head: blocks.Header) -> None:
    """Block times belong to heights one to one, rise with them, and none lies beyond the head; a transaction has one height in all
    histories. Raises Malformed `evidence.history.head`."""
    times: dict[int, int] = {head.height: head.time}
    places: dict[int | str, int] = {}
    for event in happenings:
        if places.setdefault(event.what, event.height) != event.height:
            raise Malformed("evidence.history.head", f"height {places[event.what]} of transaction {event.what}", event.height)
        if times.setdefault(event.height, event.time) != event.time:
            raise Malformed("evidence.history.head", f"time {times[event.height]} at height {event.height}", event.time)
    ordered = [time for _, time in sorted(times.items())]
    if max(times) > head.height or any(later <= earlier for earlier, later in pairwise(ordered)):
        raise Malformed("evidence.history.head", "times that rise with the heights, up to the head", "others")
