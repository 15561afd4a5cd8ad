"""The demonstration's first day: genesis document, and the transactions that enrol parties, keys and products (DOMAIN §17.1, §17.2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from chain import work
from chain.interfaces import Value
from trace.demo.events import FIRST_DAY, JOINED_DAYS, SHELF_MONTHS, Day, Event
from trace.demo.keyring import Keyring
from trace.demo.world import AGENCY, AGENCY_NAMES, HOLDERS, MARKET, ORGANISATIONS, PHARMA, PRODUCTS, Holder, Organisation, Product
from trace.parties.possession import prove_possession

NAME = "PharmaTrace demonstration"
"""Name of the ledger."""
INTERVAL_MS = 1_000
"""Time between blocks: one operator (PROTOCOL §6)."""
ZERO_BITS = 12
"""Leading zero bits of every block id at least: work that shows, and costs a demonstration milliseconds (S-10)."""
KEY_LIFE_MS = 1_000 * 24 * 3600 * 1000
"""Device and person keys are valid for a thousand days."""
MARKETS: Mapping[str, Mapping[str, Any]] = {"CN": {"offset_minutes": 480}, "XE": {"offset_minutes": 60, "destroy_witness": "disposal"}}
"""Markets and where they differ from the defaults (DOMAIN §16)."""


def genesis_document(ring: Keyring, start: int) -> Value:
    """The document that founds the demonstration's ledger at `start` (ms): one operator, the regulator."""
    return {
        "name": NAME,
        "start": start,
        "parameters": {"interval_ms": INTERVAL_MS, "floor": work.compact_of(2 ** (256 - ZERO_BITS)), "vote_every": 1},
        "attesters": [{"party": AGENCY, "vote": ring.key("vote").text, "note": ring.key("note").text}],
        "miners": [{"party": AGENCY, "key": ring.key("miner").text}],
        "governance": {"k": 1, "n": 1},
        "markets": [{"code": code, **parameters} for code, parameters in MARKETS.items()],
        "regulators": [
            {
                "gln": AGENCY, "names": dict(AGENCY_NAMES), "markets": sorted(MARKETS), "admin": ring.key("agency/admin").text,
                "seal": ring.seal("agency"),
            }
        ],
    }  # fmt: skip


def founding_events(ring: Keyring, chain: bytes, start: int) -> Iterator[Event]:
    """Enrolment of every party, then of every key, then the products."""
    for organisation in ORGANISATIONS:
        yield enrol(ring, chain, organisation)
    for holder in HOLDERS:
        yield enrol_key(ring, chain, holder, start)
    for product in PRODUCTS:
        yield register(product)


def enrol(ring: Keyring, chain: bytes, organisation: Organisation) -> Event:
    """The regulator enrols an organisation."""
    admin = ring.key(f"{organisation.gln}/admin")
    roles = [
        {"role": role, "licence": f"DEMO-{organisation.gln[6:10]}-{number}", "from": Day(JOINED_DAYS), "until": None}
        for number, role in enumerate(organisation.roles, 1)
    ]
    body = {
        "gln": organisation.gln, "names": dict(organisation.names), "country": MARKET, "roles": roles,
        "prefixes": list(organisation.prefixes),
        "sites": [
            {"gln": site.gln, "kind": site.kind, "names": dict(site.names), "region": site.region} for site in organisation.sites
        ],
        "admin": admin.text, "seal": None, "proof": prove_possession(admin, chain, organisation.gln, None),
    }  # fmt: skip
    return Event(FIRST_DAY, "agency/admin", "parties.enrol", body)


def enrol_key(ring: Keyring, chain: bytes, holder: Holder, start: int) -> Event:
    """An organisation's admin key enrols a device or a person."""
    key = ring.key(holder.name)
    body = {
        "public": key.text, "seal": None, "class": holder.kind, "label": holder.label, "profession": holder.profession, "person": None,
        "scope": {"kinds": list(holder.kinds), "sites": "all" if holder.sites is None else list(holder.sites), "daily": None},
        "from": start, "until": start + KEY_LIFE_MS, "proof": prove_possession(key, chain, holder.party, None),
    }  # fmt: skip
    return Event(FIRST_DAY, f"{holder.party}/admin", "parties.key", body)


def register(product: Product) -> Event:
    """The owner of the prefix registers a product."""
    case, holds = product.case
    body: dict[str, Any] = {
        "gtin": product.gtin, "names": {"zh": product.zh, "en": product.en}, "units": product.units, "unit": product.unit,
        "markets": [{"market": MARKET, "authorisation": product.authorisation}], "makers": [product.maker],
        "release": list(product.release), "joined": Day(JOINED_DAYS),
        "prescription": product.prescription, "form": product.form, "strength": product.strength, "shelf_months": SHELF_MONTHS,
        "levels": [{"gtin": case, "holds": holds}],
    }  # fmt: skip
    if product.storage is not None:
        body["storage"] = {"min": product.storage[0], "max": product.storage[1]}
    if product.cn_id is not None:
        body["cn_id"] = product.cn_id
    return Event(FIRST_DAY, "pharma/line" if product.owner == PHARMA else "biologics/line", "drugs.product", body)
