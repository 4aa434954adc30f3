"""What is left to promise from once something of it is promised already: units and room are counted once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from gateway.domain.capacity import Capacity, Slot
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.order import PlannedShipment
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.stock import StockPosition

Shelf = tuple[Sku, LocationCode]


def units_of(shipments: Iterable[PlannedShipment]) -> Counter[Shelf]:
    units = Counter[Shelf]()
    for shipment in shipments:
        for line in shipment.lines:
            units[line.sku, shipment.location] += line.quantity
    return units


def without(facts: PromiseFacts, shipments: Iterable[PlannedShipment]) -> PromiseFacts:
    """Return the facts without the units that these shipments take and the room that they book."""
    planned = tuple(shipments)
    if not planned:
        return facts
    units = units_of(planned)
    skus = {sku for sku, _ in units}
    positions = {sku: tuple(_less(at, units) for at in found) if sku in skus else found for sku, found in facts.positions.items()}
    return without_room(replace(facts, positions=positions), [slot for shipment in planned for slot in shipment.slots])


def _less(at: StockPosition, units: Counter[Shelf]) -> StockPosition:
    used = units[at.sku, at.location]
    return replace(at, allocated=at.allocated + used) if used else at


def without_room(facts: PromiseFacts, slots: Iterable[Slot]) -> PromiseFacts:
    rooms = dict(facts.rooms)
    for slot in slots:
        place = facts.locations.get(slot.location)
        rooms[slot.location] = Capacity(place.capacity if place else None, rooms.get(slot.location, {})).without((slot,)).rooms
    return replace(facts, rooms=rooms)


def has_room(facts: PromiseFacts, slots: Iterable[Slot]) -> bool:
    """Tell whether all of these slots are free together."""
    taken = Counter[tuple[LocationCode, object]]()
    for slot in slots:
        place = facts.locations.get(slot.location)
        room = Capacity(place.capacity if place else None, facts.rooms.get(slot.location, {})).room((slot.day, slot.shift))
        taken[slot.location, (slot.day, slot.shift)] += slot.units
        if room is not None and room.free < taken[slot.location, (slot.day, slot.shift)]:
            return False
    return True
