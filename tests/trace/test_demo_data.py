"""The demonstration as data: its numbers are right, its days follow one another, its serials are those that the documents print."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.demo import events, examples, world
from trace.demo.days import Days
from trace.gs1.checkdigit import has_check_digit

DOMAIN = Path(__file__).resolve().parents[2] / "docs" / "DOMAIN.md"
MOMENTS = st.integers(min_value=1_700_000_000_000, max_value=1_900_000_000_000)


def test_serials_are_those_printed_in_the_document() -> None:
    text = DOMAIN.read_text("utf-8").partition("### 17.4")[2].partition("### 17.5")[0]
    printed = set(re.findall(r"\b[0-9A-Z]{16}\b", text)) - {examples.NO_SUCH_SERIAL}
    made = {example.printed.serial for example in examples.EXAMPLES}
    assert len(printed) >= 17 and printed <= made


@pytest.mark.parametrize("row", range(1, 29))
def test_every_row_of_the_document_is_an_example_with_its_verdict(row: int) -> None:
    line = re.search(rf"^\| {row} \|(.*)$", DOMAIN.read_text("utf-8").partition("### 17.4")[2], re.MULTILINE)
    assert line is not None
    for example in examples.EXAMPLES:
        if re.sub("[ab]$", "", example.number) == str(row):
            assert example.verdict in line[1]


def test_numbers_have_right_check_digits() -> None:
    parties = [party.gln for party in world.ORGANISATIONS] + [site.gln for party in world.ORGANISATIONS for site in party.sites]
    products = [product.gtin for product in world.PRODUCTS] + [product.case[0] for product in world.PRODUCTS]
    assert all(has_check_digit(number) for number in [*parties, *products, world.AGENCY, world.NOT_ON_THE_LEDGER])


def test_days_never_run_backwards() -> None:
    days = [event.days for event in events.EVENTS]
    assert days == sorted(days, reverse=True) and days[0] <= events.FIRST_DAY and days[-1] == 0


@given(MOMENTS)
def test_times_rise_strictly_from_the_founding_to_now_at_any_hour_of_the_day(now: int) -> None:
    days = Days(now, 480)
    times = days.times([events.FIRST_DAY] * 25 + [event.days for event in events.EVENTS])
    assert all(first < second for first, second in zip([days.start, *times], [*times, now], strict=True))


@given(MOMENTS, st.integers(min_value=-1000, max_value=1000))
def test_a_day_begins_at_its_local_midnight(now: int, back: int) -> None:
    days = Days(now, 480)
    assert days.midnight(0) <= now < days.midnight(-1)
    assert Days(days.midnight(back), 480).day(0) == days.day(back)


def test_every_key_that_signs_is_enrolled() -> None:
    names = {holder.name for holder in world.HOLDERS} | {f"{party.gln}/admin" for party in world.ORGANISATIONS}
    assert {event.by for event in events.EVENTS} <= names
