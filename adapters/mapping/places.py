"""Rows of places, made into our locations."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from adapters.mapping.moments import day
from adapters.mapping.products import truth, words
from adapters.mapping.rows import RowRefused, Values
from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.catalogue import ExternalId
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Address, Location, LocationKind, LocationService, Organization, Pickup
from gateway.domain.opening_hours import hour, periods, weekdays, weekly
from gateway.domain.quantities import GeoPosition

FIELDS = (
    "code",
    "name",
    "kind",
    "time_zone",
    "active",
    "organization_code",
    "organization_name",
    "country_code",
    "line1",
    "line2",
    "postal_code",
    "city",
    "region",
    "latitude",
    "longitude",
    "services",
    "opening",
    "opening_exceptions",
    "working",
    "lead_time",
    "processing_time",
    "preparation_time",
    "reception_time",
    "pickups",
    "external_id",
)
NEEDED = (("code",), ("kind",))
_DURATION = TypeAdapter(timedelta)
Choice = TypeVar("Choice", bound=str)


class LocationMaker:
    """Makes the places of one source, in its own time zone where a row names none."""

    def __init__(self, source: SourceCode, time_zone: str, country: str) -> None:
        self._source, self._zone, self._country = source, time_zone, country

    def __call__(self, values: Values) -> Location:
        code = location_code(values.needed("code"))
        zone = values.converted("time_zone", time_zone) or self._zone
        organization = values.text("organization_code")
        working = values.raw("working")
        return Location(
            code=code,
            name=values.text("name") or code,
            kind=values.must("kind", lambda value: one_of(value, get_args(LocationKind))),
            time_zone=zone,
            source=self._source,
            status="ACTIVE" if truth(values.raw("active")) else "CLOSED",
            organization=Organization(organization, values.text("organization_name") or organization) if organization else None,
            address=self._address(values),
            position=position(values),
            services=services(values),
            opening=calendar(values, "opening", zone),
            working=calendar(values, "working", zone) if working is not None else None,
            lead_time=values.converted("lead_time", duration) or timedelta(0),
            processing_time=values.converted("processing_time", duration) or timedelta(0),
            preparation_time=values.converted("preparation_time", duration) or timedelta(hours=2),
            reception_time=values.converted("reception_time", duration) or timedelta(0),
            pickups=tuple(pickup(one) for one in values.rows("pickups")),
            external_ids=(ExternalId(self._source, values.text("external_id") or code),),
        )

    def _address(self, values: Values) -> Address | None:
        texts = {name: values.text(name) for name in ("line1", "line2", "postal_code", "city", "region")}
        country = values.text("country_code")
        if not country and not any(texts.values()):
            return None
        return Address(country_code=(country or self._country).upper(), **texts)


def location_code(text: str) -> LocationCode:
    if "|" in text or "/" in text or any(char.isspace() for char in text):
        raise RowRefused(f"code: {text[:50]!r} cannot be a code; replace spaces, | and /")
    return LocationCode(text)


def position(values: Values) -> GeoPosition | None:
    latitude, longitude = values.converted("latitude", float), values.converted("longitude", float)
    if latitude is None or longitude is None:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # noqa: PLR2004 - degrees
        raise RowRefused(f"latitude: ({latitude}, {longitude}) lies outside the globe")
    return GeoPosition(latitude, longitude)


def services(values: Values) -> tuple[LocationService, ...]:
    possible: tuple[LocationService, ...] = get_args(LocationService)
    try:
        return tuple(dict.fromkeys(one_of(word, possible) for word in words(values.raw("services"))))
    except ValueError as error:
        raise RowRefused(f"services: {error}") from error


def calendar(values: Values, name: str, zone: str) -> WorkingCalendar:
    """Return a calendar of text ("Mo-Fr 10:00-19:00; Sa 10:00-12:00"), of {day: [[opens, closes]]} or of [{day, opens, closes}]."""
    week = values.converted(name, week_of) or {}
    exceptions = {one.must("date", day): one.converted("hours", periods_of) or () for one in values.rows("opening_exceptions")}
    return WorkingCalendar(zone, week, exceptions)


def week_of(value: Any) -> dict[int, tuple[Period, ...]]:
    if isinstance(value, str):
        return weekly(value)
    if isinstance(value, Mapping):
        return {number: periods_of(hours) for name, hours in value.items() for number in weekdays(str(name)) if hours}
    week: dict[int, tuple[Period, ...]] = {}
    for one in value:
        for number in weekdays(str(one["day"])):
            week[number] = (*week.get(number, ()), Period(hour(one["opens"]), hour(one["closes"])))
    return week


def periods_of(value: Any) -> tuple[Period, ...]:
    """Return the periods of text, or of [[opens, closes]]."""
    if isinstance(value, str):
        return periods(value)
    return tuple(Period(hour(opens), hour(closes)) for opens, closes in value)


def pickup(values: Values) -> Pickup:
    return Pickup(
        hour=values.needed("hour"),
        cutoff=values.text("cutoff") or values.needed("hour"),
        weekdays=values.converted("weekdays", lambda days: tuple(days) if isinstance(days, list) else weekdays(str(days)))
        or (1, 2, 3, 4, 5),
        carrier=values.text("carrier"),
    )


def duration(value: Any) -> timedelta:
    """Return a duration of seconds or ISO 8601."""
    found = _DURATION.validate_python(value)
    if found < timedelta(0):
        raise ValueError(f"{value!r} is negative")
    return found


def time_zone(value: Any) -> str:
    ZoneInfo(str(value))
    return str(value)


def one_of(value: Any, possible: tuple[Choice, ...]) -> Choice:
    for word in possible:
        if str(value).strip().upper() == word:
            return word
    raise ValueError(f"{value!r} is not possible; map it to {', '.join(possible)} with lookup()")
