"""Locations: by code, in lists by distance, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.errors import BadInput
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location, LocationKind, LocationService, LocationStatus
from gateway.domain.network import Channel
from gateway.domain.quantities import GeoPosition, distance_m
from gateway.domain.stock import available_to_sell
from resolvers.context import Context
from resolvers.live import bring_up_to_date
from resolvers.questions.known import check_distance, check_skus
from resolvers.questions.postcodes import postcode_position
from resolvers.questions.stock import FARTHEST_M, positions

MOST_STOCKED_SKUS = 20


@dataclass(frozen=True, slots=True)
class LocationWish:
    """All given conditions hold. `stocking`: at least one unit of each is available there."""

    kinds: frozenset[LocationKind] | None = None
    services: tuple[LocationService, ...] = ()
    statuses: frozenset[LocationStatus] | None = None
    organizations: frozenset[str] | None = None
    within_m: int | None = None
    stocking: tuple[Sku, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearby:
    location: Location
    distance_m: int | None

    @property
    def order(self) -> tuple[int, str]:
        return (FARTHEST_M if self.distance_m is None else self.distance_m, self.location.code)


def location(context: Context, code: str) -> Location | None:
    return context.surroundings.locations.get(LocationCode(code))


def place(context: Context, code: LocationCode) -> Location:
    """Return a location that an object names; one that no source tells any more is shown closed, by its code."""
    found = context.surroundings.locations.get(code)
    return found or Location(code, code, "WAREHOUSE", "UTC", SourceCode(""), status="CLOSED")


async def locations(context: Context, channel: Channel, wish: LocationWish, near: GeoPosition | None) -> list[Nearby]:
    """Return all locations that fit, nearest first when a point is given, else by code."""
    if len(wish.stocking) > MOST_STOCKED_SKUS:
        raise BadInput(f"stocking has {len(wish.stocking)} skus; ask for at most {MOST_STOCKED_SKUS}.")
    check_distance(wish.within_m, near=near is not None)
    await check_skus(context, "stocking", wish.stocking)
    await bring_up_to_date(context, wish.stocking)
    stocking = where_all_are(context, channel, wish.stocking) if wish.stocking else None
    found = []
    for candidate in context.surroundings.locations.values():
        away_m = distance(near, candidate)
        if fits(candidate, wish, away_m) and (stocking is None or candidate.code in stocking):
            found.append(Nearby(candidate, away_m))
    return sorted(found, key=lambda nearby: nearby.order) if near else found


def fits(candidate: Location, wish: LocationWish, away_m: int | None) -> bool:
    organization = candidate.organization.code if candidate.organization else None
    return (
        (wish.kinds is None or candidate.kind in wish.kinds)
        and all(service in candidate.services for service in wish.services)
        and (wish.statuses is None or candidate.status in wish.statuses)
        and (wish.organizations is None or organization in wish.organizations)
        and (wish.within_m is None or (away_m is not None and away_m <= wish.within_m))
    )


def where_all_are(context: Context, channel: Channel, skus: Sequence[Sku]) -> frozenset[LocationCode]:
    """Return the places at which the channel can take at least one unit of each sku."""
    having = [
        frozenset(at.location for at in positions(context, channel, sku) if at.sellable and available_to_sell(at) > 0) for sku in skus
    ]
    return frozenset.intersection(*having)


def distance(near: GeoPosition | None, candidate: Location) -> int | None:
    return distance_m(near, candidate.position) if near and candidate.position else None


def point(
    context: Context, *, position: GeoPosition | None = None, postal_code: tuple[str, str] | None = None, location_code: str | None = None
) -> GeoPosition | None:
    """Return where a place to measure from is, None when nobody knows; BadInput unless exactly one is given, or for no location."""
    given = [value for value in (position, postal_code, location_code) if value is not None]
    if len(given) != 1:
        raise BadInput(f"near takes exactly one of position, postalCode and locationCode, not {len(given)}.")
    if position:
        return checked(position)
    if postal_code:
        return postcode_position(context, *postal_code)
    found = location(context, location_code or "")
    if found is None:
        raise BadInput(f"near: there is no location {location_code!r}.")
    return found.position


def checked(position: GeoPosition) -> GeoPosition:
    if not (-90 <= position.latitude <= 90 and -180 <= position.longitude <= 180):  # noqa: PLR2004 - degrees of the globe
        raise BadInput("position takes a latitude from -90 to 90 and a longitude from -180 to 180 degrees.")
    return position
