"""First dates for many skus at once: what the quote of one unit would say, worked out by place and not by sku."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.promise.charges import fee
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import Route
from gateway.domain.promise.supply import late_days
from gateway.domain.promise.timetable import Fence, Timetable
from gateway.domain.sourcing.cost import carries, shipment_cost
from gateway.domain.sourcing.problem import Way
from gateway.domain.stock import available_to_sell

LISTED_METHODS = frozenset({"SHIP", "COURIER"})


@dataclass(frozen=True, slots=True)
class EarliestDelivery:
    """The first date of one unit, without a token."""

    sku: Sku
    service: DeliveryService
    earliest: datetime
    latest: datetime
    order_before: datetime | None


def earliest_deliveries(
    skus: Sequence[Sku], destination: Destination, facts: PromiseFacts, now: datetime, services: Sequence[str] | None = None
) -> tuple[EarliestDelivery, ...]:
    """Return the window that a quote for one unit would have, by sku and delivered service; a service that has none is left out."""
    timetable = Timetable(facts, now)
    country = destination.country_code.upper()
    boards = [
        _Board(timetable, service, destination)
        for service in facts.channel.services
        if service.method in LISTED_METHODS
        and (services is None or service.code in services)
        and (not service.countries or country in {code.upper() for code in service.countries})
    ]
    return tuple(found for sku in skus for board in boards if (found := board.first(sku)) is not None)


class _Board:
    """One service to one destination: the routes of each place, once."""

    def __init__(self, timetable: Timetable, service: DeliveryService, destination: Destination) -> None:
        facts = timetable.facts
        self._timetable, self._facts, self._service, self._destination = timetable, facts, service, destination
        self._time_zone = facts.country_time_zone.get(destination.country_code.upper(), facts.channel.time_zone)
        self._ways: dict[LocationCode, tuple[tuple[Way, Route], ...]] = {}
        self._rank: dict[LocationCode, tuple[datetime, int, float, str]] = {}
        self._order_before: dict[tuple[LocationCode, str], datetime | None] = {}
        self._costs: dict[tuple[str, int, str, int], Decimal] = {}
        self._directions = timetable.directions(service, destination)
        self._reachable = facts.locations if timetable.roads(service, destination) else {}

    def first(self, sku: Sku) -> EarliestDelivery | None:
        weight_g = self._facts.weight_g_by_sku.get(sku, 0)
        value = self._facts.value_by_sku.get(sku, Decimal(0))
        too_heavy = self._service.max_weight_g is not None and weight_g > self._service.max_weight_g
        if too_heavy or fee(self._service, value, self._destination.country_code.upper()) is None:
            return None
        offers = [
            (way, route)
            for position in self._facts.positions.get(sku, ())
            if position.sellable and position.location in self._reachable and available_to_sell(position) > 0
            for way, route in self._ways_of(self._reachable[position.location])
        ]
        if not offers:
            return None
        earliest = min(way.latest for way, _ in offers)
        carried = [(way, route) for way, route in offers if carries(way, weight_g)]
        if not carried:
            return None
        way, route = min(carried, key=lambda offer: self._rank_of(offer[0], offer[1], earliest, weight_g))
        return EarliestDelivery(sku, self._service, way.earliest, way.latest, self._bound(route))

    def _ways_of(self, location: Location) -> tuple[tuple[Way, Route], ...]:
        if location.code not in self._ways:
            routes = self._directions.routes(location)
            ways = () if isinstance(routes, Fence) else tuple((route.way, route) for route in routes)
            self._ways[location.code] = ways
            if ways:
                latest = min(way.latest for way, _ in ways)
                self._rank[location.code] = self._directions.preference(location, latest)
        return self._ways[location.code]

    def _rank_of(self, way: Way, route: Route, earliest: datetime, weight_g: int) -> tuple[Decimal, tuple[datetime, int, float, str], int]:
        location = route.dock.location
        days = late_days(way.latest, earliest, self._time_zone) if way.latest > earliest else 0
        terms = self._facts.profile.costs
        key = (route.road.code, days, location.code if terms.places else location.kind, weight_g)
        if key not in self._costs:
            plain = shipment_cost(terms, way, location, 1, weight_g).total
            self._costs[key] = plain + terms.lateness_per_day * days
        number = next(index for index, (each, _) in enumerate(self._ways[location.code]) if each is way)
        return self._costs[key], self._rank[location.code], number

    def _bound(self, route: Route) -> datetime | None:
        key = (route.dock.location.code, route.road.code)
        if key not in self._order_before:
            courier = self._service.method == "COURIER"
            released = route.dock.release_before(route.road, route.passage, route.passage.window, courier=courier)
            self._order_before[key] = self._timetable.order_before(released)
        return self._order_before[key]
