"""When a shipment that was promised comes, now that its goods come at another time: the same place, service and carrier."""

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.promise.collected import readiness
from gateway.domain.promise.desk import Desk
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.options import Destination
from gateway.domain.promise.road import Window
from gateway.domain.promise.sheet import Fence
from gateway.domain.promise.timetable import Timetable


def delayed(
    timetable: Timetable,
    service: DeliveryService,
    destination: Destination | None,
    store: Location | None,
    shipment: PlannedShipment,
    ends: Ends = unchanged,
) -> tuple[PlannedShipment, Window] | None:
    """Return the shipment as it goes with what it awaits, and when the customer has it; None: it does not go at all.

    `store`: where the customer collects it, if so; the destination is then the store. `ends`: what an arrival is at a carrier's point.
    """
    from_at = max((one.expected_at for one in shipment.awaits), default=timetable.now)
    units = sum(line.quantity for line in shipment.lines)
    place = timetable.facts.locations.get(shipment.location)
    if place is None:
        return None
    if shipment.task == "HAND_OVER":
        desk = Desk(place, timetable.capacity(place), units)
        ready = readiness(desk, max(timetable.released_at, from_at), place.preparation_time, service.step)
        return None if ready is None else (_at(shipment, ready.at), Window(ready.at, ready.at))
    routes = None if destination is None else timetable.directions(service, destination).routes(place, units, from_at)
    if routes is None or isinstance(routes, Fence):
        return None
    whole = [one for one in routes if one.way.most_units is None]
    if not whole:
        return None
    route = next((one for one in whole if one.road.code == shipment.carrier_service), whole[0])
    window = route.passage.window
    moved = replace(shipment, ships_by=route.passage.leaves_at, earliest=window.earliest, latest=window.latest)
    return moved, _collected(timetable, store, ends(window) or window, units, service.step)


def _at(shipment: PlannedShipment, at: datetime) -> PlannedShipment:
    return replace(shipment, ships_by=at, earliest=at, latest=at)


def _collected(timetable: Timetable, store: Location | None, window: Window, units: int, step: timedelta) -> Window:
    """Return when the customer has what arrives: at once, or once the store has prepared it."""
    ready = readiness(Desk(store, timetable.capacity(store), units), window.latest, store.transfer_work, step) if store else None
    return Window(ready.at, ready.at) if ready else window
