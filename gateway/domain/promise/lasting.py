"""Until when a plan can be ordered to arrive in its window, and is the plan that is told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.awaited import Awaited
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.road import Window
from gateway.domain.promise.route import Route
from gateway.domain.promise.supply import Journey, Supply
from gateway.domain.promise.timetable import Bounds, Release, Timetable
from gateway.domain.promise.working_time import comes_before, end_of_day, first_of, rounded_down
from gateway.domain.sourcing.plan import Shipment
from gateway.domain.sourcing.strategy import Sourced, outlasts_first_date


def units_of(shipment: Shipment) -> int:
    return sum(line.quantity for line in shipment.lines)


@dataclass(frozen=True, slots=True)
class Lasting:
    """`found`: what the plan was chosen from, `window`: what it promises."""

    timetable: Timetable
    basket: Basket
    journey: Journey
    found: Supply
    sourced: Sourced
    window: Window

    def bounds(self, routes: Sequence[Route], awaited: Iterable[Awaited]) -> Bounds:
        """Return until when none of the shipments comes later than the window, and nothing makes another plan the cheapest."""
        sent = tuple(zip(self.sourced.plan.shipments, routes, strict=True))
        releases, due = [self._release(*one, self.window) for one in sent], [self._due(*one) for one in sent]
        bounds, first = self.timetable.bounds(releases, awaited, due), self._first()
        if not first:
            return bounds
        dearer_at = (self.timetable.order_before(self._release(*one, self._as_late(one[0], first)).before) for one in sent)
        before, goes_at = first_of(bounds.order_before, *dearer_at), first_of(*self._first_date_goes(first))
        if comes_before(goes_at, before) and not outlasts_first_date(self.sourced, self.found.problem):
            before = goes_at
        return replace(bounds, order_before=before)

    def _first(self) -> tuple[Shipment, ...]:
        """Return what would meet the first date, where the plan is late and its lateness decides between it and others.

        Of plans of a single shipment each, all later ones gain the same by a later first date, unless too late ones are not tolerated.
        """
        profile, lines = self.sourced.profile, self.basket.lines
        if self.sourced.first is None or not any(shipment.way.late_days for shipment in self.sourced.plan.shipments):
            return ()
        single = sum(line.quantity for line in lines) == 1 or all(one.split.max_shipments == 1 for one in profile.strategies)
        decides = bool(profile.tolerance_days) or (profile.costs.lateness_per_day > 0 and not single)
        return self.sourced.first[1].shipments if decides else ()

    def _first_date_goes(self, first: Sequence[Shipment]) -> Iterator[datetime | None]:
        """Yield from when on each shipment of such a plan comes later than on the first date."""
        by = self._end_of_days(first)
        for shipment in first:
            route = self.found.route(shipment.candidate.location.code, shipment.way)
            due_at = self._due(shipment, route)
            yield self.timetable.order_before(self._release(shipment, route, Window(by, by)).before)
            yield None if due_at is None else rounded_down(due_at)

    def _as_late(self, shipment: Shipment, first: Sequence[Shipment]) -> Window:
        """Return in which part of the window a shipment costs no more: on no later day than its own, or the first date."""
        by = self._end_of_days((shipment,) if shipment.way.late_days else first)
        return Window(min(self.window.earliest, by), min(self.window.latest, by))

    def _end_of_days(self, shipments: Sequence[Shipment]) -> datetime:
        return end_of_day(max(shipment.way.latest for shipment in shipments), self.journey.time_zone)

    def _due(self, shipment: Shipment, route: Route) -> datetime | None:
        return self.basket.due(shipment.candidate.location.code, shipment.lines, route.from_at, self.timetable.now)

    def _release(self, shipment: Shipment, route: Route, target: Window) -> Release:
        """Return its bound as the place sends just these units: a memory keeps docks of other amounts."""
        courier, step = self.journey.service.method == "COURIER", self.journey.service.step
        dock = self.timetable.dock(route.dock.location, units_of(shipment), route.from_at)
        by = self.journey.arrive_by(target)
        before = dock.release_before(route.road, route.passage, target, courier=courier, ends=self.journey.ends, arrives_by=by)
        soon = before is not None and before - self.timetable.released_at <= step
        return Release(before, moves=soon and dock.leaves_at_once(route.road, route.passage, courier=courier))
