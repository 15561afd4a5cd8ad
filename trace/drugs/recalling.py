"""Recalls and how they end (DOMAIN §7.5). In force from its block; several may stand on one thing."""

from collections.abc import Iterator, Sequence
from typing import cast

from chain import codec
from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace.drugs.draft import NEW, Draft
from trace.drugs.entries import (
    authorised_markets,
    batch_name,
    find_batch,
    find_product,
    find_recall,
    product_key,
    recall_key,
    recall_range_key,
)
from trace.drugs.ranges import chunks
from trace.drugs.runs import Part, change_runs, gather
from trace.drugs.shapes import Batch, Product, Recall
from trace.market import find_market
from trace.parties.checks import is_regulator_of, signers

DEPTHS = ("wholesale", "pharmacy", "patient")
"""How far down a recall reaches."""
OUTCOMES = ("completed", "issued_in_error")
"""How a recall ends."""
RECALLS_LIMIT = 20
"""Recalls on one product, batch or run: their numbers have to fit into its entry of 4 KiB (PROTOCOL §5)."""
OWNER_RECALLS_LIMIT = 12
"""Recalls on one thing up to which its owner may open further ones; the rest of the room is kept for regulators."""
RECALL_BYTES_LIMIT = 3_584
"""Canonical bytes of a new recall entry without its history: leaves room for its closing."""


