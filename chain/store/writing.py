"""The writing steps of the SQLite store; each works inside the transaction that its caller has begun."""

from collections.abc import Sequence

from chain.errors import Fault
from chain.interfaces import BlockRecord, Commit, Flush
from chain.store import checks, marking, packing, reading, words
from chain.store.driver import sqlite3

WORK_BYTES = 32
"""Bytes of a cumulative work; 2^256 hashes are more than anybody will compute."""
PREFIX_BYTES = 8
"""Bytes of a transaction id in the index; a second transaction with the same ones is no error, only a second row."""
EMPTYING = 64
"""Waiting transactions from which on it is worth asking whether all of them go."""


def tip(connection: sqlite3.Connection) -> tuple[int, bytes] | None:
    """(height, id) of the best block."""
    row = connection.execute(reading.TIP).fetchone()
    return (row[0], row[1]) if row else None


def validate_commit(connection: sqlite3.Connection, commit: Commit) -> None:
    """The checks of `chain.store.checks` over what is stored. Raises Fault `store.tip.moved` or `store.commit`."""

    def link(block_id: bytes) -> checks.Link | None:
        row = connection.execute("SELECT height, parent FROM block WHERE id = ?", (block_id,)).fetchone()
        return checks.Link(*row) if row else None

    def best(height: int) -> bytes | None:
        row = connection.execute(reading.BEST, (height,)).fetchone()
        return row[0] if row else None

    found = tip(connection)
    checks.validate_tip(commit, found)
    checks.validate_best(commit, checks.Chain(found, _flushed(connection)[0], link, best))
    checks.validate_deltas(commit, link)


def write_blocks(connection: sqlite3.Connection, commit: Commit) -> None:
    """Adds the blocks that are not there yet, with their carriers in chunks."""
    for block in commit.blocks:
        if _number(connection, block.id) is None:
            number = _write_block(connection, block)
            rows = ((number << checks.INDEX_BITS | index, body) for index, body in packing.chunks(block.transactions))
            connection.executemany("INSERT INTO chunk VALUES (?, ?)", rows)


def _write_block(connection: sqlite3.Connection, block: BlockRecord) -> int:
    """Adds the row of a block; returns its number."""
    work = block.work.to_bytes(WORK_BYTES, "big")
    values = (block.id, block.parent, block.height, work, block.header, block.seal, block.proofs, block.votes, len(block.transactions))
    cursor = connection.execute(
        "INSERT INTO block (id, parent, height, work, header, seal, proofs, votes, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values
    )
    return int(cursor.lastrowid or 0)


def write_best(connection: sqlite3.Connection, commit: Commit) -> None:
    """Puts the new best blocks in the place of those at their heights and above."""
    if commit.best:
        connection.execute("DELETE FROM best WHERE height >= ?", (commit.best[0][0],))
        rows = [(height, _known(connection, block_id)) for height, block_id in commit.best]
        connection.executemany("INSERT INTO best VALUES (?, ?)", rows)


def write_deltas(connection: sqlite3.Connection, commit: Commit) -> None:
    """Keeps the changes of each block; those that come too late are never shown, and the next flush drops them."""
    rows = [(_known(connection, block_id), packing.with_check(block_id, changes)) for block_id, changes in commit.deltas]
    connection.executemany("INSERT OR REPLACE INTO delta VALUES (?, ?)", rows)


def write_pool(connection: sqlite3.Connection, commit: Commit) -> None:
    """First removes, then adds what is not there yet; what waits is counted, so that a row that is gone is missed."""
    before = connection.total_changes
    _remove_waiting(connection, commit.pool_remove)
    between = connection.total_changes
    connection.executemany("INSERT OR IGNORE INTO pool (id, body) VALUES (?, ?)", commit.pool_add)
    more = connection.total_changes - between - (between - before)
    connection.execute("UPDATE step SET pool = pool + ?", (more,))


def _remove_waiting(connection: sqlite3.Connection, gone: Sequence[bytes]) -> None:
    """Mostly a block takes everything that waits: then the table is emptied at once, which costs nothing for a row."""
    if len(gone) >= EMPTYING and {row[0] for row in connection.execute("SELECT id FROM pool ORDER BY id")} <= set(gone):
        connection.execute("DELETE FROM pool")
    else:
        connection.executemany("DELETE FROM pool WHERE id = ?", [(transaction_id,) for transaction_id in gone])


