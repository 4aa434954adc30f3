"""Times as other systems write them, read into aware UTC instants and dates."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.opening_hours import hour

COMPACT = "%Y%m%dT%H%M%SZ"


def instant(value: Any, zone: str | None = None) -> datetime:
    """Return an instant of ISO 8601 text (its offset, else `zone`, must say where) or of an aware datetime. Raise ValueError."""
    moment = value if isinstance(value, datetime) else _iso(value)
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f"{value!r} does not say its time zone; convert it with local_time(…, 'Europe/Paris')")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return _bounded(moment.astimezone(UTC))


def formatted(text: Any, form: str, zone: str = "UTC") -> datetime:
    """Return an instant of text in a strptime form; a form that ends in a literal Z is UTC."""
    moment = datetime.strptime(str(text), form)  # noqa: DTZ007 - the zone is set below
    place: tzinfo = UTC if form.endswith("Z") and "%z" not in form else ZoneInfo(zone)
    return _bounded((moment if moment.tzinfo else moment.replace(tzinfo=place)).astimezone(UTC))


def epoch(value: Any, per_second: int) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is no time since 1970")
    try:
        return _bounded(datetime.fromtimestamp(float(value) / per_second, UTC))
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value!r} is no time since 1970") from error


def day(value: Any, form: str | None = None) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(str(value), form).date() if form else date.fromisoformat(str(value)[:10])  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise ValueError(f"{value!r} is no date") from error


def at_hour(value: Any, clock: str, zone: str, form: str | None = None) -> datetime:
    """Return the instant of an hour of a local day."""
    return datetime.combine(day(value, form), hour(clock), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def span(value: Any) -> timedelta:
    """Return a duration of seconds."""
    return timedelta(seconds=float(value))


def midnight(on: date) -> datetime:
    return datetime.combine(on, time.min, tzinfo=UTC)


def _iso(value: Any) -> datetime:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no time; convert numbers with epoch_ms() or epoch_s()")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no time") from error


def _bounded(moment: datetime) -> datetime:
    if not 1990 <= moment.year <= 2200:  # noqa: PLR2004 - outside, a unit was mistaken
        raise ValueError(f"{moment.isoformat()} cannot be meant; is the unit right?")
    return moment
