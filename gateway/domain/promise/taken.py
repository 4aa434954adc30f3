"""What is left to promise from once something of it is promised already: units and room are counted once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.domain.capacity import Capacity, Rooms, Shift, Slot
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.stock import StockPosition, available_to_sell, to_come

Shelf = tuple[Sku, LocationCode]
Lot = tuple[Sku, LocationCode, str]


def units_of(shipments: Iterable[PlannedShipment]) -> Counter[Shelf]:
    """Return the units that shipments take of what is there."""
    units = Counter[Shelf]()
    for shipment in shipments:
        for line in shipment.lines:
            units[line.sku, shipment.location] += line.quantity
        for one in shipment.awaits:
            units[one.sku, shipment.location] -= one.units
    return +units


def awaited_of(shipments: Iterable[PlannedShipment]) -> Counter[Lot]:
    """Return the units that shipments take of what is still to come."""
    units = Counter[Lot]()
    for shipment in shipments:
        for one in shipment.awaits:
            units[one.sku, shipment.location, one.lot] += one.units
    return units


def without(facts: PromiseFacts, shipments: Iterable[PlannedShipment]) -> PromiseFacts:
    """Return the facts without the units that these shipments take and the room that they book."""
    planned = tuple(shipments)
    if not planned:
        return facts
    units, awaited = units_of(planned), awaited_of(planned)
    skus = {sku for sku, _ in units} | {sku for sku, _, _ in awaited}
    positions = {sku: tuple(_less(at, units, awaited) for at in found) if sku in skus else found for sku, found in facts.positions.items()}
    return without_room(replace(facts, positions=positions), [slot for shipment in planned for slot in shipment.slots])


def _less(at: StockPosition, units: Counter[Shelf], awaited: Counter[Lot]) -> StockPosition:
    left = tuple(replace(lot, available=max(0, lot.available - awaited[at.sku, at.location, lot.lot])) for lot in at.inbound)
    return replace(at, allocated=at.allocated + units[at.sku, at.location], inbound=left)


def without_room(facts: PromiseFacts, slots: Iterable[Slot]) -> PromiseFacts:
    rooms = dict(facts.rooms)
    for slot in slots:
        rooms[slot.location] = _capacity(facts, slot.location, rooms.get(slot.location, {})).without((slot,)).rooms
    return replace(facts, rooms=rooms)


def _capacity(facts: PromiseFacts, location: LocationCode, rooms: Rooms) -> Capacity:
    place = facts.locations.get(location)
    return Capacity(place.capacity if place else None, rooms)


def has_units(facts: PromiseFacts, shipments: Iterable[PlannedShipment], now: datetime) -> bool:
    """Tell whether every place, and every lot, still has what shipments take of it."""
    planned = tuple(shipments)
    at = {(found.sku, found.location): found for positions in facts.positions.values() for found in positions if found.sellable}
    shelf = all(shelf in at and available_to_sell(at[shelf]) >= units for shelf, units in units_of(planned).items())
    left = {(*where, lot.lot): lot.units for where, found in at.items() if found.inbound for lot in to_come(found, now)}
    return shelf and all(left.get(lot, 0) >= units for lot, units in awaited_of(planned).items())


def has_room(facts: PromiseFacts, slots: Iterable[Slot]) -> bool:
    """Tell whether all of these slots are free together."""
    wanted = Counter[tuple[LocationCode, Shift]]()
    for slot in slots:
        wanted[slot.location, (slot.day, slot.shift)] += slot.units
    rooms = {(place, shift): _capacity(facts, place, facts.rooms.get(place, {})).room(shift) for place, shift in wanted}
    return all((room := rooms[key]) is None or room.free >= units for key, units in wanted.items())
