"""A small world for tests of rules: regulators, a maker, distributors, pharmacies, a hospital, with keys and a moving clock.

    world = make_world()
    world.do("drugs.loosen", {...}, "north/desk")             # signed, checked by all rules, put into the state as a block of its own
    refusal = world.refuse("drugs.loosen", {...}, "bridge/till")   # the Refusal; the state has not changed

Signers are named by `party/key`; every name has a deterministic key. The first signer is `by`, the others co-sign.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chain import rules, transactions
from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, Value
from chain.keys import SigningKey, seal_text
from chain.state import Overlay, encode_changes
from chain.transactions import Draft, Transaction
from trace.gs1.checkdigit import check_digit
from trace.market import DAY_MS
from trace.parties.possession import prove_possession
from trace.registry import Application

START = 1_767_225_600_000
"""Block time of genesis: 2026-01-01T00:00:00Z, 08:00 in CN."""
INTERVAL = 2_000
"""Milliseconds between blocks."""
CHAIN = hashlib.sha256(b"test chain").digest()
"""Id of the chain."""


def gln(payload: str) -> str:
    """A GLN from its first twelve digits."""
    return payload + check_digit(payload)


AGENCY, SECOND_AGENCY = gln("952100000001"), gln("952100000002")
"""Regulator of CN and XE; regulator of XE only."""
MAKER, OTHER_MAKER, NORTH, SOUTH = gln("952100100001"), gln("952100200001"), gln("952100400001"), gln("952100500001")
RIVER, HILLSIDE, HOSPITAL, FOREIGN = gln("952100600001"), gln("952100700001"), gln("952100800001"), gln("952100900001")
PLANT, BRIDGE, STATION = gln("952100100018"), gln("952100600018"), gln("952100600025")
HOSPITAL_PHARMACY, WARD = gln("952100800018"), gln("952100800025")
MAKER_PREFIX, OTHER_PREFIX = "9521001", "9521002"

PARTIES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    # name: (GLN, roles, prefixes, sites as (GLN, kind)); all in CN but `foreign`, which is in XE
    "maker": (MAKER, ("mah", "manufacturer"), (MAKER_PREFIX,), ((PLANT, "plant"),)),
    "other": (OTHER_MAKER, ("mah", "manufacturer"), (OTHER_PREFIX,), ((OTHER_MAKER, "plant"),)),
    "north": (NORTH, ("distributor",), (), ((NORTH, "warehouse"),)),
    "south": (SOUTH, ("distributor",), (), ((SOUTH, "warehouse"),)),
    "river": (RIVER, ("pharmacy",), (), ((BRIDGE, "shop"), (STATION, "shop"))),
    "hillside": (HILLSIDE, ("pharmacy",), (), ((HILLSIDE, "shop"),)),
    "hospital": (HOSPITAL, ("hospital",), (), ((HOSPITAL_PHARMACY, "hospital_pharmacy"), (WARD, "ward"))),
    "foreign": (FOREIGN, ("distributor",), (), ((FOREIGN, "warehouse"),)),
}
"""Who is enrolled by `make_world`."""
KEYS: Mapping[str, tuple[str, str, tuple[str, ...], Any]] = {
    # key: (signer, class, kinds, sites)
    "maker/line": ("maker/admin", "device", ("drugs.*",), "all"),
    "maker/qp": ("maker/admin", "person", ("drugs.*",), "all"),
    "other/line": ("other/admin", "device", ("drugs.*",), "all"),
    "other/qp": ("other/admin", "person", ("drugs.*",), "all"),
    "north/desk": ("north/admin", "device", ("drugs.*",), "all"),
    "south/desk": ("south/admin", "device", ("drugs.*",), "all"),
    "bridge/till": ("river/admin", "device", ("drugs.*",), [BRIDGE]),
    "station/till": ("river/admin", "device", ("drugs.*",), [STATION]),
    "hillside/till": ("hillside/admin", "device", ("drugs.*",), "all"),
    "hospital/desk": ("hospital/admin", "device", ("drugs.*",), "all"),
    "foreign/desk": ("foreign/admin", "device", ("drugs.*",), "all"),
    "agency/desk": ("agency/admin", "device", ("parties.*", "drugs.*"), "all"),
}
"""Keys that are enrolled by `make_world`, besides every party's `<party>/admin`."""


