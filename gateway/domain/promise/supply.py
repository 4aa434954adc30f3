"""The sourcing problem of a service and a destination: who could send the basket, by which ways and when, and who is fenced out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.domain.calendar import zone
from gateway.domain.capacity import Slot
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.options import Destination, PromiseRequest
from gateway.domain.promise.road import Window
from gateway.domain.promise.timetable import Fence, Route, Timetable
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.problem import Candidate, Problem, Way


@dataclass(frozen=True, slots=True)
class Supply:
    """A problem, and the route behind each of its ways."""

    problem: Problem
    routes: dict[tuple[LocationCode, str], Route]
    windows: dict[tuple[LocationCode, str], Window]


def nothing_more(_window: Window) -> tuple[Slot, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Journey:
    """Where a basket is to go and how that is counted: `ends` for what is collected after a transfer, `besides` the place itself."""

    service: DeliveryService
    destination: Destination
    time_zone: str
    ends: Ends = unchanged
    books: Callable[[Window], tuple[Slot, ...]] = nothing_more
    """The room that the place of arrival needs for what arrives last."""
    besides: LocationCode | None = None
    transfer: bool = False


def supply(timetable: Timetable, basket: Basket, request: PromiseRequest, journey: Journey) -> Supply:
    """Return the problem; lateness is counted in days against the earliest date at which the whole basket could be there."""
    found = _Finder(timetable, basket, request, journey)
    candidates = [found.candidate(location) for location in timetable.facts.locations.values() if location.code != journey.besides]
    earliest = earliest_feasible(basket.lines, candidates)
    counted = [replace(each, ways=tuple(_late(way, earliest, journey.time_zone) for way in each.ways)) for each in candidates]
    usable = sorted((each for each in counted if each.ways), key=lambda each: _preference(timetable, each, journey))
    fenced_out = tuple(each for each in counted if not each.ways)
    facts = timetable.facts
    problem = Problem(
        lines=basket.lines,
        candidates=(*usable, *fenced_out),
        terms=facts.profile.costs,
        weight_g_by_sku=basket.weight_g_by_sku,
        value_by_sku=facts.value_by_sku,
        outlook_by_sku=facts.outlook_by_sku,
        search=facts.profile.search,
    )
    return Supply(problem, found.routes, found.windows)


def uses(request: PromiseRequest, service: DeliveryService, carrier: str) -> bool:
    """Tell whether a carrier may be used: a parcel shop that was chosen is served by its own carrier alone."""
    return service.method != "PICKUP_POINT" or request.pickup_carrier in {None, carrier}


class _Finder:
    def __init__(self, timetable: Timetable, basket: Basket, request: PromiseRequest, journey: Journey) -> None:
        self._timetable, self._basket, self._request, self._journey = timetable, basket, request, journey
        self.routes: dict[tuple[LocationCode, str], Route] = {}
        self.windows: dict[tuple[LocationCode, str], Window] = {}

    def candidate(self, location: Location) -> Candidate:
        units = self._basket.units.get(location.code, {})
        fence = self._fence(location)
        most = sum(min(line.quantity, units.get(line.sku, 0)) for line in self._basket.lines)
        from_at = self._basket.from_at.get(location.code)
        routes = fence or self._timetable.routes(location, self._journey.service, self._journey.destination, most, from_at)
        if isinstance(routes, Fence):
            return Candidate(location, units, (), routes.reason, routes.detail)
        ways = tuple(self._ways(location, routes))
        if not ways:
            return Candidate(location, units, (), *self._late(location))
        return Candidate(location, units, ways, distance_m=self._timetable.distance_m(location, self._journey.destination))

    def _fence(self, location: Location) -> Fence | None:
        request, code = self._request, location.code
        if code in request.excluded or (request.included is not None and code not in request.included):
            return Fence("EXCLUDED_BY_CALLER", f"{location.name} is left out by the caller.")
        if code in self._basket.units:
            return None
        if code in self._basket.withheld:
            return Fence("STALE_STOCK", f"The figures of {location.name} are too old to promise its stock.")
        return Fence("NO_STOCK", f"{location.name} has none of it.")

    def _late(self, location: Location) -> tuple[ExclusionReason, str]:
        """Return why nothing comes in time: want of room, where it would with more of it."""
        if self._timetable.capacity(location).is_limited:
            routes = self._timetable.routes_without_limit(location, self._journey.service, self._journey.destination)
            if any(self._in_time(route) for route in routes):
                return "CAPACITY_FULL", f"{location.name} can prepare no more by then."
        return "TOO_LATE", f"What {location.name} sends would come too late."

    def _in_time(self, route: Route) -> Window | None:
        """Return when goods are with the customer; None when that is later than wanted."""
        window = self._journey.ends(route.passage.window)
        late = window is None or (self._request.desired_by is not None and window.latest > self._request.desired_by)
        return None if late else window

    def _ways(self, location: Location, routes: Iterable[Route]) -> Iterable[Way]:
        for route in routes:
            window = self._in_time(route)
            if window is None or not uses(self._request, self._journey.service, route.road.carrier):
                continue
            self.routes[location.code, route.road.code] = route
            self.windows[location.code, route.road.code] = window
            yield Way(
                carrier_service=route.road.code,
                ships_by=route.passage.leaves_at,
                earliest=window.earliest,
                latest=window.latest,
                bands=route.road.area.bands,
                max_weight_g=route.road.product.max_weight_g,
                transfer=self._journey.transfer,
            )


def earliest_feasible(lines: Iterable[SkuQuantity], candidates: Iterable[Candidate]) -> datetime | None:
    """Return when the whole basket could be there at the earliest, were it sent from everywhere at once; None when it could not."""
    times = sorted(((min(way.latest for way in each.ways), each.units) for each in candidates if each.ways), key=lambda offer: offer[0])
    needed = {line.sku: line.quantity for line in lines}
    for latest, units in times:
        for sku in list(needed):
            needed[sku] -= units.get(sku, 0)
            if needed[sku] <= 0:
                del needed[sku]
        if not needed:
            return latest
    return None


def late_days(latest: datetime, earliest: datetime, time_zone: str) -> int:
    """Return by how many local days a delivery is later than the earliest one."""
    return max(0, (_local(latest, time_zone) - _local(earliest, time_zone)) // timedelta(days=1))


def _local(at: datetime, time_zone: str) -> date:
    return at.astimezone(zone(time_zone)).date()


def _late(way: Way, earliest: datetime | None, time_zone: str) -> Way:
    days = 0 if earliest is None else late_days(way.latest, earliest, time_zone)
    return replace(way, late_days=days) if days else way


def _preference(timetable: Timetable, candidate: Candidate, journey: Journey) -> tuple[datetime, int, float, str]:
    return timetable.preference(candidate.location, min(way.latest for way in candidate.ways), journey.destination)
