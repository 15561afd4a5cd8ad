"""How times, numbers and identifiers look to a reader; filters of the templates."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from flask import Flask

from trace.web.languages import language

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
"""Our language -> the locale whose date order and signs are used; en_GB because its dates put the day first and name the month."""
NARROW_SPACE = "\u202f"
"""Some locales put it into times; fonts of old phones lack it."""
MINUTE = 60_000
"""Milliseconds."""
HOUR = 60 * MINUTE
"""Milliseconds."""
DAY = 24 * HOUR
"""Milliseconds."""
LATEST_MS = 253_402_300_799_000
"""The last second of year 9999, beyond which no calendar helps."""


def _locale() -> str:
    return LOCALES[language()]


def moment(ms: int, offset_minutes: int = 0) -> datetime:
    """The local time of a ledger time; out-of-range values are clamped, since a page must show even a hostile number."""
    zone = timezone(timedelta(minutes=offset_minutes)) if offset_minutes else UTC
    return datetime.fromtimestamp(min(max(int(ms), DAY), LATEST_MS - DAY) / 1000, zone)


def clock_time(ms: int, offset_minutes: int = 0) -> str:
    """Date and time in local style, with the offset from UTC named, so that it is never ambiguous."""
    pattern = "y年M月d日 HH:mm" if language() == "zh" else "d MMM y, HH:mm"
    text = format_datetime(moment(ms, offset_minutes).replace(tzinfo=None), pattern, locale=_locale())
    return f"{text.replace(NARROW_SPACE, ' ')} {zone_name(offset_minutes)}"


def zone_name(offset_minutes: int) -> str:
    """`UTC`, `UTC+8`, `UTC+5:30`."""
    if not offset_minutes:
        return "UTC"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"UTC{'+' if offset_minutes > 0 else '−'}{hours}" + (f":{minutes:02d}" if minutes else "")


def local_day(ms: int, offset_minutes: int = 0) -> str:
    """The calendar day of a ledger time."""
    return day(moment(ms, offset_minutes).date().isoformat())


def iso_time(ms: int) -> str:
    """RFC 3339 in UTC, for `datetime` attributes and machines."""
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: str | None) -> str:
    """A `YYYY-MM-DD` date in local style; what is no date is shown as it is."""
    try:
        return format_date(date.fromisoformat(str(value)), "y年M月d日" if language() == "zh" else "d MMM y", locale=_locale())
    except ValueError:
        return str(value or "")


def duration(ms: int) -> str:
    """A span of time in its largest fitting unit."""
    if abs(ms) < 1000:
        return "不到 1 秒" if language() == "zh" else "less than a second"
    return format_timedelta(timedelta(milliseconds=ms), threshold=1.2, locale=_locale()).replace(NARROW_SPACE, " ")


def number(value: Any) -> str:
    """A whole number with its thousands marked."""
    return format_decimal(value, locale=_locale()) if isinstance(value, int) else str(value)


def short(text: str, keep: int = 8) -> str:
    """The beginning and the end of a long identifier."""
    return text if len(text) <= 2 * keep + 1 else f"{text[:keep]}…{text[-keep // 2 :]}"


def grouped(text: str, size: int = 4) -> list[str]:
    """An identifier in groups that a person can compare with print."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def init_app(app: Flask) -> None:
    """Registers the filters. Documents on pages are shown in the letters that they were written in."""
    app.jinja_env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    for filter_ in (clock_time, local_day, iso_time, day, duration, number, short, grouped):
        app.jinja_env.filters[filter_.__name__] = filter_
