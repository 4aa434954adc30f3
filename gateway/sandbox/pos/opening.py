"""Opening hours of a shop: the week as text, and the days that differ."""

from datetime import date, datetime, timedelta

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_CLOSED_DAYS = ((1, 1), (5, 1), (12, 25))
_SHORT_DAYS = ((12, 24), (12, 31))
_SHORT_HOURS = "10:00-17:00"
_AHEAD_DAYS = 200


def exceptions(today: date) -> list[tuple[date, str]]:
    """Return the days ahead that differ from the week, with `closed` or their hours."""
    days = [today + timedelta(days=ahead) for ahead in range(_AHEAD_DAYS)]
    found = [(day, "closed") for day in days if (day.month, day.day) in _CLOSED_DAYS]
    return sorted([*found, *((day, _SHORT_HOURS) for day in days if (day.month, day.day) in _SHORT_DAYS)])


def is_open(weekly: str, at: datetime) -> bool:
    """Tell whether a shop is open at a moment of its own time zone."""
    hours = dict(exceptions(at.date())).get(at.date()) or _hours_of(weekly, at.weekday())
    clock = at.strftime("%H:%M")
    return any(start <= clock < end for start, _, end in (span.partition("-") for span in hours.split(",")) if end)


def _hours_of(weekly: str, weekday: int) -> str:
    for group in weekly.split(";"):
        days, _, hours = group.strip().partition(" ")
        first, _, last = days.partition("-")
        if _DAYS.index(first) <= weekday <= _DAYS.index(last or first):
            return hours
    return "closed"
