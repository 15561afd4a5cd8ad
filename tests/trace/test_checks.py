"""Rows 6-11 of DOMAIN §5: each code, and the order in which they come."""

from typing import Any

import pytest

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView
from chain.keys import SigningKey
from chain.state import state_key
from chain.transactions import Transaction
from tests.trace.world import (
    BRIDGE,
    HILLSIDE,
    MAKER,
    NORTH,
    RIVER,
    SOUTH,
    START,
    STATION,
    World,
    enrol_body,
    key_body,
    names,
    role,
    signing_key,
)
from trace.kinds import Demand
from trace.market import DAY_MS
from trace.parties import checks, queries

SHOP = Demand(roles=("pharmacy", "hospital"), site="site")
"""What selling demands."""
DISTRIBUTOR = Demand(roles=("distributor",), site="site")
"""What a distributor's kind demands."""


def authorise(world: World, signer: str, site: str, demand: Demand = SHOP, kind: str = "drugs.dispense") -> checks.Signer:
    """Rows 7-11 for a transaction by a named key at a site."""
    transaction = world.sign(kind, {"site": site}, signer)
    return checks.authorise(world.view, transaction, world.block, demand)


def code_of(world: World, signer: str, site: str, demand: Demand = SHOP, kind: str = "drugs.dispense") -> str:
    """The code with which rows 7-11 refuse."""
    with pytest.raises(Refusal) as caught:
        authorise(world, signer, site, demand, kind)
    return caught.value.code


def enrol_key(world: World, name: str, **changed: Any) -> None:
    """A further till of the river pharmacies."""
    world.do("parties.key", key_body(world, name, RIVER, **changed), "river/admin")


def scope(**changed: Any) -> dict[str, Any]:
    return {"kinds": ["drugs.*"], "sites": "all", "daily": None, **changed}


def test_authorised_signer_is_returned(world: World) -> None:
    signer = authorise(world, "bridge/till", BRIDGE)
    assert (signer.gln, signer.text, signer.changes) == (RIVER, signing_key("bridge/till").text, {})
    assert signer.key["class"] == "device"
    assert signer.party["names"] == names("river")


def test_key_unknown(world: World) -> None:
    assert code_of(world, "stranger/till", BRIDGE) == "parties.key.unknown"


def test_key_not_yet_and_expired_are_half_open(world: World) -> None:
    start, end = world.time + 10 * DAY_MS, world.time + 20 * DAY_MS
    enrol_key(world, "river/later", **{"from": start, "until": end})
    world.time = start - 1
    assert code_of(world, "river/later", BRIDGE) == "parties.key.not_yet"
    world.time = start
    authorise(world, "river/later", BRIDGE)
    world.time = end - 1
    authorise(world, "river/later", BRIDGE)
    world.time = end
    assert code_of(world, "river/later", BRIDGE) == "parties.key.expired"


def test_key_revoked_in_the_same_block(world: World) -> None:
    revoked = {"public": signing_key("bridge/till").text, "reason": "lost", "compromised_since": None}
    world.do("parties.revoke", revoked, "river/admin")
    assert code_of(world, "bridge/till", BRIDGE) == "parties.key.revoked"


def test_expired_comes_before_revoked(world: World) -> None:
    enrol_key(world, "river/short", until=world.time + DAY_MS)
    revoked = {"public": signing_key("river/short").text, "reason": "lost", "compromised_since": None}
    world.do("parties.revoke", revoked, "river/admin")
    world.advance(days=2)
    assert code_of(world, "river/short", BRIDGE) == "parties.key.expired"


def test_scope_of_kinds(world: World) -> None:
    enrol_key(world, "river/counter", scope=scope(kinds=["drugs.dispense", "parties.*"]))
    authorise(world, "river/counter", BRIDGE)
    authorise(world, "river/counter", BRIDGE, kind="parties.site")
    assert code_of(world, "river/counter", BRIDGE, kind="drugs.undo") == "parties.key.scope"
    assert code_of(world, "river/counter", BRIDGE, kind="drugs.dispense.offline") == "parties.key.scope"


def test_scope_of_sites(world: World) -> None:
    assert code_of(world, "bridge/till", STATION) == "parties.key.site"


def test_scope_comes_before_site_and_site_before_owner(world: World) -> None:
    enrol_key(world, "river/narrow", scope=scope(kinds=["drugs.undo"], sites=[BRIDGE]))
    assert code_of(world, "river/narrow", HILLSIDE) == "parties.key.scope"
    assert code_of(world, "river/narrow", HILLSIDE, kind="drugs.undo") == "parties.key.site"


def test_located_site_is_judged_by_scope_only(world: World) -> None:
    def find(view: StateView, transaction: Transaction) -> str | None:
        return transaction.body["site"] or None

    demand = Demand(roles=("pharmacy",), locate=find)
    authorise(world, "bridge/till", BRIDGE, demand)
    authorise(world, "hillside/till", BRIDGE, demand)  # another party's site: the kind's own row has the code for that
    authorise(world, "bridge/till", "", demand)  # it names nothing that exists
    assert code_of(world, "bridge/till", STATION, demand) == "parties.key.site"


