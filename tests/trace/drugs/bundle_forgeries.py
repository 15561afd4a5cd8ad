"""Cases of evidence whose head is good and whose content is not: attesters who lie, and what is not shown (steps 9 and 10)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.trace.drugs.bundle_changes import Case, difference, put, with_histories
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import Maker, flip
from tests.trace.drugs.forging import Forgery
from tests.trace.drugs.goods import line
from tests.trace.world import AGENCY, BRIDGE, MAKER, NORTH, RIVER, SOUTH, signing_key
from trace.drugs.entries import batch_name, product_key
from trace.parties.queries import key_key, party_key, site_key


def forgeries(goods: Goods) -> Iterator[Case]:
    """The cases."""
    for part in (_events, _forged_entries, _forged_signers, _forged_ways, _gaps):
        yield from part(goods)


# --- 9, 10 -------------------------------------------------------------------------------------------------------------------


def _events(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    sigs = make.value["transactions"][0]["sigs"]
    yield make.case("event: a signature changed", "evidence.event.signature", put([flip(sigs[0])], "transactions", 0, "sigs"))
    yield make.case(
        "event: another's signature", "evidence.event.signature", put(make.value["transactions"][1]["sigs"], "transactions", 0, "sigs")
    )
    number = next(number for number, item in enumerate(make.value["transactions"]) if item["items"])
    yield make.case("event: its line not shown", "evidence.custody", put([], "transactions", number, "items"))
    forged = Forgery(goods.ledger, make.value)
    last = forged.find("drugs.receive")
    yield make.forged(
        "event: of another chain", "evidence.event.envelope", lambda forged: forged.resign(last, "bridge/till", chain="ab" * 32)
    )
    yield make.forged(
        "event: signed by nobody that it names",
        "evidence.event.signature",
        lambda forged: forged.resign(last, "stranger", by=signing_key("bridge/till").text),
    )


def _forged_entries(goods: Goods) -> Iterator[Case]:
    make, name = Maker(goods), batch_name(str(goods.items["active"].gtin), "A")
    product = product_key(name.gtin)
    batch, entered = name.batch_key, make.value["state"]["entries"][make.at(name.batch_key)]["value"]
    (release,) = entered["releases"]
    for title, key, changed in (
        ("a later expiry than was signed", batch, {"printed_expiry": "2031-01-01"}),
        ("a later expiry beside the printed one", batch, {"expiry": "2031-01-01"}),
        ("another signer of the batch", batch, {"signer": signing_key("maker/qp").text}),
        ("another maker", batch, {"maker": NORTH}),
        ("another place of making", batch, {"site": NORTH}),
        ("another market of the batch", batch, {"market": "XE"}),
        ("more packs than were made", batch, {"count": 101}),
        ("a part more", batch, {"roots": [*entered["roots"], {"from": 100, "to": 101, "root": "ab" * 32}]}),
        ("made from another batch", batch, {"sources": [{"gtin": name.gtin, "lot": "B"}]}),
        ("made at another time", batch, {"since": 1}),
        ("a recall of the batch that nobody signed", batch, {"recalls": ["R-1"]}),
        ("packs missing, and no receipt says so", batch, {"loose_missing": 1}),
        ("status released without a release", batch, {"releases": []}),
        ("status rejected with a release", batch, {"status": "rejected"}),
        ("a release that nobody signed", batch, {"releases": [release, {**release, "as": "authority"}]}),
        ("a release at another time", batch, {"releases": [{**release, "since": 1}]}),
        ("an owner who does not hold the prefix", product, {"owner": NORTH}),
        ("makers without this one", product, {"makers": []}),
        ("other names of the product", product, {"names": {"en": "Other tablets", "zh": "其他片"}}),
        ("authorised in fewer markets", product, {"markets": []}),
        ("no release needed", product, {"release": []}),
        ("on the ledger since another day", product, {"joined": "2026-12-31"}),
        ("a longer shelf life", product, {"shelf_months": 60}),
        ("a recall of the product that nobody signed", product, {"recalls": ["R-1"]}),
        ("withdrawn, and nobody withdrew it", product, {"withdrawn": ["CN"]}),
        ("a market with another local day", "market/CN", {"offset_minutes": -300}),
        ("a market where evidence stays fresh", "market/CN", {"fresh_minutes": {"consumer": 9999, "dispense": 9999, "trade": 9999}}),
        ("a market that asks for named packs", "market/CN", {"custody": "named"}),
        ("a market where sales stay undone", "market/CN", {"undo_days": 300}),
        ("a market with a regulator more", "market/CN", {"regulators": [AGENCY, NORTH]}),
        ("a site of another kind", site_key(BRIDGE), {"kind": "office"}),
        ("a site of another party", site_key(BRIDGE), {"party": NORTH}),
        ("a site of another name", site_key(BRIDGE), {"names": {"en": "Other shop", "zh": "其他"}}),
        ("a site elsewhere", site_key(BRIDGE), {"region": "West"}),
    ):
        gaps = ["evidence.state.missing"] * (title.startswith("a recall of the") + 2 * title.startswith("made from"))
        yield make.forged(f"forged: {title}", "evidence.event.entry", _changing(key, changed), gaps=gaps[:1])


def _changing(key: str, changed: Mapping[str, Any]) -> Callable[[Forgery], None]:
    return lambda forged: forged.change(key, **changed)


def _forged_signers(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    till, line_key, qp = (key_key(signing_key(name).text) for name in ("bridge/till", "maker/line", "maker/qp"))
    river, north, maker = party_key(RIVER), party_key(NORTH), party_key(MAKER)
    early = goods.ledger.document["start"] + 1
    for title, key, changed in (
        ("a key revoked, and nobody revoked it", till, {"revoked": {"at": early, "reason": "stolen"}}),
        ("a key that ended otherwise than it was enrolled", qp, {"until": early}),
        ("a key that was not yet in force", line_key, {"from": goods.ledger.clock.now()}),
        ("a wider scope than it was enrolled with", till, {"scope": {"kinds": ["drugs.*"], "sites": "all", "daily": None}}),
        ("a key of another class", line_key, {"class": "person"}),
        ("a key compromised, and nobody said so", line_key, {"compromised_since": early}),
        ("an admin key with an end", key_key(signing_key("maker/admin").text), {"until": goods.ledger.clock.now()}),
        ("an admin key with a wider scope", key_key(signing_key("maker/admin").text), {"scope": {"kinds": ["drugs.*"]}}),
        ("a regulator's key that was never founded so", key_key(signing_key("agency/admin").text), {"from": early}),
        ("a key of another party", till, {"party": NORTH}),
        ("a party suspended, and nobody suspended it", river, {"suspended": {"roles": None, "since": early, "reason": {"en": "x"}}}),
        ("a party without its role", river, {"roles": []}),
        ("a party of another name", river, {"names": {"en": "Other", "zh": "其他"}}),
        ("a party of another country", river, {"country": "XE"}),
    ):
        yield make.forged(f"forged: {title}", "evidence.event.enrolment", _changing(key, changed))
    begun = Forgery(goods.ledger, make.value).when(0)
    yield from _forged_events(make, (till, north, maker), begun)
    numbers = {item["envelope"]["body"].get("public"): number for number, item in enumerate(make.value["transactions"])}
    enrolment = numbers[signing_key("bridge/till").text]
    yield make.forged(
        "forged: a key that a stranger enrolled",
        None,
        lambda forged: forged.resign(enrolment, "stranger/admin"),
        verdict="NOT_SHOWN",
        gaps=["evidence.state.missing"],
    )
    parties = {item["envelope"]["body"].get("gln"): number for number, item in enumerate(make.value["transactions"])}
    yield make.forged(
        "forged: a party that a stranger enrolled",
        None,
        lambda forged: forged.resign(parties[NORTH], "stranger/admin"),
        verdict="NOT_SHOWN",
        gaps=["evidence.state.missing"],
    )
    owner = parties[MAKER]
    yield make.forged(
        "forged: another manufacturer's prefix",
        "evidence.event.prefix",
        lambda forged: forged.resign(owner, "agency/admin", body={"prefixes": ["9521099"]}),
    )


def _forged_events(make: Maker, keys: tuple[str, str, str], begun: tuple[int, int]) -> Iterator[Case]:
    """What changes later about whoever signs: acts of a regulator or an admin, each with the entry that it leaves."""
    till, north, maker = keys
    reason = {"en": "x", "zh": "x"}
    text = signing_key("bridge/till").text

    def revoked(forged: Forgery) -> None:
        forged.add([till], "parties.revoke", {"public": text, "reason": "stolen", "compromised_since": None}, "river/admin", when=begun)
        forged.change(till, revoked={"at": begun[1], "reason": "stolen"})

    def suspended(key: str) -> Callable[[Forgery], None]:
        def forge(forged: Forgery) -> None:
            body = {"party": key.partition("/")[2], "roles": None, "reason": reason}
            forged.add([key], "parties.suspend", body, "agency/admin", when=begun)
            forged.change(key, suspended={"roles": None, "since": begun[1], "reason": reason})

        return forge

    def licensed(forged: Forgery) -> None:
        number = next(place for place, item in enumerate(forged.bundle["transactions"]) if item["envelope"]["body"].get("gln") == NORTH)
        roles = [{"role": "distributor", "licence": "x", "from": "2020-01-01", "until": "2020-12-31"}]
        forged.resign(number, "agency/admin", body={"roles": roles})
        forged.change(north, roles=roles)

    yield make.forged("forged: a key revoked before it signed", "evidence.event.key", revoked)
    yield make.forged("forged: a maker suspended since before", "evidence.event.role", suspended(maker))
    river = party_key(RIVER)
    yield make.forged("forged: a party suspended since before, who only receives", None, suspended(river), verdict="GENUINE_SALEABLE")
    yield make.forged("forged: a distributor whose licence had ended", "evidence.event.role", licensed)


def _forged_ways(goods: Goods) -> Iterator[Case]:
    make, run = Maker(goods), _run_of(goods, "active")
    for title, changed, gaps in (
        ("at another place than it was received", {"site": SOUTH}, 1),
        ("sold, and nobody sold it", {"state": "dispensed"}, 0),
        ("on its way, and nobody sent it", {"state": "moving", "site": None, "shipment": "ab" * 32}, 1),
        ("loose, and nobody loosened it", {"state": "loose"}, 0),
    ):
        asked = {"place": None, "viewer": "consumer"}
        yield make.forged(
            f"forged: {title}", "evidence.custody", _changing(run, changed), ask=asked, gaps=["evidence.state.missing"] * gaps
        )
    yield from _forged_traces(goods)
    sold = _changing(_run_of(goods, "sold"), {"state": "active"})
    yield Maker(goods, "sold").forged("forged: still for sale, though sold", "evidence.custody", sold)
    ship, receive = Forgery(goods.ledger, make.value).find("drugs.ship"), Forgery(goods.ledger, make.value).find("drugs.receive")
    other = line("A", (50, 60))
    yield make.forged("forged: a line without the slot", "evidence.custody", lambda forged: forged.put_item(ship, other, "north/desk"))
    yield make.forged(
        "forged: a receipt of another shipment",
        "evidence.custody",
        lambda forged: forged.resign(receive, "bridge/till", body={"shipment": "ab" * 32}),
    )
    yield make.forged(
        "forged: sent from where it was not", "evidence.custody", lambda forged: forged.resign(ship, "north/desk", body={"from": SOUTH})
    )
    yield make.forged("forged: received by somebody else", "evidence.event.entry", lambda forged: forged.resign(receive, "maker/line"))


def _forged_traces(goods: Goods) -> Iterator[Case]:
    """What events leave on a run beside its place."""
    for name, title, changed, gaps in (
        ("sold", "dispensed to whoever asks", {"receipts": ["ab" * 32]}, 0),
        ("sold", "sold on another day", {"since": 1}, 0),
        ("active", "a receipt, and nobody sold it", {"receipts": ["ab" * 32]}, 0),
        ("recalled_pack", "a recall of this pack left out", {"recalls": []}, 0),
        ("active", "a recall that nobody signed", {"recalls": ["R-9"]}, 1),
    ):
        forge = _changing(_run_of(goods, name), changed)
        yield Maker(goods, name).forged(f"forged: {title}", "evidence.custody", forge, gaps=["evidence.state.missing"] * gaps)


def _run_of(goods: Goods, name: str) -> str:
    return str(next(entry["key"] for entry in goods.bundles[name]["state"]["entries"] if entry["key"].startswith("run/")))


# --- what is not shown -------------------------------------------------------------------------------------------------------


def _gaps(goods: Goods) -> Iterator[Case]:
    make, name = Maker(goods), batch_name(str(goods.items["active"].gtin), "A")
    run = _run_of(goods, "active")
    till = key_key(signing_key("bridge/till").text)
    for title, keys, verdict, count in (
        ("the run", [run], "NOT_SHOWN", 1),
        ("the product", [product_key(name.gtin)], "NOT_SHOWN", 1),
        ("the place", [site_key(BRIDGE)], "NOT_SHOWN", 1),
        ("the market", ["market/CN"], "NOT_SHOWN", 1),
        ("a signer's key", [till], "NOT_SHOWN", 1),
        ("a signer's party", [party_key(NORTH)], "NOT_SHOWN", 1),
        ("the batch", [name.batch_key], "COULD_NOT_CHECK", 1),
    ):
        yield _missing(make, f"not shown: {title}", keys, (verdict, count))
    recalled = Maker(goods, "recalled")
    yield _missing(recalled, "not shown: the recall that hides behind its number", ["recall/R-1"], ("RECALLED_BATCH", 1))


def _missing(make: Maker, title: str, keys: list[str], expected: tuple[str, int]) -> Case:
    """Evidence of the same state from which some entries and their histories are left out, with a proof that fits."""
    kept = {entry["key"]: entry["value"] for entry in make.value["state"]["entries"] if entry["key"] not in keys}
    value = dict(make.value)
    for change in with_histories(value, [history for history in value["histories"] if history["key"] not in keys]):
        value[change["at"][0]] = change["to"]
    value["state"] = make.goods.ledger.state_of(kept)
    verdict, count = expected
    changes = difference(make.value, value)
    return make.case(title, None, *changes, verdict=verdict, gaps=["evidence.state.missing"] * count)
