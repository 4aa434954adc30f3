"""What a place can prepare in a day or a shift, what of that is booked, and the slots that one shipment takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.domain.ids import LocationCode, StockKey, capacity_key
from gateway.domain.location import CapacityRule

ALL_DAY = 0
"""The shift of a place that counts whole days."""
Shift = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Room:
    """What can be prepared in a shift, and what of it nobody has booked (below zero after it was set lower than what is booked)."""

    units: int
    free: int


Rooms = Mapping[Shift, Room]
"""The shifts of one place of which anything is known beyond its rule: booked, or set otherwise."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Units (or, where orders are counted, one) of a shift that a shipment takes; `room`: what the shift has in all."""

    location: LocationCode
    day: date
    shift: int
    units: int
    room: int

    @property
    def key(self) -> StockKey:
        return capacity_key(self.location, self.day, self.shift)


@dataclass(frozen=True, slots=True)
class Capacity:
    """One place's capacity: its rule, and the shifts that stand otherwise. Neither: there is no limit."""

    rule: CapacityRule | None = None
    rooms: Rooms = field(default_factory=dict)

    @property
    def is_limited(self) -> bool:
        return self.rule is not None or bool(self.rooms)

    def need(self, units: int) -> int:
        """Return what a shipment of so many units takes; one, where orders are counted."""
        return units if self.rule is not None and self.rule.unit == "UNITS" else 1

    def shift_of(self, day: date, number: int) -> Shift:
        """Return the shift that work of the day's opening period `number` belongs to."""
        return (day, number if self.rule is not None and self.rule.per_shift else ALL_DAY)

    def room(self, shift: Shift) -> Room | None:
        """Return what there is; None: as much as anybody wants."""
        known = self.rooms.get(shift)
        if known is not None:
            return known
        units = self.rule.units_in(shift[1]) if self.rule else None
        return None if units is None else Room(units, units)

    def without(self, slots: Iterable[Slot]) -> "Capacity":
        """Return the capacity that is left once these slots are taken too."""
        rooms = dict(self.rooms)
        for slot in slots:
            shift = (slot.day, slot.shift)
            known = rooms.get(shift) or self.room(shift) or Room(slot.room, slot.room)
            rooms[shift] = Room(known.units, known.free - slot.units)
        return Capacity(self.rule, rooms)
