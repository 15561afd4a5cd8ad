"""A process that runs a node on SQLite until somebody kills it, and says each acknowledgement on a pipe before it goes on.

Lines: `tx ID` accepted, `block HEIGHT ID` sealed, `final HEIGHT ID`, `vote HEX` sent to the network. It submits a few transactions, seals,
makes final, and flushes often, so that every step of a commit and of a flush is passed every few milliseconds.
"""

import os
from pathlib import Path

from chain import blocks, growth, state
from chain.acceptance import Receipt
from chain.clock import SetClock
from chain.node import Node, Operator
from chain.store.faults import no_faults
from chain.store.sqlite import SqliteStore
from tests.chain.crashing import Killer
from tests.chain.toy import MINER, USER, VOTER, Counters, document, raising

FLUSH_ENTRIES = 9
"""Entries between two flushes: a few blocks."""
SUBMISSIONS = 3
"""Submissions between two blocks."""


class Pipe:
    """The wire of a node without peers: what it sends counts as said."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def say(self, *words: object) -> None:
        os.write(self._handle, (" ".join(map(str, words)) + "\n").encode())

    def publish(self, kind: str, body: bytes, to: str | None = None) -> None:
        if kind == "vote":
            self.say("vote", body.hex())

    def receive(self) -> tuple[str, bytes, str] | None:
        return None


def found(path: Path) -> None:
    """An empty ledger."""
    store = SqliteStore(path)
    Node.create(store, document(), Counters())
    store.close()


def work(path: Path, handle: int, point: str, passing: int) -> None:
    """Never returns: it is killed, or kills itself at the given passing of a point."""
    growth.FLUSH_ENTRIES = FLUSH_ENTRIES
    pipe = Pipe(handle)
    store = SqliteStore(path, Killer(point, passing) if point else no_faults)
    tip = store.tip()
    clock = SetClock(next(blocks.decode_header(body).time for _, body, _ in store.headers(tip[0], tip[0] + 1)) + 1 if tip else 0)
    node = Node(store, Counters(), clock, operator=Operator(MINER, VOTER), wire=pipe)
    window = node.pending_view().get(state.state_key("seq", USER.text))
    seq = window["high"] if window else 0
    while True:
        for _ in range(SUBMISSIONS):
            seq += 1
            clock.advance(100)
            (answer,) = node.submit([raising(node, f"c{seq % 50}", seq)])
            assert isinstance(answer, Receipt), answer
            pipe.say("tx", answer.id.hex())
        header = node.mine()
        assert header is not None
        pipe.say("block", header.height, header.id.hex())
        if node.final_height:
            pipe.say("final", node.final_height, (store.best(node.final_height) or b"").hex())
