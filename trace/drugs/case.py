"""One question for a verdict: the facts, what is printed on the pack, and who asks from where. Small answers that several lines need."""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trace.drugs.facts import BATCH, PLACE, PRODUCT, SERIAL, STOCK, Facts, Recall, Run, Text
from trace.market import local_day

CONSUMER, PHARMACY, DISTRIBUTOR, REGULATOR = "consumer", "pharmacy", "distributor", "regulator"
"""Who asks. It chooses words and lights and gives no rights. A regulator sees what a pharmacist sees."""
VIEWERS = (CONSUMER, PHARMACY, DISTRIBUTOR, REGULATOR)
"""All viewers."""
NOTHING_READ, PRODUCT_CODE, BATCH_CODE, PACK_CODE, BOX_CODE = "none", "product", "batch", "pack", "box"
"""What was read: nothing we know, GTIN, GTIN and lot, a pack, a box."""
YES, NO = "yes", "no"
"""Answers to the question of a verdict (\"Was that you?\", \"Are you there?\")."""
SHOP_KINDS = frozenset({"shop", "hospital_pharmacy", "ward", "theatre"})
"""Site kinds that dispense (DOMAIN §7.4)."""
HELD = frozenset({"active", "moving", "loose"})
"""Run states of packs that may still be sold."""
SOLD = "dispensed"
"""Run state of a sold pack."""
HANDED_OVER = frozenset({SOLD, "opened", "issued"})
"""Run states of packs that a patient or a ward may already use; whether a recall reaches them is a matter of its depth."""
ENDED = frozenset({"taken_back", "sample", "free_sample", "exported", "stolen", "missing", "unused", "repacked", "destroyed"})
"""The other ended states."""
STATES = HELD | HANDED_OVER | ENDED
"""Every run state of DOMAIN §3."""

Params = Mapping[str, str | int | Text]
"""What a sentence is filled with."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What was read from the pack."""

    kind: str
    """`none`, `product`, `batch`, `pack` or `box`."""
    lot: str | None
    """Printed lot; None where the code has none."""
    expiry: str | None
    """Printed expiry, `YYYY-MM-DD`."""
    expiry_month_only: bool
    """The code has day 00: only year and month count."""
    repairs: tuple[str, ...]
    """What was repaired before it could be read."""
    unique: bool
    """Exactly one reading of the scanned text makes sense."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, where, when, and what they bring along."""

    viewer: str
    """One of VIEWERS."""
    place: str | None
    """GLN of the site of the scan; None = not said."""
    receipt: str | None
    """Hash of the receipt key that the phone holds for this pack, 64 hex digits."""
    answer: str | None
    """`yes` or `no` to the question that an earlier verdict asked."""
    day: str | None
    """Today at the market's offset, by device or newest evidence, whichever is later; None = not known."""
    age_s: int | None
    """Age of the evidence, seconds; None = not known."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a line looks at; `make_case` fills in what follows from the first three."""

    facts: Facts
    """What the ledger shows."""
    printed: Printed
    """What the pack says."""
    asked: Asked
    """Who asks."""
    consumer: bool
    """Does the public ask?"""
    run: Run | None
    """The run, if it covers the slot."""
    state: str | None
    """State of the run; None where that is not shown."""
    place: str | None
    """The place: as said, or the pack's own site once a consumer has answered that they are there."""
    here: bool
    """Does the run name the place of the scan?"""

    @property
    def stocked(self) -> bool | None:
        """Has the place a loose pack of the batch left? None = not shown."""
        if self.facts.stock is None:
            return False if STOCK in self.facts.absent else None
        return self.facts.stock.loose > 0

    @property
    def available(self) -> bool:
        """Is the pack at the place and still to be sold, by number or as one of the loose ones?"""
        return (self.state == "active" and self.here) or (self.state == "loose" and self.place is not None and self.stocked is True)

    @property
    def bought(self) -> bool:
        """Does the phone hold the receipt of this very sale?"""
        receipt = self.asked.receipt
        return self.consumer and receipt is not None and self.run is not None and receipt in self.run.receipts

    @property
    def markets(self) -> frozenset[str]:
        """The markets whose recalls and withdrawals concern the pack: where it is, and where it belongs."""
        market, batch = self.facts.market, self.facts.batch
        return frozenset({*([market.code] if market else []), *([batch.market] if batch else [])})

    @property
    def limit_s(self) -> int | None:
        """How old the evidence may be for this viewer to see green, seconds; None where the market is not shown."""
        if self.facts.market is None:
            return None
        fresh = self.facts.market.fresh_minutes
        minutes = {CONSUMER: fresh.consumer, PHARMACY: fresh.dispense}.get(self.asked.viewer, fresh.trade)
        return 60 * minutes

    @property
    def site_params(self) -> Params:
        """X of the sentences: the site that the run names."""
        holder = self.facts.holder
        return {} if holder is None else {"site": holder.gln, "names": holder.names}

    @property
    def day_params(self) -> Params:
        """D of the sentences: the local day of the run's last event."""
        run, market = self.run, self.facts.market
        return {} if run is None or market is None else {"day": local_day(run.since, market.offset_minutes)}

    @property
    def unshown(self) -> tuple[str, ...]:
        """What is missing before anything green can be said of a pack whose run is known (DOMAIN §10.5), in this order."""
        facts = self.facts
        checks = (
            ("market", facts.market is not None),
            ("keys", self._signers_shown()),
            ("sources", facts.batch is None or set(facts.batch.sources) <= {source.batch for source in facts.sources}),
            ("holder", self._site_shown(facts.run.site if facts.run else None)),
            ("place", self.place is None or PLACE in facts.absent or self._place_shown()),
            ("stock", self.state != "loose" or self.place is None or self.stocked is not None),
            ("shipment", self.state != "moving" or facts.shipment is not None),
        )
        return tuple(name for name, shown in checks if not shown)

    def _signers_shown(self) -> bool:
        batch = self.facts.batch
        needed = set() if batch is None else {batch.signer, *(release.key for release in batch.releases)}
        return needed <= {key.key for key in self.facts.keys}

    def _site_shown(self, gln: str | None) -> bool:
        return gln is None or (self.facts.holder is not None and self.facts.holder.gln == gln)

    def _place_shown(self) -> bool:
        site = self.facts.holder if self.asked.place is None else self.facts.place
        return site is not None and site.gln == self.place


