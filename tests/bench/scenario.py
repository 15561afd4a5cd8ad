"""A supply chain to measure with: one maker, many pharmacies, batches of 131,072 packs; per 20 dispenses one shipment and one receipt.

Set-up transactions (enrolment, keys, product, batches, releases) go through the node like everything else; the measured events are signed
beforehand, so that a rate is that of the node alone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chain import transactions
from chain.clock import SystemClock
from chain.errors import ChainError
from chain.garbage import collector
from chain.keys import SigningKey
from chain.node import Node, Operator
from chain.state import state_key
from chain.store.sqlite import SqliteStore
from chain.transactions import Draft
from tests.trace.world import AGENCY, MAKER, MAKER_PREFIX, PLANT, gln, names, role
from trace.drugs.packs import PackList
from trace.gs1.checkdigit import check_digit
from trace.market import DAY_MS
from trace.parties.possession import prove_possession
from trace.registry import Application

PHARMACIES = 200
"""Shops that dispense."""
BATCH_PACKS = 131_072
"""Packs of a batch."""
PACKS_PER_SHIPMENT = 20
"""Packs that go to a shop at a time, and are sold there one by one."""
FLOOR = 0x1F0FFFFF
"""Compact target with 12 leading zero bits."""
GTIN = "0" + MAKER_PREFIX + "00101" + check_digit("0" + MAKER_PREFIX + "00101")
"""The product."""


def key_of(name: str) -> SigningKey:
    """The key of a name."""
    return SigningKey.from_seed(hashlib.sha256(b"bench " + name.encode()).digest())


@dataclass
class Scenario:
    """A running node with a signer for every party."""

    node: Node
    """The node."""
    start: int
    """Wall clock at the beginning, ms."""
    seqs: dict[str, int] = field(default_factory=dict)
    """Last number of each key."""

    def sign(self, name: str, kind: str, body: dict[str, Any], **more: Any) -> transactions.Transaction:
        """A signed transaction."""
        self.seqs[name] = self.last(name) + 1
        salt = hashlib.sha256(f"{name}/{self.seqs[name]}".encode()).digest()[:16]
        return transactions.sign(Draft(self.node.chain_hex, kind, body, self.seqs[name], self.start, salt, **more), key_of(name))

    def last(self, name: str) -> int:
        """The last number that a key has used."""
        if name not in self.seqs:
            window = self.node.view().get(state_key("seq", key_of(name).text))
            self.seqs[name] = window["high"] if window else 0
        return self.seqs[name]

    def do(self, name: str, kind: str, body: dict[str, Any]) -> None:
        """Signs and submits a transaction that must be accepted."""
        (answer,) = self.node.submit([self.sign(name, kind, body)])
        if isinstance(answer, ChainError):
            raise answer

    def proof(self, name: str, party: str) -> str:
        """Proof of possession of a key."""
        return prove_possession(key_of(name), self.node.chain, party, None)


def shop_gln(number: int) -> str:
    """GLN of a pharmacy."""
    return gln(f"95210060{number:04d}")


def _genesis(start: int) -> dict[str, Any]:
    key = key_of("operator").text
    return {
        "name": "bench", "start": start - DAY_MS, "parameters": {"interval_ms": 1_000, "floor": FLOOR, "vote_every": 1},
        "attesters": [{"party": AGENCY, "vote": key, "note": key}], "miners": [{"party": AGENCY, "key": key}],
        "governance": {"k": 1, "n": 1}, "markets": [{"code": "CN", "offset_minutes": 480}],
        "regulators": [{"gln": AGENCY, "names": names("Agency"), "markets": ["CN"], "admin": key_of("agency").text, "seal": None}],
    }  # fmt: skip


def open_scenario(folder: Path) -> Scenario:
    """The node of an earlier run."""
    collector.calm()
    clock = SystemClock()
    operator = Operator(key_of("operator"), key_of("operator"), key_of("operator"))
    return Scenario(Node(SqliteStore(folder / "ledger.db"), Application(), clock, operator=operator), clock.now())


def make_scenario(folder: Path) -> Scenario:
    """A node on SQLite (synchronous FULL) in `folder`, with everybody enrolled."""
    collector.calm()
    clock = SystemClock()
    start = clock.now()
    store = SqliteStore(folder / "ledger.db")
    application = Application()
    Node.create(store, _genesis(start), application)
    scenario = Scenario(
        Node(store, application, clock, operator=Operator(key_of("operator"), key_of("operator"), key_of("operator"))), start
    )
    _enrol(scenario, "maker", MAKER, {"roles": [role("mah"), role("manufacturer")], "prefixes": [MAKER_PREFIX]}, (PLANT, "plant"))
    for number in range(PHARMACIES):
        _enrol(scenario, f"shop{number}", shop_gln(number), {"roles": [role("pharmacy")], "prefixes": []}, (shop_gln(number), "shop"))
    product = {
        "gtin": GTIN, "names": names("tablets"), "units": 20, "unit": "tablet", "markets": [{"market": "CN", "authorisation": "A1"}],
        "makers": [MAKER], "release": ["qp"], "joined": "2020-01-01", "prescription": False,
    }  # fmt: skip
    scenario.do("maker", "drugs.product", product)
    scenario.node.mine()
    return scenario


def _enrol(scenario: Scenario, name: str, party: str, parts: dict[str, Any], site: tuple[str, str]) -> None:
    admin = f"{name}/admin"
    body = {
        "gln": party, "names": names(name), "country": "CN", "admin": key_of(admin).text, "seal": None,
        "proof": scenario.proof(admin, party),
        "sites": [{"gln": site[0], "kind": site[1], "names": names(name), "region": "East"}], **parts,
    }  # fmt: skip
    scenario.do("agency", "parties.enrol", body)
    for key, kind in ((name, "device"), (f"{name}/person", "person")):
        scope = {"kinds": ["drugs.*"], "sites": "all", "daily": None}
        body = {
            "public": key_of(key).text, "seal": None, "class": kind, "label": "desk", "profession": None, "person": None, "scope": scope,
            "from": scenario.start - DAY_MS, "until": scenario.start + 300 * DAY_MS, "proof": scenario.proof(key, party),
        }  # fmt: skip
        scenario.do(admin, "parties.key", body)
    scenario.node.mine()


def add_batch(scenario: Scenario, lot: str) -> PackList:
    """Makes and releases a batch."""
    serials = [f"{lot}{number:07d}ABCDEFGH"[:20] for number in range(BATCH_PACKS)]
    packs = PackList.of_serials(GTIN, serials)
    body = {
        "gtin": GTIN, "lot": lot, "site": PLANT, "count": BATCH_PACKS, "root": packs.root.hex(), "made": "2026-01-01",
        "expiry": "2031-01-01", "market": "CN",
    }  # fmt: skip
    scenario.do("maker", "drugs.batch", body)
    scenario.do("maker/person", "drugs.release", {"gtin": GTIN, "lot": lot, "as": "qp", "decision": "released"})
    scenario.node.mine()
    return packs


def events(scenario: Scenario, count: int) -> Iterator[bytes]:
    """`count` signed carriers: shipment, receipt, twenty dispenses, and so on through batches as they are used up."""
    made, number, lot = 0, 0, 0
    while made < count:
        if number * PACKS_PER_SHIPMENT % BATCH_PACKS < PACKS_PER_SHIPMENT:
            lot, number = lot + 1, 0
            packs = add_batch(scenario, f"L{lot}")
        for carrier in round_of(scenario, f"L{lot}", packs, number):
            yield carrier
            made += 1
        number += 1


def round_of(scenario: Scenario, lot: str, packs: PackList, number: int) -> Iterator[bytes]:
    """One shipment, its receipt and its sales, signed."""
    shop = f"shop{number % PHARMACIES}"
    site = shop_gln(number % PHARMACIES)
    first = number * PACKS_PER_SHIPMENT
    line = {"t": "line", "gtin": GTIN, "lot": lot, "ranges": [[first, first + PACKS_PER_SHIPMENT]]}
    ship = scenario.sign("maker", "drugs.ship", {"from": PLANT, "to": site, "purpose": "delivery", "title": "passes"}, items=[line])
    yield transactions.encode(ship, with_proofs=True)
    receipt = {"shipment": ship.id.hex(), "checked": True, "final": True}
    yield transactions.encode(scenario.sign(shop, "drugs.receive", receipt, items=[line]), with_proofs=True)
    for slot in range(first, first + PACKS_PER_SHIPMENT):
        body = {"site": site, "gtin": GTIN, "lot": lot, "slot": slot, "tag": packs.pack(slot).tag.hex(), "receipt": None, "use": "retail"}
        yield transactions.encode(scenario.sign(shop, "drugs.dispense", body, proofs=(packs.path(slot),)), with_proofs=True)
