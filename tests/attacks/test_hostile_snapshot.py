"""The attacker offers a snapshot with a wrong entry, without one, with another root, or with parameters that are none. Entries give the
state root, headers hang together, and votes of those whom the importer trusts carry the last; nothing is written before."""

from dataclasses import replace

import pytest

from chain import blocks, snapshot, state, statetree
from chain.errors import ChainError
from chain.snapshot import Snapshot, Trust, trusted_at_genesis
from chain.store.memory import MemoryStore
from tests.attacks.peer import Stage, mined
from tests.chain.toy import Counters


def rooted(found: Snapshot, entries: tuple[tuple[str, bytes], ...]) -> Snapshot:
    """Entries of the attacker's own, under a header of its own that has their root."""
    root = statetree.root_of({state.key_hash(key): state.value_hash(value) for key, value in entries})
    header = mined(replace(blocks.decode_header(found.headers[-1][0]), state_root=root, nonce=0))
    return replace(found, entries=entries, headers=(*found.headers[:-1], (header.encode(), found.headers[-1][1])))


def altered(found: Snapshot, what: str) -> Snapshot:
    rest = tuple(each for each in found.entries if each[0] != "consensus/parameters")
    key, _ = found.entries[-1]
    if what == "wrong entry":
        return replace(found, entries=(*found.entries[:-1], (key, b'{"n":99}')))
    if what == "missing entry":
        return replace(found, entries=found.entries[1:])
    if what == "other root":
        return rooted(found, (*found.entries[:-1], (key, b'{"n":99}')))
    spoilt = {"no parameters": rest, "empty parameters": (("consensus/parameters", b"{}"), *rest)}
    spoilt["words for parameters"] = (("consensus/parameters", b'{"floor":"x","interval_ms":[],"vote_every":null}'), *rest)
    return rooted(found, tuple(sorted(spoilt[what])))


@pytest.mark.parametrize(
    "what", ["wrong entry", "missing entry", "other root", "no parameters", "empty parameters", "words for parameters"]
)
def test_it_is_refused_and_nothing_is_written(stage: Stage, what: str) -> None:
    bad = altered(snapshot.decode(snapshot.export(stage.node)), what)
    store, code = MemoryStore(), "snapshot.root" if what.endswith(" entry") else "snapshot.trust"
    for trust in (trusted_at_genesis(stage.team.document), Trust(point=(1, bytes(32)))):
        with pytest.raises(ChainError) as error:
            snapshot.import_snapshot(store, snapshot.encode(bad), Counters(), trust)
        assert error.value.code == code and store.tip() is None
