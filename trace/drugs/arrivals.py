"""What arriving goods become: active at the receiving site, with or without a block; or missing (DOMAIN §7.2, receiving by purpose)."""

from dataclasses import dataclass

from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName
from trace.drugs.runs import Change
from trace.drugs.shapes import Block, Run, Shipment
from trace.drugs.stock import AT_SITES, MOVING, Books

MISSING = "missing"
"""State of packs that were on paper and not in the box."""
RETURNED = "returned"
"""Block of packs that came back and that nobody has looked at yet."""
UNVERIFIED = frozenset({"saleable", "misdelivery", "refusal"})
"""Purposes whose packs arrive with the block `returned`, or without it when they were checked by name
(DSCSA 582(c)(4)(D), Reg. (EU) 2016/161 art. 20)."""
BLOCKED = frozenset({"recall", "expired", "damaged", "destruction"})
"""Purposes that are the block of what arrives; from there only return and destruction."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One receipt, as far as packs are concerned."""

    draft: Draft
    """The changes of the receipt."""
    books: Books
    """The sums of the receipt."""
    shipment: Shipment
    """The shipment."""
    receiver: str
    """GLN of the receiving party."""
    checked: bool
    """Were identifiers scanned and seals looked at?"""

    def arrived(self, run: Run, difference: str | None = None) -> Change:
        """Fields of a named run that arrives; `difference`: damaged, seal_broken or excursion."""
        title = self.receiver if self.shipment["title"] == "passes" else run["title"]
        return {
            "state": "active", "site": self.shipment["to"], "shipment": None, "title": title, "since": self.draft.block.time,
            "block": self._block(run["block"], difference),
        }  # fmt: skip

    def missing(self) -> Change:
        """Fields of a named run that did not arrive; the shipment stays beside it."""
        return {"state": MISSING, "since": self.draft.block.time}

    def _block(self, before: Block | None, difference: str | None) -> Block | None:
        """A receipt lifts or replaces no block but `returned`: whatever else keeps the packs from sale goes on doing so."""
        if before is not None and before["why"] != RETURNED:
            return before
        purpose = self.shipment["purpose"]
        unverified = RETURNED if purpose in UNVERIFIED and not self.checked else None
        why = difference or (purpose if purpose in BLOCKED else unverified)
        if why:
            return {"why": why, "by": self.receiver}
        return None if purpose in UNVERIFIED else before

    def count_arrived(self, name: BatchName, packs: int) -> None:
        """Named packs are at the receiving site."""
        self.books.add_named(name, self.shipment["to"], packs)
        self.books.move(name, MOVING, AT_SITES, packs)

    def count_arrived_loose(self, name: BatchName, packs: int) -> None:
        """Loose packs are at the receiving site."""
        self.books.add_loose(name, self.shipment["to"], packs)
        self.books.move(name, MOVING, AT_SITES, packs)

    def count_missing(self, name: BatchName, packs: int) -> None:
        """Named packs did not arrive."""
        self.books.move(name, MOVING, MISSING, packs)

    def count_missing_loose(self, name: BatchName, packs: int) -> None:
        """Packs did not arrive, and nobody knows which."""
        self.books.lose_loose(name, packs)
        self.books.move(name, MOVING, MISSING, packs)
