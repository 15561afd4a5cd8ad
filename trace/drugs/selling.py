"""Packs leave the supply chain at the counter, and come back by an undo: dispense, undo (DOMAIN §7.4).

Undo follows Reg. (EU) 2016/161 art. 13: same authorisation and premises, some days at most, not expired, recalled, withdrawn, destroyed or
stolen, and not supplied to the public.
"""

from dataclasses import dataclass

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.drugs.conditions import (
    RECALLED,
    Condition,
    Finding,
    Goods,
    expired,
    load_goods,
    not_released,
    rejected,
    run_recalled,
    validate_none,
    withdrawn,
)
from trace.drugs.custody import Scanned, validate_proof_count, validate_tags
from trace.drugs.draft import Draft
from trace.drugs.entries import find_shipment, loose_at
from trace.drugs.runs import Part, change_runs, find_run
from trace.drugs.shapes import Run
from trace.drugs.stock import AT_SITES, Books
from trace.market import DAY_MS
from trace.parties import queries

SELLING_SITES = ("shop", "hospital_pharmacy", "theatre", "ward")
"""Kinds of sites at which packs may be dispensed."""
USES = ("retail", "inpatient")
"""What a pack is dispensed for."""
UNDO_REASONS = ("not_collected", "wrong_item", "till_error")
"""Why a sale is undone."""
SUSPECT = "suspect"
"""Block of packs that may be copies."""
_SOLD_EARLIER = ("opened", "issued", "taken_back", "exported", "sample", "free_sample", "repacked")
_LOST = ("stolen", "destroyed", "unused", "missing")


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack at a counter."""

    goods: Goods
    """Its batch."""
    slot: int
    """Its slot."""
    origin: int
    """First slot of its run."""
    run: Run
    """The run that covers the slot."""
    site: str
    """GLN of the counter."""
    country: str
    """Market of the counter."""

    def part(self) -> Part:
        """The slot as a part of its run."""
        return Part(self.slot, self.slot + 1, self.origin, self.run)


# --- conditions, in the order of the verdict (DOMAIN §10) --------------------------------------------------------------------


def issuer_revoked(pack: Pack) -> Finding | None:
    """The batch or one of its releases was signed in a key's compromised time."""
    batch = pack.goods.batch
    signed = [(batch["signer"], batch["since"]), *((release["key"], release["since"]) for release in batch["releases"])]
    for text, time in signed:
        key = queries.find_key(pack.goods.view, text)
        if key is not None and queries.is_compromised_at(key, time):
            return (
                "drugs.batch.issuer_revoked",
                "signed with keys that were safe then",
                f"{text} compromised since {key['compromised_since']}",
            )
    return None


def lost(pack: Pack) -> Finding | None:
    """Stolen, destroyed, never applied, missing; or suspected to be a copy."""
    if pack.run["state"] in _LOST:
        return f"drugs.pack.{pack.run['state']}", "active", pack.run["state"]
    if pack.run["block"] is not None and pack.run["block"]["why"] == SUSPECT:
        return "drugs.pack.suspect", "a pack that nobody suspects", SUSPECT
    return None


def pack_recalled(pack: Pack) -> Finding | None:
    """A recall of exactly this pack stands."""
    number = run_recalled(pack.goods, pack.run)
    return ("drugs.pack.recalled", "a pack without a recall", number) if number else None


def blocked(pack: Pack) -> Finding | None:
    """Something keeps it from sale."""
    block = pack.run["block"]
    return ("drugs.pack.blocked", "a pack that is not blocked", block["why"]) if block else None


def dispensed(pack: Pack) -> Finding | None:
    """Sold already, here or elsewhere."""
    if pack.run["state"] != "dispensed":
        return None
    here = pack.run["site"] == pack.site
    return f"drugs.pack.dispensed_{'here' if here else 'elsewhere'}", "not sold yet", f"sold at {pack.run['site']} at {pack.run['since']}"


def ended(pack: Pack) -> Finding | None:
    """Out of the supply chain in another way."""
    return (f"drugs.pack.{pack.run['state']}", "active", pack.run["state"]) if pack.run["state"] in _SOLD_EARLIER else None


def other_market(pack: Pack) -> Finding | None:
    """The batch is for another market than the counter's."""
    market = pack.goods.batch["market"]
    return ("drugs.market.not_authorised", f"a batch for {pack.country}", f"for {market}") if market != pack.country else None


def moving(pack: Pack) -> Finding | None:
    """On its way: to this counter, or elsewhere."""
    if pack.run["state"] != "moving":
        return None
    shipment = find_shipment(pack.goods.view, pack.run["shipment"] or "")
    here = shipment is not None and shipment["to"] == pack.site
    return f"drugs.pack.moving{'_here' if here else ''}", "received at this site", f"in shipment {pack.run['shipment']}"


def not_held(pack: Pack) -> Finding | None:
    """At another site; or loose, and this site has none of the batch left."""
    if pack.run["state"] == "active":
        found = None if pack.run["site"] == pack.site else f"at {pack.run['site']}"
    else:
        found = None if loose_at(pack.goods.view, pack.goods.name, pack.site) else "no loose pack left here"
    return ("drugs.custody.not_holder", f"a pack at {pack.site}", found) if found else None


def not_named(pack: Pack) -> Finding | None:
    """Loose, where the market wants names or where loose packs of the batch are missing."""
    if pack.run["state"] != "loose":
        return None
    if pack.goods.market["custody"] == "named":
        return "drugs.custody.must_name", f"named packs in {pack.goods.batch['market']}", "loose"
    missing = pack.goods.batch["loose_missing"]
    return ("drugs.custody.must_name", "no loose pack of the batch missing", f"{missing} missing") if missing else None


