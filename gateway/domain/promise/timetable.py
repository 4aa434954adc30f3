"""Places and roads of one request: the ways from a place to a destination, or the fence before them; no sku matters here."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from gateway.domain.awaited import Awaited
from gateway.domain.capacity import Capacity
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.promise.catches import Catch
from gateway.domain.promise.dock import Dock
from gateway.domain.promise.fences import supplying_fence
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.remembered import Remembered
from gateway.domain.promise.road import Road, holidays_of, zone_of
from gateway.domain.promise.roster import KIND_RANK, NOWHERE, Ints, Roster
from gateway.domain.promise.route import Route, by_load, route
from gateway.domain.promise.sheet import Fence, Routes, Standing, micros_of
from gateway.domain.promise.working_time import first_of, rounded_down
from gateway.domain.quantities import distance_m


@dataclass(frozen=True, slots=True)
class Release:
    """The first release for which something comes later than promised, by the backward pass; `moves`: the promise itself moves on so."""

    before: datetime | None
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What `DeliveryOption` says of how long it holds."""

    order_before: datetime | None = None
    missed_at: datetime | None = None


class Timetable:
    """Worked out as it is asked for, and kept for the request."""

    def __init__(self, facts: PromiseFacts, now: datetime) -> None:
        self.facts, self.now = facts, now
        self.released_at = now + facts.channel.release_delay
        self.released = micros_of(self.released_at)
        self._capacities: dict[LocationCode, Capacity] = {}
        self._docks: dict[tuple[LocationCode, int, datetime], Dock] = {}
        self._roads: dict[tuple[str, str, str | None, str | None], tuple[Road, ...]] = {}
        self._directions: dict[tuple[str, Destination], Directions] = {}
        self._time_zones: dict[Destination, str] = {}
        self._nearest: dict[tuple[Destination, int], list[Location]] = {}

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
        key = (service.code, destination.country_code, destination.postal_code, destination.time_zone)
        if key not in self._roads:
            self._roads[key] = tuple(self._roads_to(service, destination))
        return self._roads[key]

    def time_zone(self, destination: Destination) -> str:
        """Return in which zone days are counted there: a store's own, what a carrier's zone says, the country's, or the channel's."""
        if destination.time_zone is not None:
            return destination.time_zone
        if destination not in self._time_zones:
            products = (product for carrier in self.facts.carriers.values() for product in carrier.services)
            telling = (product for product in products if any(area.time_zone for area in product.zones))
            areas = (zone_of(product, destination) for product in telling)
            told = next((area.time_zone for area in areas if area is not None and area.time_zone), None)
            country = self.facts.country_time_zone.get(destination.country_code.upper(), self.facts.channel.time_zone)
            self._time_zones[destination] = told or country
        return self._time_zones[destination]

    def _roads_to(self, service: DeliveryService, destination: Destination) -> Iterable[Road]:
        country, time_zone = destination.country_code.upper(), self.time_zone(destination)
        for code in service.carrier_services:
            carrier_code, _, product_code = code.partition("/")
            carrier = self.facts.carriers.get(carrier_code)
            for product in carrier.services if carrier else ():
                area = zone_of(product, destination) if product.code == product_code else None
                if carrier is not None and area is not None:
                    yield Road(carrier, product, area, holidays_of(self.facts.holidays, area.holidays or country), time_zone, service.step)

    def fence(self, location: Location, service: DeliveryService) -> Fence | None:
        """Return what keeps a place from supplying a service anywhere."""
        return supplying_fence(self.facts.channel, location, service)

    def directions(self, service: DeliveryService, destination: Destination) -> "Directions":
        """Return the ways of a service to a destination from anywhere."""
        key = (service.code, destination)
        if key not in self._directions:
            self._directions[key] = Directions(self, service, destination)
        return self._directions[key]

    @property
    def roster(self) -> Roster | None:
        """The places in a row as they are remembered; None: nothing is."""
        memory = self.facts.passages
        return None if memory is None else memory.turn_to(self.facts.locations, self.facts.rooms)

    def distance_m(self, location: Location, destination: Destination) -> int | None:
        """Return how far it is; None where either position is not known."""
        roster, here, there = self.roster, location.position, destination.position
        if here is None or there is None:
            return None
        return distance_m(here, there) if roster is None else int(roster.meters(there)[roster.number[location.code]])

    def nearest(self, destination: Destination, within_m: int) -> list[Location]:
        """Return the places, the nearest to a destination first, of equals by their codes, that are not known to be farther than that."""
        key, roster = (destination, within_m), self.roster
        if key not in self._nearest:
            found = self._sorted(destination, within_m) if roster is None else roster.nearest(destination.position, within_m)
            self._nearest[key] = found
        return self._nearest[key]

    def _sorted(self, destination: Destination, within_m: int) -> list[Location]:
        known = {code: self.distance_m(place, destination) for code, place in self.facts.locations.items()}
        far = {code: NOWHERE if meters is None else meters for code, meters in known.items()}
        near = [place for code, place in self.facts.locations.items() if far[code] <= within_m or far[code] == NOWHERE]
        return sorted(near, key=lambda place: (far[place.code], place.code))

    def bounds(self, releases: Iterable[Release], awaited: Iterable[Awaited], otherwise_at: Iterable[datetime | None]) -> Bounds:
        """Return until when all that is released can be ordered; supply to come can be claimed until it is due.

        `otherwise_at`: from when on another plan may be told, though this one still could be kept.
        """
        told = [(bound, release.moves) for release in releases if (bound := self.order_before(release.before)) is not None]
        gone = [*(rounded_down(one.expected_at) for one in awaited), *(bound for bound, moves in told if not moves)]
        before = first_of(*(bound for bound, _ in told), *(None if at is None else rounded_down(at) for at in otherwise_at))
        return Bounds(before, min(gone, default=None))

    def order_before(self, released_before: datetime | None) -> datetime | None:
        """Return the moment before which one must order for a release; None: none is known within the horizon."""
        return None if released_before is None else rounded_down(released_before - self.facts.channel.release_delay)


