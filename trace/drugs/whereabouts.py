"""When lines of ranks 40-74 apply (DOMAIN §10.2): sold, opened, on the way, at which place. One small condition a line, in their order.

A condition answers None, or the values that the line's sentence is filled with. A fact that is not shown never makes a condition of a
green line true (P3).
"""

from trace.drugs.case import HELD, NO, PACK_CODE, SHOP_KINDS, SOLD, YES, Case, Params, in_states, plain


def _sold_params(case: Case) -> Params:
    return {**case.site_params, **case.day_params}


# --- sold, opened (ranks 40-45) ------------------------------------------------------------------------------------------------


@in_states(SOLD)
def sold_twice_here(case: Case) -> Params | None:
    """40: sold at this place, and an attempt elsewhere is recorded."""
    return sold_twice(case) if case.here else None


@in_states(SOLD)
def sold_twice(case: Case) -> Params | None:
    """40: sold, and an attempt elsewhere is recorded."""
    return _sold_params(case) if case.run is not None and case.run.attempts > 0 else None


@in_states(SOLD)
def sold_elsewhere(case: Case) -> Params | None:
    """41: sold at another site than this place."""
    return _sold_params(case) if case.place is not None and not case.here else None


@in_states(SOLD)
def sold_here(case: Case) -> Params | None:
    """42: sold at this place."""
    return _sold_params(case) if case.here else None


@in_states(SOLD)
def sold_not_to_you(case: Case) -> Params | None:
    """43: sold, and the buyer says: not me, not there."""
    return _sold_params(case) if case.asked.answer == NO and not case.bought else None


@in_states(SOLD)
def sold_once(case: Case) -> Params | None:
    """44: sold; a consumer has not been asked yet, or a member has not said where they are."""
    unasked = case.asked.answer not in (YES, NO) and not case.bought if case.consumer else case.place is None
    return _sold_params(case) if unasked else None


@in_states("opened")
def opened_here(case: Case) -> Params | None:
    """45: opened at this place, or the place is not said."""
    return opened_elsewhere(case) if case.here or case.place is None else None


@in_states("opened")
def opened_elsewhere(case: Case) -> Params | None:
    """45: opened; not for the buyer of a part, whose receipt fits."""
    if case.run is None or case.bought:
        return None
    left = case.run.units_left
    return _sold_params(case) if left is None else {**_sold_params(case), "left": left}


# --- where it lies (ranks 50-59) -----------------------------------------------------------------------------------------------


@in_states(*HELD)
def wrong_market(case: Case) -> Params | None:
    """50: a pack that may still be sold, made for another market than that of the place."""
    batch, place = case.facts.batch, case.facts.place
    if batch is None or place is None or place.country == batch.market:
        return None
    return {"market": batch.market}


@in_states("moving")
def moving_here(case: Case) -> Params | None:
    """51: on the way to this place."""
    shipment = case.facts.shipment
    return plain(shipment is not None and case.place is not None and shipment.receiver == case.place)


@in_states("moving")
def moving(case: Case) -> Params | None:
    """52: on the way elsewhere; for a consumer, on the way at all."""
    return plain(case.consumer or moving_here(case) is None)


@in_states("active", "loose")
def not_in_a_shop(case: Case) -> Params | None:
    """53: in a consumer's hand, and by the ledger at a maker's or distributor's site."""
    site = case.facts.holder if case.state == "active" else case.facts.place
    return plain(site is not None and site.kind not in SHOP_KINDS)


@in_states("active", "loose")
def wrong_custody(case: Case) -> Params | None:
    """54: at another site, or loose and this place has none left."""
    if case.state == "loose":
        return plain(case.place is not None and case.stocked is False)
    denied = case.consumer and case.place is None and case.asked.answer == NO
    return plain(denied or (case.place is not None and not case.here))


@in_states("loose")
def custody_not_shown(case: Case) -> Params | None:
    """55: loose where the market demands named custody, or while loose packs of the batch are missing."""
    market, batch = case.facts.market, case.facts.batch
    missing = batch.loose_missing if batch is not None else 0
    if not (missing or (market is not None and market.custody == "named")):
        return None
    return {"missing": missing} if missing else {}


def incomplete(case: Case) -> Params | None:
    """57: the pack is identified, but something that green needs is not shown."""
    missing = case.unshown if case.state is not None else ()
    return {"what": missing[0]} if missing else None


@in_states("active", "loose")
def check_place(case: Case) -> Params | None:
    """58: may still be sold, and nobody has said where it is seen."""
    if case.place is not None:
        return None
    if case.consumer and (not_in_a_shop(case) is not None or wrong_custody(case) is not None):
        return None
    return case.site_params


def stale(case: Case) -> Params | None:
    """59: the evidence is older than this viewer's limit or of unknown age; of an identified pack also: limit or today unknown."""
    age, limit = case.asked.age_s, case.limit_s
    aged = age is None or age < 0 or (limit is not None and age > limit)
    unknown = case.state is not None and (limit is None or case.asked.day is None)
    if case.printed.kind != PACK_CODE or not (aged or unknown):
        return None
    return {} if age is None or age < 0 else {"age_s": age}


# --- green (ranks 70-74) -------------------------------------------------------------------------------------------------------


def extended(case: Case) -> Params | None:
    """70: the ledger's expiry is later than the printed one."""
    batch = case.facts.batch
    return {"day": batch.expiry} if batch is not None and batch.expiry > batch.printed_expiry else None


@in_states(SOLD, "opened")
def dispensed_to_you(case: Case) -> Params | None:
    """71: the phone holds the receipt of this sale."""
    return _sold_params(case) if case.bought else None


@in_states(SOLD)
def sold_as_you_say(case: Case) -> Params | None:
    """72: the buyer confirms place and day, without a receipt."""
    return _sold_params(case) if case.asked.answer == YES and not case.bought else None


@in_states("active", "loose")
def available(case: Case) -> Params | None:
    """73, 74: at this place and still to be sold; which of the two it is, is a matter of who asks."""
    return plain(case.available)