BEFORE: tuple[Condition[Goods], ...] = (rejected, not_released)
"""What the quality decision says."""
UNSALEABLE: tuple[Condition[Goods], ...] = (*RECALLED, withdrawn, expired)
"""Recalls, withdrawal, expiry of the batch."""
WHERE: tuple[Condition[Pack], ...] = (blocked, dispensed, ended, other_market, moving, not_held, not_named)
"""State and place of the pack."""


# --- dispense ----------------------------------------------------------------------------------------------------------------


def dispense(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.dispense`: one pack is sold or given out; its path in the batch travels along."""
    draft = Draft(view, transaction, block)
    body = transaction.body
    site = _selling_site(draft)
    goods = load_goods(draft, body["gtin"], body["lot"])
    validate_proof_count(transaction, 1)
    validate_tags(transaction, goods.batch, [Scanned(body["slot"], body["tag"], None)], 0)
    pack = _find_pack(draft, goods, site["country"])
    validate_none((issuer_revoked,), pack)
    validate_none(BEFORE, goods)
    validate_none((lost, pack_recalled), pack, field="slot")
    validate_none(UNSALEABLE, goods)
    validate_none(WHERE, pack, field="slot")
    return _sell(draft, pack)


def _selling_site(draft: Draft) -> Value:
    """Raises Refusal `drugs.site.kind`."""
    site = queries.find_site(draft, draft.body["site"])
    if site is None or site["kind"] not in SELLING_SITES:
        raise Refusal("drugs.site.kind", "one of " + ", ".join(SELLING_SITES), site["kind"] if site else "no site", field="site")
    return site


def _find_pack(draft: Draft, goods: Goods, country: str) -> Pack:
    """The pack that the body names. Raises Refusal `drugs.pack.not_in_batch` beyond the batch."""
    slot = draft.body["slot"]
    found = find_run(draft, goods.name, slot)
    if found is None:
        raise Refusal("drugs.pack.not_in_batch", f"slots below {goods.batch['count']}", slot, field="slot")
    return Pack(goods, slot, found[0], found[1], draft.body["site"], country)


def _sell(draft: Draft, pack: Pack) -> Changes:
    receipt = draft.body["receipt"]
    change = {
        "state": "dispensed", "site": pack.site, "receipts": [receipt] if receipt else [], "since": draft.block.time,
    }  # fmt: skip
    change_runs(draft, pack.goods.name, [(pack.part(), change)])
    books = Books()
    add = books.add_loose if pack.run["state"] == "loose" else books.add_named
    add(pack.goods.name, pack.site, -1)
    books.move(pack.goods.name, AT_SITES, "dispensed", 1)
    books.close(draft)
    return draft.changes()


# --- undo --------------------------------------------------------------------------------------------------------------------


def undo(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.undo`: a sale that did not happen. The pack is active and named at the site that sold it; the history keeps both."""
    draft = Draft(view, transaction, block)
    goods = load_goods(draft, transaction.body["gtin"], transaction.body["lot"])
    pack = _find_sold(draft, goods)
    _validate_undo(draft, pack)
    title = pack.run["title"] or draft.signer.gln
    change = {"state": "active", "site": pack.site, "title": title, "receipts": [], "since": block.time}
    change_runs(draft, goods.name, [(pack.part(), change)])
    books = Books()
    books.add_named(goods.name, pack.site, 1)
    books.move(goods.name, "dispensed", AT_SITES, 1)
    books.close(draft)
    return draft.changes()


def _find_sold(draft: Draft, goods: Goods) -> Pack:
    """Raises Refusal `drugs.undo.not_dispensed`."""
    slot = draft.body["slot"]
    found = find_run(draft, goods.name, slot)
    if found is None or found[1]["state"] != "dispensed":
        raise Refusal("drugs.undo.not_dispensed", "dispensed", found[1]["state"] if found else "no such slot", field="slot")
    return Pack(goods, slot, found[0], found[1], draft.body["site"], goods.batch["market"])


def _validate_undo(draft: Draft, pack: Pack) -> None:
    """The other refusals of `drugs.undo`, in order."""
    goods, run, body = pack.goods, pack.run, draft.body
    days, age = goods.market["undo_days"], draft.block.time - run["since"]
    recalled = run_recalled(goods, run) or next((finding for check in RECALLED if (finding := check(goods))), None)
    purchase, paid = draft.get(goods.name.purchase_key(pack.slot)), draft.get(goods.name.paid_key(pack.slot))
    refusals = (
        ("drugs.undo.other_site", run["site"] != pack.site, f"undone at {run['site']}", pack.site),
        ("drugs.undo.too_late", age > days * DAY_MS, f"within {days} days", f"{age // DAY_MS} days and {age % DAY_MS} ms"),
        ("drugs.undo.recalled", bool(recalled), "no recall", recalled),
        ("drugs.undo.withdrawn", withdrawn(goods) is not None, "not withdrawn", goods.batch["market"]),
        ("drugs.undo.expired", expired(goods) is not None, f"a day up to {goods.batch['expiry']}", goods.day),
        ("drugs.undo.supplied", body["not_supplied"] is not True, "not supplied to the public", "supplied"),
        ("drugs.undo.purchased", purchase is not None, "a receipt that was not used", "used"),
        ("drugs.undo.claimed", paid is not None and paid["paid"], "no payment by an insurer", "paid"),
    )
    for code, wrong, expected, found in refusals:
        if wrong:
            raise Refusal(code, expected, found, field="slot")
