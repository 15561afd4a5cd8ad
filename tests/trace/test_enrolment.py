"""`parties.enrol`: what it founds, and every refusal of its row in order."""

from typing import Any

import pytest

from chain.errors import Refusal
from chain.keys import SigningKey
from tests.trace.world import (
    AGENCY,
    BRIDGE,
    CHAIN,
    MAKER,
    MAKER_PREFIX,
    SECOND_AGENCY,
    World,
    enrol_body,
    gln,
    names,
    role,
    seal_of,
    signing_key,
)
from trace.market import market_key, regulators_of
from trace.parties import queries
from trace.parties.possession import prove_possession

NEWCOMER = gln("952103300001")
"""GLN of the party that these tests enrol."""
SITES: list[dict[str, Any]] = [{"gln": gln("952103300018"), "kind": "warehouse", "names": names("warehouse"), "region": "South"}]


def body(world: World, **changed: Any) -> dict[str, Any]:
    return enrol_body(world, "newcomer", NEWCOMER, **changed)


def refuse(world: World, *signers: str, **changed: Any) -> Refusal:
    return world.refuse("parties.enrol", body(world, **changed), *(signers or ("agency/admin",)))


def test_enrolment_founds_party_sites_prefixes_and_admin_key(world: World) -> None:
    changed = {"prefixes": ["9521033", "69012345"], "sites": SITES, "seal": seal_of("newcomer")}
    proof = world.proof("newcomer/admin", NEWCOMER, seal_of("newcomer"))
    transaction = world.do("parties.enrol", body(world, proof=proof, **changed), "agency/desk")
    party = world.get(queries.party_key(NEWCOMER))
    assert party["roles"] == [role("distributor")]
    assert (party["country"], party["suspended"], party["history"]["n"]) == ("CN", None, 1)
    assert world.get(queries.site_key(SITES[0]["gln"]))["party"] == NEWCOMER
    assert [site for site, _ in queries.sites_of(world.view, NEWCOMER)] == [SITES[0]["gln"]]
    assert queries.prefix_owner(world.view, "06901234500001", world.time) == ("69012345", NEWCOMER)
    key = world.get(queries.key_key(signing_key("newcomer/admin").text))
    assert (key["class"], key["from"], key["until"], key["seal"]) == ("admin", world.time, None, seal_of("newcomer"))
    assert key["scope"] == {"kinds": ["parties.*"], "sites": "all", "daily": None}
    assert transaction.kind == "parties.enrol"


def test_every_thing_gets_a_history_and_a_trail(world: World) -> None:
    world.advance()
    transaction = world.sign("parties.enrol", body(world, prefixes=["9521033"], sites=SITES), "agency/admin")
    changes = world.judge(transaction)
    trailed = {trail.key for trail in changes.trails}
    assert trailed == {key for key, value in changes.values.items() if "history" in value}
    assert {key.partition("/")[0] for key in trailed} == {"party", "site", "prefix", "key"}
    assert all(trail.number == 1 and trail.origin == trail.key for trail in changes.trails)


def test_only_a_regulator_may_enrol(world: World) -> None:
    assert refuse(world, "maker/admin").code == "parties.role.missing"


def test_regulator_of_another_market(world: World) -> None:
    refusal = refuse(world, "second/admin")
    assert (refusal.code, refusal.expected, refusal.found) == ("parties.regulator.market", "a regulator of CN", SECOND_AGENCY)
    assert refuse(world, country="ZZ").code == "parties.regulator.market"


def test_check_digits(world: World) -> None:
    assert refuse(world, gln=NEWCOMER[:-1] + str((int(NEWCOMER[-1]) + 1) % 10)).code == "parties.gln.check_digit"
    refusal = refuse(world, sites=[{**SITES[0], "gln": "9521033000180"}])
    assert (refusal.code, refusal.field) == ("parties.gln.check_digit", "sites[0].gln")


def test_party_exists(world: World) -> None:
    assert refuse(world, gln=MAKER).code == "parties.enrol.exists"
    assert refuse(world, gln=BRIDGE).code == "parties.enrol.exists"


def test_role_unknown(world: World) -> None:
    refusal = refuse(world, roles=[role("distributor"), role("wizard")])
    assert (refusal.code, refusal.field) == ("parties.role.unknown", "roles[1].role")