def recall(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.recall`: product, batch or packs are marked, wherever they are."""
    draft = Draft(view, transaction, block)
    scope = transaction.body["scope"]
    product, batch = _find_scope(draft, scope)
    _validate_recall(draft, product)
    parts = _gather_packs(draft, batch, scope) if batch and "ranges" in scope else []
    entry = _new_recall(draft, sum(part.count for part in parts))
    _mark(draft, product, batch, parts)
    draft.record(recall_key(transaction.body["number"]), entry)
    return draft.changes()


def _find_scope(draft: Draft, scope: Value) -> tuple[Product, Batch | None]:
    """Raises Refusal `drugs.product.unknown`, `drugs.batch.unknown`."""
    product = find_product(draft, scope["gtin"])
    if product is None:
        raise Refusal("drugs.product.unknown", "a product on the ledger", scope["gtin"], field="scope.gtin")
    if "lot" not in scope:
        return product, None
    batch = find_batch(draft, batch_name(scope["gtin"], scope["lot"]))
    if batch is None:
        raise Refusal("drugs.batch.unknown", "a batch on the ledger", f"{scope['gtin']} lot {scope['lot']}", field="scope.lot")
    return product, batch


def _validate_recall(draft: Draft, product: Product) -> None:
    """Raises Refusal `drugs.recall.exists`, `drugs.market.unknown`, `drugs.recall.not_entitled`, `drugs.recall.market`."""
    number, markets = draft.body["number"], draft.body["markets"]
    if find_recall(draft, number) is not None:
        raise Refusal("drugs.recall.exists", "a new number", number, field="number")
    unknown = [market for market in markets if find_market(draft, market) is None]
    if unknown:
        raise Refusal("drugs.market.unknown", "a market of the ledger", unknown[0], field="markets")
    signer, time = draft.signer, draft.block.time
    if signer.gln != product["owner"] and not all(is_regulator_of(draft, signer, market, time) for market in markets):
        expected = f"owner {product['owner']}, or a regulator of all of {', '.join(markets)}"
        raise Refusal("drugs.recall.not_entitled", expected, signer.gln, field="by")
    outside = [market for market in markets if market not in authorised_markets(product)]
    if outside:
        raise Refusal("drugs.recall.market", "markets of the product", outside[0], field="markets")


def _gather_packs(draft: Draft, batch: Batch, scope: Value) -> list[Part]:
    """Raises Refusal `drugs.range.invalid`, `drugs.range.too_many`."""
    if scope["ranges"][-1][1] > batch["count"]:
        raise Refusal("drugs.range.invalid", f"slots below {batch['count']}", list(scope["ranges"][-1]), field="scope.ranges")
    return gather(draft, batch_name(scope["gtin"], scope["lot"]), scope["ranges"])


def _new_recall(draft: Draft, packs: int) -> Recall:
    """The entry. Raises Refusal `drugs.body.field` when its texts do not fit into one."""
    body = draft.body
    scope = {name: value for name, value in body["scope"].items() if name != "ranges"}
    entry: Recall = {
        "scope": {**scope, "packs": packs} if packs else scope, "class": body["class"], "depth": body["depth"], "markets": body["markets"],
        "reason": body["reason"], "text": body["text"], "contact": body["contact"], "by": draft.signer.gln,
        "status": "open", "opened": draft.block.time, "closed": None, "history": NEW,
    }  # fmt: skip
    size = len(codec.encode(entry))
    if size > RECALL_BYTES_LIMIT:
        raise Refusal("drugs.body.field", f"a recall of at most {RECALL_BYTES_LIMIT} bytes", f"length: {size} bytes", field="text")
    return entry


def _mark(draft: Draft, product: Product, batch: Batch | None, parts: Sequence[Part]) -> None:
    """Puts the recall's number where it belongs. Raises Refusal `drugs.recall.too_many`."""
    scope, number, room = draft.body["scope"], draft.body["number"], _room(draft)
    if batch is None:
        draft.record(product_key(scope["gtin"]), {**product, "recalls": _with(product["recalls"], number, room)})
        return
    name = batch_name(scope["gtin"], scope["lot"])
    if not parts:
        draft.record(name.batch_key, {**batch, "recalls": _with(batch["recalls"], number, room)})
        return
    draft.put({recall_range_key(number, chunk): {"ranges": ranges} for chunk, ranges in enumerate(chunks(scope["ranges"]))})
    change_runs(draft, name, [(part, {"recalls": _with(part.run["recalls"], number, room)}) for part in parts])


def _room(draft: Draft) -> int:
    """How many recalls the signer may let one thing have: an owner's must leave a regulator room for the one that matters."""
    signer, time = draft.signer, draft.block.time
    return RECALLS_LIMIT if all(is_regulator_of(draft, signer, market, time) for market in draft.body["markets"]) else OWNER_RECALLS_LIMIT


def _with(numbers: Sequence[str], number: str, room: int) -> list[str]:
    if len(numbers) >= room:
        raise Refusal("drugs.recall.too_many", f"at most {room} recalls on one thing", len(numbers) + 1, field="scope")
    return [*numbers, number]


# --- close -------------------------------------------------------------------------------------------------------------------


def close(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.recall.close`: the work is over and the marks stay; or it was issued in error and the marks go."""
    draft = Draft(view, transaction, block)
    number, outcome = transaction.body["number"], transaction.body["outcome"]
    entry = find_recall(draft, number)
    if entry is None:
        raise Refusal("drugs.recall.unknown", "a recall on the ledger", number, field="number")
    if entry["status"] != "open":
        raise Refusal("drugs.recall.closed", "an open recall", entry["status"], field="number")
    _validate_close(draft, entry, outcome)
    if outcome == "issued_in_error":
        _unmark(draft, entry, number)
    closed = {"at": block.time, "by": draft.signer.gln}
    draft.record(recall_key(number), {**entry, "status": outcome, "closed": closed})
    return draft.changes()


def _validate_close(draft: Draft, entry: Recall, outcome: str) -> None:
    """Raises Refusal `drugs.recall.not_entitled`."""
    signer, time = draft.signer, draft.block.time
    if outcome == "completed":
        if signer.gln != entry["by"] and not any(is_regulator_of(draft, signer, market, time) for market in entry["markets"]):
            raise Refusal("drugs.recall.not_entitled", f"{entry['by']} or a regulator", signer.gln, field="by")
        return
    together = list(signers(draft, draft.transaction, draft.block))
    for market in entry["markets"]:
        if not any(is_regulator_of(draft, each, market, time) for each in together):
            raise Refusal("drugs.recall.not_entitled", f"signed by a regulator of {market} too", "none", field="with")


def _unmark(draft: Draft, entry: Recall, number: str) -> None:
    """Takes the number away from everything that carries it. Raises Refusal `drugs.range.too_many`."""
    scope = entry["scope"]
    if "lot" not in scope:
        product = cast(Product, find_product(draft, scope["gtin"]))
        draft.record(product_key(scope["gtin"]), {**product, "recalls": _without(product["recalls"], number)})
        return
    name = batch_name(scope["gtin"], scope["lot"])
    if "packs" not in scope:
        batch = cast(Batch, find_batch(draft, name))
        draft.record(name.batch_key, {**batch, "recalls": _without(batch["recalls"], number)})
        return
    parts = gather(draft, name, list(recalled_ranges(draft, number)))
    change_runs(draft, name, [(part, {"recalls": _without(part.run["recalls"], number)}) for part in parts])


def _without(numbers: Sequence[str], number: str) -> list[str]:
    return [each for each in numbers if each != number]


def recalled_ranges(view: StateView, number: str) -> Iterator[list[int]]:
    """The slots of a recall of single packs, ascending."""
    chunk = 0
    while (stored := view.get(recall_range_key(number, chunk))) is not None:
        yield from stored["ranges"]
        chunk += 1