def write_meta(connection: sqlite3.Connection, commit: Commit) -> None:
    """Replaces the named small values."""
    rows = [(name, packing.with_check(name.encode(), body)) for name, body in commit.meta]
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def write_step(connection: sqlite3.Connection, floor: int) -> int:
    """Counts this commit: one more than the last, and more than `floor`. Returns its number."""
    number = max(step(connection), floor) + 1
    connection.execute("UPDATE step SET mark = ?", (marking.encode(number),))
    return number


def step(connection: sqlite3.Connection) -> int:
    """How many commits the file holds. Raises Fault `store.damaged`."""
    row = connection.execute(reading.STEP).fetchone()
    number = marking.decode(reading.bytes_of(row[0])) if row else None
    if number is None:
        raise Fault("store.damaged", "the number of the last commit", "none", field="step")
    return number


def validate_flush(connection: sqlite3.Connection, flush: Flush) -> None:
    """As `checks.validate_flush`. Raises Fault `store.commit`."""
    checks.validate_flush(flush, _flushed(connection)[0], tip(connection))


def write_entries(connection: sqlite3.Connection, flush: Flush) -> None:
    """Replaces and deletes entries in one sweep."""
    kept = [(key, packing.with_check(key.encode(), words.shorten(value))) for key, value in flush.entries if value is not None]
    connection.executemany("INSERT INTO entry VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", kept)
    connection.executemany("DELETE FROM entry WHERE key = ?", [(key,) for key, value in flush.entries if value is None])


def write_tiles(connection: sqlite3.Connection, flush: Flush) -> None:
    """Replaces and deletes tiles; all of them when the depth differs."""
    if _flushed(connection)[1] != flush.tile_bits:
        connection.execute("DELETE FROM tile")
        connection.executemany("INSERT INTO tile VALUES (?, ?)", (tile for tile in flush.tiles if tile[1]))
        return
    tiles = list(flush.tiles)
    kept = [tile for tile in tiles if tile[1]]
    connection.executemany("INSERT INTO tile VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", kept)
    connection.executemany("DELETE FROM tile WHERE id = ?", [(number,) for number, body in tiles if not body])


def write_ids(connection: sqlite3.Connection, flush: Flush) -> None:
    """Adds the transactions' places, sorted, so that each page of the index is visited once."""
    rows = sorted((prefix(transaction_id), position) for transaction_id, position in flush.ids)
    connection.executemany("INSERT OR IGNORE INTO txid VALUES (?, ?)", rows)


def write_trails(connection: sqlite3.Connection, flush: Flush) -> None:
    """Adds events of histories, sorted for the same reason."""
    rows = [(key, number, place, None if origin == key else origin) for key, number, place, origin in sorted(flush.trails)]
    connection.executemany("INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)", rows)


def write_flushed(connection: sqlite3.Connection, flush: Flush) -> None:
    """Records the new height and drops the changes that it contains, those of losing branches too."""
    connection.execute("UPDATE flushed SET height = ?, tile_bits = ?", (flush.height, flush.tile_bits))
    connection.execute("DELETE FROM delta WHERE (SELECT height FROM block WHERE block.number = delta.number) <= ?", (flush.height,))


def prefix(transaction_id: bytes) -> int:
    """The first bytes of a transaction id as SQLite's signed integer."""
    return int.from_bytes(transaction_id[:PREFIX_BYTES], "big", signed=True)


def _flushed(connection: sqlite3.Connection) -> tuple[int, int]:
    """(height, tile bits) of the last flush."""
    row = connection.execute(reading.FLUSHED).fetchone() or (None, None)
    return reading.number_of(row[0]), reading.number_of(row[1])


def _number(connection: sqlite3.Connection, block_id: bytes) -> int | None:
    row = connection.execute("SELECT number FROM block WHERE id = ?", (block_id,)).fetchone()
    return row[0] if row else None


def _known(connection: sqlite3.Connection, block_id: bytes) -> int:
    number = _number(connection, block_id)
    if number is None:
        raise Fault("store.damaged", "a stored block", block_id.hex(), field="block")
    return number
