"""`parties.licence` and `parties.prefix`: every refusal of their rows, and what they change."""

from typing import Any

from chain.errors import Refusal
from tests.trace.world import AGENCY, FOREIGN, MAKER, MAKER_PREFIX, NORTH, OTHER_MAKER, SECOND_AGENCY, World, gln
from trace.market import regulators_of
from trace.parties import queries
from trace.parties.entries import LICENCE_LIMIT
from trace.parties.licences import with_licence

STRANGER = gln("952109900001")


def licence(**changed: Any) -> dict[str, Any]:
    return {"party": NORTH, "role": "distributor", "licence": "DEMO-distributor", "from": "2026-01-01", "until": "2030-12-31", **changed}


def refuse(world: World, *signers: str, **changed: Any) -> Refusal:
    return world.refuse("parties.licence", licence(**changed), *(signers or ("agency/admin",)))


def roles(world: World, party: str = NORTH) -> list[tuple[str, str, str, str | None]]:
    return [(each["role"], each["licence"], each["from"], each["until"]) for each in world.get(queries.party_key(party))["roles"]]


def test_licence_adds_renews_and_ends(world: World) -> None:
    world.do("parties.licence", licence(), "agency/admin")
    assert roles(world) == [("distributor", "DEMO-distributor", "2025-01-01", "2030-12-31")]
    world.do("parties.licence", licence(role="carrier", licence="C-1", until=None), "agency/admin")
    assert roles(world)[1] == ("carrier", "C-1", "2026-01-01", None)
    world.do("parties.licence", licence(until="2026-01-01"), "agency/admin")
    assert roles(world)[0] == ("distributor", "DEMO-distributor", "2025-01-01", "2026-01-01")
    world.advance(days=40)
    world.do("parties.licence", licence(**{"from": "2026-02-01"}), "agency/admin")
    assert [each[2:] for each in roles(world) if each[0] == "distributor"] == [("2025-01-01", "2026-01-01"), ("2026-02-01", "2030-12-31")]
    assert world.get(queries.party_key(NORTH))["history"]["n"] == 5


def test_refusals_of_licence_in_order(world: World) -> None:
    assert refuse(world, "north/admin").code == "parties.role.missing"
    assert refuse(world, party=STRANGER, role="wizard").code == "parties.party.unknown"
    assert refuse(world, "second/admin", role="wizard").code == "parties.regulator.market"
    assert refuse(world, role="wizard", until="2025-01-01").code == "parties.role.unknown"
    world.do("parties.licence", licence(party=FOREIGN), "second/admin")
    refusal = refuse(world, "second/admin", party=FOREIGN, role="regulator", until="2025-01-01")
    assert (refusal.code, refusal.found) == ("parties.role.reserved", f"without {AGENCY}")
    assert refuse(world, until="2025-12-31").code == "parties.licence.dates"


def test_licence_cannot_end_in_the_past(world: World) -> None:
    refusal = refuse(world, **{"from": "2025-01-01", "until": "2025-12-31"})
    assert (refusal.code, refusal.field, refusal.expected) == ("parties.licence.dates", "until", "until >= 2026-01-01, today")


def test_regulators_together_make_a_regulator(world: World) -> None:
    world.do("parties.licence", licence(party=FOREIGN, role="regulator", licence="R-1"), "agency/admin", "second/admin")
    assert regulators_of(world.view, "XE") == (AGENCY, SECOND_AGENCY, FOREIGN)
    world.do("parties.licence", licence(party=FOREIGN, role="regulator", licence="R-1"), "agency/admin", "second/admin", "foreign/admin")
    assert regulators_of(world.view, "XE") == (AGENCY, SECOND_AGENCY, FOREIGN)


def test_full_entry_gives_up_what_ended_first_or_refuses(world: World) -> None:
    ending = {"role": "carrier", "from": "2026-01-01", "until": "2026-01-05"}
    world.do("parties.licence", licence(licence="early", **ending), "agency/admin")
    for number in range(LICENCE_LIMIT - 2):
        world.do("parties.licence", licence(role="witness", licence=f"W-{number}"), "agency/admin")
    assert refuse(world, role="miner").code == "parties.licence.too_many"
    world.advance(days=10)
    world.do("parties.licence", licence(role="miner"), "agency/admin")
    assert len(roles(world)) == LICENCE_LIMIT
    assert "early" not in {each[1] for each in roles(world)}


