"""Auditing what a node remembers of finality, in its small values: what votes say is concluded again from their signatures."""

from chain import finality, overruled, snapshot
from chain.conclusions import Conclusions
from chain.durability import PROBE
from chain.errors import Fault, Malformed
from chain.growth import FINALITY_NAMES, UNSIGNED
from chain.interfaces import Store
from chain.noted import POINT_BYTES
from chain.published import CHECKPOINT, HANDOVER
from chain.replay import expect
from chain.tally import JUSTIFIED_KEPT
from chain.voting import VOTES_LIMIT

OTHER_NAMES = (PROBE, overruled.NAME, snapshot.UNFINISHED, CHECKPOINT)
"""Small values that may be there besides."""


def audit(store: Store, chain: bytes, replayed: Conclusions, names: tuple[str, ...]) -> None:
    """`replayed` has seen the whole chain `chain`; `names`: all small values there are. Raises Fault `audit.difference`."""
    conflict = _audit_votes(store, chain, replayed)
    expect(not conflict or len(conflict) > 2 * POINT_BYTES, "conflict", "two points and votes", len(conflict))
    final = store.meta("final") or b""
    founded = (store.tip() or (0, b""))[0] == 0
    expect(bool(final) or founded, "final", "a final block", "none")
    justified = _points(store.meta("justified") or b"", "justified")
    for at, block_id in [*_points(final, "final"), *justified]:
        record = store.block(block_id)
        expect(record is not None and record.height == at, "justified", f"a block at height {at}", block_id.hex())
    if final:
        expect(len(final) == POINT_BYTES, "final", "one block", f"{len(final)} bytes")
        _audit_final(_points(final, "final")[0], set(justified), replayed, in_conflict=bool(conflict))
    _audit_promise(store, chain, replayed)
    for name in names:
        store.meta(name)  # checks itself
    needed = () if founded else FINALITY_NAMES
    others = {name for name in names if not name.startswith(HANDOVER)}
    expect(set(needed) <= others <= {*FINALITY_NAMES, *OTHER_NAMES}, "small values", " ".join(needed), " ".join(names))


def _audit_votes(store: Store, chain: bytes, replayed: Conclusions) -> bytes:
    """Every stored vote is signed by its voter, and is counted. Returns the stored conflict."""
    conflict = store.meta("conflict") or b""
    try:
        for name in ("votes", "owed"):
            votes = finality.decode_votes(store.meta(name) or b"", VOTES_LIMIT)
            for vote in votes:
                finality.validate_vote(vote, chain, {vote.voter})
            replayed.count(votes)
        finality.decode_votes(conflict[2 * POINT_BYTES :], VOTES_LIMIT)
    except Malformed as error:
        raise Fault("audit.difference", error.expected, error.found, field="votes") from error
    return conflict


def _audit_final(final: finality.Point, justified: set[finality.Point], replayed: Conclusions, *, in_conflict: bool) -> None:
    """The final block is the one that the votes in the chain and in the memory make final, and no block that they justify is missing. Where
    two finals were seen, votes say nothing certain any more."""
    tally = replayed.tally
    if tally is None or in_conflict:
        return
    expect(final == tally.final, "final", f"{tally.final[0]} {tally.final[1].hex()}", f"{final[0]} {final[1].hex()}")
    missing = min(tally.justified - justified, default=None)
    whole = missing is None or len(justified) >= JUSTIFIED_KEPT
    expect(whole, "justified", f"{missing[0]} {missing[1].hex()}" if missing else "", "no such block")


def _points(body: bytes, name: str) -> list[finality.Point]:
    expect(len(body) % POINT_BYTES == 0, name, f"points of {POINT_BYTES} bytes", f"{len(body)} bytes")
    places = range(0, len(body), POINT_BYTES)
    return [(int.from_bytes(body[at : at + 8], "big"), body[at + 8 : at + POINT_BYTES]) for at in places]


def _audit_promise(store: Store, chain: bytes, replayed: Conclusions) -> None:
    """The numbers of the promise are at least those of the signed vote that is kept beside them, and of all votes of that key."""
    numbers = {name: store.meta(name) or b"" for name in ("own_source", "own_target", "restored")}
    for name, body in numbers.items():
        expect(len(body) in (0, 8), name, "a number of 8 bytes", f"{len(body)} bytes")
    source, target = (int.from_bytes(numbers[name], "big") for name in ("own_source", "own_target"))
    expect(source <= target, "own_target", "above own_source", target)
    own = store.meta("own_vote") or b""
    if own == UNSIGNED or not own:
        expect(bool(own) == bool(target), "own_vote", "a vote exactly where something is promised", own.decode())
        return
    try:
        (vote,) = finality.decode_votes(own, 1)
        finality.validate_vote(vote, chain, {vote.voter})
    except Malformed as error:
        raise Fault("audit.difference", error.expected, error.found, field="own_vote") from error
    known_target, known_source = replayed.promised(vote.voter)
    expect(target >= max(known_target, vote.target_height), "own_target", max(known_target, vote.target_height), target)
    expect(source >= max(known_source, vote.source_height), "own_source", max(known_source, vote.source_height), source)