def names(words: str) -> dict[str, str]:
    """A bilingual name."""
    return {"zh": f"示例{words}", "en": f"Example {words}"}


def signing_key(name: str) -> SigningKey:
    """The key of a name; the same in every test."""
    return SigningKey.from_seed(hashlib.sha256(b"test key " + name.encode()).digest())


def seal_of(name: str) -> str:
    """A seal key of a name."""
    return seal_text(hashlib.sha256(b"test seal " + name.encode()).digest())


@dataclass
class World:
    """A state with a clock. Every transaction gets a block of its own unless `same_block` says otherwise."""

    view: Overlay = field(default_factory=Overlay)
    """The state."""
    height: int = 0
    """Height of the newest block."""
    time: int = START
    """Time of the newest block, ms."""
    application: Application = field(default_factory=Application)
    """The rules."""
    seqs: dict[str, int] = field(default_factory=dict)
    """Name of a key -> its last number."""

    @property
    def block(self) -> BlockContext:
        """The newest block."""
        return BlockContext(CHAIN, self.height, self.time)

    def advance(self, *, days: int = 0, ms: int = INTERVAL) -> None:
        """A new block, so much later."""
        self.height += 1
        self.time += days * DAY_MS + ms

    def draft(self, kind: str, body: Value, signer: str, **changed: Any) -> Draft:
        """A draft by a named key at the present time; `changed` replaces parts: items, proofs, at, until, seq, chain."""
        self.seqs[signer] = self.seqs.get(signer, 0) + 1
        salt = hashlib.sha256(f"{signer} {self.seqs[signer]}".encode()).digest()[:16]
        parts: dict[str, Any] = {"chain": CHAIN.hex(), "kind": kind, "body": body, "seq": self.seqs[signer], "at": self.time, "salt": salt}
        return Draft(**{**parts, **changed})

    def sign(self, kind: str, body: Value, *signers: str, **changed: Any) -> Transaction:
        """A signed transaction; see `draft` for `changed`."""
        draft = self.draft(kind, body, signers[0], **changed)
        return transactions.sign(draft, *(signing_key(name) for name in signers))

    def judge(self, transaction: Transaction) -> Changes:
        """Rows 2-12 of DOMAIN §5 in the present block; changes nothing."""
        transactions.validate_signatures(transaction)
        return rules.apply_transaction(self.view, transaction, self.block, self.application)

    def put(self, transaction: Transaction) -> Changes:
        """Judges a transaction in the present block and puts its changes into the state."""
        changes = self.judge(transaction)
        encode_changes(dict(changes.values))  # no value exceeds 4 KiB
        self.view.put(changes.values)
        return changes

    def do(self, kind: str, body: Value, *signers: str, same_block: bool = False, **changed: Any) -> Transaction:
        """Signs and applies a transaction that must be accepted, in a new block."""
        if not same_block:
            self.advance()
        transaction = self.sign(kind, body, *signers, **changed)
        self.put(transaction)
        return transaction

    def refuse(self, kind: str, body: Value, *signers: str, same_block: bool = False, **changed: Any) -> Refusal:
        """The refusal of a transaction that must be refused, and must change nothing (I6)."""
        if not same_block:
            self.advance()
        transaction = self.sign(kind, body, *signers, **changed)
        before = dict(self.view.values)
        try:
            self.judge(transaction)
        except Refusal as refusal:
            assert self.view.values == before
            return refusal
        raise AssertionError(f"{kind} was accepted")

    def get(self, key: str) -> Value:
        """An entry that must be there."""
        value = self.view.get(key)
        assert value is not None, key
        return value

    def proof(self, name: str, party: str, seal: str | None = None) -> str:
        """Proof of possession of a named key."""
        return prove_possession(signing_key(name), CHAIN, party, seal)


