"""Opening hours as text: "Mo-Fr 09:30-12:00,14:00-19:30; Sa 10:00-20:00", read into periods of local days."""

import re
from collections.abc import Iterable
from datetime import date, time
from itertools import pairwise

from gateway.domain.calendar import Period

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
WHOLE_DAY = Period(time.min, time.min)
_HOUR = re.compile(r"^([01]?\d|2[0-4])[:h.]([0-5]\d)$")
_CLOSED = frozenset({"", "closed", "off", "ferme", "fermé", "geschlossen"})


def hour(text: str) -> time:
    """Return a local hour; "24:00" is the midnight that ends the day, told as time.min. Raise ValueError for anything else."""
    found = _HOUR.match(text.strip())
    if not found or (found[1] == "24" and found[2] != "00"):
        raise ValueError(f"{text.strip()!r} is no hour; write it as 09:30")
    return time(int(found[1]) % 24, int(found[2]))


def periods(text: str) -> tuple[Period, ...]:
    """Return the periods of one day ("10:00-12:00,13:00-18:00"); none for "closed". Raise ValueError when they overlap."""
    if text.strip().lower() in _CLOSED:
        return ()
    if text.strip() == "24h":
        return (WHOLE_DAY,)
    found = sorted((_period(part) for part in text.split(",")), key=lambda period: period.opens)
    for earlier, later in pairwise(found):
        if earlier.closes > later.opens or earlier.closes <= earlier.opens:
            raise ValueError(f"the periods of {text.strip()!r} overlap")
    return tuple(found)


def weekdays(text: str) -> tuple[int, ...]:
    """Return the ISO weekdays of "Mo-Fr", "Mo,We" or "Sa" (two letters or more of the English names)."""
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        start, end = _day(first), _day(last if dash else first)
        days += [(start - 1 + step) % 7 + 1 for step in range((end - start) % 7 + 1)]
    return tuple(days)


def weekly(text: str) -> dict[int, tuple[Period, ...]]:
    """Return the periods by ISO weekday of groups separated by `;`; days not named are closed. "24/7" is always."""
    if text.strip() == "24/7":
        return dict.fromkeys(range(1, 8), (WHOLE_DAY,))
    found: dict[int, tuple[Period, ...]] = {}
    for group in (part.strip() for part in text.split(";")):
        if group and group.lower() not in _CLOSED:
            days, hours = _group(group)
            found.update(dict.fromkeys(days, hours))
    return {day: hours for day, hours in found.items() if hours}


def special(texts: Iterable[str]) -> dict[date, tuple[Period, ...]]:
    """Return the periods of dates, as "2026-12-24 09:00-12:00" or "2026-12-26 closed". Raise ValueError for anything else."""
    found: dict[date, tuple[Period, ...]] = {}
    for text in texts:
        day, _, hours = text.strip().partition(" ")
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise ValueError(f"{text.strip()!r} names no date; write it as 2026-12-24 09:00-12:00, or 2026-12-26 closed") from None
        if on in found:
            raise ValueError(f"{day} is named twice; write all its periods at once, as 09:00-12:00,14:00-18:00")
        found[on] = periods(hours)
    return found


def joined(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _group(text: str) -> tuple[tuple[int, ...], tuple[Period, ...]]:
    found = re.match(r"^([A-Za-z][A-Za-z,\s-]*?)\s+(\d.*|closed|off|24h)$", text.strip(), re.IGNORECASE)
    if not found:
        raise ValueError(f"{text!r} are no opening hours; write them as Mo-Fr 09:30-19:30")
    return weekdays(found[1]), periods(found[2])


def _period(text: str) -> Period:
    opens, dash, closes = text.partition("-")
    if not dash:
        raise ValueError(f"{text.strip()!r} is no period; write it as 09:30-19:30")
    return Period(hour(opens), hour(closes))


def _day(text: str) -> int:
    name = text.strip().lower()[:2]
    if name not in DAYS:
        raise ValueError(f"{text.strip()!r} is no weekday; use Mo Tu We Th Fr Sa Su")
    return DAYS.index(name) + 1
