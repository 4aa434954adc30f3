"""The routes of one service to one zone from every place, in columns: by how much room a shipment needs, and for how long they hold."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.domain.calendar import local_day
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.promise.roster import Flags, Ints
from gateway.domain.promise.route import Route

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SHUT = -1
"""The group of a place behind a fence."""
FIXED: frozenset[ExclusionReason] = frozenset({"NOT_IN_CHANNEL", "LOCATION_INACTIVE", "NOT_OFFERED", "OUT_OF_AREA"})
"""Fences that depend on no hour and no amount."""
FOREVER = 1 << 60
UNKNOWN = -1
"""The page of an amount that nobody asked for yet."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Why a place cannot take part."""

    reason: ExclusionReason
    detail: str


Routes = tuple[Route, ...] | Fence


def micros_of(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a sheet of some places in turn: of the way that arrives first, and whether there are several.

    `group`: places whose ways are alike, by their number in `alike`, or SHUT.
    """

    latest: Ints
    day: Ints
    group: Ints
    several: Flags
    routes: NDArray[Any]
    alike: "Alike"


class Alike:
    """Groups of places whose ways are the same to whoever orders: they arrive in the same windows, and their carriers ask the same."""

    def __init__(self) -> None:
        self._number: dict[Hashable, int] = {}
        self._asking: dict[Hashable, int] = {}
        self._samples: list[tuple[Route, ...]] = []
        self._asks: list[int] = []
        self._columns = np.zeros(0, np.int64)
        self.tariffs: dict[Hashable, dict[Hashable, Any]] = {}
        """What they come to at the terms of sourcing, as it keeps that."""

    def number(self, routes: tuple[Route, ...]) -> int:
        """Return the number of the group that a place with these routes belongs to."""
        asked = tuple([(id(route.road.area), route.way.carrier_service, route.way.most_units) for route in routes])
        key = asked, tuple([(route.passage.window.earliest, route.passage.window.latest) for route in routes])
        known = self._number.get(key)
        if known is None:
            known = self._number[key] = len(self._samples)
            self._samples.append(routes)  # it keeps what the key refers to, too
            self._asks.append(self._asking.setdefault(asked, len(self._asking)))
        return known

    def sample(self, number: int) -> tuple[Route, ...]:
        """Return the routes of one of its places."""
        return self._samples[number]

    @property
    def asks(self) -> Ints:
        """By group: a number that those have in common whose carriers ask the same, whenever they arrive."""
        if len(self._columns) != len(self._asks):
            self._columns = np.array(self._asks, np.int64)
        return self._columns


class Sheet:
    """A page for each amount of room, a row in it for each place: its routes for releases from a moment on and before another.

    `basis`: the channel, the service and the roads that it is of; another sheet is begun where one of them is no longer the same.
    """

    def __init__(self, basis: object, places: int) -> None:
        self.basis, self._places = basis, places
        self._groups = Alike()
        self._page = np.full(0, UNKNOWN)
        self._page_of: dict[int, int] = {}
        self._routes = np.empty((0, places), object)
        self._from_at, self._until, self._latest, self._day, self._group = (np.zeros((0, places), np.int64) for _ in range(5))
        self._several, self.alike = np.zeros((0, places), bool), np.zeros((0, places), bool)
        """`alike`: what stands of an amount holds for up to so many times as much, too (`remembered`)."""

    def pages(self, needs: Ints) -> Ints:
        """Return for each amount of room its page."""
        most = int(np.max(needs, initial=0))
        if most >= len(self._page):
            self._page = np.append(self._page, np.full(most + 1 - len(self._page), UNKNOWN))
        pages = self._page[needs]
        if np.any(pages == UNKNOWN):
            for need in set(needs[pages == UNKNOWN].tolist()):
                self._page[need] = self._page_of[need] = self._added()
            pages = self._page[needs]
        return pages

    def page(self, need: int) -> int:
        if need not in self._page_of:
            self.pages(np.array([need]))
        return self._page_of[need]

    def _added(self) -> int:
        def more(column: NDArray[Any]) -> NDArray[Any]:
            return np.append(column, np.zeros((1, self._places), column.dtype), axis=0)

        self._from_at, self._until, self._latest = more(self._from_at), more(self._until), more(self._latest)
        self._day, self._group, self._several, self._routes = more(self._day), more(self._group), more(self._several), more(self._routes)
        self.alike = more(self.alike)
        return len(self._until) - 1

    def stale(self, rows: Ints, pages: Ints, released: int) -> list[int]:
        """Return the numbers, among these, of those of which nothing holds for a release."""
        found: list[int] = np.flatnonzero((self._until[pages, rows] <= released) | (self._from_at[pages, rows] > released)).tolist()
        return found

    def standing(self, rows: Ints, pages: Ints) -> Standing:
        where = (pages, rows)
        return Standing(self._latest[where], self._day[where], self._group[where], self._several[where], self._routes[where], self._groups)

    def holds(self, row: int, page: int, released: int) -> bool:
        return bool(self._from_at[page, row] <= released < self._until[page, row])

    def routes(self, row: int, page: int) -> Routes:
        found: Routes = self._routes[page, row]
        return found

    def forget(self, rows: Sequence[int]) -> None:
        self._until[:, rows] = 0

    def note(self, row: int, page: int, found: Routes, released: int, until: int) -> None:
        """Keep what was reckoned for a release, and holds for those before `until`."""
        where = (page, row)
        self._routes[where] = found
        self._from_at[where], self._until[where] = released, until
        if isinstance(found, Fence):
            self._group[where] = SHUT
            return
        first = found[0] if len(found) == 1 else min(found, key=lambda route: route.way.latest)
        self._latest[where], self._day[where] = micros_of(first.way.latest), day_of(first)
        self._group[where], self._several[where] = self._groups.number(found), len(found) > 1


def day_of(route: Route) -> int:
    """Return the local day of the latest arrival, where the destination counts its days."""
    return local_day(route.way.latest, route.road.time_zone)
