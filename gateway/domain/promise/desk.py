"""The work of one shipment at a place: in which shift there is room for it, when it is done, and until when it may come in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.capacity import Capacity, Shift, Slot
from gateway.domain.location import Location
from gateway.domain.promise.working_time import TICK, begin_before, preparing

NO_LIMIT = Capacity()


@dataclass(frozen=True, slots=True)
class Begun:
    """When work begins, and the room that it books; none where nothing is limited."""

    at: datetime
    slots: tuple[Slot, ...] = ()


class Desk:
    """Fills shifts in their order, each as far as it has room; the work begins in the shift that has the last of it."""

    def __init__(self, location: Location, capacity: Capacity = NO_LIMIT, units: int = 1) -> None:
        self.location, self._capacity, self._need = location, capacity, capacity.need(units)
        self.calendar = preparing(location)

    def begin(self, from_at: datetime) -> Begun | None:
        """Return where the work goes that may begin at a moment; None: there is no room within the horizon."""
        left, slots, full = self._need, list[Slot](), set[Shift]()
        for period in self.calendar.shifts(from_at):
            shift = self._capacity.shift_of(period.day, period.number)
            room = self._capacity.room(shift)
            if shift in full:
                continue
            if room is None:
                return Begun(max(period.opens_at, from_at), tuple(slots))
            part = min(max(0, room.free), left)
            left -= part
            full.add(shift)
            if part:
                slots.append(Slot(self.location.code, *shift, part, room.units))
            if not left:
                return Begun(max(period.opens_at, from_at), tuple(slots))
        return None

    def come_before(self, by: datetime, work: timedelta) -> datetime | None:
        """Return the first moment from which the work would no longer be done by `by` (the backward pass, exclusive)."""
        bound = begin_before(self.calendar, by, work)
        if bound is None or not self._capacity.is_limited:
            return bound
        free: dict[Shift, int] = {}
        for period in self.calendar.shifts_back(bound - TICK):
            shift = self._capacity.shift_of(period.day, period.number)
            room = self._capacity.room(shift)
            if room is None or room.free >= self._need:
                return min(period.closes_at, bound)
            free[shift] = max(0, room.free)
            if sum(free.values()) >= self._need:
                return period.closes_at
        return None
