"""Dates as they stand in codes: YYMMDD with the century window, day 00 for a whole month (GS1 General Specifications §7.12).

A code is read the same everywhere and always, so the year that the window is laid around is a parameter, never the clock.
"""

import calendar
import re
from datetime import date
from functools import lru_cache

from trace.gs1.checkdigit import is_digits
from trace.gs1.errors import CodeError

REFERENCE_YEAR = 2026
"""Year around which the century window is laid where the caller names none: 1977-2076."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def full_year(two_digits: int, reference: int = REFERENCE_YEAR) -> int:
    """The year meant by two digits: at most 50 years after and 49 years before `reference`."""
    century = reference - reference % 100
    difference = two_digits - reference % 100
    if difference > 50:
        century -= 100
    elif difference < -49:
        century += 100
    return century + two_digits


@lru_cache(maxsize=4096)  # a code's date is looked at twice, and few dates are printed
def parse_date(value: str, reference: int = REFERENCE_YEAR) -> tuple[str, bool]:
    """YYMMDD as (ISO date, whole month): day 00 gives the last day of the month and True; raises `gs1.value.*`."""
    if len(value) != 6:
        raise CodeError("gs1.value.length", "YYMMDD", value)
    if not is_digits(value):
        raise CodeError("gs1.value.character", "digits", value)
    year, month, day = full_year(int(value[:2]), reference), int(value[2:4]), int(value[4:])
    if not 1 <= month <= 12:
        raise CodeError("gs1.value.date", "month 01-12", value)
    last = calendar.monthrange(year, month)[1]
    if day > last:
        raise CodeError("gs1.value.date", f"day 00-{last}", value)
    return date(year, month, day or last).isoformat(), day == 0


def is_iso_date(value: object) -> bool:
    """Is this `YYYY-MM-DD` and a real day (DOMAIN §1)?"""
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def format_date(iso: str, *, month_only: bool = False, reference: int = REFERENCE_YEAR) -> str:
    """An ISO date as YYMMDD, or YYMM00; raises `gs1.value.date` where two digits would be read as another year."""
    if not is_iso_date(iso):
        raise CodeError("gs1.value.date", "YYYY-MM-DD", iso)
    if full_year(int(iso[2:4]), reference) != int(iso[:4]):
        raise CodeError("gs1.value.date", f"a year within 50 years of {reference}", iso)
    return iso[2:4] + iso[5:7] + ("00" if month_only else iso[8:])
