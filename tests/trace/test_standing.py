"""`parties.suspend` and `parties.reinstate`: every refusal of their rows."""

from typing import Any

import pytest

from tests.trace.world import MAKER, NORTH, World, gln, names
from trace.parties import queries

STRANGER = gln("952109900001")
REASON = names("reason")


def suspension(**changed: Any) -> dict[str, Any]:
    return {"party": NORTH, "roles": None, "reason": REASON, **changed}


def test_suspend_and_reinstate(world: World) -> None:
    world.do("parties.suspend", suspension(), "agency/admin")
    party = world.get(queries.party_key(NORTH))
    assert party["suspended"] == {"roles": None, "since": world.time, "reason": REASON}
    assert not queries.is_suspended(party, world.time)
    assert queries.is_suspended(party, world.time + 1)
    assert queries.suspended_roles(party, world.time + 1) == ("distributor",)
    world.do("parties.reinstate", {"party": NORTH, "reason": REASON}, "agency/admin")
    assert world.get(queries.party_key(NORTH))["suspended"] is None


def test_suspended_regulator_decides_nothing(world: World) -> None:
    world.do(
        "parties.suspend", suspension(party=queries.party_of_key(world.view, world.sign("x.y", {}, "second/admin").by)), "agency/admin"
    )
    site = {"gln": gln("952100900018"), "party": gln("952100900001"), "kind": "office", "names": REASON, "region": "X", "open": True}
    assert world.refuse("parties.site", site, "second/admin").code == "parties.party.suspended"


def test_roles_alone(world: World) -> None:
    world.do("parties.suspend", suspension(party=MAKER, roles=["mah"]), "agency/admin")
    party = world.get(queries.party_key(MAKER))
    assert queries.suspended_roles(party, world.time + 1) == ("mah",)
    assert not queries.is_suspended(party, world.time + 1)


@pytest.mark.parametrize("kind", ["parties.suspend", "parties.reinstate"])
def test_shared_refusals_in_order(world: World, kind: str) -> None:
    extra = {"roles": None} if kind == "parties.suspend" else {}
    assert world.refuse(kind, {"party": NORTH, "reason": REASON, **extra}, "north/admin").code == "parties.role.missing"
    assert world.refuse(kind, {"party": STRANGER, "reason": REASON, **extra}, "second/admin").code == "parties.party.unknown"
    assert world.refuse(kind, {"party": NORTH, "reason": REASON, **extra}, "second/admin").code == "parties.regulator.market"


def test_already_suspended_and_not_suspended(world: World) -> None:
    assert world.refuse("parties.reinstate", {"party": NORTH, "reason": REASON}, "agency/admin").code == "parties.party.not_suspended"
    world.do("parties.suspend", suspension(), "agency/admin")
    assert world.refuse("parties.suspend", suspension(roles=["distributor"]), "agency/admin").code == "parties.party.suspended"
