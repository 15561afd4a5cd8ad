"""Auditing what a node remembers of finality, in its small values: it cannot be computed again, but that it makes sense can be seen."""

from chain import finality
from chain.durability import PROBE
from chain.errors import Fault, Malformed
from chain.growth import FINALITY_NAMES, POINT_BYTES
from chain.interfaces import Store
from chain.replay import expect
from chain.voting import VOTES_LIMIT


def audit(store: Store, chain: bytes, height: int, names: tuple[str, ...]) -> None:
    """`chain` and `height` are those of the replayed chain; `names`: all small values there are. Raises Fault `audit.difference`."""
    conflict = _audit_votes(store, chain)
    expect(not conflict or len(conflict) > 2 * POINT_BYTES, "conflict", "two points and votes", len(conflict))
    final = store.meta("final") or b""
    points = [*_points(final, "final"), *_points(store.meta("justified") or b"", "justified")]
    expect(bool(final) or height == 0, "final", "a final block", "none")
    for at, block_id in points:
        record = store.block(block_id)
        expect(record is not None and record.height == at, "justified", f"a block at height {at}", block_id.hex())
    for at, block_id in points[:1]:
        expect(store.best(at) == block_id, "final", block_id.hex(), (store.best(at) or b"").hex())
    _audit_promise(store)
    for name in names:
        store.meta(name)  # checks itself
    needed = FINALITY_NAMES if height else ()
    expect(set(needed) <= set(names) <= {*FINALITY_NAMES, PROBE}, "small values", " ".join(needed), " ".join(names))


def _audit_votes(store: Store, chain: bytes) -> bytes:
    """Every stored vote is signed by its voter. Returns the stored conflict."""
    conflict = store.meta("conflict") or b""
    try:
        for name in ("votes", "owed"):
            for vote in finality.decode_votes(store.meta(name) or b"", VOTES_LIMIT):
                finality.validate_vote(vote, chain, {vote.voter})
        finality.decode_votes(conflict[2 * POINT_BYTES :], VOTES_LIMIT)
    except Malformed as error:
        raise Fault("audit.difference", error.expected, error.found, field="votes") from error
    return conflict


def _points(body: bytes, name: str) -> list[finality.Point]:
    expect(len(body) % POINT_BYTES == 0, name, f"points of {POINT_BYTES} bytes", f"{len(body)} bytes")
    places = range(0, len(body), POINT_BYTES)
    return [(int.from_bytes(body[at : at + 8], "big"), body[at + 8 : at + POINT_BYTES]) for at in places]


def _audit_promise(store: Store) -> None:
    numbers = {name: store.meta(name) or b"" for name in ("own_source", "own_target", "restored")}
    for name, body in numbers.items():
        expect(len(body) in (0, 8), name, "a number of 8 bytes", f"{len(body)} bytes")
    expect(numbers["own_source"] <= numbers["own_target"], "own_target", "above own_source", numbers["own_target"].hex())
