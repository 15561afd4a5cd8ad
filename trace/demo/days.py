"""The demonstration's time: days before today as calendar days and milliseconds, in the market's local time, working hours only."""

from collections.abc import Sequence
from dataclasses import dataclass

from trace.demo.events import FIRST_DAY
from trace.market import DAY_MS, MINUTE_MS, local_day

OPENING_MS = 9 * 60 * MINUTE_MS
"""The first event of a day happens at nine o'clock."""
PACE_MS = 7 * MINUTE_MS
"""Time between two events of a day."""
TODAY_PACE_MS = 2 * MINUTE_MS
"""Time between two events of today; the last of them happened that long ago."""


@dataclass(frozen=True, slots=True)
class Days:
    """Today, and everything relative to it."""

    now: int
    """The moment that counts as now, ms."""
    offset_minutes: int
    """Local time of the market."""

    def day(self, days: int) -> str:
        """The calendar day `days` before today, `YYYY-MM-DD`."""
        return local_day(self.now - days * DAY_MS, self.offset_minutes)

    def moment(self, days: int) -> int:
        """The moment `days` before now, ms."""
        return self.now - days * DAY_MS

    def midnight(self, days: int) -> int:
        """When the calendar day `days` before today began, ms."""
        offset = self.offset_minutes * MINUTE_MS
        return (self.now + offset) // DAY_MS * DAY_MS - offset - days * DAY_MS

    @property
    def start(self) -> int:
        """When the ledger was founded: an hour before the first event."""
        return self.midnight(FIRST_DAY) + OPENING_MS - 60 * MINUTE_MS

    def times(self, days: Sequence[int]) -> list[int]:
        """A time for each event, given the day of each (never rising); strictly ascending, the last two minutes ago."""
        times: list[int] = []
        today = sum(day == 0 for day in days)
        for place, day in enumerate(days):
            number = place - days.index(day)
            time = self.midnight(day) + OPENING_MS + number * PACE_MS if day else self.now - (today - number) * TODAY_PACE_MS
            times.append(time)
        return times
