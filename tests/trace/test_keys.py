"""`parties.key`, `parties.revoke`, `parties.admin`: every refusal of their rows, and what they change."""

from typing import Any

import pytest

from chain.errors import Refusal
from tests.trace.world import BRIDGE, HILLSIDE, NORTH, RIVER, START, World, gln, key_body, names, seal_of, signing_key
from trace.kinds import NAMES
from trace.market import DAY_MS
from trace.parties import queries
from trace.parties.keys import ADMIN_LIMIT, LIFETIME_MS

STRANGER = gln("952109900001")


def scope(**changed: Any) -> dict[str, Any]:
    return {"kinds": ["drugs.*"], "sites": "all", "daily": None, **changed}


def body(world: World, name: str = "river/till", /, **changed: Any) -> dict[str, Any]:
    return key_body(world, name, RIVER, **changed)


def refuse(world: World, *signers: str, **changed: Any) -> Refusal:
    return world.refuse("parties.key", body(world, **changed), *(signers or ("river/admin",)))


def entry(world: World, name: str) -> Any:
    return world.get(queries.key_key(signing_key(name).text))


# --- parties.key -------------------------------------------------------------------------------------------------------------


def test_key_is_enrolled_as_described(world: World) -> None:
    changed = {
        "class": "person", "profession": "pharmacist", "person": "ab" * 32, "seal": seal_of("till"),
        "scope": scope(kinds=["drugs.dispense", "parties.revoke", "drugs.*"], sites=[BRIDGE], daily=500),
        "proof": world.proof("river/till", RIVER, seal_of("till")),
    }  # fmt: skip
    expected = body(world, **changed)
    world.do("parties.key", expected, "river/admin")
    found = entry(world, "river/till")
    kept = {name: expected[name] for name in ("seal", "class", "label", "profession", "person", "scope", "from", "until")}
    assert {name: found[name] for name in kept} == kept
    assert (found["party"], found["revoked"], found["compromised_since"], found["history"]["n"]) == (RIVER, None, None, 1)


def test_every_kind_of_the_rules_may_be_in_a_scope(world: World) -> None:
    world.do("parties.key", body(world, scope=scope(kinds=[*sorted(NAMES), "drugs.*", "parties.*"])), "river/admin")


def test_refusals_of_key_in_order(world: World) -> None:
    identity = "ed25519:" + "AQ" + "A" * 41
    changed: dict[str, Any] = {
        "public": signing_key("river/admin").text, "proof": "A" * 86, "until": START,
        "scope": scope(kinds=["drugs.magic"], sites=[HILLSIDE]),
    }  # fmt: skip
    world.do("parties.key", body(world, "river/clerk", scope=scope(kinds=["parties.key"])), "river/admin")
    assert refuse(world, "river/clerk", **changed).code == "parties.key.not_admin"
    assert refuse(world, **changed).code == "parties.key.exists"
    assert refuse(world, **{**changed, "public": identity}).code == "parties.key.forbidden"
    del changed["public"]
    assert refuse(world, **changed).code == "parties.key.proof"
    del changed["proof"]
    assert refuse(world, **changed).code == "parties.scope.unknown"
    changed["scope"] = scope(sites=[BRIDGE, HILLSIDE])
    refusal = refuse(world, **changed)
    assert (refusal.code, refusal.field) == ("parties.site.other_party", "scope.sites[1]")
    changed["scope"] = scope(sites=[BRIDGE])
    assert refuse(world, **changed).code == "parties.key.dates"
    del changed["until"]
    world.do("parties.key", body(world, **changed), "river/admin")


def test_scope_names_real_kinds_and_modules(world: World) -> None:
    for kind in ("drugs.magic", "ehr.*", "drugs.recall.*", "drugs.recall.open"):
        refusal = refuse(world, scope=scope(kinds=["drugs.ship", kind]))
        assert refusal.code in ("parties.scope.unknown", "parties.body.field")
        assert refusal.field == "scope.kinds[1]"
    assert refuse(world, scope=scope(kinds=["ehr.*"])).code == "parties.scope.unknown"


def test_scope_site_that_nobody_has(world: World) -> None:
    assert refuse(world, scope=scope(sites=[STRANGER])).code == "parties.site.other_party"


def test_dates(world: World) -> None:
    start = world.time + 100 * DAY_MS
    for first, last in ((start, start), (START - 10, world.time), (start, start + LIFETIME_MS + 1)):
        assert refuse(world, **{"from": first, "until": last}).code == "parties.key.dates"
    world.do("parties.key", body(world, **{"from": start, "until": start + LIFETIME_MS}), "river/admin")


