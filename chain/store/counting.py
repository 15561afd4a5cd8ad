"""How many rows a database holds and what stands in no chain: with this an audit can tell that there is nothing beside what it has seen."""

from chain.errors import Fault
from chain.interfaces import Census
from chain.store import packing, reading
from chain.store.driver import sqlite3

_COUNTS = {
    "blocks": "SELECT count(*) FROM block",
    "best": "SELECT count(*) FROM best",
    "deltas": "SELECT count(*) FROM delta",
    "pool": "SELECT count(*) FROM pool",
    "entries": "SELECT count(*) FROM entry",
    "tiles": "SELECT count(*) FROM tile",
    "ids": "SELECT count(*) FROM txid",
    "trails": "SELECT count(*) FROM trail",
}
_CHUNKS = "SELECT (SELECT count(*) FROM chunk) - coalesce(sum((count + ?1 - 1) / ?1), 0) FROM block"
_STRAYS = "SELECT id FROM block WHERE number NOT IN (SELECT number FROM best) ORDER BY number"
_WAITING = "SELECT pool FROM step"
_NAMES = "SELECT name FROM meta ORDER BY name"


def census(connection: sqlite3.Connection) -> Census:
    """Counts all rows, and has SQLite check the structure of the file. Raises sqlite3.Error, Fault `store.damaged`."""
    rows = {name: connection.execute(statement).fetchone()[0] for name, statement in _COUNTS.items()}
    strays = tuple(reading.bytes_of(block_id) for (block_id,) in connection.execute(_STRAYS))
    names = tuple(reading.text_of(name) for (name,) in connection.execute(_NAMES))
    loose = connection.execute(_CHUNKS, (packing.CHUNK_CARRIERS,)).fetchone()[0]
    if loose:
        raise Fault("store.damaged", "the chunks of the blocks", f"{loose} more", field="chunk")
    said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise Fault("store.damaged", "a sound file", said, field="file")
    (waiting,) = connection.execute(_WAITING).fetchone() or (None,)
    return Census(rows, strays, names, reading.number_of(waiting))
