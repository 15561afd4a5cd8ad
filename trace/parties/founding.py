"""What a genesis document says of markets and regulators, and the entries that it founds (PROTOCOL §4, DOMAIN §6).

    {name, start, parameters, governance: {k, n}, attesters, miners,
     markets: [{code, parameter...}], regulators: [{gln, names, markets, admin, seal, sites?}]}

The chain reads name, start, parameters, attesters and miners. Every fault is Malformed `genesis.field` with the place in the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain import keys as signing
from chain.errors import Malformed, Refusal
from chain.interfaces import Value
from chain.state import NO_HISTORY
from trace.fields import Field, Record
from trace.forms import GLN, KEY, MARKET, SEAL, Form, Integer, ListOf, Problem
from trace.market import PARAMETERS, complete, local_day, market_key
from trace.parties import entries, queries
from trace.parties.enrolment import SITE_FIELDS
from trace.parties.entries import NAMES

GENESIS_LICENCE = "genesis"
"""Licence of a regulator that the genesis document names: nobody is above it."""
LIST_LIMIT = 64
"""Markets, and regulators, of a genesis document; regulators of one market fit a state value."""


@dataclass(frozen=True, slots=True)
class Anything(Form):
    """A field that the chain judges."""

    def find(self, value: Any) -> Problem | None:
        """None."""
        return None


GOVERNANCE = Record((Field("k", Integer(1, LIST_LIMIT)), Field("n", Integer(1, LIST_LIMIT))))
"""k of n members decide about the chain itself."""
MARKETS = ListOf(Record((Field("code", MARKET), *PARAMETERS)), LIST_LIMIT)
"""Markets with the parameters that differ from the defaults."""
REGULATORS = ListOf(
    Record(
        (
            Field("gln", GLN),
            Field("names", NAMES),
            Field("markets", ListOf(MARKET, LIST_LIMIT)),
            Field("admin", KEY),
            Field("seal", SEAL, nullable=True),
            Field("sites", ListOf(Record(SITE_FIELDS), 50, 0), optional=True),
        )
    ),
    LIST_LIMIT,
)
"""Regulators; the first market is the country."""
DOCUMENT = Record(
    (
        *(Field(name, Anything()) for name in ("name", "start", "parameters", "attesters", "miners")),
        Field("governance", GOVERNANCE),
        Field("markets", MARKETS),
        Field("regulators", REGULATORS),
    )
)
"""The whole document."""


def found(document: Value) -> Mapping[str, Value]:
    """The entries market/, party/, site/, key/ and their markers at block 0. Raises Malformed `genesis.field`."""
    validate_document(document)
    values: dict[str, Value] = {}
    for market in document["markets"]:
        listed = [regulator["gln"] for regulator in document["regulators"] if market["code"] in regulator["markets"]]
        values[market_key(market["code"])] = {**complete(market), "regulators": listed, "history": NO_HISTORY}
    for regulator in document["regulators"]:
        values.update(_regulator_entries(regulator, values[market_key(regulator["markets"][0])], document["start"]))
    return values


def validate_document(document: Value) -> None:
    """Form, then that every market has a regulator and the reverse, that numbers and keys occur once, that keys are allowed."""
    problem = DOCUMENT.find(document)
    if problem is not None:
        raise Malformed("genesis.field", problem.expected, problem.describe(), field=problem.path.removeprefix(".") or "document")
    governance = document["governance"]
    _expect(governance["k"] <= governance["n"], "governance", "k at most n")
    codes = [market["code"] for market in document["markets"]]
    _expect(len(set(codes)) == len(codes), "markets", "each code once")
    ruled = {code for regulator in document["regulators"] for code in regulator["markets"]}
    _expect(ruled == set(codes), "regulators", "regulators of exactly the markets listed")
    _validate_numbers_and_keys(document["regulators"])


def _validate_numbers_and_keys(regulators: list[Value]) -> None:
    glns = [regulator["gln"] for regulator in regulators]
    _expect(len(set(glns)) == len(glns), "regulators", "each GLN once")
    sites = [(site["gln"], regulator["gln"]) for regulator in regulators for site in regulator.get("sites", [])]
    _expect(len({gln for gln, _ in sites}) == len(sites), "regulators", "each site once")
    for gln, owner in sites:
        _expect(GLN.find(gln) is None, "regulators", "site GLNs with right check digits")
        _expect(gln == owner or gln not in glns, "regulators", "no site with another regulator's GLN")
    admins = [regulator["admin"] for regulator in regulators]
    _expect(len(set(admins)) == len(admins), "regulators", "each admin key once")
    for admin in admins:
        try:
            signing.validate_allowed(admin)
        except Refusal as error:
            raise Malformed("genesis.field", error.expected, error.found, field="regulators") from error


def _expect(good: bool, field: str, expected: str) -> None:
    if not good:
        raise Malformed("genesis.field", expected, "something else", field=field)


def founded_role(day: str) -> Value:
    """The role of a regulator that the document names, from the local day of the ledger's start on."""
    return {"role": "regulator", "licence": GENESIS_LICENCE, "from": day, "until": None}


def _regulator_entries(regulator: Value, market: Value, start: int) -> dict[str, Value]:
    gln, country = regulator["gln"], regulator["markets"][0]
    day = local_day(start, market["offset_minutes"])
    roles = [founded_role(day)]
    values: dict[str, Value] = {queries.party_key(gln): entries.make_party(regulator["names"], country, roles)}
    for site in regulator.get("sites", []):
        for part in entries.site_entries(site["gln"], entries.make_site(gln, country, site)):
            values.update(part)
    for part in entries.key_entries(regulator["admin"], entries.make_admin_key(gln, regulator["seal"], start, entries.REGULATOR_SCOPE)):
        values.update(part)
    return values
