"""The quote of a service that is sent: to an address, or to the store in which it is collected."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from gateway.domain.calendar import zone
from gateway.domain.capacity import Slot
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.network import DeliveryService
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.promise.absence import absent, fenced, stock_absence
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.charges import carbon_g, fee
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.lasting import Lasting, units_of
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseRequest, UnavailableMethod
from gateway.domain.promise.road import Road, Window
from gateway.domain.promise.route import Route
from gateway.domain.promise.supply import NOTHING, Coming, Journey, Supply, supply, uses
from gateway.domain.promise.timetable import Timetable
from gateway.domain.promise.working_time import TICK, first_of, rounded_down
from gateway.domain.sourcing.plan import NoPlan, Shipment
from gateway.domain.sourcing.strategy import Sourced, source_from_first_date

FOREVER = datetime.max.replace(tzinfo=UTC)


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
    return _Quoting(timetable, basket, request, journey, price).answer()


class _Quoting:
    """Looks at what is at hand first, then at supply to come as far as it might be there sooner, or at all."""

    def __init__(self, timetable: Timetable, basket: Basket, request: PromiseRequest, journey: Journey, price: Decimal) -> None:
        self._timetable, self._basket, self._request, self._journey, self._price = timetable, basket, request, journey, price

    def answer(self) -> DeliveryOption | UnavailableMethod:
        service, basket = self._journey.service, self._basket
        if not basket.lines:
            return absent(service, "NO_STOCK", "Nothing was asked for.")
        told = stock_absence(service, self._timetable.facts, basket) or self._sourced(NOTHING)
        if self._request.supply_to_come:
            told = self._with_more(told)
        if isinstance(told, DeliveryOption) or not self._request.in_part:
            return told
        part = self._sourced(NOTHING, in_part=True)
        return part if isinstance(part, DeliveryOption) else told

    def _with_more(self, at_hand: DeliveryOption | UnavailableMethod) -> DeliveryOption | UnavailableMethod:
        """Return what is promised of all supply: beside goods at hand, of what is with the customer no later than they are."""
        if isinstance(at_hand, DeliveryOption):
            soon = self._there_by(at_hand.latest)
            found = self._supply(soon, at_hand.latest) if soon else None
            answer = self._planned(found) if found is not None and found.waits else at_hand
            return self._until_more(answer if isinstance(answer, DeliveryOption) else at_hand, at_hand.latest + TICK, at_hand.order_before)
        arrivals = self._basket.arrivals(self._timetable.now, FOREVER)
        if not arrivals:
            return at_hand
        missing = self._missing(arrivals)
        answer = missing or self._sourced(arrivals)
        if isinstance(answer, DeliveryOption):
            return self._until_more(answer, FOREVER)
        return at_hand if at_hand.reason != "NO_STOCK" else missing or self._too_late(answer)

    def _until_more(self, told: DeliveryOption, by: datetime, order_before: datetime | None = None) -> DeliveryOption:
        """Return what is told, until more supply counts, unless it would be told beside all of that, too.

        More counts that comes by a date when the channel sells farther ahead, or when that date moves; `order_before`: until when it stays.
        """
        more_at = self._basket.more_sold_at(self._timetable.now, by)
        bound = first_of(told.order_before, order_before, None if more_at is None else rounded_down(more_at))
        if bound == told.order_before:
            return told
        until = told.order_before or self._timetable.now
        beside = self._planned(self._supply(self._basket.arrivals(self._timetable.now, FOREVER, asked_at=until)))
        if told.order_before is None or not isinstance(beside, DeliveryOption) or _sent(beside) != _sent(told):
            return replace(told, order_before=bound)
        return replace(told, order_before=beside.order_before)

    def _too_late(self, told: UnavailableMethod) -> UnavailableMethod:
        """Return why nothing comes of what would be enough one day."""
        by = self._request.desired_by
        if by is not None and self._missing(self._basket.arrivals(self._timetable.now, by + TICK)) is not None:
            return absent(self._journey.service, "TOO_LATE", "More of it comes too late.", told.skus)
        return told

    def _missing(self, arrivals: Coming) -> UnavailableMethod | None:
        basket = self._basket
        return stock_absence(self._journey.service, self._timetable.facts, basket, lambda sku: basket.total_with(sku, arrivals))

    def _there_by(self, by: datetime) -> Coming:
        """Return the supply to come that might be with the customer by a moment."""
        timetable = self._timetable
        roads = timetable.roads(self._journey.service, self._journey.destination)

        @cache
        def counts(from_at: datetime, time_zone: str) -> bool:
            return bool(time_zone) and any(_may_be_there(road, time_zone, from_at, by) for road in roads)

        return self._basket.arrivals(timetable.now, by, counts)

    def _supply(self, coming: Coming, by: datetime | None = None) -> Supply:
        return supply(self._timetable, self._basket, self._request, self._journey, coming, by)

    def _sourced(self, coming: Coming, *, in_part: bool = False) -> DeliveryOption | UnavailableMethod:
        """Return the option that the cheapest plan makes with what is at hand and what comes."""
        answer = self._planned(self._supply(coming), in_part=in_part)
        if answer is None:
            self._request = replace(self._request, every_candidate=True)
            return self._sourced(coming, in_part=in_part)
        return answer

    def _planned(self, found: Supply, *, in_part: bool = False) -> DeliveryOption | UnavailableMethod | None:
        """Return the option of the cheapest plan; None: it sends less than all, for which every candidate has to be told."""
        sourced, service = source_from_first_date(found.problem, self._timetable.facts.profile, in_part=in_part), self._journey.service
        if isinstance(sourced, NoPlan):
            return _unplanned(service, found, sourced)
        if sourced.plan.short and not self._request.every_candidate:
            return None
        if sourced.plan.short and not in_part:
            return _unplanned(service, found, NoPlan("NO_STOCK", tuple(line.sku for line in sourced.plan.short)))
        return _Quote(self._timetable, self._basket, self._journey, found, sourced).option(self._price)


def _sent(option: DeliveryOption) -> list[PlannedShipment]:
    """Return what is sent, whatever it costs: another first date makes it dearer or cheaper."""
    return [replace(shipment, cost=Decimal(0)) for shipment in option.shipments]


def _may_be_there(road: Road, time_zone: str, from_at: datetime, by: datetime) -> bool:
    soonest = road.soonest(from_at, from_at.astimezone(zone(time_zone)).date())
    return soonest is not None and soonest <= by


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
        self._timetable, self._basket, self._journey, self._found, self._sourced = timetable, basket, journey, found, sourced
        self._plan = plan = sourced.plan
        self._routes = [found.route(shipment.candidate.location.code, shipment.way) for shipment in plan.shipments]
        windows = [Window(shipment.way.earliest, shipment.way.latest) for shipment in plan.shipments]
        self._window = Window(max(window.earliest for window in windows), max(window.latest for window in windows))

    def option(self, price: Decimal) -> DeliveryOption:
        shipments = self._planned()
        as_of, freshness = self._basket.age(shipments, self._timetable.now)
        lasting = Lasting(self._timetable, self._basket, self._journey, self._found, self._sourced, self._window)
        bounds = lasting.bounds(self._routes, [one for shipment in shipments for one in shipment.awaits])
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
        place, units = shipment.candidate.location, units_of(shipment)
        return PlannedShipment(
            location=place.code,
            lines=shipment.lines,
            carrier_service=shipment.way.carrier_service,
            ships_by=shipment.way.ships_by,
            earliest=route.passage.window.earliest,
            latest=route.passage.window.latest,
            cost=shipment.cost.total,
            task="TRANSFER" if self._journey.transfer else "SHIP",
            slots=(*self._timetable.dock(place, units, route.from_at).slots, *more),
            awaits=self._basket.awaited(place.code, shipment.lines, route.from_at, self._timetable.now),
        )

    def _precision(self) -> WindowPrecision:
        by_day = not self._journey.transfer and any(route.road.precision == "DAY" for route in self._routes)
        return "DAY" if by_day else "SLOT"

    def _collect_by(self) -> datetime | None:
        if self._journey.transfer:
            return self._window.earliest + self._journey.service.hold
        return self._window.latest + self._journey.service.hold if self._journey.service.method == "PICKUP_POINT" else None

    def _carbon_g(self) -> int | None:
        return carbon_g(
            (shipment.weight_g, shipment.candidate.distance_m, route.road.product)
            for shipment, route in zip(self._plan.shipments, self._routes, strict=True)
        )