def test_daily_cap_counts_accepted_transactions_on_the_local_day(world: World) -> None:
    enrol_key(world, "river/capped", scope=scope(kinds=["parties.revoke"], daily=2))
    name = state_key("cap", signing_key("river/capped").text)
    own = {"public": signing_key("river/capped").text, "reason": "left", "compromised_since": None}
    first = authorise(world, "river/capped", BRIDGE, kind="parties.revoke")
    assert first.changes == {name: {"day": "2026-01-01", "n": 1}}
    world.view.put({name: {"day": "2026-01-01", "n": 2}})
    assert code_of(world, "river/capped", BRIDGE, kind="parties.revoke") == "parties.key.cap"
    world.time = START + 16 * 3_600_000 - 1  # 2026-01-01T23:59:59.999 in China
    assert code_of(world, "river/capped", BRIDGE, kind="parties.revoke") == "parties.key.cap"
    world.time += 1
    assert authorise(world, "river/capped", BRIDGE, kind="parties.revoke").changes == {name: {"day": "2026-01-02", "n": 1}}
    world.do("parties.revoke", own, "river/capped")
    assert world.get(name) == {"day": "2026-01-02", "n": 1}


def test_a_refused_transaction_does_not_use_up_the_cap(world: World) -> None:
    enrol_key(world, "river/capped", scope=scope(kinds=["parties.revoke"], daily=1))
    other = {"public": signing_key("north/desk").text, "reason": "left", "compromised_since": None}
    assert world.refuse("parties.revoke", other, "river/capped").code == "parties.key.not_admin"
    assert world.view.get(state_key("cap", signing_key("river/capped").text)) is None


def suspend(world: World, party: str, roles: list[str] | None = None) -> None:
    world.do("parties.suspend", {"party": party, "roles": roles, "reason": names("reason")}, "agency/admin")


def test_suspension_counts_from_the_next_block(world: World) -> None:
    suspend(world, RIVER)
    authorise(world, "bridge/till", BRIDGE)
    world.advance()
    assert code_of(world, "bridge/till", BRIDGE) == "parties.party.suspended"
    authorise(world, "bridge/till", BRIDGE, Demand(("pharmacy",), "site", while_suspended=True))
    assert code_of(world, "bridge/till", BRIDGE, Demand(site="site")) == "parties.party.suspended"


def test_suspension_of_one_role_leaves_the_others(world: World) -> None:
    suspend(world, MAKER, ["mah"])
    world.advance()
    site = MAKER[:7] + "000185"
    assert code_of(world, "maker/line", site, Demand(("mah", "importer"), "site")) == "parties.party.suspended"
    authorise(world, "maker/line", site, Demand(("mah", "manufacturer"), "site"))
    authorise(world, "maker/line", site, Demand(site="site"))
    authorise(world, "maker/line", site, Demand(("mah",), "site", while_suspended=True))


def test_a_suspended_role_does_not_stand_in_for_one_whose_licence_ended(world: World) -> None:
    world.do(
        "parties.licence",
        {"party": MAKER, "role": "importer", "licence": "I-1", "from": "2026-01-01", "until": "2026-01-02"},
        "agency/admin",
    )
    suspend(world, MAKER, ["mah"])
    world.advance(days=5)
    assert code_of(world, "maker/line", "", Demand(("mah", "importer"))) == "parties.licence.expired"


def test_role_missing(world: World) -> None:
    assert code_of(world, "north/desk", NORTH) == "parties.role.missing"


def test_licence_is_in_force_to_the_end_of_its_last_day(world: World) -> None:
    body = enrol_body(world, "short", gln := "9521033000016", roles=[role("distributor", "2026-01-31", start="2026-01-02")])
    body["proof"] = world.proof("short/admin", gln)
    world.do("parties.enrol", body, "agency/admin")
    world.do("parties.key", key_body(world, "short/desk", gln), "short/admin")
    midnight = START + 16 * 3_600_000  # the first of January ends in China
    world.time = midnight - 1
    assert code_of(world, "short/desk", gln, DISTRIBUTOR) == "parties.licence.expired"
    world.time = midnight
    authorise(world, "short/desk", gln, DISTRIBUTOR)
    world.time = midnight + 30 * DAY_MS - 1
    authorise(world, "short/desk", gln, DISTRIBUTOR)
    world.time += 1
    assert code_of(world, "short/desk", gln, DISTRIBUTOR) == "parties.licence.expired"


