"""What a place can prepare on a day, and what of it is booked."""

from dataclasses import dataclass
from datetime import date

from gateway.domain.calendar import zone
from gateway.domain.capacity import Capacity
from gateway.domain.location import CapacityUnit, Location
from gateway.domain.promise.working_time import preparing
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class CapacityOn:
    day: date
    unit: CapacityUnit
    per_day: int
    used: int
    available: int


def capacity_on(context: Context, place: Location, on: date | None) -> CapacityOn | None:
    """Return the capacity of a day, today when none is named; None where nothing is limited."""
    day = on or context.now.astimezone(zone(place.time_zone)).date()
    capacity = Capacity(place.capacity, context.surroundings.rooms.get(place.code, {}))
    shifts = dict.fromkeys(capacity.shift_of(day, number) for number in range(max(1, len(preparing(place).periods_on(day)))))
    rooms = [capacity.room(shift) for shift in shifts]
    known = [room for room in rooms if room is not None]
    if len(known) < len(rooms):
        return None
    units, free = sum(room.units for room in known), sum(max(0, room.free) for room in known)
    used = sum(room.units - room.free for room in known)
    return CapacityOn(day, place.capacity.unit if place.capacity else "ORDERS", units, used, free)
