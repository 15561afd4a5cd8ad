"""May the pack be handed over the counter now? The till's question after it has sent a sale (DOMAIN §4; PROTOCOL §6, words)."""

from collections.abc import Mapping, Sequence

from chain.histories import Event
from chain.node import Node
from chain.transactions import Transaction
from trace.drugs.entries import batch_name
from trace.drugs.facts import Text
from trace.drugs.incidents import SALE
from trace.drugs.runs import find_run
from trace.market import find_market
from trace.parties import queries

NOW, WAIT_BLOCK, WAIT_FINAL, STOP = "now", "wait_block", "wait_final", "stop"
"""The answers: hand it over; wait until it is in a block; wait until it is final; do not."""
STALLED_BLOCKS = 8
"""Blocks above the last final one from which a block alone is no comfort: the attesters are away or cut off, and so may this node be."""
WORDS: Mapping[str, Text] = {
    NOW: {"zh": "可以交付", "en": "It may be handed over"},
    WAIT_BLOCK: {"zh": "请等入块后再交付(约一个出块间隔)", "en": "Wait for the block (about one interval) before handing it over"},
    WAIT_FINAL: {
        "zh": "已久无新终局,区块仍可能变动:请等终局后再交付",
        "en": "Nothing has become final for a while, so a block can still change: wait until it is final",
    },
    STOP: {
        "zh": "不要交付:账本不接受这笔售出;若已交付,请联系顾客并报告",
        "en": "Do not hand it over: the ledger does not take this sale; if it was handed over, reach the customer and report",
    },
}
"""What the till says."""
_CUSTODY = ("drugs.loosen", "drugs.name", "drugs.undo")
"""Kinds that decide whether a pack is known by its number."""


def hand_over(node: Node, item: Transaction, level: str, value: int | None) -> str | None:
    """The answer for a sale at this level (`stored`, `pending`, `in_block`, `final`, `conflicted`); None for any other kind.

    `value`: the pack's price in the market's minor units, if the till says it. Unknown counts as above the market's `hand_over_value`.
    Named custody: no other site can sell the pack and this site's node would have refused it, so durable acceptance is enough.
    """
    if item.kind != SALE:
        return None
    if level == "conflicted":
        return STOP
    if level == "final" or _is_cheap(node, item, value) or is_named(node, item):
        return NOW
    if node.tip.header.height - node.final_height > STALLED_BLOCKS:
        return WAIT_FINAL
    return NOW if level == "in_block" else WAIT_BLOCK


def _is_cheap(node: Node, item: Transaction, value: int | None) -> bool:
    """Whether the pack is worth no more than the market lets go before a block."""
    view = node.view()
    site = queries.find_site(view, item.body["site"])
    found = find_market(view, site["country"]) if site else None
    return value is not None and found is not None and value <= found["hand_over_value"]


def is_named(node: Node, item: Transaction) -> bool:
    """Whether the pack was known by its number at this site when it was sold. Where blocks and waiting transactions differ in more than
    the sale itself, the answer is no: the careful one."""
    body = item.body
    name = batch_name(body["gtin"], body["lot"])
    found, waiting = find_run(node.view(), name, body["slot"]), find_run(node.pending_view(), name, body["slot"])
    if found is None or waiting is None:
        return False
    start, run = found
    events = node.history(name.run_key(start))
    sold = next((number for number, event in enumerate(events) if event.transaction.id == item.id), None)
    if sold is not None:
        return _named_by(events[:sold])
    only_the_sale = waiting[1]["history"]["n"] == run["history"]["n"] + 1
    return run["state"] == "active" and run["site"] == body["site"] and only_the_sale and _named_by(events)


def _named_by(events: Sequence[Event]) -> bool:
    """Whether the last event that decided it made the pack known by its number; it is so from the factory on."""
    kinds = [event.transaction.kind for event in events if event.transaction.kind in _CUSTODY]
    return not kinds or kinds[-1] != "drugs.loosen"
