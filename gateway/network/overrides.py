"""Places as they hold: what the network file says of them, laid over what their sources say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from gateway.domain.calendar import WorkingCalendar
from gateway.domain.catalogue import ExternalId
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.location_override import LocationOverride
from gateway.domain.network import Network
from gateway.network.opening import calendar_of, closed_on
from gateway.network.public_holidays import closing_days

PLAIN = (
    "name",
    "kind",
    "source",
    "work_source",
    "status",
    "organization",
    "address",
    "position",
    "services",
    "lead_time",
    "processing_time",
    "preparation_time",
    "reception_time",
    "accept_within",
    "pickups",
    "capacity",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A place as it holds, and for each of its fields who said so: `source`, `locations.CODE`, `locations.*`, `network`, or `default`."""

    location: Location
    origin_by_field: Mapping[str, str]


def held_locations(locations: Sequence[Location], network: Network, today: date) -> list[Held]:
    """Return the places of sources with the file's words over theirs, and those that only the file defines."""
    told = {place.code for place in locations}
    added = [place for override in network.locations if override.code not in told and (place := defined(override, network))]
    return [_held(place, network, today, from_file=place.code not in told) for place in (*locations, *added)]


def defined(override: LocationOverride, network: Network) -> Location | None:
    """Return the place that an entry defines by itself; None when it lacks a kind or a source, or speaks of all places."""
    if override.code == "*" or override.kind is None or override.source is None:
        return None
    zone = override.time_zone or network.time_zone
    return Location(override.code, override.name or override.code, override.kind, zone, override.source, opening=WorkingCalendar(zone))


def overrides_of(place: Location, network: Network) -> list[LocationOverride]:
    """Return the entries that speak of a place, the widest first, so that the narrowest has the last word."""
    every = [one for one in network.locations if one.code == "*" and one.kind is None]
    of_kind = [one for one in network.locations if one.code == "*" and one.kind == place.kind]
    own = [one for one in network.locations if one.code == place.code]
    return [*every, *of_kind, *own]


def _held(place: Location, network: Network, today: date, *, from_file: bool) -> Held:
    said_first = f"locations.{place.code}" if from_file else f"source {place.source}"
    default = Location(LocationCode(""), "", "STORE", "", place.source)
    origins = {
        field.name: said_first if getattr(place, field.name) != getattr(default, field.name) else "default" for field in fields(Location)
    }
    closing = network.holidays
    origin_of_closing = "network.holidays"
    for override in overrides_of(place, network):
        changes = _changes(place, override)
        origin = f"locations.{override.code}" + (f" of kind {override.kind}" if override.code == "*" and override.kind else "")
        place = replace(place, **changes)
        origins |= dict.fromkeys(changes, origin)
        if override.holidays is not None:
            closing, origin_of_closing = override.holidays, origin
    if closing:
        place = _closed(place, closing_days(closing, today))
        origins["holidays"] = f"{origin_of_closing} ({closing})"
    return Held(place, origins)


def _changes(place: Location, override: LocationOverride) -> dict[str, Any]:
    """Return the fields that an entry sets."""
    plain = (name for name in PLAIN if override.code != "*" or name != "kind")
    changes = {name: value for name in plain if (value := getattr(override, name)) is not None}
    zone = override.time_zone or place.time_zone
    if override.time_zone:
        changes["time_zone"] = zone
        changes["opening"] = replace(place.opening, time_zone=zone)
        changes["working"] = replace(place.working, time_zone=zone) if place.working else None
    for name in ("opening", "working"):
        rules = getattr(override, name)
        if rules is not None:
            changes[name] = _merged(getattr(place, name), calendar_of(rules, zone))
    if override.external_ids:
        changes["external_ids"] = _named(place.external_ids, override.external_ids)
    return changes


def _merged(before: WorkingCalendar | None, stated: WorkingCalendar) -> WorkingCalendar:
    """Return the file's calendar with its source's special days kept; dates alone leave the source's week as it is."""
    if before is None:
        return stated
    return replace(stated, weekly=stated.weekly or before.weekly, exceptions={**before.exceptions, **stated.exceptions})


def _named(before: Iterable[ExternalId], stated: Mapping[Any, str]) -> tuple[ExternalId, ...]:
    kept = [one for one in before if one.source not in stated]
    return (*kept, *(ExternalId(source, value) for source, value in stated.items()))


def _closed(place: Location, days: Sequence[date]) -> Location:
    working = closed_on(place.working, days) if place.working else None
    return replace(place, opening=closed_on(place.opening, days), working=working)
