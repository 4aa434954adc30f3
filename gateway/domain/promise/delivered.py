"""The quote of a service that is sent: to an address, or to the store in which it is collected."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from gateway.domain.capacity import Slot
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.network import DeliveryService
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.promise.absence import absent, fenced, stock_absence
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.charges import carbon_g, fee
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseRequest, UnavailableMethod
from gateway.domain.promise.road import Window
from gateway.domain.promise.route import Route
from gateway.domain.promise.supply import Journey, Supply, supply, uses
from gateway.domain.promise.timetable import Bounds, Release, Timetable
from gateway.domain.sourcing.plan import NoPlan, Shipment
from gateway.domain.sourcing.strategy import Sourced, source


def delivered(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService, ends: Ends = unchanged
) -> DeliveryOption | UnavailableMethod:
    """Return the quote to the request's destination, or why there is none; `ends`: what an arrival there becomes for the customer."""
    destination = request.destination
    if destination is None:
        return absent(service, "OUT_OF_AREA", f"Say where the goods go to see {service.name}.")
    if service.countries and destination.country_code.upper() not in {country.upper() for country in service.countries}:
        return absent(service, "OUT_OF_AREA", f"{service.name} does not go to {destination.country_code}.")
    roads = timetable.roads(service, destination)
    if not roads:
        return absent(service, "OUT_OF_AREA", _out_of_area(service, destination))
    if not any(uses(request, service, road.carrier) for road in roads):
        return absent(service, "NOT_OFFERED", f"{service.name} does not go to points of {request.pickup_carrier}.")
    return quoted(timetable, basket, request, Journey(service, destination, timetable.time_zone(destination), ends))


def _out_of_area(service: DeliveryService, destination: Destination) -> str:
    if destination.postal_code is None:
        return f"No carrier of {service.name} goes to all of {destination.country_code}; name a postal code."
    return f"No carrier of {service.name} goes to {destination.postal_code} in {destination.country_code}."


def quoted(timetable: Timetable, basket: Basket, request: PromiseRequest, journey: Journey) -> DeliveryOption | UnavailableMethod:
    """Return the option that the cheapest feasible plan makes."""
    service = journey.service
    price = fee(service, basket.value, journey.destination)
    if price is None:
        return absent(service, "NOT_OFFERED", f"{service.name} has no fee for this basket and destination.")
    if service.max_weight_g is not None and basket.weight_g > service.max_weight_g:
        return absent(service, "TOO_HEAVY", f"The basket weighs {basket.weight_g} g; {service.name} takes up to {service.max_weight_g} g.")
    told: UnavailableMethod | None = None
    best: DeliveryOption | None = None
    for stage in basket.stages(timetable.now) if request.supply_to_come else (basket,):
        if told is not None and request.desired_by is not None and stage.by is not None and stage.by > request.desired_by:
            told = absent(service, "TOO_LATE", "More of it comes too late.", told.skus) if told.reason == "NO_STOCK" else told
            break
        if best is not None and stage.by is not None and stage.by >= best.latest:
            break
        answer = _sourced(timetable, stage, request, journey, price, told=told)
        if isinstance(answer, DeliveryOption):
            best = answer if best is None or answer.latest < best.latest else best
            if stage.by is None:
                break
            continue
        told = told if told is not None and (told.reason != "NO_STOCK" or answer.reason == "NO_STOCK") else answer
    if best is None and request.in_part:
        answer = _sourced(timetable, basket, request, journey, price, in_part=True)
        best = answer if isinstance(answer, DeliveryOption) else None
    return best or told or absent(service, "NO_STOCK", "Nothing was asked for.")


def _sourced(
    timetable: Timetable,
    basket: Basket,
    request: PromiseRequest,
    journey: Journey,
    price: Decimal,
    *,
    in_part: bool = False,
    told: UnavailableMethod | None = None,
) -> DeliveryOption | UnavailableMethod:
    """Return the option that the cheapest plan makes with what there is at one date.

    `told`: why there was none at an earlier date; unless that was want of stock, it is what is told here too.
    """
    missing = stock_absence(journey.service, timetable.facts, basket)
    if missing is not None and not in_part:
        return missing
    found = supply(timetable, basket, request, journey)
    sourced = source(found.problem, timetable.facts.profile, in_part=in_part)
    if isinstance(sourced, NoPlan):
        return told if told is not None and told.reason != "NO_STOCK" else _unplanned(journey.service, found, sourced)
    if not request.every_candidate and sourced.plan.short:
        return _sourced(timetable, basket, replace(request, every_candidate=True), journey, price, in_part=in_part)
    if sourced.plan.short and not in_part:
        return _unplanned(journey.service, found, NoPlan("NO_STOCK", tuple(line.sku for line in sourced.plan.short)))
    return _Quote(timetable, basket, journey, found, sourced).option(price)


