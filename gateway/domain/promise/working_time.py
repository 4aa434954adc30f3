"""Work in a place's hours, forward and back: when it is done, and until when it may begin to be done in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from gateway.domain.calendar import HORIZON_DAYS, WorkingCalendar, after_working_time, always, instants, zone
from gateway.domain.location import Location

TICK = timedelta(microseconds=1)
"""The least difference of two moments: what may still happen at a moment may no longer one tick later."""
FullShifts = frozenset[datetime]
"""Opening instants of shifts without free capacity: no work begins there, begun work goes on."""
NONE_FULL: FullShifts = frozenset()


def preparing(location: Location) -> WorkingCalendar:
    """Return when the place prepares orders; one that states no hours at all is never closed."""
    return _stated(location.calendar, location.time_zone)


def open_to_customers(location: Location) -> WorkingCalendar:
    return _stated(location.opening, location.time_zone)


def _stated(calendar: WorkingCalendar, time_zone: str) -> WorkingCalendar:
    return calendar if calendar.weekly or calendar.exceptions else always(time_zone)


def done_at(calendar: WorkingCalendar, start_at: datetime, work: timedelta, full: FullShifts = NONE_FULL) -> datetime | None:
    """Return when work is done that may begin at `start_at`: in the next shift with free capacity, counted in working hours."""
    for opens_at, _ in calendar.shifts(start_at):
        if opens_at not in full:
            return after_working_time(calendar, max(opens_at, start_at), work)
    return None


def begin_before(calendar: WorkingCalendar, by: datetime, work: timedelta, full: FullShifts = NONE_FULL) -> datetime | None:
    """Return the first start for which the work is no longer done by `by` (the backward pass of `done_at`, exclusive)."""
    left = work
    last: datetime | None = None
    for opens_at, closes_at in _shifts_back(calendar, by):
        if last is None:
            last = _last_start(opens_at, closes_at, by, left)
            left -= min(closes_at, by) - opens_at
            if last is not None and opens_at not in full:
                return last
        elif opens_at not in full:
            return closes_at
    return None


def _last_start(opens_at: datetime, closes_at: datetime, by: datetime, left: timedelta) -> datetime | None:
    """Return the exclusive bound of starts within one shift, None when the shift is too short for what is left to do."""
    ends_at = min(closes_at, by)
    if ends_at - opens_at < left:
        return None
    start_at = ends_at - left
    return start_at if start_at == closes_at else start_at + TICK


def _shifts_back(calendar: WorkingCalendar, by: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the shifts that open by `by`, latest first."""
    last = by.astimezone(zone(calendar.time_zone)).date()
    for offset in range(HORIZON_DAYS):
        day = last - timedelta(days=offset)
        for period in reversed(calendar.periods_on(day)):
            opens_at, closes_at = instants(day, period, calendar.time_zone)
            if opens_at <= by and closes_at > opens_at:
                yield opens_at, closes_at


def end_of_day(at: datetime, time_zone: str) -> datetime:
    """Return the last tick of the local day."""
    local = at.astimezone(zone(time_zone)).date() + timedelta(days=1)
    return datetime.combine(local, time.min, tzinfo=zone(time_zone)).astimezone(UTC) - TICK
