"""Products, batches and their release (DOMAIN §7.1)."""

from calendar import monthrange
from datetime import date
from typing import Any

from chain import codec
from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.drugs.draft import NEW, Draft
from trace.drugs.entries import authorised_markets, batch_name, cn_id_key, find_batch, find_product, level_key, product_key
from trace.drugs.shapes import Batch, Product
from trace.drugs.stock import AT_SITES, Books
from trace.gs1.checkdigit import VARIABLE_MEASURE, has_check_digit
from trace.market import day_in, find_market, regulators_of
from trace.parties import queries
from trace.parties.checks import Signer, is_regulator_of

MAKER_ROLES = ("manufacturer", "importer", "repackager")
"""Roles that may commission packs."""
RELEASES = ("qp", "authority")
"""In which capacity a batch is released."""
PRODUCT_BYTES_LIMIT = 2_816
"""Canonical bytes of a new product entry: a value has 4 KiB (PROTOCOL §5), and history, recalls and withdrawals have to fit in later."""


# --- product -----------------------------------------------------------------------------------------------------------------


def product(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.product`: the owner of the number registers a medicine."""
    draft = Draft(view, transaction, block)
    signer, body = draft.signer, transaction.body
    validate_gtin(draft, signer, body["gtin"])
    if find_product(draft, body["gtin"]) is not None or draft.get(level_key(body["gtin"])) is not None:
        raise Refusal("drugs.product.exists", "a number not in use", body["gtin"], field="gtin")
    _validate_product(draft, signer)
    entry = _new_product(body, signer.gln)
    size = len(codec.encode({name: value for name, value in entry.items() if name != "history"}))
    if size > PRODUCT_BYTES_LIMIT:
        raise Refusal("drugs.body.field", f"a product of at most {PRODUCT_BYTES_LIMIT} bytes", f"length: {size} bytes", field="markets")
    draft.record(product_key(body["gtin"]), entry)
    for level in body.get("levels", ()):
        draft.record(level_key(level["gtin"]), {"gtin": body["gtin"], "holds": level["holds"], "history": NEW})
    if entry["cn_id"] is not None:
        draft.record(cn_id_key(entry["cn_id"]), {"gtin": body["gtin"], "history": NEW})
    return draft.changes()


def validate_gtin(draft: Draft, signer: Signer, gtin: str) -> None:
    """Raises Refusal `drugs.gtin.check_digit`, `drugs.gtin.indicator`, `drugs.gtin.not_owner`."""
    if not has_check_digit(gtin):
        raise Refusal("drugs.gtin.check_digit", "a right check digit", gtin, field="gtin")
    if gtin[0] == VARIABLE_MEASURE:
        raise Refusal("drugs.gtin.indicator", "0 to 8", gtin[0], field="gtin")
    owner = queries.prefix_owner(draft, gtin, draft.block.time)
    if owner is None or owner[1] != signer.gln:
        expected = f"{owner[1]}, holder of prefix {owner[0]}" if owner else "a holder of the number's prefix"
        raise Refusal("drugs.gtin.not_owner", expected, signer.gln, field="gtin")


def _validate_product(draft: Draft, signer: Signer) -> None:
    """Raises Refusal `drugs.market.unknown`, `drugs.product.maker`, `.storage`, `.cn_id_taken`, `.level`."""
    body = draft.body
    for each in body["markets"]:
        if find_market(draft, each["market"]) is None:
            raise Refusal("drugs.market.unknown", "a market of the ledger", each["market"], field="markets")
    for maker in body["makers"]:
        party = queries.find_party(draft, maker)
        if party is None or not set(queries.roles_held(party)) & set(MAKER_ROLES):
            raise Refusal("drugs.product.maker", "enrolled as " + ", ".join(MAKER_ROLES), maker, field="makers")
    storage = body.get("storage")
    if storage is not None and storage["min"] > storage["max"]:
        raise Refusal("drugs.product.storage", "min up to max", f"{storage['min']} to {storage['max']}", field="storage")
    if body.get("cn_id") is not None and draft.get(cn_id_key(body["cn_id"])) is not None:
        raise Refusal("drugs.product.cn_id_taken", "a free drug identifier", body["cn_id"], field="cn_id")
    seen = {body["gtin"]}
    for level in body.get("levels", ()):
        problem = _level_problem(draft, signer, level["gtin"], seen)
        if problem:
            raise Refusal(
                "drugs.product.level", "an own, unused number with a right check digit", f"{level['gtin']}: {problem}", field="levels"
            )
        seen.add(level["gtin"])


def _level_problem(draft: Draft, signer: Signer, gtin: str, seen: set[str]) -> str | None:
    """What is wrong with the number of a box."""
    if not has_check_digit(gtin):
        return "check digit"
    owner = queries.prefix_owner(draft, gtin, draft.block.time)
    if owner is None or owner[1] != signer.gln:
        return "not own"
    used = gtin in seen or find_product(draft, gtin) is not None or draft.get(level_key(gtin)) is not None
    return "used" if used else None


def _new_product(body: Value, owner: str) -> Product:
    return {
        "owner": owner, "makers": body["makers"], "names": body["names"], "units": body["units"], "unit": body["unit"],
        "markets": body["markets"], "release": body["release"], "joined": body["joined"], "prescription": body["prescription"],
        "form": body.get("form"), "strength": body.get("strength"), "shelf_months": body.get("shelf_months"),
        "storage": body.get("storage"), "cn_id": body.get("cn_id"), "levels": body.get("levels", []),
        "recalls": [], "withdrawn": [], "history": NEW,
    }  # fmt: skip


# --- batch -------------------------------------------------------------------------------------------------------------------


def batch(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.batch`: a maker commissions a batch of any size; every pack is in the root."""
    draft = Draft(view, transaction, block)
    signer, body = draft.signer, transaction.body
    owner = _validate_batch(draft, signer)
    name = batch_name(body["gtin"], body["lot"])
    entry: Batch = {
        "maker": signer.gln, "site": body["site"], "signer": transaction.by, "count": body["count"],
        "roots": [{"from": 0, "to": body["count"], "root": body["root"]}], "made": body["made"], "expiry": body["expiry"],
        "printed_expiry": body["expiry"], "market": body["market"], "status": "made", "releases": [], "recalls": [], "loose_missing": 0,
        "marks": body.get("marks"), "height": block.height, "since": block.time, "history": NEW,
    }  # fmt: skip
    draft.record(name.batch_key, entry)
    run = {
        "end": body["count"], "state": "active", "site": body["site"], "title": owner, "shipment": None, "box": None, "block": None,
        "recalls": [], "receipts": [], "units_left": None, "since": block.time, "attempts": 0, "history": NEW,
    }  # fmt: skip
    draft.record(name.run_key(0), run)
    draft.put({name.tally_key: {"count": body["count"], AT_SITES: body["count"], "moving": 0, "ended": {}}})
    books = Books()
    books.add_named(name, body["site"], body["count"])
    books.close(draft)
    return draft.changes()


def _validate_batch(draft: Draft, signer: Signer) -> str:
    """The refusals of `drugs.batch` in order; returns the product's owner."""
    body = draft.body
    product_entry = find_product(draft, body["gtin"])
    if product_entry is None:
        raise Refusal("drugs.product.unknown", "a product on the ledger", body["gtin"], field="gtin")
    day, months = day_in(draft, body["market"], draft.block.time), product_entry["shelf_months"]
    latest = add_months(body["made"], months) if months else "9999-12-31"
    makers = (product_entry["owner"], *product_entry["makers"])
    known = find_batch(draft, batch_name(body["gtin"], body["lot"]))
    refusals: tuple[tuple[str, bool, Any, Any, str], ...] = (
        ("drugs.batch.not_maker", signer.gln not in makers, "one of " + ", ".join(dict.fromkeys(makers)), signer.gln, "gtin"),
        (
            "drugs.market.not_authorised",
            body["market"] not in authorised_markets(product_entry),
            "a market of the product",
            body["market"],
            "market",
        ),
        ("drugs.product.withdrawn", body["market"] in product_entry["withdrawn"], "a product not withdrawn", body["market"], "market"),
        ("drugs.batch.exists", known is not None, "a new lot", body["lot"], "lot"),
        ("drugs.batch.made_in_future", body["made"] > day, f"a day up to {day}", body["made"], "made"),
        ("drugs.batch.expiry_before_made", body["expiry"] < body["made"], f"a day from {body['made']} on", body["expiry"], "expiry"),
        ("drugs.batch.shelf_life", body["expiry"] > latest, f"a day up to {latest}", body["expiry"], "expiry"),
    )
    for code, wrong, expected, found, field in refusals:
        if wrong:
            raise Refusal(code, expected, found, field=field)
    return product_entry["owner"]


def add_months(day: str, months: int) -> str:
    """The same day of the month so many months later, or the month's last day where it has no such day."""
    made = date.fromisoformat(day)
    year, month = divmod(made.year * 12 + made.month - 1 + months, 12)
    if year > date.max.year:
        return date.max.isoformat()
    return date(year, month + 1, min(made.day, monthrange(year, month + 1)[1])).isoformat()


# --- release -----------------------------------------------------------------------------------------------------------------


def release(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.release`: a quality decision about a batch, by a signature of its own (EU GMP Annex 16; 上市放行)."""
    draft = Draft(view, transaction, block)
    signer, body = draft.signer, transaction.body
    name = batch_name(body["gtin"], body["lot"])
    entry, product_entry = find_batch(draft, name), find_product(draft, body["gtin"])
    if entry is None or product_entry is None:
        raise Refusal("drugs.batch.unknown", "a batch on the ledger", f"{body['gtin']} lot {body['lot']}", field="lot")
    _validate_release(draft, signer, entry, product_entry)
    decision = {
        "as": body["as"], "key": transaction.by, "party": signer.gln, "decision": body["decision"], "height": block.height,
        "since": block.time,
    }  # fmt: skip
    given = {each["as"] for each in entry["releases"]} | {body["as"]}
    complete = all(needed in given for needed in product_entry["release"])
    status = "rejected" if body["decision"] == "rejected" else "released" if complete else "made"
    draft.record(name.batch_key, {**entry, "status": status, "releases": [*entry["releases"], decision]})
    return draft.changes()


def _validate_release(draft: Draft, signer: Signer, entry: Batch, product_entry: Product) -> None:
    """The refusals of `drugs.release` in order."""
    capacity, by = draft.body["as"], draft.transaction.by
    if capacity == "qp":
        entitled = signer.gln in (product_entry["owner"], entry["maker"])
        expected = f"owner {product_entry['owner']} or maker {entry['maker']}"
    else:
        entitled = is_regulator_of(draft, signer, entry["market"], draft.block.time)
        expected = "a regulator: " + ", ".join(regulators_of(draft, entry["market"]))
    is_person = capacity != "qp" or signer.key["class"] == "person"
    refusals = (
        ("drugs.release.not_entitled", not entitled, expected, signer.gln),
        ("drugs.release.same_key", by == entry["signer"], "another key than the one that signed the batch", by),
        ("drugs.release.person", not is_person, "a person key", signer.key["class"]),
        ("drugs.release.not_required", capacity not in product_entry["release"], ", ".join(product_entry["release"]), capacity),
        ("drugs.release.already", any(each["as"] == capacity for each in entry["releases"]), f"no decision as {capacity} yet", "one"),
        ("drugs.batch.rejected", entry["status"] == "rejected", "a batch that was not rejected", "rejected"),
    )
    for code, wrong, required, found in refusals:
        if wrong:
            raise Refusal(code, required, found, field="as")
