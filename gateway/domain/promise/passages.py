"""What outlives a request: the one place where the engine remembers instead of reckoning anew.

What leaves a place does not depend on who asks. While the place, its booked room and the carrier's zone stay the same, a passage is the
same for every release before the moment at which its pick-up is missed, which the backward pass tells. So 500 places cost a look at a
column (`sheet`), and only those are reckoned whose pick-up has been missed since. Where a carrier comes when called, arrival moves with the
clock: that holds for its own moment alone. Distances to a destination stay until a place moves (`roster`). Without this memory the engine
says the very same; a property test holds the two together. It belongs to one thread.
"""

from collections.abc import Hashable, Mapping
from types import MappingProxyType

from gateway.domain.capacity import Rooms
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.promise.catches import Catches
from gateway.domain.promise.roster import Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import FIXED, FOREVER, Fence, Routes, Sheet, micros_of

NO_ROOMS: Rooms = MappingProxyType({})
MOST_KEPT = 20_000
"""Routes of places x services x zones that are noted; past it all are forgotten and begun anew."""


class Passages:
    """One network's; shared by all requests of a process."""

    def __init__(self) -> None:
        self._sheets: dict[Hashable, Sheet] = {}
        self._noted = 0
        self._roster = Roster(())
        self.catches = Catches(0)
        self._locations: Mapping[LocationCode, Location] | None = None
        self._rooms: Mapping[LocationCode, Rooms] | None = None
        self._room_of: list[Rooms] = []

    def turn_to(self, locations: Mapping[LocationCode, Location], rooms: Mapping[LocationCode, Rooms]) -> Roster:
        """Forget what no longer holds with these places and what is booked there; return the places in a row."""
        if self._locations is not locations:
            self._know(tuple(locations.values()))
            self._locations, self._rooms = locations, None
        if self._rooms is not rooms:
            self._forget(self._booked_otherwise(rooms))
            self._rooms = rooms
        return self._roster

    def _know(self, places: tuple[Location, ...]) -> None:
        changed = self._roster.changed(places)
        if changed is None:
            self._sheets, self.catches, self._room_of = {}, Catches(len(places)), [NO_ROOMS] * len(places)
        elif changed:
            self._forget(changed)
        if changed is None or changed:
            self._roster = Roster(places)

    def _booked_otherwise(self, rooms: Mapping[LocationCode, Rooms]) -> list[int]:
        changed = []
        for n, code in enumerate(self._roster.codes):
            now, known = rooms.get(code, NO_ROOMS), self._room_of[n]
            if now is not known:
                self._room_of[n] = now
                if now != known:
                    changed.append(n)
        return changed

    def _forget(self, rows: list[int]) -> None:
        self.catches.forget(rows)
        for sheet in self._sheets.values() if rows else ():
            sheet.forget(rows)

    def sheet(self, name: Hashable, basis: object) -> Sheet:
        """Return what is remembered of a channel's service to a zone."""
        known = self._sheets.get(name)
        if known is None or known.basis != basis:
            known = self._sheets[name] = Sheet(basis, len(self._roster.places))
        return known

    def note(self, sheet: Sheet, where: tuple[int, int], need: int, found: Routes, released: int) -> None:
        """Remember routes until the first of their pick-ups is missed; what is never missed so, for this release alone.

        A fence that stands whatever the hour stays until its place changes. `where`: the row and the page of the amount.
        """
        row, page = where
        if isinstance(found, Fence):
            until = FOREVER if found.reason in FIXED else released
        else:
            bounds = [self._missed_from(route, row, need) for route in found]
            known = [bound for bound in bounds if bound is not None]
            until = min(known) if len(known) == len(bounds) else released
        sheet.note(row, page, found, released, max(until, released + 1))
        self._noted += 1
        if self._noted > MOST_KEPT:
            self._sheets, self.catches, self._noted = {}, Catches(len(self._roster.places)), 0

    def _missed_from(self, route: Route, row: int, need: int) -> int | None:
        catch = self.catches.known(row, route.road.carrier, need)
        if catch is not None and catch.departure.leaves_at == route.passage.leaves_at:
            return catch.until
        bound = route.dock.caught_before(route.road, route.passage)
        return None if bound is None else micros_of(bound)