def test_role_reserved_until_all_regulators_of_the_market_sign(world: World) -> None:
    changed = {"roles": [role("regulator")], "country": "XE"}
    refusal = refuse(world, "agency/admin", "maker/admin", **changed)
    assert (refusal.code, refusal.found) == ("parties.role.reserved", f"without {SECOND_AGENCY}")
    world.do("parties.enrol", body(world, **changed), "agency/admin", "second/admin")
    assert regulators_of(world.view, "XE") == (AGENCY, SECOND_AGENCY, NEWCOMER)
    assert world.get(market_key("XE"))["history"]["n"] == 1
    assert world.get(queries.key_key(signing_key("newcomer/admin").text))["scope"]["kinds"] == ["parties.*", "drugs.*"]
    enrol = enrol_body(world, "third", gln("952103400001"), country="XE")
    world.do("parties.enrol", enrol, "newcomer/admin")


def test_licence_dates(world: World) -> None:
    refusal = refuse(world, roles=[role("distributor", "2024-12-31", start="2025-01-01")])
    assert (refusal.code, refusal.field) == ("parties.licence.dates", "roles[0].until")


def test_prefix_taken(world: World) -> None:
    refusal = refuse(world, prefixes=["9521033", MAKER_PREFIX])
    assert (refusal.code, refusal.field) == ("parties.prefix.taken", "prefixes[1]")


def test_prefix_below_a_held_one_needs_its_owner(world: World) -> None:
    below = MAKER_PREFIX + "77"
    assert refuse(world, prefixes=[below]).code == "parties.prefix.taken"
    world.do("parties.enrol", body(world, prefixes=[below]), "agency/admin", "maker/admin")
    assert queries.prefix_owner(world.view, "0" + below + "0001", world.time) == (below, NEWCOMER)
    assert queries.prefix_owner(world.view, "0" + MAKER_PREFIX + "000001", world.time) == (MAKER_PREFIX, MAKER)


def test_site_exists(world: World) -> None:
    twice = [SITES[0], {**SITES[0], "region": "North"}]
    for sites in ([{**SITES[0], "gln": BRIDGE}], [{**SITES[0], "gln": MAKER}], twice):
        assert refuse(world, sites=sites).code == "parties.site.exists"


def test_key_exists(world: World) -> None:
    assert refuse(world, admin=signing_key("maker/admin").text).code == "parties.key.exists"


@pytest.mark.parametrize("part", ["chain", "party", "key", "seal", "garbage"])
def test_proof_is_bound_to_chain_party_key_and_seal(world: World, part: str) -> None:
    key = signing_key("newcomer/admin")
    proofs = {
        "chain": prove_possession(key, bytes(32), NEWCOMER, None),
        "party": prove_possession(key, CHAIN, MAKER, None),
        "key": prove_possession(signing_key("maker/line"), CHAIN, NEWCOMER, None),
        "seal": prove_possession(key, CHAIN, NEWCOMER, seal_of("newcomer")),
        "garbage": "A" * 86,
    }
    assert refuse(world, proof=proofs[part]).code == "parties.key.proof"


def test_a_key_of_small_order_never_proves_possession(world: World) -> None:
    identity = "ed25519:" + "AQ" + "A" * 41
    assert refuse(world, admin=identity, proof="A" * 86).code == "parties.key.proof"


def test_first_refusal_wins(world: World) -> None:
    """A body with every fault; each fault taken away shows the next of the row."""
    bad_digit = {**SITES[0], "gln": "9521033000180"}
    faults: list[tuple[str, str, Any]] = [
        ("parties.regulator.market", "country", "CN"),
        ("parties.gln.check_digit", "sites", [{**SITES[0], "gln": BRIDGE}]),
        ("parties.enrol.exists", "gln", NEWCOMER),
        ("parties.role.unknown", "roles", [role("regulator", "2024-01-01")]),
        ("parties.role.reserved", "roles", [role("distributor", "2024-01-01")]),
        ("parties.licence.dates", "roles", [role("distributor")]),
        ("parties.prefix.taken", "prefixes", []),
        ("parties.site.exists", "sites", SITES),
        ("parties.key.exists", "admin", SigningKey.from_seed(bytes(32)).text),
        ("parties.key.proof", "admin", signing_key("newcomer/admin").text),
    ]
    changed: dict[str, Any] = {
        "country": "ZZ", "sites": [bad_digit], "gln": MAKER, "roles": [role("wizard")], "prefixes": [MAKER_PREFIX],
        "admin": signing_key("maker/admin").text,
    }  # fmt: skip
    second_agency_joins(world)
    for code, field, cure in faults:
        assert refuse(world, **changed).code == code
        changed[field] = cure
    world.do("parties.enrol", body(world, **changed), "agency/admin")


def second_agency_joins(world: World) -> None:
    """The second agency becomes a regulator of CN too, so that one signature is not all."""
    cn = world.get(market_key("CN"))
    world.view.put({market_key("CN"): {**cn, "regulators": [AGENCY, SECOND_AGENCY]}})
