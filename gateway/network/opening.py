"""Opening rules of the network file, made into working calendars."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.location_override import OpeningRule
from gateway.domain.opening_hours import periods, weekly


def periods_of_rule(rule: OpeningRule) -> dict[int, tuple[Period, ...]] | tuple[Period, ...]:
    """Return a rule's periods: by weekday for "Mo-Fr 09:30-12:00", plain ones where the rule names a date or its weekdays."""
    if rule.on is None and not rule.weekdays:
        return weekly("; ".join(rule.periods))
    return tuple(sorted((period for text in rule.periods for period in periods(text)), key=lambda period: period.opens))


def calendar_of(rules: Sequence[OpeningRule], time_zone: str) -> WorkingCalendar:
    """Return the calendar that rules state together; rules that name the same day add up."""
    week: dict[int, tuple[Period, ...]] = {}
    special: dict[date, tuple[Period, ...]] = {}
    for rule in rules:
        found = periods_of_rule(rule)
        if isinstance(found, dict):
            for day, hours in found.items():
                week[day] = _together(week.get(day, ()), hours)
        elif rule.on:
            special[rule.on] = _together(special.get(rule.on, ()), found)
        else:
            week.update({day: _together(week.get(day, ()), found) for day in rule.weekdays})
    return WorkingCalendar(time_zone, week, special)


def closed_on(calendar: WorkingCalendar, days: Iterable[date]) -> WorkingCalendar:
    """Return the calendar closed on these days, but for days that it speaks of itself."""
    return replace(calendar, exceptions={**dict.fromkeys(days, ()), **calendar.exceptions})


def _together(first: tuple[Period, ...], second: tuple[Period, ...]) -> tuple[Period, ...]:
    return tuple(sorted({*first, *second}, key=lambda period: period.opens))