def test_site_unknown_other_party_closed(world: World) -> None:
    assert code_of(world, "north/desk", "9521099000015", DISTRIBUTOR) == "parties.site.unknown"
    assert code_of(world, "north/desk", SOUTH, DISTRIBUTOR) == "parties.site.other_party"
    closed = {"gln": NORTH, "party": NORTH, "kind": "warehouse", "names": names("north"), "region": "East", "open": False}
    world.do("parties.site", closed, "agency/admin")
    assert code_of(world, "north/desk", NORTH, DISTRIBUTOR) == "parties.site.closed"


def test_row_order_from_key_to_site(world: World) -> None:
    """One transaction with every fault at once; each fault taken away shows the next."""
    start = world.time + DAY_MS
    enrol_key(world, "river/bad", scope=scope(kinds=["drugs.undo"], sites=[BRIDGE], daily=1), **{"from": start})
    suspend(world, RIVER)
    demand = Demand(("hospital",), "site")
    assert code_of(world, "river/nobody", HILLSIDE, demand) == "parties.key.unknown"
    assert code_of(world, "river/bad", HILLSIDE, demand) == "parties.key.not_yet"
    world.time = start
    assert code_of(world, "river/bad", HILLSIDE, demand) == "parties.key.scope"
    assert code_of(world, "river/bad", HILLSIDE, demand, "drugs.undo") == "parties.key.site"
    world.view.put({state_key("cap", signing_key("river/bad").text): {"day": "2026-01-02", "n": 1}})
    assert code_of(world, "river/bad", BRIDGE, demand, "drugs.undo") == "parties.key.cap"
    assert code_of(world, "bridge/till", BRIDGE, demand) == "parties.party.suspended"
    world.do("parties.reinstate", {"party": RIVER, "reason": names("reason")}, "agency/admin")
    assert code_of(world, "bridge/till", BRIDGE, demand) == "parties.role.missing"
    enrol_key(world, "river/wide")
    assert code_of(world, "river/wide", HILLSIDE) == "parties.site.other_party"


def test_consent_counts_admin_keys_in_force_only(world: World) -> None:
    transaction = world.sign("parties.prefix", {}, "agency/admin", "maker/admin", "north/desk", "stranger/admin")
    assert checks.has_consent(world.view, transaction, world.block, MAKER)
    assert not checks.has_consent(world.view, transaction, world.block, NORTH)
    assert [signer.gln for signer in checks.signers(world.view, transaction, world.block)][1:] == [MAKER, NORTH]
    world.do("parties.key", key_body(world, "maker/second", MAKER, **{"class": "admin"}), "maker/admin")
    revoked = {"public": signing_key("maker/admin").text, "reason": "rotated", "compromised_since": None}
    world.do("parties.revoke", revoked, "maker/second")
    assert not checks.has_consent(world.view, transaction, world.block, MAKER)


def test_queries_about_keys(world: World) -> None:
    key = world.get(queries.key_key(signing_key("bridge/till").text))
    assert queries.is_key_in_force(key, world.time)
    found = dict(queries.keys_of(world.view, RIVER))
    assert set(found) == {signing_key(name).text for name in ("river/admin", "bridge/till", "station/till")}
    assert [text for text, _ in queries.keys_of(world.view, RIVER, "admin")] == [signing_key("river/admin").text]
    assert queries.party_of_key(world.view, SigningKey.from_seed(bytes(32)).text) is None
    revoked = {"public": signing_key("bridge/till").text, "reason": "stolen", "compromised_since": world.time - 5}
    at = world.time + 2_000
    world.do("parties.revoke", revoked, "river/admin")
    key = world.get(queries.key_key(signing_key("bridge/till").text))
    assert [queries.was_key_in_force(key, time) for time in (START - 1, at, at + 1)] == [False, True, False]
    assert [queries.is_compromised_at(key, time) for time in (at - 2_006, at - 2_005, at)] == [False, True, True]


def test_queries_about_parties_and_sites(world: World) -> None:
    assert queries.names_of_party(world.view, MAKER) == names("maker")
    assert queries.names_of_party(world.view, "9521099000015") is None
    assert queries.names_of_site(world.view, BRIDGE) == names("river shop")
    assert queries.names_of_site(world.view, "9521099000015") is None
    assert [gln for gln, _ in queries.sites_of(world.view, RIVER)] == [BRIDGE, STATION]
    assert queries.roles_held(world.get(queries.party_key(MAKER))) == ("mah", "manufacturer")


def test_application_merges_the_cap_into_the_changes(world: World) -> None:
    enrol_key(world, "river/capped", scope=scope(kinds=["parties.revoke"], daily=5))
    own = {"public": signing_key("river/capped").text, "reason": "left", "compromised_since": None}
    world.advance()
    transaction = world.sign("parties.revoke", own, "river/capped")
    changes: Changes = world.application.apply(world.view, transaction, BlockContext(world.block.chain, world.height, world.time))
    assert state_key("cap", signing_key("river/capped").text) in changes.values
    assert world.application.owner(world.view, signing_key("river/capped").text) == RIVER
    assert world.application.owner(world.view, signing_key("stranger/till").text) is None
