"""Places and roads of one request: the ways from a place to a destination, or the fence before them; no sku matters here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.capacity import Capacity
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import DeliveryService
from gateway.domain.promise.dock import Dock, Passage
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.road import Road, holidays_of, zone_of
from gateway.domain.promise.working_time import TICK
from gateway.domain.quantities import distance_m
from gateway.domain.scope import SUPPLY_SERVICE, in_channel

KIND_RANK: dict[LocationKind, int] = {"WAREHOUSE": 0, "STORE": 1, "SUPPLIER": 2}
"""Of places that cost the same, which is drawn on first."""


@dataclass(frozen=True, slots=True)
class Route:
    """One passage from a place to a destination, with the dock and the road that it takes."""

    dock: Dock
    road: Road
    passage: Passage


@dataclass(frozen=True, slots=True)
class Fence:
    """Why a place cannot take part."""

    reason: ExclusionReason
    detail: str


class Timetable:
    """Worked out as it is asked for, and kept for the request."""

    def __init__(self, facts: PromiseFacts, now: datetime) -> None:
        self.facts, self.now = facts, now
        self.released_at = now + facts.channel.release_delay
        self._capacities: dict[LocationCode, Capacity] = {}
        self._docks: dict[tuple[LocationCode, int, datetime], Dock] = {}
        self._roads: dict[tuple[str, Destination], tuple[Road, ...]] = {}
        self._routes: dict[tuple[LocationCode, int, datetime | None, str, Destination], tuple[Route, ...] | Fence] = {}
        self._distances: dict[tuple[LocationCode, Destination], int] = {}

    def capacity(self, location: Location) -> Capacity:
        if location.code not in self._capacities:
            self._capacities[location.code] = Capacity(location.capacity, self.facts.rooms.get(location.code, {}))
        return self._capacities[location.code]

    def dock(self, location: Location, units: int = 1, from_at: datetime | None = None) -> Dock:
        """Return the way out for a shipment of so many units, which are there from `from_at` on."""
        capacity = self.capacity(location)
        released_at = self.released_at if from_at is None else max(self.released_at, from_at)
        key = (location.code, capacity.need(units), released_at)
        if key not in self._docks:
            self._docks[key] = Dock(location, released_at, capacity, units)
        return self._docks[key]

    def roads(self, service: DeliveryService, destination: Destination) -> tuple[Road, ...]:
        """Return the carrier products of a service that go there."""
        key = (service.code, destination)
        if key not in self._roads:
            self._roads[key] = tuple(self._roads_to(service, destination))
        return self._roads[key]

    def _roads_to(self, service: DeliveryService, destination: Destination) -> Iterable[Road]:
        country = destination.country_code.upper()
        time_zone = self.facts.country_time_zone.get(country, self.facts.channel.time_zone)
        for code in service.carrier_services:
            carrier_code, _, product_code = code.partition("/")
            carrier = self.facts.carriers.get(carrier_code)
            for product in carrier.services if carrier else ():
                area = zone_of(product, destination) if product.code == product_code else None
                if carrier is not None and area is not None:
                    yield Road(carrier, product, area, holidays_of(self.facts.holidays, area.holidays or country), time_zone)

    def fence(self, location: Location, service: DeliveryService) -> Fence | None:
        """Return what keeps a place from supplying a service anywhere."""
        name = location.name
        if not in_channel(self.facts.channel, location):
            return Fence("NOT_IN_CHANNEL", f"{name} does not belong to the channel {self.facts.channel.code}.")
        if location.status != "ACTIVE":
            return Fence("LOCATION_INACTIVE", f"{name} is {location.status.lower()}.")
        if location.kind not in service.kinds or not location.offers(SUPPLY_SERVICE[service.method]):
            return Fence("NOT_OFFERED", f"{name} does not offer {service.name}.")
        return None

    def routes(
        self, location: Location, service: DeliveryService, destination: Destination, units: int = 1, from_at: datetime | None = None
    ) -> tuple[Route, ...] | Fence:
        """Return the ways from a place to a destination for a shipment of so many units, there from a moment on, or why there is none."""
        key = (location.code, self.capacity(location).need(units), from_at, service.code, destination)
        if key not in self._routes:
            self._routes[key] = self._routes_from(location, service, destination, units, from_at)
        return self._routes[key]

    def _routes_from(
        self, location: Location, service: DeliveryService, destination: Destination, units: int, from_at: datetime | None
    ) -> tuple[Route, ...] | Fence:
        closed = self.fence(location, service)
        if closed is not None:
            return closed
        meters = self.distance_m(location, destination)
        near = [road for road in self.roads(service, destination) if _reaches(road, service, meters)]
        if not near:
            return Fence("OUT_OF_AREA", f"{service.name} does not go from {location.name} to the destination.")
        dock, courier = self.dock(location, units, from_at), service.method == "COURIER"
        called = [road for road in near if dock.pickups(road, courier=courier) is not None]
        if not called:
            return Fence("NOT_OFFERED", f"No carrier of {service.name} calls at {location.name}.")
        routes = _passing(dock, called, courier=courier)
        if routes:
            return routes
        if dock.ready_at is None and self.capacity(location).is_limited:
            return Fence("CAPACITY_FULL", f"{location.name} has no free capacity.")
        return Fence("TOO_LATE", f"Nothing leaves {location.name} within the horizon.")

    def routes_without_limit(self, location: Location, service: DeliveryService, destination: Destination) -> tuple[Route, ...]:
        """Return the ways that there would be if the place could prepare any number of shipments."""
        meters = self.distance_m(location, destination)
        near = [road for road in self.roads(service, destination) if _reaches(road, service, meters)]
        return _passing(Dock(location, self.released_at), near, courier=service.method == "COURIER")

    def distance_m(self, location: Location, destination: Destination) -> int | None:
        if location.position is None or destination.position is None:
            return None
        key = (location.code, destination)
        if key not in self._distances:
            self._distances[key] = distance_m(location.position, destination.position)
        return self._distances[key]

    def preference(self, location: Location, latest: datetime, destination: Destination) -> tuple[datetime, int, float, str]:
        """Return what decides between places that cost the same: the earlier, the kind, the nearer, the code."""
        meters = self.distance_m(location, destination)
        return latest, KIND_RANK[location.kind], float("inf") if meters is None else meters, location.code

    def order_before(self, released_before: datetime | None) -> datetime | None:
        """Return the moment before which one must order for a release; None when the window moves along with the clock."""
        if released_before is None:
            return None
        order_before = released_before - self.facts.channel.release_delay
        return None if order_before - self.now <= TICK else order_before


def _passing(dock: Dock, roads: Iterable[Road], *, courier: bool) -> tuple[Route, ...]:
    return tuple(Route(dock, road, passage) for road in roads if (passage := dock.passage(road, courier=courier)) is not None)


def _reaches(road: Road, service: DeliveryService, meters: int | None) -> bool:
    """Tell whether the destination lies within the radius of the carrier and of the service; without positions nothing is near."""
    limits = [limit for limit in (road.product.radius_m, service.max_distance_m) if limit is not None]
    return not limits or (meters is not None and meters <= min(limits))
