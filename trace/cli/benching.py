"""`bench`: how fast this machine is, measured on the real path in a folder that is thrown away. Figures, never promises."""

import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from chain import transactions
from chain.clock import SystemClock
from chain.errors import ChainError
from chain.transactions import Transaction
from trace.cli.group import err, out
from trace.demo.build import KEY_SOURCE_FILE, build_demo
from trace.demo.keyring import Keyring
from trace.demo.world import BRIDGE, EXAMPLAMOL, MARKET, PLANT
from trace.drugs.packs import PackList, new_serials
from trace.ledger import Ledger, open_ledger
from trace.market import DAY_MS, local_day
from trace.signer import Content, Signer

LOT = "BENCH1"
"""Lot of the batch whose packs are sold."""
BULK = 1_000
"""Transactions in one submission."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A world in which packs can be sold."""

    ledger: Ledger
    """Its ledger."""
    ring: Keyring
    """Its keys."""
    made: PackList
    """The packs at Bridge Street."""

    def signer(self, name: str) -> Signer:
        """A signer at this ledger."""
        return Signer(self.ledger.node, self.ring.key(name))


@click.command("bench")
@click.option("--events", type=click.IntRange(100, 200_000), default=5_000, show_default=True, help="Sales to sign, write and mine.")
@click.option("--packs", type=click.IntRange(1_000, 10_000_000), default=100_000, show_default=True, help="Packs of a batch to make.")
def bench_command(events: int, packs: int) -> None:
    """Measure this machine: signatures, events written and mined, verdicts, serials.

    Everything happens in a temporary folder, with every rule, proof and state root, and SQLite synchronised fully.
    """
    with tempfile.TemporaryDirectory() as folder:
        err.print("building a small world")
        path = Path(folder) / "world"
        build_demo(path, SystemClock().now())
        with open_ledger(path) as ledger:
            stage = prepare(ledger, Keyring((path / KEY_SOURCE_FILE).read_bytes()), events)
            sales = [sale(stage, till, slot) for till in (stage.signer("bridge/till"),) for slot in range(events)]
            bare = measure("decode + verify alone", events, lambda: check(sales))
            warm = events // 5  # starts the verifying processes
            write(stage, sales[:warm])
            written = measure("accepted, mined, durable", events - warm, lambda: write(stage, sales[warm:]))
            out.print(f"ratio to decode + verify alone: {written / bare:.2f}")
    measure("serials, marks, tree", packs, lambda: PackList.of_serials(EXAMPLAMOL, new_serials(packs)))


def measure(name: str, count: int, work: Callable[[], object]) -> float:
    """Runs once, prints and returns the rate."""
    start = time.perf_counter()
    work()
    rate = count / (time.perf_counter() - start)
    out.print(f"{name:28} {rate:12,.0f} /s   {1_000_000 / rate:10.1f} us each")
    return rate


def prepare(ledger: Ledger, ring: Keyring, count: int) -> Stage:
    """A batch of `count` packs at Bridge Street: made, released, shipped, received."""
    made = PackList.of_serials(EXAMPLAMOL, new_serials(count))
    stage = Stage(ledger, ring, made)
    ledger.packs.add(made.tree)
    now = ledger.node.clock.now()
    body = {
        "gtin": EXAMPLAMOL, "lot": LOT, "site": PLANT, "count": count, "root": made.root.hex(), "made": local_day(now, 0),
        "expiry": local_day(now + 500 * DAY_MS, 0), "market": MARKET,
    }  # fmt: skip
    line = {"t": "line", "gtin": EXAMPLAMOL, "lot": LOT, "ranges": [[0, count]]}
    way = {"from": PLANT, "to": BRIDGE, "purpose": "delivery", "title": "passes"}
    stage.signer("pharma/line").send(Content("drugs.batch", body))
    stage.signer("pharma/quality").send(Content("drugs.release", {"gtin": EXAMPLAMOL, "lot": LOT, "as": "qp", "decision": "released"}))
    shipment = stage.signer("pharma/line").send(Content("drugs.ship", way, (line,)))
    stage.signer("bridge/till").send(Content("drugs.receive", {"shipment": shipment.id.hex(), "checked": True, "final": True}, (line,)))
    ledger.node.mine()
    return stage


def sale(stage: Stage, till: Signer, slot: int) -> Transaction:
    """The sale of one pack."""
    body = {
        "site": BRIDGE, "gtin": EXAMPLAMOL, "lot": LOT, "slot": slot, "tag": stage.made.pack(slot).tag.hex(),
        "receipt": secrets.token_hex(32), "use": "retail",
    }  # fmt: skip
    return till.sign(Content("drugs.dispense", body, proofs=(stage.made.path(slot),)))


def check(sales: Sequence[Transaction]) -> None:
    """What no system can do without: decode and verify each."""
    for item in sales:
        transactions.validate_signatures(transactions.decode(item.envelope, item.signatures, item.item_bytes, item.proofs))


def write(stage: Stage, sales: Sequence[Transaction]) -> None:
    """Submits in bulk and mines until nothing waits. Raises the first refusal."""
    node = stage.ledger.node
    for start in range(0, len(sales), BULK):
        for answer in node.submit([transactions.encode(item, with_proofs=True) for item in sales[start : start + BULK]]):
            if isinstance(answer, ChainError):
                raise answer
    while node.waiting:
        node.mine()
