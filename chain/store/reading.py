"""The statements with which the SQLite store reads, and the checks that a row has the types that were written.

Every statement is answered from a primary key or an index without sorting; one text each, so that SQLite compiles it once a connection.
"""

from typing import Any

from chain.errors import Fault

LARGEST = 2**63 - 1
"""Largest number that SQLite holds; a caller may ask for a greater one and gets nothing."""
TIP = "SELECT best.height, id FROM best JOIN block USING (number) ORDER BY best.height DESC LIMIT 1"
"""Store.tip."""
FLUSHED = "SELECT height, tile_bits FROM flushed"
"""Store.flushed."""
BLOCK = "SELECT number, id, parent, height, work, header, seal, proofs, votes, count FROM block WHERE id = ?"
"""Store.block, without the carriers."""
HEIGHT = "SELECT height FROM block WHERE id = ?"
"""Store.height."""
CHUNKS = "SELECT position, body FROM chunk WHERE position BETWEEN ? AND ? ORDER BY position"
"""All chunks of a block, by its first and last position."""
CHUNK = "SELECT body FROM chunk WHERE position = ?"
"""One chunk."""
COUNT = "SELECT count FROM block WHERE number = ?"
"""How many carriers a block has."""
BEST = "SELECT id FROM best JOIN block USING (number) WHERE best.height = ?"
"""Store.best."""
BEST_NUMBER = "SELECT number FROM best WHERE height = ?"
"""Number of the best block at a height."""
HEADERS = """SELECT id, header, seal FROM best CROSS JOIN block USING (number)
    WHERE best.height >= ? AND best.height < ? ORDER BY best.height"""
"""Store.headers. CROSS JOIN fixes the order of the tables, so that no sorting is needed."""
LEAVES = """SELECT id, parent, height, work FROM block INDEXED BY block_height
    WHERE height >= (SELECT height FROM flushed) ORDER BY height, number"""
"""Store.leaves."""
DELTAS = """SELECT id, body FROM block INDEXED BY block_height CROSS JOIN delta USING (number)
    WHERE height > (SELECT height FROM flushed) ORDER BY height, number"""
"""Store.deltas; by the index on heights, so that no body is sorted."""
DELTA = "SELECT body FROM block JOIN delta USING (number) WHERE id = ? AND height > (SELECT height FROM flushed)"
"""Store.delta."""
MOMENT = "SELECT mark, height, tile_bits FROM step CROSS JOIN flushed"
"""The number of the last commit with its check, and what is flushed: whoever has seen these has seen everything."""
ENTRY = "SELECT value FROM entry WHERE key = ?"
"""Store.entry."""
FLOOR = "SELECT key, value FROM entry WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1"
"""Store.floor, from the beginning of the folder to the greatest key wanted."""
SCAN_FROM = "SELECT key, value FROM entry WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
"""Store.scan from a prefix on."""
SCAN_AFTER = "SELECT key, value FROM entry WHERE key > ? AND key < ? ORDER BY key LIMIT ?"
"""Store.scan after a key."""
TILE = "SELECT body FROM tile WHERE id = ?"
"""Store.tile."""
TILES = "SELECT id, body FROM tile ORDER BY id"
"""Store.tiles."""
POSITIONS = "SELECT position FROM txid WHERE prefix = ? ORDER BY position"
"""Store.positions."""
TRAIL = "SELECT position, origin FROM trail WHERE key = ? AND number = ?"
"""Store.trail."""
IDS = "SELECT prefix, position FROM txid ORDER BY prefix, position"
"""Store.ids."""
TRAILS = "SELECT key, number, position, origin FROM trail ORDER BY key, number"
"""Store.trails."""
POOL = "SELECT id, body FROM pool ORDER BY sequence"
"""Store.pool."""
STEP = "SELECT mark FROM step"
"""The number of the last commit, with its check."""
META = "SELECT body FROM meta WHERE name = ?"
"""Store.meta."""


def bytes_of(value: Any) -> bytes:
    """A BLOB as it was written. Raises Fault `store.damaged` for any other type, which only a damaged row can have."""
    if type(value) is not bytes:
        raise Fault("store.damaged", "bytes", type(value).__name__)
    return value


def number_of(value: Any) -> int:
    """An INTEGER as it was written. Raises Fault `store.damaged`."""
    if type(value) is not int:
        raise Fault("store.damaged", "a number", type(value).__name__)
    return value


def text_of(value: Any) -> str:
    """A TEXT as it was written. Raises Fault `store.damaged`."""
    if type(value) is not str:
        raise Fault("store.damaged", "text", type(value).__name__)
    return value


def event_of(row: tuple[Any, ...]) -> tuple[str, int, int, str]:
    """(key, number, position, origin) of a row of the index of events. Raises Fault `store.damaged`."""
    key, origin = text_of(row[0]), row[3]
    return key, number_of(row[1]), number_of(row[2]), key if origin is None else text_of(origin)
