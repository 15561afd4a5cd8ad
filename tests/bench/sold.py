"""A ledger with many sold packs, to scan."""

import json
import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

from chain.node import Receipt
from chain.store.blobs import FolderBlobs
from chain.transactions import Transaction
from tests.bench.scenario import (
    BATCH_PACKS,
    GTIN,
    PACKS_PER_SHIPMENT,
    PHARMACIES,
    Scenario,
    add_batch,
    make_scenario,
    open_scenario,
    round_of,
    shop_gln,
)
from trace.drugs.packs import PackList
from trace.drugs.packstore import PackStore
from trace.gs1.digitallink import build
from trace.gs1.item import pack

ROUNDS = 180
"""Rounds that are signed together, in a process beside the node: its clients."""


class Clients:
    """Those who sign: a process that signs what happens to one batch, some rounds ahead of the node."""

    def __init__(self, scenario: Scenario, lot: str, packs: PackList) -> None:
        for name in ("maker", *(f"shop{number}" for number in range(PHARMACIES))):
            scenario.last(name)  # asked here: the process that is forked off must not touch the store
        self._scenario = scenario
        self._end, other = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("fork").Process(target=_sign, args=(other, scenario, lot, packs), daemon=True)
        self._process.start()
        other.close()

    def next(self) -> list[bytes | Transaction]:
        """The carriers of ROUNDS rounds, or of those that the batch still has."""
        carriers, self._scenario.seqs = self._end.recv()
        return list(carriers)

    def end(self) -> None:
        """Nothing more is asked of them."""
        self._process.kill()
        self._process.join()
        self._end.close()


def _sign(end: Connection, scenario: Scenario, lot: str, packs: PackList) -> None:
    last = BATCH_PACKS // PACKS_PER_SHIPMENT
    for begin in range(0, last, ROUNDS):
        rounds = range(begin, min(begin + ROUNDS, last))
        end.send(([carrier for number in rounds for carrier in round_of(scenario, lot, packs, number)], scenario.seqs))


class Sold:
    """A ledger with many events, built in a folder or found there, and random packs of it."""

    def __init__(self, folder: Path, events: int) -> None:
        self.packs = PackStore(FolderBlobs(folder / "blobs"), folder / "marks")
        self._chance = random.Random(7)
        self._clients: Clients | None = None
        self.events = 0
        """Events made by this object."""
        self.submitting = 0.0
        """Seconds of this process's processor spent in accepting and mining them; signing them is not counted."""
        notes = folder / "bench.json"
        if notes.exists():
            self.scenario = open_scenario(folder)
            self.lots, self.rounds = json.loads(notes.read_text())
        else:
            self.scenario = make_scenario(folder)
            self.lots, self.rounds = [], 0
            self.grow(events)
            notes.write_text(json.dumps([self.lots, self.rounds]))

    def grow(self, events: int) -> None:
        """Adds events until there are so many, mined."""
        while self.events < events:
            if self._clients is None or (self.rounds + 1) * PACKS_PER_SHIPMENT > BATCH_PACKS:
                self._clients = self._add_lot()
            carriers = self._clients.next()
            self.rounds += len(carriers) // (PACKS_PER_SHIPMENT + 2)
            self.events += len(carriers)
            self._submit(carriers)
        self.scenario.node.mine()

    def _add_lot(self) -> Clients:
        if self._clients is not None:
            self._clients.end()
        self.scenario.start, self.rounds = self.scenario.node.clock.now(), 0
        self.lots.append(f"L{len(self.lots) + 1}")
        made = add_batch(self.scenario, self.lots[-1])
        self.packs.add(made.tree)
        return Clients(self.scenario, self.lots[-1], made)

    def _submit(self, waiting: list[bytes | Transaction]) -> None:
        begin = time.process_time()
        for answer in self.scenario.node.submit(waiting):
            if not isinstance(answer, Receipt):
                raise SystemExit(str(answer))
        self.submitting += time.process_time() - begin

    def link(self) -> tuple[str, str]:
        """A random pack that was sold in the newest batch, as its code; and the site that sold it."""
        number = self._chance.randrange(self.rounds)
        slot = number * PACKS_PER_SHIPMENT + self._chance.randrange(PACKS_PER_SHIPMENT)
        lot = self.lots[-1]
        return build(pack(GTIN, lot, f"{lot}{slot:07d}ABCDEFGH"[:20], "2031-01-01"), "http://localhost"), shop_gln(number % PHARMACIES)
