"""The routes of one service to one zone from every place, in columns: by how much room a shipment needs, and for how long they hold."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from gateway.domain.calendar import zone
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.promise.roster import Ints
from gateway.domain.promise.route import Route

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SHUT = -1
"""The group of a place behind a fence."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Why a place cannot take part."""

    reason: ExclusionReason
    detail: str


Routes = tuple[Route, ...] | Fence


def micros_of(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


class Page:
    """A row for each place: its routes for releases from a moment on and before another, in microseconds, and what sourcing asks of them.

    `group`: places whose carriers ask the same (`Sheet.groups`); `latest` and its local `day` are of the way that arrives first.
    """

    def __init__(self, places: int) -> None:
        self.routes: list[Routes] = [()] * places
        self.from_at, self.until = np.zeros(places, np.int64), np.zeros(places, np.int64)
        self.latest, self.day, self.group = np.zeros(places, np.int64), np.zeros(places, np.int64), np.full(places, SHUT, np.int64)

    def stale(self, rows: Ints, released: int) -> list[int]:
        """Return which of the places have nothing that holds for a release."""
        found: list[int] = rows[(self.until[rows] <= released) | (self.from_at[rows] > released)].tolist()
        return found

    def holds(self, row: int, released: int) -> bool:
        return bool(self.from_at[row] <= released < self.until[row])


@dataclass(frozen=True, slots=True)
class Standing:
    """The columns of `Page` for some places in turn."""

    latest: Ints
    day: Ints
    group: Ints
    routes: list[Routes]


@dataclass
class Sheet:
    """`basis`: the channel, the service and the roads that it is of; another sheet is begun where one of them is no longer the same."""

    basis: object
    places: int
    pages: dict[int, Page] = field(default_factory=dict)
    groups: list[tuple[Route, ...]] = field(default_factory=list)
    """For each group of places what one of them offers."""
    _numbers: dict[Hashable, int] = field(default_factory=dict)

    def standing(self, rows: Ints, needs: Ints) -> "Standing":
        """Return what stands here of these places, which need so much room each."""
        pages = [(self.page(need), needs == need) for need in np.unique(needs).tolist()]
        if len(pages) == 1:
            page = pages[0][0]
            return Standing(page.latest[rows], page.day[rows], page.group[rows], [page.routes[row] for row in rows.tolist()])
        latest, day, group = np.empty_like(rows), np.empty_like(rows), np.empty_like(rows)
        for page, mine in pages:
            of = rows[mine]
            latest[mine], day[mine], group[mine] = page.latest[of], page.day[of], page.group[of]
        kept = {need: self.pages[need].routes for need in self.pages}
        return Standing(latest, day, group, [kept[need][row] for need, row in zip(needs.tolist(), rows.tolist(), strict=True)])

    def page(self, need: int) -> Page:
        if need not in self.pages:
            self.pages[need] = Page(self.places)
        return self.pages[need]

    def forget(self, rows: Sequence[int]) -> None:
        for page in self.pages.values():
            page.until[rows] = 0

    def note(self, page: Page, row: int, found: Routes, released: int, until: int) -> None:
        """Keep what was reckoned for a release, and holds for those before `until`."""
        page.routes[row], page.from_at[row], page.until[row] = found, released, until
        if isinstance(found, Fence):
            page.group[row] = SHUT
            return
        first = min(found, key=lambda route: route.way.latest)
        page.latest[row], page.group[row] = micros_of(first.way.latest), self._group(found)
        page.day[row] = day_of(first)

    def _group(self, routes: tuple[Route, ...]) -> int:
        key = tuple((id(route.road.area), route.way.carrier_service) for route in routes)
        if key not in self._numbers:
            self._numbers[key] = len(self.groups)
            self.groups.append(routes)
        return self._numbers[key]


def day_of(route: Route) -> int:
    """Return the local day of the latest arrival, where the destination counts its days."""
    return route.way.latest.astimezone(zone(route.road.time_zone)).toordinal()
