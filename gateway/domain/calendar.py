"""Working time in a place's own time zone: opening periods, exceptional days, hours that count and hours that do not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HORIZON_DAYS = 400
"""How far ahead an opening is looked for."""


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


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

    def periods_on(self, day: date) -> tuple[Period, ...]:
        special = self.exceptions.get(day)
        return self.weekly.get(day.isoweekday(), ()) if special is None else special

    def shifts(self, start_at: datetime) -> Iterator[Shift]:
        """Yield the opening periods that end after `start_at`, oldest first, up to the horizon."""
        first = start_at.astimezone(zone(self.time_zone)).date() - timedelta(days=1)
        for offset in range(HORIZON_DAYS):
            day = first + timedelta(days=offset)
            for number, period in enumerate(self.periods_on(day)):
                opens_at, closes_at = instants(day, period, self.time_zone)
                if closes_at > max(start_at, opens_at):
                    yield Shift(day, number, opens_at, closes_at)

    def shifts_back(self, by: datetime) -> Iterator[Shift]:
        """Yield the opening periods that begin by a moment, latest first, as far back as the horizon."""
        last = by.astimezone(zone(self.time_zone)).date()
        for offset in range(HORIZON_DAYS):
            day = last - timedelta(days=offset)
            for number, period in reversed(tuple(enumerate(self.periods_on(day)))):
                opens_at, closes_at = instants(day, period, self.time_zone)
                if opens_at <= by and closes_at > opens_at:
                    yield Shift(day, number, opens_at, closes_at)


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


def always(time_zone: str) -> WorkingCalendar:
    """Return a calendar that is open day and night."""
    whole_day = (Period(time.min, time.min),)
    return WorkingCalendar(time_zone, dict.fromkeys(range(1, 8), whole_day))
