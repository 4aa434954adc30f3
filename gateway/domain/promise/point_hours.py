"""When a carrier's parcel shop or locker is open, and what a parcel's arrival there becomes for the customer."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from gateway.domain.calendar import HORIZON_DAYS, WorkingCalendar, local_instant, next_opening, zone
from gateway.domain.location import CarrierPoint
from gateway.domain.opening_hours import joined, special, weekly
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.points import destination_of
from gateway.domain.promise.road import LAST_SECOND, Window, holidays_of
from gateway.domain.promise.timetable import Timetable
from gateway.domain.promise.working_time import any_day


def hours_of(point: CarrierPoint, time_zone: str, holidays: Mapping[str, frozenset[str]]) -> WorkingCalendar:
    """Return what is told of its hours, the public holidays that close it among the days that are otherwise."""
    closed = holidays_of(holidays, point.holidays) if point.holidays else frozenset[str]()
    exceptions = {**{date.fromisoformat(day): () for day in closed}, **special(point.exceptions)}
    return WorkingCalendar(time_zone, weekly(joined(point.opening)), exceptions)


def collectable_at(timetable: Timetable, point: CarrierPoint) -> Ends:
    """Return when customers have what arrives at a point, by the clock of its place."""
    return collectable(hours_of(point, timetable.time_zone(destination_of(point)), timetable.facts.holidays))


def collectable(hours: WorkingCalendar) -> Ends:
    """Return when customers have what arrives: on a day on which it is closed, on the next on which it is open.

    A point of which no week is told is open on all days that are not told otherwise.
    """
    if not hours.weekly and not hours.exceptions:
        return unchanged
    calendar = any_day(hours)

    def ends(window: Window) -> Window | None:
        if window.earliest == window.latest:
            opens_at = next_opening(calendar, window.latest)
            return None if opens_at is None else Window(opens_at, opens_at)
        first, last = (_open_day(calendar, at.astimezone(zone(calendar.time_zone)).date()) for at in (window.earliest, window.latest))
        if first is None or last is None:
            return None
        return Window(local_instant(first, time.min, calendar.time_zone), local_instant(last, LAST_SECOND, calendar.time_zone))

    return ends


def _open_day(calendar: WorkingCalendar, day: date) -> date | None:
    days = (day + timedelta(days=number) for number in range(HORIZON_DAYS))
    return next((one for one in days if calendar.periods_on(one)), None)
