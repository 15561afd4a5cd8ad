"""Every kind of the registry with everything that can be wrong with a transaction of it (P8): one table for all, made from the schemas.

Each fault gives its own stable code and changes nothing; what a kind refuses by its own row is tested beside its rule.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from chain import rules, transactions
from chain.errors import Refusal
from chain.state import state_key
from chain.transactions import Draft
from tests.trace.examples import good_body, good_items, spoil
from tests.trace.world import AGENCY, CHAIN, HILLSIDE, NORTH, START, World, gln, names, role, signing_key
from trace.forms import MS_LIMIT
from trace.kinds import NAMES, Demand, Kind
from trace.market import DAY_MS
from trace.parties import entries, queries
from trace.registry import KINDS, Application

KIND_NAMES = sorted(KINDS)
PARTY = gln("952109000001")
"""A party made up for each test: it holds exactly the roles that the kind demands."""
SIGNER = "anybody/key"
"""Its key, which may sign everything everywhere."""


def demand_of(kind: str) -> Demand:
    return KINDS[kind].demand


def make_signer(world: World, kind: str, **changed: Any) -> None:
    """Puts PARTY and its key into the state as the kind demands them; `changed`: `roles`, `suspended`, and fields of the key."""
    roles = changed.pop("roles", demand_of(kind).roles or ("distributor",))
    suspended = changed.pop("suspended", None)
    party = entries.make_party(names("anybody"), "CN", [role(each) for each in roles])
    scope = {"kinds": ["drugs.*", "parties.*"], "sites": "all", "daily": None}
    key = {**entries.make_admin_key(PARTY, None, START, scope), **changed}
    site = entries.make_site(PARTY, "CN", {"kind": "shop", "names": names("shop"), "region": "East"})
    text = signing_key(SIGNER).text
    world.view.put({queries.party_key(PARTY): {**party, "suspended": suspended}, queries.key_key(text): key, queries.site_key(PARTY): site})


def body_of(kind: str, site: str = PARTY) -> dict[str, Any]:
    """A body of the right form, at a site."""
    body = good_body(KINDS[kind].schema)
    named = demand_of(kind).site
    return {**body, named: site} if named is not None else body


def refuse(world: World, kind: str, body: dict[str, Any] | None = None, **changed: Any) -> Refusal:
    items = changed.pop("items", good_items(KINDS[kind].schema.items))
    return world.refuse(kind, body_of(kind) if body is None else body, changed.pop("signer", SIGNER), items=items, **changed)


def test_registry_has_every_kind_of_the_rules() -> None:
    assert set(KINDS) == NAMES
    assert all(Application().knows(kind) for kind in NAMES)
    assert not Application().knows("drugs.magic")


# --- row 6 -------------------------------------------------------------------------------------------------------------------


def spoiled_bodies() -> Iterator[Any]:
    for kind in KIND_NAMES:
        for fault in spoil(KINDS[kind].schema.body):
            yield pytest.param(kind, fault.value, fault.field, id=f"{kind}-{fault.field}-{fault.what}")


def spoiled_items() -> Iterator[Any]:
    for kind in KIND_NAMES:
        allowed = KINDS[kind].schema.items
        for tag, record in () if allowed is None else allowed.records.items():
            for fault in spoil(record):
                yield pytest.param(kind, fault.value, fault.field, id=f"{kind}-{tag}-{fault.field}-{fault.what}")


@pytest.mark.parametrize(("kind", "body", "field"), tuple(spoiled_bodies()))
def test_every_field_with_every_fault(founded_world: World, kind: str, body: dict[str, Any], field: str) -> None:
    refusal = judge_form(founded_world, kind, body, good_items(KINDS[kind].schema.items))
    assert (refusal.code, refusal.line) == (f"{kind.partition('.')[0]}.body.field", None)
    assert refusal.field is not None
    assert refusal.field.startswith(field)


@pytest.mark.parametrize(("kind", "item", "field"), tuple(spoiled_items()))
def test_every_field_of_items_with_every_fault(founded_world: World, kind: str, item: dict[str, Any], field: str) -> None:
    refusal = judge_form(founded_world, kind, good_body(KINDS[kind].schema), [item])
    assert (refusal.code, refusal.line) == (f"{kind.partition('.')[0]}.body.field", 0)
    assert refusal.field is not None
    assert refusal.field.startswith(field)


def judge_form(world: World, kind: str, body: dict[str, Any], items: list[dict[str, Any]]) -> Refusal:
    """The refusal of the application; the signer is a stranger, since row 6 comes before row 7."""
    draft = Draft(CHAIN.hex(), kind, body, 1, START, bytes(16), items=items)
    transaction = transactions.sign(draft, signing_key("stranger/key"))
    with pytest.raises(Refusal) as caught:
        world.application.apply(world.view, transaction, world.block)
    return caught.value


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_items_where_none_belong(world: World, kind: str) -> None:
    refusal = refuse(world, kind, items=[{"t": "line"}] if KINDS[kind].schema.items is None else [{"t": "nothing"}])
    assert refusal.code.endswith(".body.field")


# --- rows 7-11 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_stranger(world: World, kind: str) -> None:
    assert refuse(world, kind).code == "parties.key.unknown"


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"from": START + DAY_MS}, "parties.key.not_yet"),
        ({"until": START}, "parties.key.expired"),
        ({"revoked": {"at": START, "reason": "stolen"}}, "parties.key.revoked"),
    ],
)
def test_key_not_in_force(world: World, kind: str, changed: dict[str, Any], code: str) -> None:
    make_signer(world, kind, **changed)
    assert refuse(world, kind).code == code


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_kind_out_of_scope(world: World, kind: str) -> None:
    make_signer(world, kind, scope={"kinds": ["drugs.nothing"], "sites": "all", "daily": None})
    if demand_of(kind).in_every_scope:
        assert refuse(world, kind).code != "parties.key.scope"
    else:
        assert refuse(world, kind).code == "parties.key.scope"


@pytest.mark.parametrize("kind", [kind for kind in KIND_NAMES if KINDS[kind].demand.site])
def test_site_out_of_scope(world: World, kind: str) -> None:
    make_signer(world, kind, scope={"kinds": ["drugs.*"], "sites": [NORTH], "daily": None})
    assert refuse(world, kind).code == "parties.key.site"


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_daily_cap_used_up(world: World, kind: str) -> None:
    make_signer(world, kind, scope={"kinds": ["drugs.*", "parties.*"], "sites": "all", "daily": 1})
    world.view.put({state_key("cap", signing_key(SIGNER).text): {"day": "2026-01-01", "n": 1}})
    assert refuse(world, kind).code == "parties.key.cap"


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_suspended_party(world: World, kind: str) -> None:
    make_signer(world, kind, suspended={"roles": None, "since": START, "reason": names("reason")})
    code = refuse(world, kind).code
    assert (code == "parties.party.suspended") != demand_of(kind).while_suspended


def test_what_a_suspended_party_may_still_do() -> None:
    """DOMAIN §5 row 9, as far as these rules have the kinds."""
    allowed = {kind for kind in KINDS if KINDS[kind].demand.while_suspended}
    assert allowed == {"drugs.receive", "drugs.refuse", "drugs.return", "parties.revoke"}


@pytest.mark.parametrize("kind", [kind for kind in KIND_NAMES if KINDS[kind].demand.roles])
def test_wrong_role(world: World, kind: str) -> None:
    make_signer(world, kind, roles=("witness",))
    assert refuse(world, kind).code == "parties.role.missing"


@pytest.mark.parametrize("kind", [kind for kind in KIND_NAMES if KINDS[kind].demand.roles])
def test_licence_over(world: World, kind: str) -> None:
    make_signer(world, kind)
    party = world.get(queries.party_key(PARTY))
    ended = [{**entry, "until": "2025-12-31"} for entry in party["roles"]]
    world.view.put({queries.party_key(PARTY): {**party, "roles": ended}})
    assert refuse(world, kind).code == "parties.licence.expired"


@pytest.mark.parametrize("kind", [kind for kind in KIND_NAMES if KINDS[kind].demand.site])
def test_wrong_site(world: World, kind: str) -> None:
    make_signer(world, kind)
    assert refuse(world, kind, body_of(kind, gln("952109900001"))).code == "parties.site.unknown"
    assert refuse(world, kind, body_of(kind, HILLSIDE)).code == "parties.site.other_party"
    site = world.get(queries.site_key(PARTY))
    world.view.put({queries.site_key(PARTY): {**site, "open": False}})
    assert refuse(world, kind).code == "parties.site.closed"


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_good_form_and_signer_reach_the_kinds_own_row(world: World, kind: str) -> None:
    """Nothing of rows 1-11 stands in the way of the right form by the right signer: the kind's own row speaks."""
    make_signer(world, kind)
    world.advance()
    transaction = world.sign(kind, body_of(kind), SIGNER, items=good_items(KINDS[kind].schema.items))
    try:
        world.judge(transaction)
    except Refusal as refusal:
        assert not refusal.code.startswith("chain.")
        assert not refusal.code.endswith(".body.field")
        assert refusal.code not in {"parties.key.scope", "parties.key.site", "parties.key.cap", "parties.role.missing"}


