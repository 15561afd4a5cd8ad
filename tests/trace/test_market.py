"""Market parameters and the local day (DOMAIN §16)."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chain.state import Overlay
from tests.trace.world import World
from trace.fields import Record
from trace.forms import MS_LIMIT
from trace.market import DAY_MS, DEFAULTS, PARAMETERS, complete, day_in, find_market, local_day, regulators_of


def test_local_day_changes_at_local_midnight() -> None:
    midnight_in_china = 1_767_196_800_000  # 2025-12-31T16:00:00Z
    assert local_day(midnight_in_china - 1, 480) == "2025-12-31"
    assert local_day(midnight_in_china, 480) == "2026-01-01"
    assert local_day(midnight_in_china, 0) == "2025-12-31"
    assert local_day(0, -60) == "1969-12-31"
    assert local_day(MS_LIMIT, 0) == "9999-12-31"


@given(st.integers(DAY_MS, MS_LIMIT - DAY_MS), st.integers(-14 * 60, 14 * 60))
def test_local_day_agrees_with_the_calendar(time: int, offset: int) -> None:
    zone = timezone(timedelta(minutes=offset))
    expected = datetime.fromtimestamp(time // 1000, UTC).astimezone(zone).date().isoformat()
    assert local_day(time, offset) == expected


def test_markets_carry_every_parameter(world: World) -> None:
    market = find_market(world.view, "CN")
    assert market is not None
    assert set(market) == {*DEFAULTS, "regulators", "history"}
    assert market["offset_minutes"] == 480
    assert find_market(world.view, "ZZ") is None
    assert regulators_of(world.view, "ZZ") == ()


def test_defaults_have_the_form_of_parameters() -> None:
    assert list(DEFAULTS) == [field.name for field in PARAMETERS]
    assert Record(PARAMETERS).find(dict(DEFAULTS)) is None
    assert complete({"undo_days": 3}) == {**DEFAULTS, "undo_days": 3}


def test_day_of_an_unknown_market_is_utc() -> None:
    assert day_in(Overlay(), "ZZ", 0) == "1970-01-01"
