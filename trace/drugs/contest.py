"""Which refusals say that somebody else was first with the same pack (DOMAIN §4): what a node needs to name the other event."""

from chain.interfaces import StateView
from chain.transactions import Transaction
from trace.drugs.entries import batch_name
from trace.drugs.runs import find_run

KINDS = frozenset({"drugs.dispense", "drugs.undo"})
"""Kinds about one pack."""
BY_AN_EVENT = frozenset(
    {
        "drugs.pack.dispensed_here", "drugs.pack.dispensed_elsewhere", "drugs.pack.opened", "drugs.pack.issued", "drugs.pack.taken_back",
        "drugs.pack.exported", "drugs.pack.sample", "drugs.pack.free_sample", "drugs.pack.repacked", "drugs.pack.moving",
        "drugs.pack.moving_here", "drugs.pack.stolen", "drugs.pack.destroyed", "drugs.pack.unused", "drugs.pack.missing",
        "drugs.undo.not_dispensed", "drugs.undo.other_site",
    }
)  # fmt: skip
"""Refusals because of the pack's state, which its newest event made."""
NOT_HELD = "drugs.custody.not_holder"
"""The same where a named pack is at another site; of a loose pack it says that none is left, which is no single event's work."""


def contested(view: StateView, transaction: Transaction, code: str) -> str | None:
    """State key of the run whose newest event made a sale or an undo impossible; None for other kinds and other reasons."""
    if transaction.kind not in KINDS or code not in (*BY_AN_EVENT, NOT_HELD):
        return None
    body = transaction.body
    name = batch_name(body["gtin"], body["lot"])
    found = find_run(view, name, body["slot"])
    if found is None or (code == NOT_HELD and found[1]["state"] != "active"):
        return None
    return name.run_key(found[0])
