"""Markets: the parameters of DOMAIN §16 and the local day, in integers only.

A market's entry `market/<code>` holds its parameters, its `regulators` (GLNs) and its history. A market may leave parameters out of the
genesis document; then the defaults below hold and are written into the state, so that nobody has to know this table later.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from chain.interfaces import StateView, Value
from chain.state import state_key
from trace.fields import Field, Record
from trace.forms import Choice, Flag, Integer

MINUTE_MS = 60_000
"""Milliseconds of a minute."""
DAY_MS = 24 * 60 * MINUTE_MS
"""Milliseconds of a day; the ledger's time has no leap seconds."""
CLASSES = ("1", "2", "3")
"""Recall classes, 1 the gravest; names of the fields of `recall_hours`."""
VIEWERS = ("consumer", "dispense", "trade")
"""Who asks for a verdict; names of the fields of `fresh_minutes`."""

_EPOCH = date(1970, 1, 1).toordinal()

DEFAULTS: Mapping[str, Any] = {
    "offset_minutes": 0,
    "custody": "batch",
    "undo_days": 10,
    "undo_exported": False,
    "fresh_minutes": {"dispense": 15, "trade": 60, "consumer": 1440},
    "transit_days": 14,
    "recall_hours": {"1": 24, "2": 48, "3": 72},
    "peer_supply": False,
    "authorise": "owner",
    "destroy_witness": "second_person",
    "offline_hours": 72,
    "hand_over_value": 50_000,
}
"""What a parameter is when a market does not say."""


def _limits_by(names: tuple[str, ...], highest: int) -> Record:
    return Record(tuple(Field(name, Integer(1, highest)) for name in names))


PARAMETERS = (
    Field("offset_minutes", Integer(-14 * 60, 14 * 60), optional=True),
    Field("custody", Choice(("named", "batch")), optional=True),
    Field("undo_days", Integer(0, 365), optional=True),
    Field("undo_exported", Flag(), optional=True),
    Field("fresh_minutes", _limits_by(VIEWERS, 60 * 24 * 30), optional=True),
    Field("transit_days", Integer(1, 365), optional=True),
    Field("recall_hours", _limits_by(CLASSES, 24 * 365), optional=True),
    Field("peer_supply", Flag(), optional=True),
    Field("authorise", Choice(("owner", "regulator")), optional=True),
    Field("destroy_witness", Choice(("second_person", "disposal", "regulator")), optional=True),
    Field("offline_hours", Integer(1, 24 * 365), optional=True),
    Field("hand_over_value", Integer(0, 10**12), optional=True),
)
"""Form of the parameters: local day in minutes east of UTC; custody needed at dispensing; days in which a sale can be undone; whether an
export can be undone; age in minutes up to which evidence is fresh; days after which a shipment is overdue; hours to acknowledge a recall;
supply between pharmacies; who approves a product; witness of a destruction; hours after which an offline report is very late; value in
minor units above which loose packs wait for the block (DOMAIN §16)."""


def market_key(code: str) -> str:
    """State key of a market."""
    return state_key("market", code)


def complete(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters: those given, and the defaults for the rest."""
    return {name: parameters.get(name, default) for name, default in DEFAULTS.items()}


def find_market(view: StateView, code: str) -> Value | None:
    """A market's entry: parameters, `regulators`, `history`; None where there is no such market."""
    return view.get(market_key(code))


def regulators_of(view: StateView, code: str) -> tuple[str, ...]:
    """GLNs of a market's regulators; empty where there is no such market."""
    market = find_market(view, code)
    return tuple(market["regulators"]) if market else ()


@lru_cache(maxsize=4096)  # millions of transactions share few days
def _day_text(number: int) -> str:
    return date.fromordinal(_EPOCH + number).isoformat()


def local_day(time: int, offset_minutes: int) -> str:
    """Calendar day (`YYYY-MM-DD`) of a time in ms at an offset east of UTC; the day of a market never depends on a time zone database."""
    return _day_text((time + offset_minutes * MINUTE_MS) // DAY_MS)


def day_in(view: StateView, code: str, time: int) -> str:
    """The local day of a market; at UTC where there is no such market."""
    market = find_market(view, code)
    return local_day(time, market["offset_minutes"] if market else 0)