def test_with_licence_prolongs_only_what_it_meets() -> None:
    held = [{"role": "mah", "licence": "A", "from": "2020-01-01", "until": "2021-12-31"}]
    meets = {"role": "mah", "licence": "A", "from": "2021-12-31", "until": None}
    apart = {**meets, "from": "2022-01-01"}
    assert with_licence(held, meets, "2022-01-01") == [{**meets, "from": "2020-01-01"}]
    assert with_licence(held, apart, "2022-01-01") == [*held, apart]
    assert with_licence(held, {**meets, "licence": "B"}, "2022-01-01")[0] == held[0]


def test_a_licence_for_now_does_not_end_the_one_to_come() -> None:
    """Intervals that lie apart stay two, whichever was written first."""
    coming = [{"role": "mah", "licence": "A", "from": "2027-01-01", "until": None}]
    now = {"role": "mah", "licence": "A", "from": "2026-01-01", "until": "2026-06-30"}
    assert with_licence(coming, now, "2026-01-01") == [*coming, now]
    meets = {**now, "until": "2027-01-01"}
    assert with_licence(coming, meets, "2026-01-01") == [meets]


# --- prefixes ----------------------------------------------------------------------------------------------------------------


def prefix(digits: str = MAKER_PREFIX, party: str | None = OTHER_MAKER) -> dict[str, Any]:
    return {"prefix": digits, "party": party}


def owner(world: World, digits: str) -> str | None:
    return queries.holder_of(queries.find_prefix(world.view, digits), world.time)


def test_prefix_moves_with_both_signatures(world: World) -> None:
    before = world.time
    world.do("parties.prefix", prefix(), "agency/admin", "maker/admin", "other/admin")
    holders = world.get(queries.prefix_key(MAKER_PREFIX))["holders"]
    assert [(each["party"], each["until"]) for each in holders] == [(MAKER, world.time), (OTHER_MAKER, None)]
    assert owner(world, MAKER_PREFIX) == OTHER_MAKER
    assert queries.holder_of(world.get(queries.prefix_key(MAKER_PREFIX)), before) == MAKER


def test_prefix_is_released_and_taken_up(world: World) -> None:
    world.do("parties.prefix", prefix(party=None), "agency/admin", "maker/admin")
    assert owner(world, MAKER_PREFIX) is None
    assert queries.prefix_owner(world.view, "0" + MAKER_PREFIX + "000001", world.time) is None
    world.do("parties.prefix", prefix(), "agency/admin", "other/admin")
    assert owner(world, MAKER_PREFIX) == OTHER_MAKER


def test_single_number_under_a_body_prefix(world: World) -> None:
    number = MAKER_PREFIX + "009990"
    assert world.refuse("parties.prefix", prefix(number), "agency/admin", "other/admin").code == "parties.prefix.consent"
    world.do("parties.prefix", prefix(number), "agency/admin", "other/admin", "maker/admin")
    assert queries.prefix_owner(world.view, "0" + number, world.time) == (number, OTHER_MAKER)
    assert queries.prefix_owner(world.view, "0" + MAKER_PREFIX + "009991", world.time) == (MAKER_PREFIX, MAKER)


def test_refusals_of_prefix_in_order(world: World) -> None:
    assert world.refuse("parties.prefix", prefix("123", STRANGER), "maker/admin").code == "parties.role.missing"
    assert world.refuse("parties.prefix", prefix("123", STRANGER), "agency/admin").code == "parties.prefix.format"
    assert world.refuse("parties.prefix", prefix("95210010000000", STRANGER), "agency/admin").code == "parties.prefix.format"
    assert world.refuse("parties.prefix", prefix(party=STRANGER), "agency/admin").code == "parties.party.unknown"
    for signers in (("agency/admin",), ("agency/admin", "maker/admin"), ("agency/admin", "other/admin"), ("agency/admin", "maker/line")):
        assert world.refuse("parties.prefix", prefix(), *signers).code == "parties.prefix.consent"
    assert world.refuse("parties.prefix", prefix("9999999", None), "agency/admin").code == "parties.prefix.consent"


def test_prefix_entry_keeps_the_newest_holdings(world: World) -> None:
    for _ in range(25):
        world.do("parties.prefix", prefix(), "agency/admin", "maker/admin", "other/admin")
        world.do("parties.prefix", prefix(party=MAKER), "agency/admin", "maker/admin", "other/admin")
    holders = world.get(queries.prefix_key(MAKER_PREFIX))["holders"]
    assert (len(holders), holders[-1]["party"], holders[-1]["until"]) == (40, MAKER, None)