# --- rows 2, 3 and 5 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_replayed_future_expired_and_for_another_chain(world: World, kind: str) -> None:
    make_signer(world, kind)
    used = {"high": 700, "seen": f"{1:064x}"}
    world.view.put({state_key("seq", signing_key(SIGNER).text): used})
    assert refuse(world, kind, seq=700).code == "chain.seq.used"
    assert refuse(world, kind, seq=444).code == "chain.seq.old"
    assert refuse(world, kind, seq=1_000_701).code == "chain.seq.far"
    future = world.time + 2_000 + rules.FUTURE_LIMIT_MS + 1
    assert refuse(world, kind, seq=701, at=future).code == "chain.tx.future"
    assert refuse(world, kind, seq=701, at=START - 10, until=START).code == "chain.tx.expired"
    assert refuse(world, kind, seq=701, until=MS_LIMIT).code == "chain.tx.expired"
    assert refuse(world, kind, seq=701, chain="ab" * 32).code == "chain.tx.chain"


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_forged_signatures(world: World, kind: str) -> None:
    make_signer(world, kind)
    for code, place in (("chain.tx.signature", 0), ("chain.tx.cosignature", 1)):
        good = world.sign(kind, body_of(kind), SIGNER, "north/admin", items=good_items(KINDS[kind].schema.items))
        signatures = list(good.signatures)
        signatures[place] = signatures[1 - place]
        forged = transactions.decode(good.envelope, tuple(signatures), good.item_bytes)
        with pytest.raises(Refusal) as caught:
            world.judge(forged)
        assert caught.value.code == code


def test_unknown_kind(world: World) -> None:
    assert world.refuse("drugs.magic", {}, "maker/admin").code == "chain.tx.kind"
    transaction = world.sign("drugs.magic", {}, "maker/admin")
    with pytest.raises(Refusal) as caught:
        world.application.apply(world.view, transaction, world.block)
    assert caught.value.code == "chain.tx.kind"


def test_accepted_transaction_cannot_be_replayed(world: World) -> None:
    transaction = world.do("parties.suspend", {"party": NORTH, "roles": None, "reason": names("reason")}, "agency/admin")
    world.do("parties.reinstate", {"party": NORTH, "reason": names("reason")}, "agency/admin")
    with pytest.raises(Refusal) as caught:
        world.put(transaction)
    assert caught.value.code == "chain.seq.used"
    assert queries.party_of_key(world.view, transaction.by) == AGENCY


def test_every_kind_has_a_schema_a_demand_and_a_rule() -> None:
    for name, kind in KINDS.items():
        assert isinstance(kind, Kind), name
        assert callable(kind.rule), name