def make_case(facts: Facts, printed: Printed, asked: Asked) -> Case:
    """The case of a question."""
    run, slot, consumer = facts.run, facts.slot, asked.viewer == CONSUMER
    if run is None or slot is None or not run.start <= slot < run.end:
        run = None
    place = asked.place
    if place is None and consumer and asked.answer == YES and run is not None and run.state == "active":
        place = run.site
    here = run is not None and place is not None and run.site == place
    return Case(facts, printed, asked, consumer, run, run.state if run else None, place, here)


Condition = Callable[[Case], Params | None]
"""When a line of the table applies: None = it does not; else what its sentence is filled with."""


@dataclass(frozen=True, slots=True)
class InStates:
    """A condition that holds in some run states only, so that the line need not be looked at in any other."""

    states: frozenset[str]
    """These states."""
    further: Condition
    """What must hold besides."""

    def __call__(self, case: Case) -> Params | None:
        """The whole condition."""
        return self.further(case) if case.state in self.states else None


def in_states(*states: str) -> Callable[[Condition], InStates]:
    """Decorates a condition that holds in these run states only."""
    return lambda further: InStates(frozenset(states), further)


def plain(applies: bool) -> Params | None:
    """What a condition answers whose sentence needs no values."""
    return {} if applies else None


def recalls_in_force(case: Case, level: str) -> list[Recall | None]:
    """The recalls named at a level (`pack`, `batch`, `product`, `source`) that count here, None for one whose entry is not shown: the mark
    alone says that there is one, and a mark is taken away when the recall was an error."""
    numbers = _numbers(case.facts, level)
    if not numbers:
        return []
    shown = {recall.number: recall for recall in case.facts.recalls}
    found = (shown.get(number) for number in numbers)
    return [recall for recall in found if recall is None or (recall.status != "issued_in_error" and _concerns(recall, case.markets))]


def _numbers(facts: Facts, level: str) -> tuple[str, ...]:
    if level == "pack":
        return facts.run.recalls if facts.run else ()
    if level == "batch":
        return facts.batch.recalls if facts.batch else ()
    if level == "product":
        return facts.product.recalls if facts.product else ()
    return tuple(number for source in facts.sources for number in source.recalls)


def _concerns(recall: Recall, markets: frozenset[str]) -> bool:
    return not markets or not markets.isdisjoint(recall.markets)


def expiry_differs(printed: Printed, expiry: str) -> bool:
    """Is another expiry printed than the ledger's? By month only where the code has day 00 (DOMAIN §1)."""
    if printed.expiry is None:
        return False
    length = 7 if printed.expiry_month_only else 10
    return printed.expiry[:length] != expiry[:length]


def before_ledger(case: Case) -> bool:
    """Could the printed expiry be that of a batch made before its product joined the ledger?"""
    product, printed = case.facts.product, case.printed.expiry
    if product is None or product.shelf_months is None or printed is None:
        return False
    last = months_later(product.joined, product.shelf_months)
    return printed[:7] <= last[:7] if case.printed.expiry_month_only else printed <= last


def months_later(day: str, months: int) -> str:
    """The same day of the month `months` later, or that month's last day."""
    year, month = divmod(int(day[:4]) * 12 + int(day[5:7]) - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return f"{year:04d}-{month + 1:02d}-{min(int(day[8:]), last):02d}"


def lacking(case: Case) -> str | None:
    """The first of product, batch, serial, run that nobody has shown, in or out (DOMAIN §10.5); None where the pack is identified."""
    facts = case.facts
    if PRODUCT in facts.absent or BATCH in facts.absent:
        return None
    if facts.product is None:
        return PRODUCT
    if facts.slot is None:
        return None if SERIAL in facts.absent or facts.other_lot is not None else SERIAL if facts.batch else BATCH
    if facts.batch is None:
        return BATCH
    return None if case.state in STATES else "run"
