"""Work in a place's hours, looked at backward: until when it may begin to be done in time; and the grid that promised moments lie on."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from gateway.domain.calendar import WorkingCalendar, always, zone
from gateway.domain.location import Location

TICK = timedelta(microseconds=1)
"""The least difference of two moments: what may still happen at a moment may no longer one tick later."""
SECOND = timedelta(seconds=1)
"""No moment of a promise is finer."""
FIRST_AT = datetime(1970, 1, 1, tzinfo=UTC)


def rounded_up(at: datetime, step: timedelta = SECOND) -> datetime:
    """Return the first moment not before `at` that lies whole steps after the first one of all: what is done by `at` is done by then."""
    return at + (FIRST_AT - at) % step


def rounded_down(at: datetime, step: timedelta = SECOND) -> datetime:
    """Return the last such moment not after `at`: what may still happen before it may before `at`."""
    return at - (at - FIRST_AT) % step


def first_of(*moments: datetime | None) -> datetime | None:
    """Return the first of several moments, None being one that never comes."""
    return min((at for at in moments if at is not None), default=None)


def comes_before(one: datetime | None, other: datetime | None) -> bool:
    """Tell whether a moment comes before another one, None being one that never comes."""
    return one is not None and (other is None or one < other)


def preparing(location: Location) -> WorkingCalendar:
    """Return when the place prepares orders; one that states no hours at all is never closed."""
    return _stated(location.calendar, location.time_zone)


def open_to_customers(location: Location) -> WorkingCalendar:
    return _stated(location.opening, location.time_zone)


def any_day(calendar: WorkingCalendar) -> WorkingCalendar:
    """Return the calendar, open day and night on the days that it does not speak of where it tells no week."""
    return calendar if calendar.weekly else replace(always(calendar.time_zone), exceptions=calendar.exceptions)


def _stated(calendar: WorkingCalendar, time_zone: str) -> WorkingCalendar:
    return calendar if calendar.weekly or calendar.exceptions else always(time_zone)


def begin_before(calendar: WorkingCalendar, by: datetime, work: timedelta) -> datetime | None:
    """Return the first start for which the work is no longer done by `by` (the backward pass of `after_working_time`, exclusive)."""
    left = work
    for shift in calendar.shifts_back(by):
        ends_at = min(shift.closes_at, by)
        if ends_at - shift.opens_at >= left:
            start_at = ends_at - left
            return start_at if start_at == shift.closes_at else start_at + TICK
        left -= ends_at - shift.opens_at
    return None


def last_working(calendar: WorkingCalendar, by: datetime) -> datetime | None:
    """Return the last moment not after another at which work may be done; None: there is none within the horizon."""
    return next((min(shift.closes_at, by) for shift in calendar.shifts_back(by)), None)


def end_of_day(at: datetime, time_zone: str) -> datetime:
    """Return the last second of the local day."""
    local = at.astimezone(zone(time_zone)).date() + timedelta(days=1)
    return datetime.combine(local, time.min, tzinfo=zone(time_zone)).astimezone(UTC) - SECOND
