"""A ledger with many sold packs, to scan."""

import json
import random
import time
from pathlib import Path

from chain.node import Receipt
from chain.store.blobs import FolderBlobs
from chain.transactions import Transaction
from tests.bench.scenario import (
    BATCH_PACKS,
    GTIN,
    PACKS_PER_SHIPMENT,
    PHARMACIES,
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

SLICE = 4_000
"""Transactions that are handed to the node together."""


class Sold:
    """A ledger with many events, built in a folder or found there, and random packs of it."""

    def __init__(self, folder: Path, events: int) -> None:
        self.packs = PackStore(FolderBlobs(folder / "blobs"), folder / "marks")
        self._chance = random.Random(7)
        self._made: PackList | None = None
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
        waiting: list[bytes | Transaction] = []
        while self.events < events:
            if self._made is None or (self.rounds + 1) * PACKS_PER_SHIPMENT > BATCH_PACKS:
                self._submit(waiting)
                waiting = []
                self._add_lot()
            waiting += round_of(self.scenario, self.lots[-1], self._batch(), self.rounds)
            self.events, self.rounds = self.events + PACKS_PER_SHIPMENT + 2, self.rounds + 1
            if len(waiting) >= SLICE:
                self._submit(waiting)
                waiting = []
        self._submit(waiting)
        self.scenario.node.mine()

    def _add_lot(self) -> None:
        self.scenario.start, self.rounds = self.scenario.node.clock.now(), 0
        self.lots.append(f"L{len(self.lots) + 1}")
        self._made = add_batch(self.scenario, self.lots[-1])
        self.packs.add(self._made.tree)

    def _batch(self) -> PackList:
        assert self._made is not None
        return self._made

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
