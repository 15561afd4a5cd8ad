"""`parties.site`: opening, changing, closing; every refusal of its row."""

from typing import Any

from chain.errors import Refusal
from tests.trace.world import BRIDGE, HOSPITAL, HOSPITAL_PHARMACY, MAKER, NORTH, RIVER, WARD, World, gln, key_body, names
from trace.parties import queries
from trace.parties.occupancy import change_occupancy, is_empty, occupancy

NEW = gln("952104000018")
STRANGER = gln("952109900001")
THEATRE = gln("952100800032")


def site(**changed: Any) -> dict[str, Any]:
    return {"gln": NEW, "party": NORTH, "kind": "warehouse", "names": names("second warehouse"), "region": "North", "open": True, **changed}


def theatre(**changed: Any) -> dict[str, Any]:
    return site(**{"gln": THEATRE, "party": HOSPITAL, "kind": "theatre", **changed})


def refuse(world: World, signer: str = "agency/admin", **changed: Any) -> Refusal:
    return world.refuse("parties.site", site(**changed), signer)


def test_regulator_opens_changes_closes_and_reopens(world: World) -> None:
    world.do("parties.site", site(), "agency/admin")
    entry = world.get(queries.site_key(NEW))
    assert {name: entry[name] for name in ("party", "kind", "country", "open")} == {
        "party": NORTH, "kind": "warehouse", "country": "CN", "open": True,
    }  # fmt: skip
    assert [each for each, _ in queries.sites_of(world.view, NORTH)] == sorted([NORTH, NEW])
    world.do("parties.site", site(region="West"), "agency/admin")
    world.do("parties.site", site(open=False), "agency/admin")
    assert world.get(queries.site_key(NEW))["open"] is False
    world.do("parties.site", site(), "agency/admin")
    assert world.get(queries.site_key(NEW))["history"]["n"] == 4


def test_party_may_use_its_own_gln_for_a_site(world: World) -> None:
    world.do("parties.site", site(gln=RIVER, party=RIVER, kind="office"), "agency/admin")
    assert queries.party_of_site(world.view, RIVER) == RIVER


def test_hospital_opens_its_own_wards(world: World) -> None:
    world.do("parties.site", theatre(), "hospital/admin")
    world.do("parties.site", theatre(kind="ward"), "hospital/admin")
    world.do("parties.site", theatre(open=False), "hospital/admin")
    assert world.get(queries.site_key(THEATRE))["open"] is False


def test_hospital_may_not_do_more(world: World) -> None:
    for changed in ({"kind": "hospital_pharmacy"}, {"gln": HOSPITAL_PHARMACY, "kind": "ward"}, {"party": RIVER}):
        assert world.refuse("parties.site", theatre(**changed), "hospital/admin").code == "parties.regulator.market"
    scope = {"kinds": ["parties.site"], "sites": "all", "daily": None}
    world.do("parties.key", key_body(world, "hospital/clerk", HOSPITAL, scope=scope), "hospital/admin")
    assert world.refuse("parties.site", theatre(), "hospital/clerk").code == "parties.regulator.market"
    assert world.refuse("parties.site", site(kind="ward"), "north/admin").code == "parties.regulator.market"


def test_wards_need_an_open_hospital_pharmacy(world: World) -> None:
    world.do("parties.site", theatre(gln=HOSPITAL_PHARMACY, kind="hospital_pharmacy", open=False), "agency/admin")
    assert world.refuse("parties.site", theatre(), "hospital/admin").code == "parties.regulator.market"
    world.do("parties.site", theatre(gln=WARD, kind="ward"), "agency/admin")


def test_refusals_in_order(world: World) -> None:
    assert refuse(world, party=STRANGER, gln=BRIDGE).code == "parties.party.unknown"
    assert refuse(world, "second/admin", gln=BRIDGE).code == "parties.regulator.market"
    assert refuse(world, "north/admin").code == "parties.regulator.market"
    assert refuse(world, gln=BRIDGE).code == "parties.site.exists"
    assert refuse(world, gln=MAKER).code == "parties.site.exists"
    assert refuse(world, open=False).code == "parties.site.unknown"
    assert refuse(world, gln=BRIDGE, open=False).code == "parties.site.unknown"


def test_site_with_stock_or_open_shipments_stays_open(world: World) -> None:
    for counts in ({"batches": 1}, {"shipments": 1}):
        world.view.put(change_occupancy(world.view, NORTH, **counts))
        assert refuse(world, gln=NORTH, open=False).code == "parties.site.not_empty"
        world.view.put(change_occupancy(world.view, NORTH, **{name: -count for name, count in counts.items()}))
    world.do("parties.site", site(gln=NORTH, open=False), "agency/admin")


def test_occupancy_adds_up(world: World) -> None:
    assert is_empty(world.view, NORTH)
    assert change_occupancy(world.view, NORTH) == {}
    world.view.put(change_occupancy(world.view, NORTH, batches=2, shipments=1))
    assert occupancy(world.view, NORTH) == {"batches": 2, "shipments": 1}
    assert not is_empty(world.view, NORTH)
