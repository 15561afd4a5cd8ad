"""When lines of ranks 1-35 apply (DOMAIN §10.2): the scan, the ledger, the batch, recalls. One small condition a line, in their order.

A condition answers None, or the values that the line's sentence is filled with.
"""

from trace.drugs import facts as known
from trace.drugs.case import (
    BATCH_CODE,
    BOX_CODE,
    HANDED_OVER,
    NOTHING_READ,
    PACK_CODE,
    PRODUCT_CODE,
    Case,
    Condition,
    Params,
    before_ledger,
    expiry_differs,
    in_states,
    lacking,
    plain,
    recalls_in_force,
)

SUSPECT, RETURNED = "suspect", "returned"
"""Blocks that have a line of their own."""


# --- the scan (ranks 1-6) ----------------------------------------------------------------------------------------------------


def nothing_read(case: Case) -> Params | None:
    """1: not a code that we read."""
    return plain(case.printed.kind == NOTHING_READ)


def scanner_fault(case: Case) -> Params | None:
    """2: read only after a repair, and the repaired form is not the only one or names nothing on the ledger."""
    strange = {known.PRODUCT, known.BATCH, known.SERIAL} & set(case.facts.absent)
    faulty = bool(case.printed.repairs) and (not case.printed.unique or (case.facts.slot is None and bool(strange)))
    return {"repair": case.printed.repairs[0]} if faulty else None


def no_serial(case: Case) -> Params | None:
    """3: a product code or a box, unless the product is proven unknown."""
    return plain(case.printed.kind in (PRODUCT_CODE, BOX_CODE) and known.PRODUCT not in case.facts.absent)


def batch_code(case: Case) -> Params | None:
    """4: GTIN and lot, unless product or batch is proven unknown."""
    return plain(case.printed.kind == BATCH_CODE and not {known.PRODUCT, known.BATCH} & set(case.facts.absent))


def inconsistent(case: Case) -> Params | None:
    """5: the evidence fails a check."""
    return plain(case.facts.evidence == known.INCONSISTENT)


def no_evidence(case: Case) -> Params | None:
    """6: there is no evidence."""
    return plain(case.facts.evidence != known.VERIFIED)


# --- is it on the ledger, and as printed (ranks 10-18) ------------------------------------------------------------------------


def unknown_product(case: Case) -> Params | None:
    """10: the product is proven absent."""
    return plain(known.PRODUCT in case.facts.absent)


def batch_before_ledger(case: Case) -> Params | None:
    """11: the batch is absent and may be older than the product's joining."""
    return plain(known.BATCH in case.facts.absent and before_ledger(case))


def unknown_batch(case: Case) -> Params | None:
    """12: the batch is absent and can not be older."""
    return plain(known.BATCH in case.facts.absent and not before_ledger(case))


def unknown_serial(case: Case) -> Params | None:
    """13: proven not in the batch (or, without a printed lot, in none of the product) and found in no other."""
    return plain(known.SERIAL in case.facts.absent and case.facts.other_lot is None)


def not_shown(case: Case) -> Params | None:
    """14: a pack, and product, batch, serial or run are shown neither in nor out."""
    missing = lacking(case)
    return {"what": missing} if case.printed.kind == PACK_CODE and missing else None


def batch_mismatch(case: Case) -> Params | None:
    """15: the serial belongs to another batch of the product."""
    return None if case.facts.other_lot is None else {"lot": case.facts.other_lot}


def expiry_mismatch(case: Case) -> Params | None:
    """16: another expiry is printed than the batch was printed with."""
    batch = case.facts.batch
    return {"day": batch.printed_expiry} if batch is not None and expiry_differs(case.printed, batch.printed_expiry) else None


def issuer_revoked(case: Case) -> Params | None:
    """17: batch or release was signed by a key after the moment from which it counts as stolen. Block times, never the signer's."""
    batch = case.facts.batch
    if batch is None:
        return None
    stolen = {key.key: key.compromised_since for key in case.facts.keys if key.compromised_since is not None}
    signed = [(batch.signer, batch.time), *((release.key, release.time) for release in batch.releases)]
    return plain(any(key in stolen and stolen[key] <= time for key, time in signed))


def batch_rejected(case: Case) -> Params | None:
    """18: the quality decision was negative."""
    return plain(case.facts.batch is not None and case.facts.batch.status == "rejected")


def not_released(case: Case) -> Params | None:
    """18: a required release has not been given."""
    return plain(case.facts.batch is not None and case.facts.batch.status not in ("released", "rejected"))


# --- states of a run (ranks 20-24; in_state and ended_here also serve 46-48) ---------------------------------------------------


def in_state(state: str) -> Condition:
    """20-23, 46-48: the run is in this state."""

    @in_states(state)
    def applies(case: Case) -> Params | None:
        return case.site_params

    return applies


def ended_here(state: str) -> Condition:
    """46: in this state at this place, or the place is not said."""

    @in_states(state)
    def applies(case: Case) -> Params | None:
        return case.site_params if case.here or case.place is None else None

    return applies


def suspect_clone(case: Case) -> Params | None:
    """24: an open alert of level 5, or somebody blocked the pack as suspect."""
    return plain(case.run is not None and (case.run.alerts > 0 or case.run.block == SUSPECT))


# --- recalled, withdrawn, expired, blocked (ranks 30-35) -----------------------------------------------------------------------


def recalled(level: str) -> Condition:
    """30: a recall of this level; packs already handed over only if it reaches patients."""
    return lambda case: _recall_params(case, level, reaching=True)


def shelf_only(level: str) -> Condition:
    """31: a recall of this level that does not reach packs already handed over."""
    return lambda case: _recall_params(case, level, reaching=False)


def _recall_params(case: Case, level: str, *, reaching: bool) -> Params | None:
    named = recalls_in_force(case, level)
    if not named:
        return None
    gone = case.state in HANDED_OVER
    recalls = [recall for recall in named if (not gone or recall is None or recall.depth == "patient") == reaching]
    shown = sorted((recall.recall_class, recall.number) for recall in recalls if recall is not None)
    if shown:
        return {"class": shown[0][0], "number": shown[0][1]}
    return plain(bool(recalls))


@in_states(*HANDED_OVER)
def withdrawn_sold(case: Case) -> Params | None:
    """32: withdrawn, and the pack is sold."""
    return withdrawn(case)


def withdrawn(case: Case) -> Params | None:
    """32: the product is withdrawn from the market."""
    product, markets = case.facts.product, case.markets
    return plain(product is not None and any(not markets or market in markets for market in product.withdrawn))


def expired(case: Case) -> Params | None:
    """33: today is after the expiry day; the expiry day itself is good (DOMAIN §1)."""
    batch, day = case.facts.batch, case.asked.day
    return {"day": batch.expiry} if batch is not None and day is not None and day > batch.expiry else None


def quarantined(case: Case) -> Params | None:
    """34: blocked for any other reason than the two that have lines of their own (24, 35)."""
    block = case.run.block if case.run else None
    return {"why": block} if block not in (None, SUSPECT, RETURNED) else None


def returned(case: Case) -> Params | None:
    """35: returned and not yet checked."""
    return plain(case.run is not None and case.run.block == RETURNED)
