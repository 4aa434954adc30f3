"""Places and roads of one request: the ways from a place to a destination, or the fence before them; no sku matters here."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gateway.domain.capacity import Capacity
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import DeliveryService
from gateway.domain.promise.dock import Dock, Passage
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import NO_ROOMS, Kept, Route
from gateway.domain.promise.road import Road, holidays_of, zone_of
from gateway.domain.promise.working_time import TICK
from gateway.domain.quantities import distance_m
from gateway.domain.scope import SUPPLY_SERVICE, in_channel
from gateway.domain.sourcing.problem import Way

KIND_RANK: dict[LocationKind, int] = {"WAREHOUSE": 0, "STORE": 1, "SUPPLIER": 2}
"""Of places that cost the same, which is drawn on first."""


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
        self._directions: dict[tuple[str, Destination], Directions] = {}
        self._distances: dict[Destination, dict[LocationCode, int | None]] = {}
        self._nearest: dict[Destination, list[Location]] = {}

    def under(self, facts: PromiseFacts) -> "Timetable":
        """Return the same ways for other facts that differ in nothing but stock, prices and profile."""
        twin = copy(self)
        twin.facts = facts
        return twin

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

    def directions(self, service: DeliveryService, destination: Destination) -> "Directions":
        """Return the ways of a service to a destination from anywhere."""
        key = (service.code, destination)
        if key not in self._directions:
            self._directions[key] = Directions(self, service, destination)
        return self._directions[key]

    def distances(self, destination: Destination) -> dict[LocationCode, int | None]:
        """Return what is known of distances to a destination; filled as they are asked for, or all at once."""
        if destination not in self._distances:
            memory, to = self.facts.passages, destination.position
            self._distances[destination] = memory.distances(self.facts.locations, to) if memory is not None and to is not None else {}
        return self._distances[destination]

    def nearest(self, destination: Destination) -> list[Location]:
        """Return all places, the nearest to a destination first."""
        if destination not in self._nearest:
            far = self.distances(destination)
            rows = [(distance_from(place, destination, far), place.code, place) for place in self.facts.locations.values()]
            rows.sort(key=lambda row: (float("inf") if row[0] is None else row[0], row[1]))
            self._nearest[destination] = [place for *_, place in rows]
        return self._nearest[destination]

    def order_before(self, released_before: datetime | None) -> datetime | None:
        """Return the moment before which one must order for a release; None when the window moves along with the clock."""
        if released_before is None:
            return None
        order_before = released_before - self.facts.channel.release_delay
        return None if order_before - self.now <= TICK else order_before


class Directions:
    """The ways of one service to one destination: from each place, or why there is none."""

    def __init__(self, timetable: Timetable, service: DeliveryService, destination: Destination) -> None:
        self._timetable, self.service, self.destination = timetable, service, destination
        self._roads = timetable.roads(service, destination)
        self._courier = service.method == "COURIER"
        self._limited = service.max_distance_m is not None or any(road.product.radius_m is not None for road in self._roads)
        self._memory = None if self._limited or self._courier else timetable.facts.passages
        zones = tuple((road.code, road.time_zone, id(road.area)) for road in self._roads)
        self._name = (timetable.facts.channel.code, service.code, destination.country_code, zones)
        self._kept = {} if self._memory is None else self._memory.of(self._name)
        self._found: dict[tuple[LocationCode, int, datetime | None], tuple[Route, ...] | Fence] = {}
        self._distances = timetable.distances(destination)

    @cached_property
    def reached(self) -> dict[LocationCode, Location]:
        """The places of the service's kinds that the destination is not too far from."""
        kinds, places = self.service.kinds, self._timetable.facts.locations
        of_kinds = {code: place for code, place in places.items() if place.kind in kinds}
        return {code: place for code, place in of_kinds.items() if self._near(place)} if self._limited else of_kinds

    def routes(self, location: Location, units: int = 1, from_at: datetime | None = None) -> tuple[Route, ...] | Fence:
        """Return the ways from a place for a shipment of so many units, there from a moment on, or why there is none."""
        rule, rooms = location.capacity, self._timetable.facts.rooms.get(location.code, NO_ROOMS)
        need = units if rule is not None and rule.unit == "UNITS" else 1
        kept = self._kept.get((location.code, need)) if from_at is None else None
        if kept is not None and kept.holds(location, rooms, self._timetable.released_at):
            return kept.routes
        key = (location.code, need, from_at)
        if key not in self._found:
            found = self._found[key] = self._reckoned(location, units, from_at)
            if self._memory is not None and from_at is None and not isinstance(found, Fence):
                released_at = self._timetable.released_at
                self._memory.keep(self._name, need, Kept(found, location, rooms, released_at, released_at))
        return self._found[key]

    def _reckoned(self, location: Location, units: int, from_at: datetime | None) -> tuple[Route, ...] | Fence:
        closed = self._timetable.fence(location, self.service)
        if closed is not None:
            return closed
        near = self._near(location)
        if not near:
            return Fence("OUT_OF_AREA", f"{self.service.name} does not go from {location.name} to the destination.")
        dock = self._timetable.dock(location, units, from_at)
        called = [road for road in near if dock.pickups(road, courier=self._courier) is not None]
        if not called:
            return Fence("NOT_OFFERED", f"No carrier of {self.service.name} calls at {location.name}.")
        routes = self._passing(dock, called)
        if routes:
            return routes
        if dock.ready_at is None and self._timetable.capacity(location).is_limited:
            return Fence("CAPACITY_FULL", f"{location.name} has no free capacity.")
        return Fence("TOO_LATE", f"Nothing leaves {location.name} within the horizon.")

    def routes_without_limit(self, location: Location) -> tuple[Route, ...]:
        """Return the ways that there would be if the place could prepare any number of shipments."""
        return self._passing(Dock(location, self._timetable.released_at), self._near(location))

    def _near(self, location: Location) -> list[Road]:
        meters = self.distance_m(location)
        return [road for road in self._roads if _reaches(road, self.service, meters)]

    def _passing(self, dock: Dock, roads: Iterable[Road]) -> tuple[Route, ...]:
        passages = ((road, dock.passage(road, courier=self._courier)) for road in roads)
        return tuple(Route(dock, road, passage, way_of(road, passage)) for road, passage in passages if passage is not None)

    def distance_m(self, location: Location) -> int | None:
        return distance_from(location, self.destination, self._distances)

    def preference(self, location: Location, latest: datetime) -> tuple[datetime, int, float, str]:
        """Return what decides between places that cost the same: the earlier, the kind, the nearer, the code."""
        meters = self.distance_m(location)
        return latest, KIND_RANK[location.kind], float("inf") if meters is None else meters, location.code


def distance_from(location: Location, destination: Destination, known: dict[LocationCode, int | None]) -> int | None:
    """Return how far it is, after noting it; None where either position is not known."""
    code = location.code
    if code not in known:
        here, there = location.position, destination.position
        known[code] = distance_m(here, there) if here and there else None
    return known[code]


def way_of(road: Road, passage: Passage) -> Way:
    """Return what sourcing sees of a passage: what its carrier takes and asks, and when it arrives."""
    window, product = passage.window, road.product
    return Way(
        road.code,
        passage.leaves_at,
        window.earliest,
        window.latest,
        road.area.bands,
        product.max_weight_g,
        max_volume_cm3=product.max_volume_cm3,
    )


def _reaches(road: Road, service: DeliveryService, meters: int | None) -> bool:
    """Tell whether the destination lies within the radius of the carrier and of the service; without positions nothing is near."""
    limits = [limit for limit in (road.product.radius_m, service.max_distance_m) if limit is not None]
    return not limits or (meters is not None and meters <= min(limits))
