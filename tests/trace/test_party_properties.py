"""What holds whatever happens to parties: sizes of state values, and invariants over random histories."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chain import codec
from chain.errors import Refusal
from chain.statetree import VALUE_LIMIT
from tests.trace.examples import good_body
from tests.trace.world import (
    AGENCY,
    BRIDGE,
    CHAIN,
    HOSPITAL,
    MAKER,
    NORTH,
    PARTIES,
    RIVER,
    SECOND_AGENCY,
    World,
    gln,
    make_world,
    scratch_copy,
    seal_of,
    signing_key,
)
from trace.market import DEFAULTS
from trace.parties import entries, queries
from trace.parties.keys import LIFETIME_MS
from trace.parties.possession import prove_possession
from trace.registry import KINDS

WIDE = "\U00020bb7"
"""A character of four UTF-8 bytes that occurs in names."""


def fill(longest: int, limit: int) -> str:
    """As many bytes of UTF-8 as a String of these limits accepts: escapes double in JSON, so quotes are the worst ASCII."""
    return max(('"' * longest)[: limit // 1], ("药" * longest)[: limit // 3], key=lambda text: len(codec.encode(text)))


def largest_texts(longest: int, limit: int) -> dict[str, str]:
    return {"zh": fill(longest, limit), "en": fill(longest, limit)}


def size(value: Any) -> int:
    return len(codec.encode(value))


HISTORY = {"n": 2**53 - 1, "head": "f" * 64}
DATES = {"from": "2026-01-01", "until": "2026-12-31"}


def test_largest_party_site_and_key_fit_a_state_value() -> None:
    names, short = largest_texts(120, 360), fill(40, 120)
    assert entries.NAMES.find(names) is None
    assert entries.SHORT.find(short) is None
    roles = [{"role": "manufacturer", "licence": short, **DATES} for _ in range(entries.LICENCE_LIMIT)]
    suspended = {"roles": list(entries.ROLES), "since": 2**53 - 1, "reason": largest_texts(100, 300)}
    party = {**entries.make_party(names, "CN", roles), "suspended": suspended, "history": HISTORY}
    assert size(party) <= VALUE_LIMIT
    site = entries.make_site(MAKER, "CN", {"kind": "hospital_pharmacy", "names": names, "region": short})
    assert size({**site, "history": HISTORY}) <= VALUE_LIMIT
    scope = {"kinds": ["drugs.recall.close"] * 32, "sites": [MAKER] * 50, "daily": 1_000_000}
    fields = {"label": short, "class": "person", "profession": "p" * 40, "person": "f" * 64, "seal": seal_of("x"), "scope": scope}
    key = entries.make_key(MAKER, {**fields, "from": 0, "until": 2**53 - 1})
    revoked = {"revoked": {"at": 2**53 - 1, "reason": "compromised"}, "compromised_since": 2**53 - 1}
    assert size({**key, **revoked, "history": HISTORY}) <= VALUE_LIMIT
    holders = [{"party": MAKER, "from": 2**53 - 1, "until": 2**53 - 1}] * 40
    assert size({"holders": holders, "history": HISTORY}) <= VALUE_LIMIT
    assert size({**DEFAULTS, "regulators": [AGENCY] * 128, "history": HISTORY}) <= VALUE_LIMIT


def test_a_character_outside_the_basic_plane_counts_by_its_bytes() -> None:
    assert entries.SHORT.find(WIDE * 30) is None
    assert entries.SHORT.find(WIDE * 31) is not None


# --- random histories --------------------------------------------------------------------------------------------------------

KINDS_OF_PARTIES = sorted(name for name in KINDS if name.startswith("parties."))
GLNS = [AGENCY, SECOND_AGENCY, MAKER, NORTH, RIVER, HOSPITAL, BRIDGE, *(gln(f"95210990000{number}") for number in range(4))]
NAMES_OF_KEYS = ["agency/admin", "second/admin", "agency/desk", "bridge/till", *(f"{name}/admin" for name in PARTIES), "new/1", "new/2"]
TEXTS = {name: signing_key(name).text for name in NAMES_OF_KEYS}
DAYS = [None, "2025-12-31", "2026-01-01", "2026-02-01", "2030-01-01"]


def random_body(kind: str, chance: random.Random, time: int) -> dict[str, Any]:
    """A body of the right form whose values point at what there is in the world."""
    body = good_body(KINDS[kind].schema)
    choices: dict[str, list[Any]] = {
        "gln": GLNS, "party": GLNS if kind != "parties.prefix" else [AGENCY, MAKER, RIVER, None], "country": ["CN", "XE", "ZZ"],
        "public": list(TEXTS.values()), "admin": list(TEXTS.values()), "seal": [None], "class": ["device", "person", "admin"],
        "role": ["mah", "regulator", "distributor", "wizard"], "licence": ["A", "B"], "from": DAYS[1:], "until": DAYS,
        "prefix": ["9521001", "952100177", "6901234", "123"], "prefixes": [[], ["9521001"], ["6901234"]], "open": [True, False],
        "kind": list(entries.SITE_KINDS), "roles": [None, ["distributor"]], "compromised_since": [None, time - 5, time, time + 99_999],
    }  # fmt: skip
    if kind == "parties.key":
        choices |= {"from": [time], "until": [time + LIFETIME_MS, time]}
    if kind == "parties.enrol":
        roles = [[{"role": role, "licence": "A", **DATES}] for role in ("mah", "regulator", "hospital")]
        sites = [[{"gln": site, "kind": "shop", "names": {"en": "x"}, "region": "x"}] for site in GLNS[-6:]]
        fresh = [TEXTS[name] for name in NAMES_OF_KEYS[-3:]]
        choices |= {"roles": roles, "sites": sites, "gln": GLNS[-6:], "admin": fresh, "country": ["CN", "CN", "XE", "ZZ"]}
    return {name: chance.choice(choices[name]) if name in choices else value for name, value in body.items()}


def prove(body: dict[str, Any], signer: str, world: World, chance: random.Random) -> dict[str, Any]:
    """The body with a right proof of possession, mostly."""
    if "proof" not in body or not chance.randrange(8):
        return body
    text = body.get("public", body.get("admin"))
    name = next(name for name, other in TEXTS.items() if other == text)
    party = body.get("gln") or body.get("party") or queries.party_of_key(world.view, TEXTS[signer]) or MAKER
    return {**body, "proof": prove_possession(signing_key(name), CHAIN, party, body["seal"])}


def step(world: World, chance: random.Random) -> str | None:
    """One random transaction; its kind if it was accepted."""
    kind = chance.choice(KINDS_OF_PARTIES)
    signers = chance.sample(NAMES_OF_KEYS, chance.choice([1, 1, 1, 2, 3]))
    if chance.randrange(3):
        signers = ["agency/admin", *(name for name in signers if name != "agency/admin")]
    world.advance(days=chance.choice([0, 0, 0, 1]))
    body = prove(random_body(kind, chance, world.time), signers[0], world, chance)
    before = dict(world.view.values)
    try:
        world.put(world.sign(kind, body, *signers))
    except Refusal as refusal:
        assert refusal.code.startswith(("parties.", "chain."))
        assert world.view.values == before
        return None
    return kind


def validate_invariants(world: World) -> None:
    """Markers point at things and things have markers; every key and site has its party; every party has an admin key."""
    view = world.view
    keys = {text: entry for text in TEXTS.values() if (entry := queries.find_key(view, text)) is not None}
    for text, key in keys.items():
        assert view.get(queries.key_index(key["party"], key["class"], text)) == {"key": text}
        assert queries.find_party(view, key["party"]) is not None
    for party, value in view.scan("party/"):
        admins = [entry for _, entry in queries.keys_of(view, party.partition("/")[2], "admin")]
        assert any(entry["revoked"] is None for entry in admins), party
        assert len(value["roles"]) <= entries.LICENCE_LIMIT
    for name, site in view.scan("site/"):
        assert view.get(queries.site_index(site["party"], name.partition("/")[2])) is not None
        owner = queries.find_party(view, name.partition("/")[2])
        assert owner is None or site["party"] == name.partition("/")[2]
    for name, prefix in view.scan("prefix/"):
        assert sum(holding["until"] is None for holding in prefix["holders"]) <= 1, name


FOUNDED = make_world()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_random_histories_keep_the_invariants(seed: int) -> None:
    chance = random.Random(seed)
    world = scratch_copy(FOUNDED)
    for _ in range(60):
        step(world, chance)
    validate_invariants(world)


def test_random_histories_accept_something_of_every_kind() -> None:
    """The generator is worth something: every kind gets through now and then."""
    chance = random.Random(7)
    accepted: set[str | None] = set()
    for _ in range(12):
        world = scratch_copy(FOUNDED)
        accepted |= {step(world, chance) for _ in range(120)}
    assert accepted >= set(KINDS_OF_PARTIES)