class Directions:
    """The ways of one service to one destination: from each place, or why there is none."""

    def __init__(self, timetable: Timetable, service: DeliveryService, destination: Destination) -> None:
        self._timetable, self.service, self.destination = timetable, service, destination
        self._roads = timetable.roads(service, destination)
        self._courier = service.method == "COURIER"
        self._limited = service.max_distance_m is not None or any(road.product.radius_m is not None for road in self._roads)
        self._memory = None if self._limited or self._courier else timetable.facts.passages
        channel = timetable.facts.channel
        self._name = (channel.code, service.code, tuple((road.code, id(road.area), road.time_zone) for road in self._roads))
        self.moment = (self._name, timetable.released)
        """All that decides the ways from a place that are remembered, while places and what is booked there stay the same."""
        self._basis = (channel, service, tuple(road.basis for road in self._roads))
        self._found: dict[tuple[LocationCode, int, datetime | None], Routes] = {}
        self._meters: dict[LocationCode, int | None] = {}

    @property
    def is_remembered(self) -> bool:
        return self._memory is not None

    @cached_property
    def reached(self) -> dict[LocationCode, Location]:
        """The places of the service's kinds that the destination is not too far from."""
        kinds, places, roster = self.service.kinds, self._timetable.facts.locations, self._timetable.roster
        if roster is None:
            return {code: place for code, place in places.items() if place.kind in kinds and self._near(place)}
        rows = roster.of_kinds(kinds)
        if self._limited:
            rows = rows & (roster.meters(self.destination.position) <= max(map(self._farthest, self._roads), default=0))
        return {roster.codes[n]: roster.places[n] for n in np.flatnonzero(rows).tolist()}

    def routes(self, location: Location, units: int = 1, from_at: datetime | None = None) -> Routes:
        """Return the ways from a place for shipments of up to so many units, there from a moment on, or why there is none.

        Where units are prepared one after the other, less may go sooner: then each load has its own ways.
        """
        rule, roster = location.capacity, self._timetable.roster
        need = units if rule is not None and rule.unit == "UNITS" else 1
        if self._memory is None or roster is None or from_at is not None:
            key = (location.code, need, from_at)
            if key not in self._found:
                self._found[key] = self._reckoned(location, units, from_at)
            return self._found[key]
        return self._remembered(self._memory, roster).routes(roster.number[location.code], need)

    def standing(self, roster: Roster, rows: Ints, needs: Ints) -> Standing | None:
        """Return what is remembered of these places, which need so much room each; None: nothing is remembered of such ways."""
        return None if self._memory is None else self._remembered(self._memory, roster).standing(rows, needs)

    def _remembered(self, memory: Passages, roster: Roster) -> Remembered:
        sheet = memory.sheet(self._name, self._basis)
        return Remembered(memory, roster, sheet, self._timetable.released, self._reckoned, self._caught)

    def _reckoned(self, location: Location, units: int, from_at: datetime | None = None) -> Routes:
        closed = self._timetable.fence(location, self.service)
        if closed is not None:
            return closed
        near = self._near(location)
        if not near:
            return Fence("OUT_OF_AREA", f"{self.service.name} does not go from {location.name} to the destination.")
        first = self._timetable.dock(location, units, from_at)
        called = [road for road in near if first.pickups(road, courier=self._courier) is not None]
        if not called:
            return Fence("NOT_OFFERED", f"No carrier of {self.service.name} calls at {location.name}.")
        if first.in_one_shift:
            routes = self._leaving(location, units, from_at, called)
        else:
            routes = by_load(lambda load: self._leaving(location, load, from_at, called), units)
        return routes or self._shut(location, from_at)

    def _leaving(self, location: Location, units: int, from_at: datetime | None, roads: Sequence[Road]) -> tuple[Route, ...]:
        dock, need = self._timetable.dock(location, units, from_at), self._timetable.capacity(location).need(units)
        caught = ((road, self._caught(location, road, need) if from_at is None else None) for road in roads)
        firsts = ((road, catch.departure if catch else None) for road, catch in caught)
        passages = ((road, dock.passage(road, courier=self._courier, first=first)) for road, first in firsts)
        return tuple([route(dock, road, passage) for road, passage in passages if passage is not None])

    def _shut(self, location: Location, from_at: datetime | None) -> Fence:
        """Return why not even one unit leaves."""
        dock = self._timetable.dock(location, 1, from_at)
        if dock.ready_at is None and self._timetable.capacity(location).is_limited:
            return Fence("CAPACITY_FULL", f"{location.name} has no free capacity.")
        return Fence("TOO_LATE", f"Nothing leaves {location.name} within the horizon.")

    def _caught(self, location: Location, road: Road, need: int) -> Catch | None:
        """Return the pick-up that is caught first, as far as such is remembered: it does not depend on where goods go."""
        memory, roster, released = self._timetable.facts.passages, self._timetable.roster, self._timetable.released
        if memory is None or roster is None or self._courier:
            return None
        row = roster.number[location.code]
        known = memory.catches.known(row, road.carrier, need)
        if known is not None and known.holds(released):
            return known
        dock = self._timetable.dock(location, need)
        pickups = dock.pickups(road, courier=False)
        first = dock.caught(pickups) if pickups else None
        until = dock.missed_from(pickups, first.leaves_at) if pickups and first else None
        if first is None or until is None:
            return None
        found = Catch(first, released, micros_of(until))
        memory.catches.note(row, road.carrier, need, found)
        return found

    def routes_without_limit(self, location: Location) -> tuple[Route, ...]:
        """Return the ways that there would be if the place could prepare any number of shipments."""
        dock = Dock(location, self._timetable.released_at)
        passages = ((road, dock.passage(road, courier=self._courier)) for road in self._near(location))
        return tuple(route(dock, road, passage) for road, passage in passages if passage is not None)

    def _near(self, location: Location) -> Sequence[Road]:
        if not self._limited:
            return self._roads
        meters = self.distance_m(location)
        return [road for road in self._roads if (NOWHERE if meters is None else meters) <= self._farthest(road)]

    def _farthest(self, road: Road) -> int:
        """Return how far a road goes at most: without positions nothing is near, unless there is no limit."""
        return min((limit for limit in (road.product.radius_m, self.service.max_distance_m) if limit is not None), default=NOWHERE)

    def distance_m(self, location: Location) -> int | None:
        code = location.code
        if code not in self._meters:
            self._meters[code] = self._timetable.distance_m(location, self.destination)
        return self._meters[code]

    def preference(self, location: Location, latest: datetime) -> tuple[datetime, int, float, str]:
        """Return what decides between places that cost the same: the earlier, the kind, the nearer, the code."""
        meters = self.distance_m(location)
        return latest, KIND_RANK[location.kind], float("inf") if meters is None else meters, location.code
