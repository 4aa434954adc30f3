"""Passages that outlive a request: the one place where the engine remembers instead of reckoning anew.

What leaves a place does not depend on who asks. While the place, its booked room and the carrier's zone stay the same, a passage is the
same for every release before the moment at which its pick-up is missed, which the backward pass tells. So 500 places cost a look each, and
only those are reckoned whose pick-up has been missed since. Where a carrier comes when called, arrival moves with the clock: nothing is
kept. Without this memory the engine says the very same; a property test holds the two together.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from gateway.domain.capacity import Rooms
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.promise.dock import Dock, Passage
from gateway.domain.promise.meters import Meters
from gateway.domain.promise.road import Road
from gateway.domain.quantities import GeoPosition
from gateway.domain.sourcing.problem import Way

NO_ROOMS: Rooms = MappingProxyType({})
MOST_KEPT = 20_000
"""Places x services x zones that are remembered; past it all is forgotten and begun anew."""


@dataclass(frozen=True, slots=True)
class Route:
    """One passage from a place to a destination, with the dock and the road that it takes, and what sourcing sees of it."""

    dock: Dock
    road: Road
    passage: Passage
    way: Way


@dataclass(frozen=True, slots=True)
class Kept:
    """Routes for releases from a moment on and before another; of this very place with this very room."""

    routes: tuple[Route, ...]
    location: Location
    rooms: Rooms
    from_at: datetime
    until: datetime

    def holds(self, location: Location, rooms: Rooms, released_at: datetime) -> bool:
        same = self.location is location and (self.rooms is rooms or self.rooms == rooms)
        return same and self.from_at <= released_at < self.until


KeptByPlace = dict[tuple[LocationCode, int], Kept]
"""By place and by how much room a shipment needs there."""


class Passages:
    """One network's; shared by all requests of a process."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, KeptByPlace] = {}
        self._count = 0
        self._map: tuple[Mapping[LocationCode, Location], list[LocationCode], Meters] | None = None

    def of(self, name: Hashable) -> KeptByPlace:
        """Return what is remembered of a channel's service to a zone."""
        return self._kept.setdefault(name, {})

    def keep(self, name: Hashable, need: int, kept: Kept) -> None:
        """Remember routes for as long as none of their pick-ups is missed."""
        bounds = [route.dock.caught_before(route.road, route.passage) for route in kept.routes]
        known = [bound for bound in bounds if bound is not None]
        if len(known) < len(bounds) or min(known) <= kept.from_at:
            return
        self._count += 1
        if self._count > MOST_KEPT:
            self._kept, self._count = {}, 1
        self.of(name)[kept.location.code, need] = replace(kept, until=min(known))

    def distances(self, locations: Mapping[LocationCode, Location], to: GeoPosition) -> dict[LocationCode, int | None]:
        """Return how far every place is from a point, reckoned for all at once."""
        if self._map is None or self._map[0] is not locations:
            placed = [place for place in locations.values() if place.position is not None]
            self._map = (locations, [place.code for place in placed], Meters([place.position for place in placed if place.position]))
        _, codes, meters = self._map
        return dict(zip(codes, meters.to(to), strict=True))