def _unplanned(service: DeliveryService, found: Supply, plan: NoPlan) -> UnavailableMethod:
    if plan.reason == "SPLIT_NOT_ALLOWED":
        return absent(service, plan.reason, "This would take more, or other, shipments than the channel allows.", plan.skus)
    if plan.reason == "NOT_FOUND_IN_TIME":
        told = "No plan was found in the time that looking for one may take, and there may be one; ask for fewer lines at once."
        return absent(service, plan.reason, told, plan.skus)
    had = zip(found.problem.lines, found.problem.units, strict=True)
    heavy = [line.sku for line, units in had if line.sku in plan.skus and units >= line.quantity]
    if heavy:
        return absent(service, "TOO_HEAVY", f"One unit of {heavy[0]} is heavier or larger than a parcel of {service.name} may be.", heavy)
    return fenced(service, found.most_telling(plan.skus), plan.skus)


class _Quote:
    """A plan told as an option: the window is the latest of its shipments, each shipment keeps its own."""

    def __init__(self, timetable: Timetable, basket: Basket, journey: Journey, found: Supply, sourced: Sourced) -> None:
        self._timetable, self._basket, self._journey, self._sourced = timetable, basket, journey, sourced
        self._plan = plan = sourced.plan
        self._routes = [found.route(shipment.candidate.location.code, shipment.way.carrier_service) for shipment in plan.shipments]
        windows = [Window(shipment.way.earliest, shipment.way.latest) for shipment in plan.shipments]
        self._window = Window(max(window.earliest for window in windows), max(window.latest for window in windows))

    def option(self, price: Decimal) -> DeliveryOption:
        shipments = self._planned()
        as_of, freshness = self._basket.age(shipments, self._timetable.now)
        bounds = self._bounds(shipments)
        return DeliveryOption(
            service=self._journey.service,
            earliest=self._window.earliest,
            latest=self._window.latest,
            precision=self._precision(),
            time_zone=self._journey.time_zone,
            order_before=bounds.order_before,
            missed_at=bounds.missed_at,
            pickup_location=self._journey.besides,
            collect_by=self._collect_by(),
            shipments=shipments,
            fee=price,
            currency=self._timetable.facts.channel.currency,
            cost=self._plan.cost.total,
            carbon_g=self._carbon_g(),
            as_of=as_of,
            freshness=freshness,
            sourced=self._sourced,
        )

    def _planned(self) -> tuple[PlannedShipment, ...]:
        """Return the shipments; the one that arrives last books what the place of arrival needs for all of them."""
        windows = [route.passage.window for route in self._routes]
        last = max(range(len(windows)), key=lambda n: windows[n].latest)
        at_arrival = self._journey.books(windows[last])
        return tuple(
            self._shipment(shipment, route, at_arrival if n == last else ())
            for n, (shipment, route) in enumerate(zip(self._plan.shipments, self._routes, strict=True))
        )

    def _shipment(self, shipment: Shipment, route: Route, more: tuple[Slot, ...]) -> PlannedShipment:
        place, units = shipment.candidate.location, sum(line.quantity for line in shipment.lines)
        return PlannedShipment(
            location=place.code,
            lines=shipment.lines,
            carrier_service=shipment.way.carrier_service,
            ships_by=shipment.way.ships_by,
            earliest=route.passage.window.earliest,
            latest=route.passage.window.latest,
            cost=shipment.cost.total,
            task="TRANSFER" if self._journey.transfer else "SHIP",
            slots=(*self._timetable.dock(place, units, self._basket.from_at(place.code)).slots, *more),
            awaits=self._basket.awaited(place.code, shipment.lines),
        )

    def _precision(self) -> WindowPrecision:
        by_day = not self._journey.transfer and any(route.road.precision == "DAY" for route in self._routes)
        return "DAY" if by_day else "SLOT"

    def _bounds(self, shipments: tuple[PlannedShipment, ...]) -> Bounds:
        """Return until when it can be ordered for none of the shipments to come later than the window."""
        return self._timetable.bounds(map(self._release, self._routes), [one for shipment in shipments for one in shipment.awaits])

    def _release(self, route: Route) -> Release:
        """Return its bound, were the place to send all that it can: a memory keeps docks of other amounts."""
        courier, step, place = self._journey.service.method == "COURIER", self._journey.service.step, route.dock.location
        dock = self._timetable.dock(place, self._basket.most_units(place.code), self._basket.from_at(place.code))
        by = self._journey.arrive_by(self._window)
        before = dock.release_before(route.road, route.passage, self._window, courier=courier, ends=self._journey.ends, arrives_by=by)
        soon = before is not None and before - self._timetable.released_at <= step
        return Release(before, moves=soon and dock.leaves_at_once(route.road, route.passage, courier=courier))

    def _collect_by(self) -> datetime | None:
        if self._journey.transfer:
            return self._window.earliest + self._journey.service.hold
        return self._window.latest + self._journey.service.hold if self._journey.service.method == "PICKUP_POINT" else None

    def _carbon_g(self) -> int | None:
        return carbon_g(
            (shipment.weight_g, shipment.candidate.distance_m, route.road.product)
            for shipment, route in zip(self._plan.shipments, self._routes, strict=True)
        )
