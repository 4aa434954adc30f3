"""Working time in a place's own time zone: opening periods, exceptional days, hours that count and hours that do not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HORIZON_DAYS = 400
"""How far ahead an opening is looked for."""
MOST_DAYS = 2 * HORIZON_DAYS
"""Of which a calendar remembers the periods; then it forgets them all."""


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def local_day(at: datetime, time_zone: str) -> int:
    """Return the number of the local day of a moment."""
    return at.astimezone(zone(time_zone)).toordinal()


@dataclass(frozen=True, slots=True)
class Period:
    """One opening period of a local day; `closes` may be 00:00 of the next day, told as time.min."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Shift:
    """One opening period of a day as UTC instants; `number` is its place in the day, from 0."""

    day: date
    number: int
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When a place works: periods by ISO weekday (1 = Monday), and whole days that differ (an empty tuple: closed)."""

    time_zone: str = "UTC"
    weekly: dict[int, tuple[Period, ...]] = field(default_factory=dict)
    exceptions: dict[date, tuple[Period, ...]] = field(default_factory=dict)
    _shifts_by_day: dict[date, tuple[Shift, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def periods_on(self, day: date) -> tuple[Period, ...]:
        special = self.exceptions.get(day)
        return self.weekly.get(day.isoweekday(), ()) if special is None else special

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        """Return the opening periods of a local day that last at all: they depend on nothing else, so they are worked out once."""
        known = self._shifts_by_day.get(day)
        if known is None:
            if len(self._shifts_by_day) >= MOST_DAYS:
                self._shifts_by_day.clear()
            told = [Shift(day, number, *instants(day, period, self.time_zone)) for number, period in enumerate(self.periods_on(day))]
            known = self._shifts_by_day[day] = tuple(shift for shift in told if shift.closes_at > shift.opens_at)
        return known

    def shifts(self, start_at: datetime) -> Iterator[Shift]:
        """Yield the opening periods that end after `start_at`, oldest first, up to the horizon."""
        first = start_at.astimezone(zone(self.time_zone)).date() - timedelta(days=1)
        for offset in range(HORIZON_DAYS):
            for shift in self.shifts_on(first + timedelta(days=offset)):
                if shift.closes_at > start_at:
                    yield shift

    def shifts_back(self, by: datetime) -> Iterator[Shift]:
        """Yield the opening periods that begin by a moment, latest first, as far back as the horizon."""
        last = by.astimezone(zone(self.time_zone)).date()
        for offset in range(HORIZON_DAYS):
            for shift in reversed(self.shifts_on(last - timedelta(days=offset))):
                if shift.opens_at <= by:
                    yield shift


@lru_cache(maxsize=8192)
def local_instant(day: date, hour: time, time_zone: str) -> datetime:
    """Return the UTC instant of a local wall-clock time; a time that a DST change skips is the instant just after the gap."""
    wall = datetime.combine(day, hour, tzinfo=zone(time_zone))
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    at = wall.astimezone(UTC)
    if before is None or after is None or before >= after:
        return at
    return _end_of_gap(at - (after - before), at, before, time_zone)


def _end_of_gap(early: datetime, late: datetime, before: timedelta, time_zone: str) -> datetime:
    """Return when the offset `before` ends, to the second, between two instants around the change."""
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone(time_zone)).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def instants(day: date, period: Period, time_zone: str) -> tuple[datetime, datetime]:
    ends_on = day + timedelta(days=1) if period.closes <= period.opens else day
    return local_instant(day, period.opens, time_zone), local_instant(ends_on, period.closes, time_zone)


def next_opening(calendar: WorkingCalendar, start_at: datetime) -> datetime | None:
    """Return the first working instant not before `start_at`; None when the place does not open within the horizon."""
    for shift in calendar.shifts(start_at):
        return max(shift.opens_at, start_at)
    return None


def after_working_time(calendar: WorkingCalendar, start_at: datetime, work: timedelta) -> datetime | None:
    """Return when `work` of elapsed working time is done that starts at `start_at`; closed hours do not count."""
    left = work
    for shift in calendar.shifts(start_at):
        begins_at = max(shift.opens_at, start_at)
        if begins_at + left <= shift.closes_at:
            return begins_at + left
        left -= shift.closes_at - begins_at
    return None


@lru_cache(maxsize=512)
def always(time_zone: str) -> WorkingCalendar:
    """Return a calendar that is open day and night."""
    whole_day = (Period(time.min, time.min),)
    return WorkingCalendar(time_zone, dict.fromkeys(range(1, 8), whole_day))