def test_proof_of_another_party_does_not_serve(world: World) -> None:
    """Nobody enrols a foreign till's key as his own."""
    assert refuse(world, proof=world.proof("river/till", NORTH)).code == "parties.key.proof"


def test_admin_keys_are_limited(world: World) -> None:
    for number in range(ADMIN_LIMIT - 1):
        world.do("parties.key", body(world, f"river/admin{number}", **{"class": "admin"}), "river/admin")
    assert refuse(world, **{"class": "admin"}).code == "parties.key.too_many"
    world.do("parties.revoke", revocation("river/admin0", "rotated"), "river/admin")
    world.do("parties.key", body(world, **{"class": "admin"}), "river/admin")


def test_admin_keys_of_a_life_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever looks at a party's admins looks at the revoked ones too; without a limit every revocation would make it slower for ever."""
    monkeypatch.setattr("trace.parties.keys.ADMINS_EVER", 4)
    for number in range(3):
        world.do("parties.key", body(world, f"river/admin{number}", **{"class": "admin"}), "river/admin")
        world.do("parties.revoke", revocation(f"river/admin{number}", "rotated"), "river/admin")
    refusal = refuse(world, **{"class": "admin"})
    assert (refusal.code, refusal.found) == ("parties.key.too_many", "5")


def test_admin_keys_to_come_count_too(world: World) -> None:
    """Else a party could lay up thousands, and the regulator's `parties.admin` would have to revoke each in one transaction."""
    later = {"class": "admin", "from": world.time + 10 * DAY_MS, "until": world.time + 20 * DAY_MS}
    for number in range(ADMIN_LIMIT - 1):
        world.do("parties.key", body(world, f"river/admin{number}", **later), "river/admin")
    assert refuse(world, **later).code == "parties.key.too_many"
    world.advance(days=21)
    world.do("parties.key", body(world, **{"class": "admin"}), "river/admin")
    ended = entry(world, "river/admin0")
    world.do("parties.admin", replacement(world), "agency/admin")
    assert entry(world, "river/admin0") == ended


# --- parties.revoke ----------------------------------------------------------------------------------------------------------


def revocation(name: str, reason: str = "lost", since: int | None = None) -> dict[str, Any]:
    return {"public": signing_key(name).text, "reason": reason, "compromised_since": since}


def test_admin_the_key_itself_and_the_regulator_may_revoke(world: World) -> None:
    world.do("parties.revoke", revocation("bridge/till", "compromised", world.time - 5_000), "river/admin")
    found = entry(world, "bridge/till")
    assert found["revoked"] == {"at": world.time, "reason": "compromised"}
    assert found["compromised_since"] == world.time - 7_000
    world.do("parties.revoke", revocation("station/till", "stolen"), "station/till")
    world.do("parties.revoke", revocation("north/desk", "left"), "agency/desk")
    world.do("parties.revoke", revocation("foreign/desk", "left"), "second/admin")


def test_a_stolen_key_cannot_unsay_what_it_signed(world: World) -> None:
    refusal = world.refuse("parties.revoke", revocation("north/desk", "compromised", 0), "north/desk")
    assert refusal.code == "parties.key.not_admin"
    world.do("parties.revoke", revocation("north/desk", "stolen"), "north/desk")
    world.do("parties.revoke", revocation("north/desk", "stolen", START), "north/admin")


def test_nobody_else_may_revoke(world: World) -> None:
    assert world.refuse("parties.revoke", revocation("bridge/till"), "station/till").code == "parties.key.not_admin"
    assert world.refuse("parties.revoke", revocation("bridge/till"), "north/admin").code == "parties.key.not_admin"
    assert world.refuse("parties.revoke", revocation("bridge/till"), "second/admin").code == "parties.key.not_admin"


def test_refusals_of_revoke_in_order(world: World) -> None:
    ahead = world.time + 60_000
    assert world.refuse("parties.revoke", revocation("nobody", since=ahead), "north/admin").code == "parties.key.unknown"
    assert world.refuse("parties.revoke", revocation("river/admin", since=ahead), "north/admin").code == "parties.key.not_admin"
    assert world.refuse("parties.revoke", revocation("river/admin", since=ahead), "river/admin").code == "parties.revoke.date"
    assert world.refuse("parties.revoke", revocation("river/admin"), "river/admin").code == "parties.key.last_admin"
    assert world.refuse("parties.revoke", revocation("river/admin"), "agency/admin").code == "parties.key.last_admin"
    world.do("parties.revoke", revocation("bridge/till"), "river/admin")
    assert world.refuse("parties.revoke", revocation("bridge/till"), "river/admin").code == "parties.key.revoked"


