"""First dates for many skus at once: what the quote of one unit would say, by one look at all places together (`board`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import DeliveryService
from gateway.domain.promise.board import Board, Shelf, shelves
from gateway.domain.promise.charges import fee
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import options_by
from gateway.domain.promise.road import Window
from gateway.domain.promise.route import Route
from gateway.domain.promise.timetable import Timetable
from gateway.domain.promise.working_time import end_of_day, first_of
from gateway.domain.quantities import SkuQuantity

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
    """Return the window that a quote for one unit would have, by sku and delivered service; a service that has none is left out.

    What comes as soon as what is at hand, or is at hand nowhere, is quoted sku by sku, by the same timetable.
    """
    listing = _Listing(Timetable(facts, now), destination)
    country = destination.country_code.upper()
    listed = [
        service
        for service in facts.channel.services
        if service.method in LISTED_METHODS
        and (services is None or service.code in services)
        and (not service.countries or country in {code.upper() for code in service.countries})
    ]
    dates = (listing.first(service, shelf) for shelf in shelves(facts, skus, now) for service in listed)
    return tuple(found for found in dates if found is not None)


class _Listing:
    def __init__(self, timetable: Timetable, destination: Destination) -> None:
        self.timetable, self._destination = timetable, destination
        self._order_before: dict[tuple[LocationCode, str, str, Window, datetime | None], datetime | None] = {}
        self._boards: dict[tuple[str, datetime | None], Board] = {}

    def first(self, service: DeliveryService, shelf: Shelf) -> EarliestDelivery | None:
        if not self._takes(service, shelf):
            return None
        if not len(shelf.places) or not self._is_sold(shelf):
            return self._quoted(service, shelf.sku)
        first = self._board(service, shelf.from_at).first(shelf)
        route = first.route if first else None
        if (
            first is None
            or route is None
            or route.dock.location.code in shelf.awaited_at
            or (shelf.more_at is not None and shelf.more_at < route.way.latest)
        ):
            return self._quoted(service, shelf.sku)
        bound = self._bound(service, route, route.passage.window, shelf.from_at)
        if first.until is not None:
            by = end_of_day(first.until.way.latest, self.timetable.time_zone(self._destination))
            bound = first_of(bound, self._bound(service, first.until, Window(by, by), shelf.from_at))
        return EarliestDelivery(shelf.sku, service, route.way.earliest, route.way.latest, bound)

    def _board(self, service: DeliveryService, from_at: datetime | None) -> Board:
        key = (service.code, from_at)
        if key not in self._boards:
            self._boards[key] = Board(self.timetable, service, self._destination, from_at)
        return self._boards[key]

    def _is_sold(self, shelf: Shelf) -> bool:
        """Tell whether what lies there is all that can be sold from one moment on: now, or the first day of sale."""
        if shelf.from_at is None:
            return True
        ahead = self.timetable.now + self.timetable.facts.channel.sells_supply_within
        return shelf.more_at is None and self.timetable.now < shelf.from_at <= ahead

    def _takes(self, service: DeliveryService, shelf: Shelf) -> bool:
        value = self.timetable.facts.value_by_sku.get(shelf.sku, Decimal(0))
        too_heavy = service.max_weight_g is not None and shelf.weight_g > service.max_weight_g
        return not too_heavy and fee(service, value, self._destination) is not None

    def _quoted(self, service: DeliveryService, sku: Sku) -> EarliestDelivery | None:
        """Return what the engine quotes for one unit, of what is still to come."""
        facts = self.timetable.facts
        if sku not in facts.released_at and not any(at.inbound for at in facts.positions.get(sku, ())):
            return None
        request = PromiseRequest((SkuQuantity(sku, 1),), self._destination, services=(service.code,), every_candidate=False)
        options = options_by(self.timetable, request).options
        return EarliestDelivery(sku, service, options[0].earliest, options[0].latest, options[0].order_before) if options else None

    def _bound(self, service: DeliveryService, route: Route, target: Window, from_at: datetime | None) -> datetime | None:
        key = (route.dock.location.code, service.code, route.road.code, target, from_at)
        if key not in self._order_before:
            released = route.dock.release_before(route.road, route.passage, target, courier=service.method == "COURIER")
            self._order_before[key] = self.timetable.order_before(released)
        return self._order_before[key]
