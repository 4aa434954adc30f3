"""Quotes of what the customer collects: from a store's own shelf, after a transfer to it, or taken along at once."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.domain.calendar import after_working_time, next_opening
from gateway.domain.capacity import Slot
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.location import Location, LocationService
from gateway.domain.network import DeliveryMethod, DeliveryService
from gateway.domain.promise.absence import MOST_TELLING, absent, stock_absence
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.charges import fee
from gateway.domain.promise.delivered import quoted
from gateway.domain.promise.desk import Desk
from gateway.domain.promise.fences import asking_fence, receiving_fence
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseRequest, UnavailableMethod, destination_at
from gateway.domain.promise.road import Window
from gateway.domain.promise.roster import NOWHERE
from gateway.domain.promise.supply import Journey
from gateway.domain.promise.timetable import Bounds, Release, Timetable
from gateway.domain.promise.working_time import TICK, open_to_customers, rounded_down, rounded_up
from gateway.domain.scope import in_channel
from gateway.domain.sourcing.cost import shipment_cost
from gateway.domain.sourcing.problem import Way

HANDING_SERVICE: dict[DeliveryMethod, LocationService] = {
    "PICKUP": "PICKUP",
    "SHIP_TO_STORE": "SHIP_TO_STORE",
    "RESERVE_IN_STORE": "RESERVE_IN_STORE",
    "CARRY_OUT": "CARRY_OUT",
}
"""What a store must offer to hand over."""
Answer = DeliveryOption | UnavailableMethod


def collected(timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService) -> Sequence[Answer]:
    """Return the quotes of the nearest stores that can serve it, or the one reason why none can."""
    options: list[Answer] = []
    reasons: list[UnavailableMethod] = []
    most = 1 if request.pickup_location else request.max_pickup_locations
    solved: dict[Hashable, Any] = {}
    for store in _stores(timetable, request, service):
        if len(options) >= most:
            break
        answer = at_store(timetable, basket, request, service, store, solved)
        if isinstance(answer, UnavailableMethod):
            reasons.append(answer)
        else:
            options.append(answer)
    if options or len(reasons) == 1:
        return options or reasons
    if not reasons:
        return [_nowhere(timetable, request, service)]
    return [_most_telling(service, timetable, basket, reasons)]


def _stores(timetable: Timetable, request: PromiseRequest, service: DeliveryService) -> Iterable[Location]:
    """Return the place asked for, or those of the channel that offer the service, nearest first."""
    places = timetable.facts.locations
    asked = request.at_location or request.pickup_location if service.method == "CARRY_OUT" else request.pickup_location
    if asked is not None:
        return [places[asked]] if asked in places else []
    if service.method == "CARRY_OUT":
        return []
    needed = HANDING_SERVICE[service.method]
    near = timetable.nearest(request.destination or Destination(""), reach_m(request, service))
    return (place for place in near if place.offers(needed) and in_channel(timetable.facts.channel, place))


def reach_m(request: PromiseRequest, service: DeliveryService) -> int:
    """Return how far from the customer a place may be at which something is collected."""
    limits = (request.pickup_within_m, service.collect_within_m, NOWHERE)
    return next(limit for limit in limits if limit is not None)


def _nowhere(timetable: Timetable, request: PromiseRequest, service: DeliveryService) -> UnavailableMethod:
    asked = request.pickup_location or request.at_location
    if asked is not None and asked not in timetable.facts.locations:
        return absent(service, "NOT_OFFERED", f"There is no location {asked!r}.")
    if service.method == "CARRY_OUT":
        message = f"{service.name} leaves from the store in which the order is placed; name that store."
        return absent(service, "NOT_OFFERED", message)
    if any(True for _ in _stores(timetable, replace(request, pickup_within_m=NOWHERE), service)):
        return absent(service, "OUT_OF_AREA", f"No location within {reach_m(request, service) / 1000:g} km offers {service.name}.")
    return absent(service, "NOT_OFFERED", f"No location of the channel offers {service.name}.")


def _most_telling(
    service: DeliveryService, timetable: Timetable, basket: Basket, reasons: Sequence[UnavailableMethod]
) -> UnavailableMethod:
    missing = stock_absence(service, timetable.facts, basket)
    if missing is not None:
        return missing
    for reason in ("TOO_LATE", "CAPACITY_FULL", "NO_STOCK", "STALE_STOCK", *MOST_TELLING):
        for told in reasons:
            if told.reason == reason:
                message = f"No single store has all of it for {service.name}." if reason == "NO_STOCK" else told.message
                return absent(service, told.reason, message, told.skus)
    return absent(service, "NOT_OFFERED", f"No location of the channel offers {service.name}.")


def at_store(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService, store: Location, solved: dict[Hashable, Any]
) -> Answer:
    """Return the quote of one store, or why it cannot serve it; `solved`: what transfers to others came to."""
    if service.method == "SHIP_TO_STORE":
        return _after_transfer(timetable, basket, request, service, store, solved)
    fence = asking_fence(request, store) or timetable.fence(store, service)
    if fence is not None:
        return absent(service, fence.reason, fence.detail)
    later, missing = request.supply_to_come and service.method == "PICKUP", basket.missing_at(store.code)
    arrival = basket.whole_from(store.code, timetable.now) if later and missing else None
    if arrival is None and missing:
        stale = basket.withholds(store.code, missing)
        message = f"The figures of {store.name} are too old to promise its stock." if stale else f"{store.name} has not enough of it."
        return absent(service, "STALE_STOCK" if stale else "NO_STOCK", message, missing)
    return _from_shelf(timetable, basket, request, service, store, arrival.from_at if arrival else None)


@dataclass(frozen=True, slots=True)
class Readiness:
    """When goods can be collected, and the room that their preparation books."""

    at: datetime
    slots: tuple[Slot, ...] = ()
    at_once: bool = False
    """Whether the work begins at once and its end waits for nothing: it moves on with the clock."""


def readiness(desk: Desk, from_at: datetime, work: timedelta, step: timedelta) -> Readiness | None:
    """Return when goods can be collected that are at hand from a moment: `work` in working hours, handed over in opening hours."""
    begun = desk.begin(from_at)
    prepared_at = None if begun is None else after_working_time(desk.calendar, begun.at, work)
    told_at = None if prepared_at is None else rounded_up(prepared_at, step)
    opens_at = None if told_at is None else next_opening(open_to_customers(desk.location), told_at)
    if begun is None or opens_at is None:
        return None
    return Readiness(opens_at, begun.slots, begun.at == from_at and opens_at == told_at)


def at_hand_before(desk: Desk, work: timedelta, ready_at: datetime, step: timedelta) -> datetime | None:
    """Return the first moment from which goods would no longer be ready by then (the backward pass of `readiness`, exclusive)."""
    return desk.come_before(rounded_down(ready_at, step), work)


def _from_shelf(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService, store: Location, since: datetime | None
) -> Answer:
    """Return the quote of a store that has all of it, at hand or since a moment."""
    at_once = service.method == "CARRY_OUT"
    facts, units = timetable.facts, sum(line.quantity for line in basket.lines)
    from_at = max(timetable.released_at, since or timetable.released_at)
    desk = Desk(store, timetable.capacity(store), units)
    found = Readiness(rounded_up(timetable.now)) if at_once else readiness(desk, from_at, store.preparation_time, service.step)
    price = fee(service, basket.value, destination_at(store))
    if found is None or (request.desired_by is not None and found.at > request.desired_by):
        return _late(timetable, request, service, store)
    if price is None:
        return absent(service, "NOT_OFFERED", f"{service.name} has no fee for this basket.")
    ready = found.at
    awaits = basket.awaited(store.code, basket.lines, since, timetable.now)
    cost = shipment_cost(facts.profile.costs, Way(None, ready, ready, ready), store, units, basket.weight_g).total
    shipment = PlannedShipment(store.code, basket.lines, None, ready, ready, ready, cost, "HAND_OVER", found.slots, awaits)
    as_of, freshness = basket.age((shipment,), timetable.now)
    bounds = (
        Bounds()
        if at_once
        else _bounds(timetable, service, desk, found, shipment, basket.due(store.code, basket.lines, since, timetable.now))
    )
    return DeliveryOption(
        service=service,
        earliest=ready,
        latest=ready,
        precision="SLOT",
        time_zone=store.time_zone,
        order_before=bounds.order_before,
        missed_at=bounds.missed_at,
        pickup_location=store.code,
        collect_by=None if at_once else ready + service.hold,
        shipments=(shipment,),
        fee=price,
        currency=facts.channel.currency,
        cost=cost,
        carbon_g=0,
        as_of=as_of,
        freshness=freshness,
    )


def _late(timetable: Timetable, request: PromiseRequest, service: DeliveryService, store: Location) -> UnavailableMethod:
    """Return why a store cannot have it ready in time: want of room, where it could with more of it."""
    ready = readiness(Desk(store), timetable.released_at, store.preparation_time, service.step)
    if ready is None:
        return absent(service, "TOO_LATE", f"{store.name} does not open within the horizon.")
    if request.desired_by is not None and ready.at > request.desired_by:
        return absent(service, "TOO_LATE", f"{store.name} would have it ready too late.")
    return absent(service, "CAPACITY_FULL", f"{store.name} can prepare no more by then.")


def _bounds(
    timetable: Timetable, service: DeliveryService, desk: Desk, found: Readiness, shipment: PlannedShipment, due_at: datetime | None
) -> Bounds:
    """Return until when it can be ordered to be ready then."""
    before = at_hand_before(desk, desk.location.preparation_time, found.at, service.step)
    return timetable.bounds([Release(before, moves=found.at_once and not shipment.awaits)], shipment.awaits, [due_at])


def _after_transfer(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService, store: Location, solved: dict[Hashable, Any]
) -> Answer:
    """Return the quote of a store that other places send to: ready once the transfer has arrived and is prepared.

    A transfer that arrives some time in a day is taken to arrive at its end.
    """
    fence = receiving_fence(timetable.facts.channel, store)
    # it supplies nothing, so that a wish for suppliers says nothing of it; what it refused to hand over it refuses again
    fence = fence or (asking_fence(request, store) if store.code in request.refused else None)
    if fence is not None:
        return absent(service, fence.reason, fence.detail)
    destination = destination_at(store)
    if destination is None:
        return absent(service, "NOT_OFFERED", f"{store.name} has no address that transfers could go to.")
    if not timetable.roads(service, destination):
        return absent(service, "NOT_OFFERED", f"No carrier of {service.name} goes to {store.name}.")
    arrivals = _Arrivals(timetable, store, sum(line.quantity for line in basket.lines), service.step)
    ends = arrivals.collectable, arrivals.slots, arrivals.arrive_by
    return quoted(
        timetable, basket, request, Journey(service, destination, store.time_zone, *ends, store.code, transfer=True, solved=solved)
    )


class _Arrivals:
    """What a transfer's arrival at a store becomes for the customer."""

    def __init__(self, timetable: Timetable, store: Location, units: int, step: timedelta) -> None:
        self._desk, self._work, self._step = Desk(store, timetable.capacity(store), units), store.transfer_work, step
        self._ready: dict[datetime, Readiness | None] = {}

    def collectable(self, window: Window) -> Window | None:
        ready = self._readiness(window)
        return None if ready is None else Window(ready.at, ready.at)

    def arrive_by(self, target: Window) -> datetime | None:
        """Return until when a transfer may arrive to be ready within a window."""
        bound = at_hand_before(self._desk, self._work, target.latest, self._step)
        return None if bound is None else rounded_down(bound - TICK, self._step)

    def slots(self, window: Window) -> tuple[Slot, ...]:
        """Return the room that the store's own work books."""
        ready = self._readiness(window)
        return ready.slots if ready else ()

    def _readiness(self, window: Window) -> Readiness | None:
        at = window.latest
        if at not in self._ready:
            self._ready[at] = readiness(self._desk, at, self._work, self._step)
        return self._ready[at]