def genesis_document() -> dict[str, Any]:
    """Two markets, two regulators; the chain's part is left to the chain's tests."""
    return {
        "name": "test", "start": START, "parameters": {}, "attesters": [], "miners": [], "governance": {"k": 1, "n": 1},
        "markets": [{"code": "CN", "offset_minutes": 480}, {"code": "XE", "offset_minutes": 60, "destroy_witness": "disposal"}],
        "regulators": [
            {"gln": AGENCY, "names": names("Medicines Agency"), "markets": ["CN", "XE"], "admin": signing_key("agency/admin").text,
             "seal": seal_of("agency")},
            {"gln": SECOND_AGENCY, "names": names("Second Agency"), "markets": ["XE"],
             "admin": signing_key("second/admin").text, "seal": None},
        ],
    }  # fmt: skip


def role(name: str, until: str | None = None, start: str = "2025-01-01") -> dict[str, Any]:
    """A role with a made-up licence."""
    return {"role": name, "licence": f"DEMO-{name}", "from": start, "until": until}


def enrol_body(world: World, name: str, party: str, **changed: Any) -> dict[str, Any]:
    """Body of `parties.enrol` for a party whose admin key is `<name>/admin`."""
    admin = f"{name}/admin"
    body: dict[str, Any] = {
        "gln": party, "names": names(name), "country": "CN", "roles": [role("distributor")], "prefixes": [],
        "sites": [{"gln": party, "kind": "warehouse", "names": names(name), "region": "East"}],
        "admin": signing_key(admin).text, "seal": None, "proof": world.proof(admin, party),
    }  # fmt: skip
    return {**body, **changed}


def key_body(world: World, name: str, party: str, **changed: Any) -> dict[str, Any]:
    """Body of `parties.key` for the named key of a party: a device that may sign every drugs kind for a year."""
    body: dict[str, Any] = {
        "public": signing_key(name).text, "seal": None, "class": "device", "label": name, "profession": None, "person": None,
        "scope": {"kinds": ["drugs.*"], "sites": "all", "daily": None}, "from": START, "until": START + 365 * DAY_MS,
        "proof": world.proof(name, party),
    }  # fmt: skip
    return {**body, **changed}


def party_of(signer: str) -> str:
    """GLN of the party that a named admin key belongs to."""
    name = signer.partition("/")[0]
    return {"agency": AGENCY, "second": SECOND_AGENCY}.get(name) or PARTIES[name][0]


def make_world(only: Sequence[str] = tuple(PARTIES), world: World | None = None) -> World:
    """The world, or the given one: genesis, then the parties named with their keys."""
    world = world or World()
    world.view.put(world.application.genesis(genesis_document()))
    for name in only:
        party, roles, prefixes, sites = PARTIES[name]
        places = [{"gln": place, "kind": kind, "names": names(f"{name} {kind}"), "region": "East"} for place, kind in sites]
        changed: dict[str, Any] = {"roles": [role(each) for each in roles], "prefixes": list(prefixes), "sites": places}
        country = "XE" if name == "foreign" else "CN"
        world.do("parties.enrol", enrol_body(world, name, party, country=country, **changed), "agency/admin")
    for name, (signer, kind, kinds, places) in KEYS.items():
        if signer == "agency/admin" or signer.partition("/")[0] in only:
            scope = {"kinds": list(kinds), "sites": places, "daily": None}
            profession = {"class": kind, "profession": "qp"} if kind == "person" else {"class": kind}
            world.do("parties.key", key_body(world, name, party_of(signer), scope=scope, **profession), signer)
    return world


def scratch_copy(world: World) -> World:
    """A world that starts where another one is and never changes it: what one test does, the next does not see."""
    return World(Overlay(world.view), world.height, world.time, world.application, dict(world.seqs))
