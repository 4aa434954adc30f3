"""The sourcing problem of a service and a destination: who could send the basket, by which ways and when, and who is fenced out."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.domain.calendar import zone
from gateway.domain.capacity import Slot
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.promise.absence import TELLING_RANK, most_telling
from gateway.domain.promise.basket import Arrival, Basket
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.fences import asking_fence
from gateway.domain.promise.lateness import Held, Lateness, earliest_feasible
from gateway.domain.promise.lineup import Arrivals, lineup
from gateway.domain.promise.options import Destination, PromiseRequest
from gateway.domain.promise.road import Window
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import Fence, Routes
from gateway.domain.promise.timetable import Timetable
from gateway.domain.sourcing.problem import Candidate, Problem, Way

Coming = Mapping[LocationCode, tuple[Arrival, ...]]
"""What places have more than their shelf, from one date on after the other."""
NOTHING: Coming = {}


@dataclass(frozen=True, slots=True)
class Supply:
    """A problem, and the routes of its places."""

    problem: Problem
    routes: Mapping[LocationCode, tuple[Route, ...]]
    most_telling: Callable[[Sequence[Sku]], Candidate | None]
    """Of the other places that have some of these skus, the one whose fence is told."""
    waits: bool
    """Whether supply to come takes part."""

    def route(self, place: LocationCode, way: Way) -> Route:
        """Return the route behind a way."""
        routes, sought = self.routes[place], _made_for(way)
        return routes[0] if len(routes) == 1 else next(route for route in routes if _made_for(route.way) == sought)


def _made_for(way: Way) -> tuple[object, ...]:
    return way.carrier_service, way.ships_by, way.most_units, way.most


def nothing_more(_window: Window) -> tuple[Slot, ...]:
    return ()


def its_beginning(window: Window) -> datetime:
    return window.earliest


@dataclass(frozen=True, slots=True)
class Journey:
    """Where a basket is to go and how that is counted: `ends` for what is collected after a transfer, `besides` the place itself."""

    service: DeliveryService
    destination: Destination
    time_zone: str
    ends: Ends = unchanged
    books: Callable[[Window], tuple[Slot, ...]] = nothing_more
    """The room that the place of arrival needs for what arrives last."""
    arrive_by: Callable[[Window], datetime | None] = its_beginning
    """Until when goods may arrive by the hour to end within a window (what `ends` does, backward)."""
    besides: LocationCode | None = None
    transfer: bool = False
    solved: dict[Hashable, Any] = field(default_factory=dict)
    """What the same basket came to on other journeys of the service (`lineup`)."""


def supply(
    timetable: Timetable,
    basket: Basket,
    request: PromiseRequest,
    journey: Journey,
    coming: Coming = NOTHING,
    by: datetime | None = None,
) -> Supply:
    """Return the problem; lateness is counted in days against a date before which the whole basket cannot be there.

    `coming`: the supply to come that is counted too, unless it is there only after `by`.
    """
    found, facts = _Finder(timetable, basket, request, journey, coming, by), timetable.facts
    usable = found.usable()
    problem = Problem(
        lines=basket.lines,
        candidates=(*usable, *found.fenced_out()) if request.every_candidate else usable,
        terms=facts.profile.costs,
        weight_g_by_sku=basket.weight_g_by_sku,
        volume_cm3_by_sku=facts.volume_cm3_by_sku,
        value_by_sku=facts.value_by_sku,
        outlook_by_sku=facts.outlook_by_sku,
        search=facts.profile.search,
    )
    return Supply(problem, found.routes, found.most_telling, found.waits)


def uses(request: PromiseRequest, service: DeliveryService, carrier: str) -> bool:
    """Tell whether a carrier may be used: a parcel shop that was chosen is served by its own carrier alone."""
    return service.method != "PICKUP_POINT" or request.pickup_carrier in {None, carrier}


class _Finder:
    def __init__(
        self, timetable: Timetable, basket: Basket, request: PromiseRequest, journey: Journey, coming: Coming, by: datetime | None
    ) -> None:
        self._timetable, self._basket, self._request, self._journey = timetable, basket, request, journey
        self._coming, self._by = coming, by
        self.waits = False
        self._directions = timetable.directions(journey.service, journey.destination)
        roads = timetable.roads(journey.service, journey.destination)
        self._uses_all_roads = all(uses(request, journey.service, road.carrier) for road in roads)
        self._as_they_are = journey.ends is unchanged and request.desired_by is None and self._uses_all_roads
        self._noted: dict[LocationCode, tuple[Route, ...]] = {}
        self.routes: Mapping[LocationCode, tuple[Route, ...]] = self._noted

    def usable(self) -> Sequence[Candidate]:
        """Return the places that can send some of it in time, in the order in which a quote prefers them."""
        roster, basket = self._timetable.roster, self._basket
        if roster is not None and self._uses_all_roads and not self._coming:
            found = lineup(roster, basket, self._directions, self._timetable.facts.profile.costs, self._arrivals())
            if found is not None:
                self.routes = found.routes
                return found.candidates
        return self._one_by_one()

    def _arrivals(self) -> Arrivals:
        journey, request = self._journey, self._request
        return Arrivals(
            name=(journey.besides, journey.ends, request.desired_by),
            time_zone=journey.time_zone,
            ends=None if self._as_they_are else self._ends_in_time,
            besides=journey.besides,
            transfer=journey.transfer,
            left_out=request.left_out if request.leaves_out else None,
            solved=journey.solved,
        )

    def _one_by_one(self) -> tuple[Candidate, ...]:
        held = self.held()
        earliest = earliest_feasible(self._basket.lines, [(each.latest, each.units) for each in held])
        lateness = Lateness(earliest, self._journey.time_zone)
        return tuple(lateness.counted(each) for each in sorted(held, key=lambda each: each.rank))

    def held(self) -> list[Held]:
        """Return the places that have some of it and can send it in time."""
        found, shelf = [], self._basket.shelf
        for code, place in self._directions.reached.items():
            units = self._most(code) if code in self._coming else shelf(code)
            if not units or code == self._journey.besides or self._request.left_out(code):
                continue
            ways = self._ways_from(place)
            if not isinstance(ways, Fence) and ways:
                latest = ways[0].latest if len(ways) == 1 else min(way.latest for way in ways)
                rank, meters = self._directions.preference(place, latest), self._directions.distance_m(place)
                found.append(Held(place, units, ways, latest, rank, meters))
        return found

    def _most(self, code: LocationCode) -> dict[Sku, int]:
        """Return what a place has with all that comes."""
        arrivals = self._coming.get(code)
        return arrivals[-1].units if arrivals else self._basket.shelf(code)

    def fenced_out(self) -> list[Candidate]:
        """Return all other places, each with what excludes it."""
        return [self._fenced(place) for place in self._others()]

    def most_telling(self, skus: Sequence[Sku]) -> Candidate | None:
        """Return the place whose fence is told of those that have some of these; only one that is reached can be late or full."""
        reached, having = self._directions.reached, set(self._coming).union(*[self._basket.units[sku] for sku in skus])
        holding = [place for place in self._others() if place.code in having]
        near = most_telling(self._fenced(place) for place in holding if place.code in reached)
        if near is not None and TELLING_RANK[near.excluded_by] < TELLING_RANK["OUT_OF_AREA"]:
            return near
        return most_telling(map(self._fenced, holding), "OUT_OF_AREA")

    def _others(self) -> Iterator[Location]:
        for code, place in self._timetable.facts.locations.items():
            if code != self._journey.besides and code not in self.routes:
                yield place

    def _fenced(self, place: Location) -> Candidate:
        units = self._most(place.code)
        fence = self._fence(place) or self._ways_from(place)
        if isinstance(fence, Fence):
            return Candidate(place, units, (), fence.reason, fence.detail)
        return Candidate(place, units, (), *self._late(place))

    def _ways_from(self, place: Location) -> tuple[Way, ...] | Fence:
        """Return the ways that are in time, after noting their routes."""
        routes = self._routes_from(place)
        if isinstance(routes, Fence):
            return routes
        if self._as_they_are:
            self._noted[place.code] = routes
            return tuple([route.way for route in routes])
        ways = tuple(self._ways(routes))
        if ways:
            self._noted[place.code] = routes
        return ways

    def _routes_from(self, place: Location) -> Routes:
        """Return the routes of all that a place has: of its shelf, then with what has come by one date after the other."""
        arrivals = self._coming.get(place.code)
        if arrivals is None:
            return self._directions.routes(place, self._basket.most_units(place.code))
        shelf = self._wanted(self._basket.shelf(place.code))
        told: Routes = self._directions.routes(place, sum(shelf)) if any(shelf) else ()
        found = [] if isinstance(told, Fence) else [replace(route, way=replace(route.way, most=shelf)) for route in told]
        for one in arrivals:
            most = self._wanted(one.units)
            told = self._directions.routes(place, sum(most), one.from_at)
            more = () if isinstance(told, Fence) else tuple(filter(self._soon_enough, told))
            found += [replace(route, from_at=one.from_at, way=replace(route.way, most=most, awaited=True)) for route in more]
            self.waits = self.waits or bool(more)
        return tuple(found) or (told if isinstance(told, Fence) else ())

    def _wanted(self, units: Mapping[Sku, int]) -> tuple[int, ...]:
        return tuple(min(line.quantity, units.get(line.sku, 0)) for line in self._basket.lines)

    def _soon_enough(self, route: Route) -> bool:
        """Tell whether supply to come is there as soon as is asked of it."""
        if self._by is None:
            return True
        window = self._journey.ends(route.passage.window)
        return window is not None and window.latest <= self._by

    def _fence(self, place: Location) -> Fence | None:
        code = place.code
        left_out = asking_fence(self._request, place)
        if left_out is not None or self._basket.shelf(code) or code in self._coming:
            return left_out
        if self._basket.withholds(code, [line.sku for line in self._basket.lines]):
            return Fence("STALE_STOCK", f"The figures of {place.name} are too old to promise its stock.")
        return Fence("NO_STOCK", f"{place.name} has none of it.")

    def _late(self, place: Location) -> tuple[ExclusionReason, str]:
        """Return why nothing comes in time: want of room, where it would with more of it."""
        if self._timetable.capacity(place).is_limited and any(map(self._in_time, self._directions.routes_without_limit(place))):
            return "CAPACITY_FULL", f"{place.name} can prepare no more by then."
        missed = self._missed(place)
        return "TOO_LATE", f"What {place.name} sends would come too late{f': {missed}' if missed else ''}."

    def _missed(self, place: Location) -> str | None:
        """Return which pick-up would still have been in time, and since when it is missed."""
        courier, now = self._journey.service.method == "COURIER", self._timetable.released_at
        for route in self._directions.routes_without_limit(place):
            found = route.dock.missed(route.road, courier=courier)
            if found is not None and self._ends_in_time(found[1]):
                minutes = max(1, round((now - found[0].cutoff_at).total_seconds() / 60))
                at = found[0].leaves_at.astimezone(zone(place.time_zone))
                return f"the cut-off of its pick-up at {at:%H:%M} was missed {minutes} min ago"
        return None

    def _in_time(self, route: Route) -> Window | None:
        """Return when goods are with the customer; None when that is later than wanted."""
        return self._ends_in_time(route.passage.window)

    def _ends_in_time(self, arrival: Window) -> Window | None:
        window = self._journey.ends(arrival)
        late = window is None or (self._request.desired_by is not None and window.latest > self._request.desired_by)
        return None if late else window

    def _ways(self, routes: Iterable[Route]) -> Iterable[Way]:
        for route in routes:
            window = self._in_time(route)
            if window is not None and uses(self._request, self._journey.service, route.road.carrier):
                yield route.until(window, 0, transfer=self._journey.transfer)
