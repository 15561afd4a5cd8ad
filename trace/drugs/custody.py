"""Choosing what is known about packs at a site: loosen and name (DOMAIN §4, §7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.errors import Malformed, Refusal
from chain.interfaces import BlockContext, Changes, StateView
from chain.merkle import root_of_full_way
from chain.transactions import Transaction
from trace.drugs.conditions import load_goods
from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName, loose_at
from trace.drugs.marks import is_in_batch, leaf_hash
from trace.drugs.moving import validate_inside, validate_parts
from trace.drugs.ranges import count, from_slots
from trace.drugs.runs import PARTS_LIMIT, Part, change_runs, gather
from trace.drugs.shapes import Batch
from trace.drugs.stock import Books


@dataclass(frozen=True, slots=True)
class Scanned:
    """A pack whose code was seen."""

    slot: int
    """Its slot."""
    tag: str
    """Its tag, hex."""
    line: int | None
    """The item that names it."""


def loosen(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.loosen`: from now on only the number of these packs is known."""
    draft = Draft(view, transaction, block)
    site, ranges = transaction.body["site"], transaction.body["ranges"]
    goods = load_goods(draft, transaction.body["gtin"], transaction.body["lot"])
    if goods.market["custody"] == "named":
        raise Refusal("drugs.custody.must_name", f"named packs in {goods.batch['market']}", "loose", field="ranges")
    validate_inside(goods, ranges)
    parts = gather(draft, goods.name, ranges)
    validate_parts(goods, parts, site)
    change = {"state": "loose", "site": None, "title": None, "since": block.time}
    change_runs(draft, goods.name, [(part, change) for part in parts])
    books = Books()
    books.add_named(goods.name, site, -count(ranges))
    books.add_loose(goods.name, site, count(ranges))
    books.close(draft)
    return draft.changes()


def name_packs(view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
    """`drugs.name`: packs that the site holds by number were scanned, and are named from now on."""
    draft = Draft(view, transaction, block)
    site = transaction.body["site"]
    goods = load_goods(draft, transaction.body["gtin"], transaction.body["lot"])
    packs = [Scanned(item["slot"], item["tag"], line) for line, item in enumerate(transaction.items)]
    validate_proof_count(transaction, len(packs))
    validate_tags(transaction, goods.batch, packs, 0)
    parts = loose_parts(draft, goods.name, packs)
    held = loose_at(draft, goods.name, site)
    if held < len(packs):
        raise Refusal("drugs.stock.insufficient", len(packs), held, field="items")
    title = draft.signer.gln
    change = {"state": "active", "site": site, "title": title, "since": block.time}
    change_runs(draft, goods.name, [(part, change) for part in parts])
    books = Books()
    books.add_named(goods.name, site, len(packs))
    books.add_loose(goods.name, site, -len(packs))
    books.close(draft)
    return draft.changes()


def validate_proof_count(transaction: Transaction, needed: int) -> None:
    """Exactly one path for each pack travels along. Raises Refusal `drugs.pack.not_in_batch`."""
    if len(transaction.proofs) != needed:
        raise Refusal("drugs.pack.not_in_batch", f"{needed} inclusion paths", f"{len(transaction.proofs)}", field="proofs")


def validate_tags(transaction: Transaction, batch: Batch, packs: Sequence[Scanned], first: int) -> None:
    """The paths from number `first` on prove that the packs are in the batch. Raises Refusal `drugs.pack.not_in_batch`."""
    roots = transaction.prepared or (None,) * len(transaction.proofs)
    for number, pack in enumerate(packs, first):
        if not is_in_batch(batch["roots"], pack.slot, pack.tag, transaction.proofs[number], roots[number]):
            raise Refusal("drugs.pack.not_in_batch", "a pack of the batch", f"slot {pack.slot}", field="tag", line=pack.line)


def roots_of_sale(transaction: Transaction) -> tuple[bytes, ...]:
    """For `transaction.prepared` of a sale: the root to which its path leads from the pack that the body names; empty where it leads
    nowhere, as `validate_tags` will find. Body and proofs have the form of row 6."""
    body = transaction.body
    try:
        return tuple([root_of_full_way(leaf_hash(body["slot"], body["tag"]), *path) for path in transaction.proofs])
    except Malformed:
        return ()


def loose_parts(draft: Draft, name: BatchName, packs: Sequence[Scanned], room: int = PARTS_LIMIT) -> list[Part]:
    """The runs of these packs, in one part where slots follow one another. Raises Refusal `drugs.pack.not_loose`, also for a pack that
    is named twice."""
    seen: set[int] = set()
    for pack in packs:
        part = gather(draft, name, [[pack.slot, pack.slot + 1]])[0]
        if part.run["state"] != "loose" or pack.slot in seen:
            found = "twice" if pack.slot in seen else part.run["state"]
            raise Refusal("drugs.pack.not_loose", "loose", f"slot {pack.slot}: {found}", line=pack.line)
        seen.add(pack.slot)
    return gather(draft, name, from_slots(seen), room)
