"""What makes a batch or a pack unfit for shipping or selling, one small function for each refusal code.

A rule lists the conditions in the order of its row of DOMAIN §7, so that the list can be read beside the document.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chain.errors import Refusal
from chain.interfaces import StateView, Value
from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName, batch_name, find_batch, find_product, find_recall
from trace.drugs.shapes import Batch, Product, Run
from trace.market import find_market, local_day

Finding = tuple[str, object, object]
"""Code, expected, found."""
Subject = TypeVar("Subject")
Condition = Callable[[Subject], Finding | None]
"""What is wrong with the subject, or None."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A batch with all that decides whether its packs may move."""

    view: StateView
    """The state."""
    name: BatchName
    """GTIN and lot."""
    batch: Batch
    """The batch."""
    product: Product
    """Its product."""
    market: Value
    """Parameters of the batch's market."""
    day: str
    """The calendar day in that market at block time (DOMAIN §1, expired)."""


def load_goods(draft: Draft, gtin: str, lot: str, line: int | None = None) -> Goods:
    """The batch and what belongs to it. Raises Refusal `drugs.batch.unknown`."""
    name = batch_name(gtin, lot)
    batch = find_batch(draft, name)
    product = find_product(draft, gtin)
    market = find_market(draft, batch["market"]) if batch else None
    if batch is None or product is None or market is None:
        raise Refusal("drugs.batch.unknown", "a batch on the ledger", f"{gtin} lot {lot}", field="lot", line=line)
    return Goods(draft, name, batch, product, market, local_day(draft.block.time, market["offset_minutes"]))


def validate_none(conditions: Sequence[Condition[Subject]], subject: Subject, *, line: int | None = None, field: str | None = None) -> None:
    """Raises Refusal with the first finding."""
    for condition in conditions:
        finding = condition(subject)
        if finding is not None:
            code, expected, found = finding
            raise Refusal(code, expected, found, field=field, line=line)


def standing_recall(view: StateView, numbers: Iterable[str], market: str) -> str | None:
    """The first of the recalls that holds for the market. Numbers of recalls `issued_in_error` are no longer in any list."""
    for number in numbers:
        recall = find_recall(view, number)
        if recall is not None and market in recall["markets"]:
            return number
    return None


# --- batch and product -------------------------------------------------------------------------------------------------------


def rejected(goods: Goods) -> Finding | None:
    """The quality decision was negative."""
    return ("drugs.batch.rejected", "a batch that was not rejected", "rejected") if goods.batch["status"] == "rejected" else None


def not_released(goods: Goods) -> Finding | None:
    """A required release is missing."""
    if goods.batch["status"] == "released":
        return None
    given = {release["as"] for release in goods.batch["releases"]}
    missing = [release for release in goods.product["release"] if release not in given]
    return "drugs.batch.not_released", "released by " + ", ".join(goods.product["release"]), "missing: " + ", ".join(missing)


def batch_recalled(goods: Goods) -> Finding | None:
    """A recall of the whole batch stands."""
    number = standing_recall(goods.view, goods.batch["recalls"], goods.batch["market"]) if goods.batch["recalls"] else None
    return ("drugs.batch.recalled", "a batch without a recall", number) if number else None


def product_recalled(goods: Goods) -> Finding | None:
    """A recall of the whole product stands."""
    number = standing_recall(goods.view, goods.product["recalls"], goods.batch["market"]) if goods.product["recalls"] else None
    return ("drugs.product.recalled", "a product without a recall", number) if number else None


def source_recalled(goods: Goods) -> Finding | None:
    """A batch that this one was repacked from, or its product, is recalled."""
    for source in goods.batch.get("sources", ()):
        batch, product = find_batch(goods.view, batch_name(source["gtin"], source["lot"])), find_product(goods.view, source["gtin"])
        numbers = [*(batch["recalls"] if batch else ()), *(product["recalls"] if product else ())]
        number = standing_recall(goods.view, numbers, goods.batch["market"])
        if number:
            return "drugs.batch.source_recalled", "source batches without a recall", f"{number} of lot {source['lot']}"
    return None


def withdrawn(goods: Goods) -> Finding | None:
    """The product was withdrawn from the batch's market."""
    if goods.batch["market"] not in goods.product["withdrawn"]:
        return None
    return "drugs.product.withdrawn", f"a product that is sold in {goods.batch['market']}", "withdrawn"


def expired(goods: Goods) -> Finding | None:
    """The day in the market is later than the expiry; the expiry day itself is still good."""
    if goods.day <= goods.batch["expiry"]:
        return None
    return "drugs.batch.expired", f"a day up to {goods.batch['expiry']}", goods.day


RECALLED: tuple[Condition[Goods], ...] = (batch_recalled, product_recalled, source_recalled)
"""Recalls that concern a whole batch, in the order of DOMAIN §7.4."""


# --- one run -----------------------------------------------------------------------------------------------------------------


def run_recalled(goods: Goods, run: Run) -> str | None:
    """The first recall of exactly these packs that stands, or None."""
    return standing_recall(goods.view, run["recalls"], goods.batch["market"]) if run["recalls"] else None


def unfit_to_move(goods: Goods, run: Run, site: str, *, marks: bool) -> Finding | None:
    """Why packs of a run may not leave a site by name: `drugs.pack.<state>`, then the marks, then `drugs.custody.not_holder`.

    `marks` False: blocks and recalls do not count (returns).
    """
    if run["state"] != "active":
        return f"drugs.pack.{run['state']}", "active", run["state"]
    if marks and run["block"] is not None:
        return "drugs.pack.blocked", "packs that are not blocked", run["block"]["why"]
    number = run_recalled(goods, run) if marks else None
    if number:
        return "drugs.pack.recalled", "packs without a recall", number
    if run["site"] != site:
        return "drugs.custody.not_holder", f"packs at {site}", f"at {run['site']}"
    return None