def test_compromise_moves_back_only(world: World) -> None:
    world.do("parties.revoke", revocation("bridge/till", "stolen"), "river/admin")
    at = world.time
    world.do("parties.revoke", revocation("bridge/till", "compromised", START + 50), "river/admin")
    found = entry(world, "bridge/till")
    assert (found["revoked"], found["compromised_since"]) == ({"at": at, "reason": "stolen"}, START + 50)
    for since in (START + 50, START + 51, None):
        refusal = world.refuse("parties.revoke", revocation("bridge/till", "compromised", since), "river/admin")
        assert refusal.code == "parties.key.revoked"
    world.do("parties.revoke", revocation("bridge/till", "compromised", START), "river/admin")
    assert entry(world, "bridge/till")["history"]["n"] == 4


def test_revoked_admin_cannot_act_and_another_can(world: World) -> None:
    admin = {"class": "admin", "scope": scope(kinds=["parties.*"])}
    world.do("parties.key", body(world, "river/second", **admin), "river/admin")
    world.do("parties.revoke", revocation("river/admin", "stolen"), "river/second")
    assert refuse(world, "river/admin").code == "parties.key.revoked"
    assert world.refuse("parties.revoke", revocation("river/second"), "river/second").code == "parties.key.last_admin"
    world.do("parties.key", body(world), "river/second")


def test_an_expired_admin_does_not_count_as_another(world: World) -> None:
    admin = {"class": "admin", "scope": scope(kinds=["parties.*"]), "until": world.time + DAY_MS}
    world.do("parties.key", body(world, "river/second", **admin), "river/admin")
    world.advance(days=2)
    assert world.refuse("parties.revoke", revocation("river/admin"), "river/admin").code == "parties.key.last_admin"


def test_a_suspended_party_may_revoke(world: World) -> None:
    world.do("parties.suspend", {"party": RIVER, "roles": None, "reason": names("reason")}, "agency/admin")
    assert refuse(world).code == "parties.party.suspended"
    world.do("parties.revoke", revocation("bridge/till"), "river/admin")


# --- parties.admin -----------------------------------------------------------------------------------------------------------


def replacement(world: World, name: str = "river/new", **changed: Any) -> dict[str, Any]:
    return {
        "party": RIVER, "public": signing_key(name).text, "seal": None, "proof": world.proof(name, RIVER),
        "reason": names("fire"), **changed,
    }  # fmt: skip


def test_regulator_replaces_every_admin_key(world: World) -> None:
    world.do("parties.key", body(world, "river/second", **{"class": "admin"}), "river/admin")
    world.do("parties.admin", replacement(world), "agency/admin")
    for name in ("river/admin", "river/second"):
        assert entry(world, name)["revoked"] == {"at": world.time, "reason": "lost"}
    assert entry(world, "river/new")["class"] == "admin"
    assert entry(world, "bridge/till")["revoked"] is None
    world.do("parties.key", body(world), "river/new")


def test_replaced_regulator_keeps_its_scope(world: World) -> None:
    second = world.get(queries.key_key(signing_key("second/admin").text))["party"]
    changed = {"party": second, "proof": world.proof("second/new", second)}
    world.do("parties.admin", replacement(world, "second/new", **changed), "agency/admin")
    assert entry(world, "second/new")["scope"]["kinds"] == ["parties.*", "drugs.*"]


def test_refusals_of_admin_in_order(world: World) -> None:
    changed: dict[str, Any] = {"party": STRANGER, "public": signing_key("river/admin").text, "proof": "A" * 86}
    assert world.refuse("parties.admin", replacement(world, **changed), "river/admin").code == "parties.role.missing"
    assert world.refuse("parties.admin", replacement(world, **changed), "second/admin").code == "parties.party.unknown"
    changed["party"] = RIVER
    assert world.refuse("parties.admin", replacement(world, **changed), "second/admin").code == "parties.regulator.market"
    assert world.refuse("parties.admin", replacement(world, **changed), "agency/admin").code == "parties.key.exists"
    del changed["public"]
    assert world.refuse("parties.admin", replacement(world, **changed), "agency/admin").code == "parties.key.proof"
